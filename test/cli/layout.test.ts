import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { digitsInt8, inFolder, runCli } from './run-cli.ts';

describe('convert --layout', () => {
  it('adds the files of the layouts, and one header', () =>
    inFolder(async (folder) => {
      const argv = ['convert', digitsInt8, '--to', 'c', '--layout', 'arduino,zephyr', '--single-header'];
      expect((await runCli(argv, folder)).code).toBe(0);
      const out = join(folder, 'digits_int8-c');
      for (const path of ['library.properties', 'zephyr/module.yml', 'single/digits_int8_single.h', 'CMakeLists.txt']) {
        expect(existsSync(join(out, path))).toBe(true);
      }
      expect(existsSync(join(out, 'library.json'))).toBe(false);
      expect(readFileSync(join(out, 'CMakeLists.txt'), 'utf8')).not.toContain('ESP_PLATFORM');
    }));

  it.each([
    [['--to', 'c', '--layout', 'ardino'], /no layout "ardino"[\s\S]*did you mean arduino\?/],
    [['--to', 'wasm', '--layout', 'zephyr'], /--layout zephyr has no meaning with --to wasm/],
    [['--to', 'wasm', '--single-header'], /--single-header has no meaning with --to wasm/],
    [['--to', 'c', '--layout', 'nhwc,nchw'], /cannot be both nhwc and nchw/],
  ])('refuses %j', (argv, expected) =>
    inFolder(async (folder) => {
      const { code, stderr } = await runCli(['convert', digitsInt8, ...argv], folder);
      expect(code).toBe(2);
      expect(stderr).toMatch(expected);
    }),
  );
});
