import { mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { writeNpy } from '../../cli/input/npy.ts';
import { hasShared, sharedDir } from '../support/shared.ts';
import { digits, digitsFloat, inFolder, runCli, runJson } from './run-cli.ts';
import { convert } from './schemas.ts';

const calib = ['--samples', `${digits}digits_calib.npy`];

const report = z.object({
  samples: z.number(),
  findings: z.array(z.object({ code: z.string(), where: z.string(), samples: z.array(z.string()) })),
  selection: z
    .object({ of: z.number(), names: z.array(z.string()), ranges: z.object({ typical: z.number() }) })
    .nullable(),
  calibration: z.object({ folder: z.string().nullable(), recalled: z.number(), kept: z.number(), runs: z.number() }),
  outputs: z.object({
    samples: z.number(),
    accuracy: z.object({ real: z.object({ value: z.number() }), stored: z.object({ value: z.number() }) }).nullable(),
  }),
});

async function quantize(words: readonly string[], folder?: string) {
  const { code, value } = await runJson(['quantize', ...words], folder);
  expect(code, JSON.stringify(value)).toBe(0);
  return report.parse(value);
}

describe('the cache of statistics', () => {
  it('makes the second try run no inference, with the same result', async () => {
    await inFolder(async (folder) => {
      const words = [digitsFloat, ...calib, '--calibrate', '16', '--cache', 'kept'];
      const first = await quantize([...words, '--out', 'a.tflite'], folder);
      expect(first.calibration).toMatchObject({ folder: join(folder, 'kept'), recalled: 0, kept: 4 });
      expect(first.calibration.runs).toBeGreaterThan(16 * 3);
      const second = await quantize([...words, '--out', 'b.tflite'], folder);
      expect(second.calibration).toMatchObject({ recalled: 4, kept: 0, runs: 0 });
      expect(readFileSync(join(folder, 'b.tflite'))).toEqual(readFileSync(join(folder, 'a.tflite')));
      const other = await quantize(
        [digitsFloat, ...calib, '--calibrate', '17', '--no-remedies', '--ranges', 'min-max', '--cache', 'kept'],
        folder,
      );
      expect(other.calibration).toMatchObject({ recalled: 0, kept: 1 });
      const none = await quantize([...words.slice(0, -2), '--no-cache'], folder);
      expect(none.calibration).toMatchObject({ folder: null, recalled: 0, kept: 0, runs: first.calibration.runs });
    });
  });

  it('passes over damaged entries with a note, and over a folder that cannot be written', async () => {
    await inFolder(async (folder) => {
      const words = [digitsFloat, ...calib, '--calibrate', '20', '--no-remedies', '--cache', 'kept'];
      const first = await quantize([...words, '--out', 'a.tflite'], folder);
      for (const name of readdirSync(join(folder, 'kept'))) truncateSync(join(folder, 'kept', name), 1000);
      const { code, stderr } = await runCli(['quantize', ...words, '--out', 'b.tflite'], folder);
      expect(code).toBe(0);
      expect(stderr).toContain('this entry of the cache is damaged');
      expect(readFileSync(join(folder, 'b.tflite'))).toEqual(readFileSync(join(folder, 'a.tflite')));
      expect((await quantize(words, folder)).calibration).toMatchObject({ recalled: first.calibration.kept, runs: 0 });
      writeFileSync(join(folder, 'file'), '');
      const refused = await runCli(['quantize', ...words.slice(0, -1), 'file'], folder);
      expect(refused.code).toBe(0);
      expect(refused.stderr).toContain('statistics are not kept');
    });
  });
});

describe('--select', () => {
  it('names samples that stand for all, and writes the list of them', async () => {
    await inFolder(async (folder) => {
      const words = [digitsFloat, ...calib, '--no-remedies', '--ranges', 'min-max'];
      const { samples, selection, outputs } = await quantize(
        [...words, '--select', '5%', '--out-list', 'l.txt'],
        folder,
      );
      expect([samples, outputs.samples, selection?.of]).toEqual([10, 190, 200]);
      expect(selection?.ranges.typical).toBeGreaterThan(0.85);
      const even = await quantize([...words, '--calibrate', '10'], folder);
      expect(even.selection).toBeNull();
      const lines = readFileSync(join(folder, 'l.txt'), 'utf8').trim().split('\n');
      expect(lines.slice(1).map((line) => line.split('/').at(-1))).toEqual(selection?.names);
      const listed = await quantize(
        [digitsFloat, '--samples', '@l.txt', '--no-remedies', '--ranges', 'min-max'],
        folder,
      );
      expect(listed.samples).toBe(10);
      writeFileSync(join(folder, 'l.txt'), 'mine');
      const { code, stderr } = await runCli(['quantize', ...words, '--select', '3', '--out-list', 'l.txt'], folder);
      expect([code, stderr]).toEqual([1, expect.stringContaining('thimble did not write it')]);
    });
  });

  it.each([
    [['--select', '0'], 1, 'give 1 to 200'],
    [['--select', '201'], 1, 'there are 200 samples'],
    [['--select', 'some'], 1, 'a share such as 2%'],
    [['--select', '5', '--calibrate', '5'], 2, 'exclude each other'],
  ])('%j ends with %i', async (words, wanted, text) => {
    const { code, stderr } = await runCli(['quantize', digitsFloat, ...calib, ...words]);
    expect(stderr).toContain(text);
    expect(code).toBe(wanted);
  });

  it.skipIf(!hasShared)('of 2 % of the keywords costs less than half a point', async () => {
    await inFolder(async (folder) => {
      const model = `${sharedDir}models/onnx/mlperf_kws_torch_float.onnx`;
      const place = `${sharedDir}datasets/kws01`;
      const read = ['--raw-type', 'int8', '--scale', '0.5847029', '--offset', '-48.53', '--cache', 'kept'];
      const words = [model, '--samples', place, '--test', place, ...read];
      const all = await quantize(words, folder);
      const some = await quantize([...words, '--select', '2%'], folder);
      expect([all.samples, some.samples]).toEqual([500, 10]);
      const right = [all, some].map(({ outputs }) => outputs.accuracy?.stored.value ?? 0);
      expect(right[1]).toBeGreaterThanOrEqual((right[0] ?? 1) - 0.005);
    });
  });
});

describe('samples to look at', () => {
  it('are told with advice, in text and JSON, and do not end the work', async () => {
    await inFolder(async (folder) => {
      mkdirSync(join(folder, 's'));
      for (let i = 0; i < 12; i++) {
        const data = Float32Array.from({ length: 64 }, (_, k) => ((i * 31 + k * 17) % 256) * (i === 7 ? 0 : 1));
        writeFileSync(join(folder, 's', `p${i}.npy`), writeNpy({ dtype: 'float32', shape: [8, 8], data }));
      }
      const words = [digitsFloat, '--samples', 's', '--no-remedies', '--ranges', 'min-max'];
      const { findings } = await quantize(words, folder);
      const codes = findings.map(({ code }) => code);
      expect(codes).toEqual(expect.arrayContaining(['samples-too-few', 'sample-constant']));
      expect(findings.find(({ code }) => code === 'sample-constant')?.samples).toEqual(['p7.npy']);
      const { code, stdout } = await runCli(['quantize', ...words], folder);
      expect(code).toBe(0);
      expect(stdout).toContain('Samples to look at');
      const converted = await runCli(
        ['convert', digitsFloat, '--to', 'c', '--quantize', 'int8', ...words.slice(1)],
        folder,
      );
      expect(converted.stderr).toContain('12 samples leave the ranges to chance');
      const again = [
        'convert',
        digitsFloat,
        '--to',
        'wasm',
        '--quantize',
        'int8',
        '--dry-run',
        ...words.slice(1),
        '--json',
      ];
      const found = convert.parse(JSON.parse((await runCli(again, folder)).stdout)).findings;
      expect(found?.map(({ code }) => code)).toContain('samples-too-few');
    });
  });
});
