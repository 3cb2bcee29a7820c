import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { digits, digitsFloat, inFolder, runCli, runJson } from './run-cli.ts';

const samples = ['--samples', `${digits}digits_calib.npy`, '--calibrate', '60'];

const share = z.object({ value: z.number(), low: z.number(), high: z.number() });

const report = z.object({
  command: z.literal('quantize'),
  samples: z.number(),
  tensors: z.array(
    z.object({ name: z.string(), layer: z.string().nullable(), accumulatedDb: z.number(), injectedDb: z.number() }),
  ),
  outputs: z.object({ samples: z.number(), agreement: share, cosine: z.number(), flips: z.array(z.unknown()) }),
  gains: z.array(z.object({ step: z.string(), cosine: z.number() })).nullable(),
  keptReal: z.array(z.object({ layer: z.string(), reason: z.string() })),
  advice: z.array(z.string()),
});

describe('quantize', () => {
  it('tells the error of every tensor and what it does to the outputs', async () => {
    const { code, value } = await runJson(['quantize', digitsFloat, ...samples]);
    expect(code).toBe(0);
    const { tensors, outputs, keptReal, samples: count } = report.parse(value);
    expect([count, outputs.samples]).toEqual([60, 140]);
    expect(outputs.agreement.value).toBeGreaterThan(0.99);
    expect(outputs.cosine).toBeGreaterThan(0.999);
    expect(keptReal).toEqual([]);
    for (const { injectedDb, accumulatedDb } of tensors) {
      expect(injectedDb).toBeGreaterThan(25);
      expect(accumulatedDb).toBeLessThan(injectedDb + 3);
    }
  });

  it('writes a TFLite file that computes what was judged, and replaces only files of its own', async () => {
    await inFolder(async (folder) => {
      const argv = ['quantize', digitsFloat, ...samples, '--out', 'small.tflite'];
      expect((await runCli(argv, folder)).code).toBe(0);
      const written = readFileSync(join(folder, 'small.tflite'));
      expect((await runCli(argv, folder)).code).toBe(0);
      expect(readFileSync(join(folder, 'small.tflite'))).toEqual(written);
      const images = [
        '--dataset',
        `${digits}digits_test_images.npy`,
        '--data-labels',
        `${digits}digits_test_labels.npy`,
      ];
      const ran = await runCli(['run', 'small.tflite', '--on', 'wasm', ...images], folder);
      expect(ran.stdout).toContain('360 of 360 right');
      writeFileSync(join(folder, 'small.tflite'), 'mine');
      const { code, stderr } = await runCli(argv, folder);
      expect(code).toBe(1);
      expect(stderr).toContain('thimble did not write it');
      expect(readFileSync(join(folder, 'small.tflite'), 'utf8')).toBe('mine');
    });
  });

  it('writes an ONNX file that computes what the TFLite file does', async () => {
    await inFolder(async (folder) => {
      const plain = [...samples, '--no-remedies', '--ranges', 'min-max'];
      const images = [
        '--dataset',
        `${digits}digits_test_images.npy`,
        '--data-labels',
        `${digits}digits_test_labels.npy`,
      ];
      const results: string[] = [];
      for (const file of ['small.onnx', 'small.tflite']) {
        expect((await runCli(['quantize', digitsFloat, ...plain, '--out', file], folder)).code).toBe(0);
        const { stdout } = await runCli(['run', file, '--on', 'wasm', ...images], folder);
        results.push(/\d+ of 360 right/.exec(stdout)?.[0] ?? stdout);
      }
      expect(results[0]).toMatch(/^3[56]\d of 360/);
      expect(results[0]).toBe(results[1]);
    });
  });

  it('shows what each step gained', async () => {
    const { value } = await runJson(['quantize', digitsFloat, ...samples, '--explain']);
    const { gains } = report.parse(value);
    expect(gains?.map(({ step }) => step)).toEqual([
      'all that was seen, weights to the nearest integer',
      'ranges: auto',
      'channels equalized',
      'biases absorbed',
      'weights rounded by second order',
      'biases corrected',
    ]);
    expect(gains?.at(-1)?.cosine).toBeGreaterThan(gains?.[0]?.cosine ?? 1);
  });

  it('keeps layers real or gives them 16 bits by their names', async () => {
    const layers = ['--layer', '*FULLY*=float32', '--layer', '*CONV_2D*=int16'];
    const { value } = await runJson(['quantize', digitsFloat, ...samples, '--no-remedies', ...layers]);
    const { keptReal } = report.parse(value);
    expect(keptReal.map(({ reason }) => reason)).toContain('asked to stay real');
  });

  it('keeps weights in 4 bits, in the file and in what is made of it', async () => {
    await inFolder(async (folder) => {
      const graphOf = async (...words: string[]) => {
        const { code } = await runCli(['quantize', digitsFloat, ...samples, ...words, '--out', 'm.tflite'], folder);
        expect(code).toBe(0);
        const { stdout } = await runCli(['convert', 'm.tflite', '--to', 'c', '--emit', 'graph'], folder);
        return stdout.split('\n').flatMap((line) => /^stored %\d+ (int4(?: group=\d+)?)/.exec(line)?.[1] ?? []);
      };
      const byGroups = await graphOf('--format', 'int4');
      expect(byGroups.length).toBeGreaterThan(5);
      expect(new Set(byGroups)).toEqual(new Set(['int4 group=32']));
      expect(new Set(await graphOf('--format', 'int4', '--group', 'none'))).toEqual(new Set(['int4']));
      expect(await graphOf('--layer', '*FULLY*=int4', '--group', '16')).toEqual(['int4 group=16']);
      const { stdout } = await runCli(['convert', 'm.tflite', '--to', 'c', '--out', 'c'], folder);
      expect(stdout).toContain('1 layer in int4, groups of 16');
      expect(readFileSync(join(folder, 'c/README.md'), 'utf8')).toContain(
        'Weights of 4 bits: 1 layer in int4, groups of 16.',
      );
      const { layers } = JSON.parse(readFileSync(join(folder, 'c/thimble.json'), 'utf8'));
      expect(layers.flatMap(({ weights }: { weights?: string }) => weights ?? [])).toEqual(['int4, groups of 16']);
      expect((await runCli(['inspect', 'm.tflite'], folder)).stdout).toContain('1 layer in int4, groups of 16');
      expect((await runCli(['verify', 'm.tflite', '--on', 'c'], folder)).code).toBe(0);
    });
  });

  it('keeps real weights as float16', async () => {
    const options = ['--quantize', 'float16', ...samples, '--to', 'wasm', '--emit', 'graph'];
    const { stdout } = await runCli(['convert', digitsFloat, ...options]);
    expect(stdout.match(/^stored %\d+ float16$/gm)?.length).toBeGreaterThan(5);
    const mixed = await runCli(['convert', digitsFloat, ...options.with(1, 'int8'), '--layer', '*FULLY*=float16']);
    expect(mixed.stdout.match(/^stored %\d+ float16$/gm)?.length).toBe(1);
  });

  it.each([
    [['quantize', digitsFloat], 2, '--samples is missing'],
    [['quantize', digitsFloat, ...samples, '--layer', 'conv'], 1, 'it is no pattern with a format'],
    [
      ['quantize', digitsFloat, '--samples', `${digits}digits_calib.npy`, '--calibrate', '999'],
      1,
      'there are 200 samples',
    ],
    [['quantize', digitsFloat, '--samples', '/nowhere'], 1, 'there is no such file'],
    [['quantize', digitsFloat, '--samples', `${digits}digits_test_labels.npy`], 1, 'stack of samples'],
    [['quantize', digitsFloat, ...samples, '--out', 'x.pb'], 2, 'does not end in .tflite or .onnx'],
    [['convert', digitsFloat, '--to', 'c', '--quantize', 'int8'], 2, '--samples is missing'],
    [['quantize', digitsFloat, ...samples, '--layer', '*CONF_2D*=int4'], 1, 'no layer has this name'],
    [['quantize', digitsFloat, ...samples, '--layer', '*DEPTHWISE*=int4'], 1, 'has no weights of 4 bits'],
    [['quantize', digitsFloat, ...samples, '--layer', '*ADD*=float16'], 1, 'has no real weights'],
    [['quantize', digitsFloat, ...samples, '--format', 'int4', '--group', '8'], 2, 'group'],
    [['convert', digitsFloat, '--to', 'c', '--quantize', 'float16', ...samples], 1, 'no memory to expand them in'],
  ])('%j ends with %i', async (argv, wanted, text) => {
    const { code, stderr } = await runCli(argv);
    expect(stderr).toContain(text);
    expect(code).toBe(wanted);
  });

  it('names a sample that holds something else than numbers', async () => {
    await inFolder(async (folder) => {
      const values = Float32Array.from({ length: 2 * 64 }, (_, i) => (i === 70 ? Number.NaN : i / 128));
      writeFileSync(join(folder, 'bad.bin'), new Uint8Array(values.buffer));
      const { code, stderr } = await runCli(['quantize', digitsFloat, '--samples', 'bad.bin'], folder);
      expect(stderr).toContain('sample "bad.bin#1": element 6 is NaN');
      expect(code).toBe(1);
    });
  });

  it('is a part of convert', async () => {
    await inFolder(async (folder) => {
      const argv = ['convert', digitsFloat, '--to', 'c', '--quantize', 'int8', ...samples, '--out', 'p'];
      const { code, stdout } = await runCli(argv, folder);
      expect(code).toBe(0);
      expect(stdout).toMatch(/weights +2[34],\d{3} B/);
      expect(readFileSync(join(folder, 'p/README.md'), 'utf8')).toContain('--quantize int8');
    });
  });
});
