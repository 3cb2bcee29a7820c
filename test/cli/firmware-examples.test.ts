import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { hasShared, sharedDir } from '../support/shared.ts';
import { needTool } from '../support/tools.ts';
import { digitsInt8, inFolder, runCli, runJson } from './run-cli.ts';

const qemu = needTool('arm-none-eabi-gcc', 'arm-none-eabi-newlib', 'qemu-system-arm');
const program = fileURLToPath(new URL('../../examples/firmware/digits.c', import.meta.url));

async function done(argv: readonly string[], folder: string): Promise<void> {
  const { code, stderr } = await runCli(argv, folder);
  expect([code, stderr]).toEqual([0, '']);
}

describe.skipIf(!qemu.available)('firmware in QEMU', () => {
  test('of examples/firmware/digits.c reads ten digits', async () => {
    await inFolder(async (folder) => {
      await done(['convert', digitsInt8, '--to', 'c', '--name', 'digits', '--out', 'c'], folder);
      await done(['build', 'c', '--board', 'mps2-an386', '--app', program, '--out', 'b'], folder);
      const { code, value } = await runJson(['run', 'b'], folder);
      expect([code, value]).toMatchObject([0, { verdict: { verdict: 'pass', selftest: 0, largest: 9 } }]);
    });
  });

  const kws = `kws=${sharedDir}models/tflite/mlperf_kws_int8.tflite`;
  test.skipIf(!hasShared)('of a pack runs both models from one arena, of the size that was told', async () => {
    await inFolder(async (folder) => {
      const packed = await runJson(['pack', `digits=${digitsInt8}`, kws, '--concurrent', '--out', 'p'], folder);
      expect(packed.value).toMatchObject({
        rows: [
          { name: 'digits', arenaBytes: 4088 },
          { name: 'kws', arenaBytes: 8384 },
          { name: 'apart, in all', arenaBytes: 12_472 },
          { name: 'together', arenaBytes: 8394 },
        ],
      });
      // build compares arena, variables, tables and stack of the linked program with the plan.
      await done(['build', 'p', '--board', 'mps2-an386', '--out', 'b'], folder);
      const { code, value } = await runJson(['run', 'b'], folder);
      expect([code, value]).toMatchObject([0, { verdict: { verdict: 'pass', selftest: 0, status: 0 } }]);
    });
  });
});
