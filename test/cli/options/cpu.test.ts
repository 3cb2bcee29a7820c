import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { digitsInt8, inFolder, runCli, runJson } from '../run-cli.ts';

const to = (...words: readonly string[]) => ['convert', digitsInt8, ...words];

describe('convert --cpu', () => {
  it('writes a package for one processor and records it', () =>
    inFolder(async (folder) => {
      const { value } = await runJson(to('--to', 'c', '--cpu', 'cortex-m4', '--out', 'out'), folder);
      expect(value).toMatchObject({ cpu: 'cortex-m4', written: true });
      const manifest: unknown = JSON.parse(readFileSync(`${folder}/out/thimble.json`, 'utf8'));
      expect(manifest).toMatchObject({ cpu: 'cortex-m4' });
      const text = readFileSync(`${folder}/out/src/digits_int8_layers.c`, 'utf8');
      expect(text).toContain('--cpu cortex-m4');
      expect(text).not.toMatch(/^#if/m);
    }));

  it('shows it instead of the self test on this computer', () =>
    inFolder(async (folder) => {
      const { stdout } = await runCli(to('--to', 'c', '--cpu', 'cortex-m0', '--out', 'out'), folder);
      expect(stdout).toContain('cortex-m0 and no other');
      expect(stdout).not.toContain('ctest');
    }));

  it.each([
    [['--to', 'c', '--cpu', 'cortex-m5'], 'did you mean cortex-m'],
    [['--to', 'wasm', '--cpu', 'cortex-m4'], '--cpu has no meaning with --to wasm'],
    [['--to', 'c', '--cpu', 'cortex-m55', '--target', 'stm32f446re'], 'use --cpu cortex-m4'],
  ])('refuses %j', async (words, message) => {
    const { code, stderr } = await runCli(to(...words));
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining(message) });
  });

  it('takes a simpler processor than the target has', async () => {
    const { code } = await runCli(to('--to', 'c', '--cpu', 'generic', '--target', 'stm32f446re', '--dry-run'));
    expect(code).toBe(0);
  });
});
