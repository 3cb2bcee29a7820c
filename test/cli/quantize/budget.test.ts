import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { digits, digitsFloat, inFolder, runCli, runJson } from '../run-cli.ts';

const samples = ['--samples', `${digits}digits_calib.npy`, '--calibrate', '40'];
const tests = ['--test', `${digits}digits_test_images.npy`];

const point = z.object({
  what: z.string(),
  missed: z.number(),
  agreement: z.number(),
  accuracyDrop: z.number().nullable(),
  sramBytes: z.number(),
  flashBytes: z.number(),
  instructions: z.number().nullable(),
  latencies: z.array(z.object({ target: z.string(), us: z.number().nullable() })),
});

const report = z.object({
  budget: z.object({
    limits: z.array(z.string()),
    met: z.boolean(),
    best: point,
    tried: z.array(point).min(1),
    changed: z.array(z.object({ layer: z.string(), choice: z.string() })),
    obstacles: z.array(z.object({ limit: z.string(), missed: z.number(), layer: z.string().nullable() })),
    sensitivity: z.array(z.object({ layer: z.string(), harm: z.number() })),
    latencyNote: z.string().optional(),
  }),
});

async function searched(budget: string, more: readonly string[] = []) {
  const { code, value } = await runJson(['quantize', digitsFloat, ...samples, ...more, '--budget', budget]);
  return { code, ...report.parse(value).budget };
}

describe('quantize --budget', () => {
  it('takes the plain int8 model where that is within', async () => {
    const { code, met, changed, best, latencyNote } = await searched(
      'accuracy-drop<=0.5%,sram<=64k,flash<=256k,latency<=50ms@stm32l4r5',
      tests,
    );
    expect([code, met, changed, best.what]).toEqual([0, true, [], 'all layers alike']);
    expect(best.accuracyDrop).toBeLessThanOrEqual(0.005);
    expect(best.latencies[0]?.us).toBeGreaterThan(1000);
    expect(best.latencies[0]?.us).toBeLessThan(50_000);
    expect(latencyNote).toMatch(/may be wrong/);
  });

  it('leaves layers alone that were named, and writes what was found', async () => {
    await inFolder(async (folder) => {
      const named = ['--layer', '*CONV_2D*=int16', '--no-remedies', '--ranges', 'min-max'];
      const budget = ['--budget', 'agreement>=95%', '--budget', 'flash<=1M', '--out', 'found.tflite'];
      const { code, value } = await runJson(['quantize', digitsFloat, ...samples, ...named, ...budget], folder);
      expect(code).toBe(0);
      const { met, limits, changed } = report.parse(value).budget;
      expect([met, limits]).toEqual([true, ['agreement>=95%', 'flash<=1048576']]);
      expect(changed.filter(({ layer }) => layer.includes('CONV_2D'))).toEqual([]);
      const inspected = await runCli(['inspect', 'found.tflite'], folder);
      expect([inspected.code, inspected.stderr]).toEqual([0, '']);
      expect(inspected.stdout).toContain('int16');
    });
  });

  it('tells the nearest model and what stands in the way, writes nothing, and ends with 3', async () => {
    await inFolder(async (folder) => {
      const argv = ['quantize', digitsFloat, ...samples, '--budget', 'flash<=8k', '--out', 'small.tflite'];
      const { code, stdout, stderr } = await runCli(argv, folder);
      expect(code).toBe(3);
      expect(stdout).toContain('Budget not met: flash<=8192');
      expect(stdout).toMatch(/The nearest model found: .*to int4 in/);
      expect(stdout).toMatch(/flash<=8192: missed by \d+\.\d %; .+ stands in the way/);
      expect(stderr).toContain('small.tflite is not written');
      expect(existsSync(join(folder, 'small.tflite'))).toBe(false);
    });
  });

  it.each([
    ['latency<=20ms@stm32l4r5zx', 1, 'did you mean stm32l4r5zi'],
    ['latency<=20ms@sd865', 1, 'cannot be told'],
    ['speed<=1', 1, 'there is no limit of "speed"'],
    ['accuracy-drop<=1%', 1, 'the class of sample'],
  ])('%j ends with %i', async (budget, wanted, text) => {
    const argv = ['quantize', digitsFloat, ...samples, '--budget', budget];
    const { code, stderr } = await runCli(argv);
    expect(stderr).toContain(text);
    expect(code).toBe(wanted);
  });

  it('names a pattern that fits no layer, as without a budget', async () => {
    const argv = ['quantize', digitsFloat, ...samples, '--layer', 'absent=int16'];
    for (const more of [[], ['--budget', 'flash<=64k']]) {
      const { code, stderr } = await runCli([...argv, ...more]);
      expect(stderr).toContain('no layer has this name');
      expect(code).toBe(1);
    }
  });
});
