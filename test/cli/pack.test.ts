import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { digitsInt8, inFolder, runCli, runJson } from './run-cli.ts';
import { problems } from './schemas.ts';

const two = [`left=${digitsInt8}`, `right=${digitsInt8}`];

const report = z.looseObject({
  rows: z.array(
    z.looseObject({ name: z.string(), sramBytes: z.number(), arenaBytes: z.number(), constantBytes: z.number() }),
  ),
  memory: z.looseObject({ sramBytes: z.number() }),
  files: z.array(z.looseObject({ path: z.string() })),
});

describe('thimble pack', () => {
  test('writes a package, and tells what each model takes, all apart and together', async () => {
    await inFolder(async (folder) => {
      const { code, value } = await runJson(['pack', ...two, '--exclusive', '--name', 'eyes'], folder);
      expect(code).toBe(0);
      const { rows, memory } = report.parse(value);
      expect(rows.map(({ name }) => name)).toEqual(['left', 'right', 'apart, in all', 'together']);
      const [left, , apart, together] = rows;
      expect(apart?.arenaBytes).toBe(2 * (left?.arenaBytes ?? 0));
      expect(together?.arenaBytes).toBe(left?.arenaBytes);
      expect(together?.constantBytes).toBe(left?.constantBytes);
      const manifest = JSON.parse(readFileSync(join(folder, 'eyes-c/thimble.json'), 'utf8'));
      expect(manifest).toMatchObject({
        prefix: 'eyes',
        memory: { sramBytes: memory.sramBytes },
        pack: { sharing: 'exclusive' },
      });
      expect(manifest.tool.commandLine).toBe(
        'thimble pack left=digits_int8.tflite right=digits_int8.tflite --exclusive --name eyes',
      );
      const again = await runCli(['pack', ...two, '--concurrent', '--name', 'eyes', '--dry-run'], folder);
      expect(again.stdout).toMatch(/Would write [\s\S]*together/);
    });
  });

  test.each([
    [['pack', digitsInt8, '--exclusive'], 'at least two models'],
    [['pack', ...two], 'how the models share the arena'],
    [['pack', ...two, '--exclusive', '--concurrent'], 'exclude each other'],
    [['pack', ...two, '--exclusive', '--keep-inputs'], 'no meaning'],
    [['pack', ...two, '--exclusive', '--feed', 'left'], 'no meaning'],
    [['pack', ...two, '--concurrent', '--feed', 'middle'], 'names no model'],
  ])('%j is wrong usage', async (argv, what) => {
    const { code, stderr } = await runCli(argv);
    expect([code, stderr]).toEqual([2, expect.stringContaining(what)]);
  });

  test('refuses a package, the same name twice, and what does not fit', async () => {
    await inFolder(async (folder) => {
      mkdirSync(join(folder, 'digits-c'));
      writeFileSync(join(folder, 'digits-c/thimble.json'), '{}');
      const cases: readonly (readonly [readonly string[], number, string])[] = [
        [['digits-c', digitsInt8, '--exclusive'], 1, 'pack-folder'],
        [[digitsInt8, digitsInt8, '--exclusive'], 1, 'pack-name'],
        [[...two, '--exclusive', '--target', join(folder, 'small.json')], 3, 'does-not-fit'],
      ];
      const small = {
        name: 'small',
        extends: 'stm32f103c8',
        flash: { kind: 'internal', bytes: { value: 4, unit: 'KiB', source: 'assumed', ref: 'test' } },
      };
      writeFileSync(join(folder, 'small.json'), JSON.stringify(small));
      for (const [argv, exit, problem] of cases) {
        const { code, value } = await runJson(['pack', ...argv], folder);
        expect([code, problems.parse(value).problems[0]?.code]).toEqual([exit, problem]);
      }
    });
  });
});
