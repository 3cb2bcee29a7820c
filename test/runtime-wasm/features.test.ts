import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type DeclaredFeatures, featuresOf, featuresSchema } from '../../cli/input/declared-features.ts';
import { bandStride, fitFeatures } from '../../cli/input/fit-features.ts';
import type { Features } from '../../converter/ir/features.ts';
import { featureValues, frameCount, misfitOf, samplesNeeded } from '../../runtime-wasm/features.js';
import { inputSpec, problemsOf } from '../cli/input/helpers.ts';

interface Vector {
  readonly name: string;
  readonly features: unknown;
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

/** Written by make.py beside it, with numpy and scipy. */
const vectors: { readonly rate: number; readonly samples: number; readonly cases: readonly Vector[] } = JSON.parse(
  readFileSync(new URL('../golden/features/vectors.json', import.meta.url), 'utf8'),
);

const rate = 8000;

/** The signal that make.py describes. */
function signal(count: number): Float32Array {
  let state = 1;
  return Float32Array.from({ length: count }, (_, n) => {
    state = (Math.imul(1103515245, state) + 12345) & 0x7fffffff;
    const noise = state / 2 ** 30 - 1;
    return (Math.sin((2 * Math.PI * 440 * n) / rate) + 0.5 * Math.sin((2 * Math.PI * n ** 2) / 9000) + noise) / 2.5;
  });
}

const features = (declared: DeclaredFeatures, shape: readonly number[]): Features =>
  fitFeatures(featuresOf({ axes: 'frames-first', ...declared }, rate), inputSpec([1, ...shape, 1]));

const spectrogram: DeclaredFeatures = {
  ...{ kind: 'spectrogram', 'window-samples': 24, 'hop-samples': 10, 'fft-samples': 32, power: 1 },
  ...{ 'window-function': 'hann', padding: 'none' },
};

describe('features are those of numpy and scipy', () => {
  test.each(vectors.cases)('$name', ({ features: declared, shape, values }) => {
    const found = featureValues(signal(vectors.samples), features(featuresSchema.parse(declared), shape), 'exact');
    expect(found).toHaveLength(values.length);
    const errors = values.map((value, i) => Math.abs(value - (found[i] ?? Number.NaN)) / (1 + Math.abs(value)));
    expect(Math.max(...errors)).toBeLessThan(1e-9);
  });
});

describe('frames', () => {
  const paddings = ['none', 'none-fft', 'end', 'centre', 'centre-reflect'] as const;

  test('need exactly so many samples', () => {
    const padding = fc.constantFrom(...paddings);
    const sizes = fc.tuple(
      fc.integer({ min: 1, max: 16 }),
      fc.integer({ min: 1, max: 40 }),
      fc.integer({ min: 0, max: 5 }),
    );
    fc.assert(
      fc.property(padding, sizes, fc.integer({ min: 1, max: 9 }), (padding, [half, hop, firstFrame], frames) => {
        const keys = {
          'window-samples': half,
          'fft-samples': 2 * half,
          'hop-samples': hop,
          padding,
          'first-frame': firstFrame,
        };
        const fitted = features({ ...spectrogram, ...keys }, [frames, half + 1]);
        const needed = samplesNeeded(fitted);
        expect(frameCount(needed, fitted)).toBeGreaterThanOrEqual(firstFrame + frames);
        expect(frameCount(needed - 1, fitted)).toBeLessThan(firstFrame + frames);
      }),
    );
  });

  test('that are too few or too many are refused, or made to fit', () => {
    const wanted = features(spectrogram, [5, 17]);
    const [short, exact, long] = [60, 64, 200].map(signal);
    if (short === undefined || exact === undefined || long === undefined) return;
    expect(() => featureValues(short, wanted, 'exact')).toThrow(
      'the sound has 60 samples and gives 4 frames, the model wants 5; give 64 samples, or declare the length "fit"',
    );
    expect(() => featureValues(long, wanted, 'exact')).toThrow('gives 18 frames, the model wants 5');
    expect(() => featureValues(new Float32Array(0), wanted, 'exact')).toThrow(
      'the sound has 0 samples and gives 0 frames',
    );
    expect(featureValues(long, wanted, 'fit')).toEqual(featureValues(exact, wanted, 'exact'));
    const padded = Float32Array.from({ length: 64 }, (_, i) => short[i] ?? 0);
    expect(featureValues(short, wanted, 'fit')).toEqual(featureValues(padded, wanted, 'exact'));
    expect(featureValues(new Float32Array(0), wanted, 'fit')).toEqual(new Float64Array(85));
  });

  test('are measured against the largest of the whole recording', () => {
    const log = { log: '10log10', floor: 1e-10, reference: 'maximum' } as const;
    const quiet = signal(64);
    const loud = Float32Array.from([...quiet, ...quiet.map((sample) => 10 * sample)]);
    const first = featureValues(loud, features({ ...spectrogram, ...log, power: 2 }, [5, 17]), 'fit');
    const alone = featureValues(quiet, features({ ...spectrogram, ...log, power: 2 }, [5, 17]), 'exact');
    expect(Math.max(...alone)).toBe(0);
    expect(Math.max(...first)).toBeLessThan(-15);
  });

  test('of silence are finite, however they are normalized', () => {
    for (const normalize of ['maximum', 'peak'] as const) {
      const wanted = features({ ...spectrogram, normalize, log: 'ln', offset: 1e-6 }, [5, 17]);
      expect(new Set(featureValues(new Float32Array(64), wanted, 'exact'))).toEqual(new Set([Math.log(1e-6)]));
    }
  });

  test('beyond a bound are refused before they are computed', () => {
    const log = { log: '10log10', floor: 1e-10, 'top-db': 80, 'hop-samples': 1, 'fft-samples': 65536 } as const;
    const wanted = features({ ...spectrogram, ...log }, [1, 32769]);
    expect(misfitOf(10_000_000, wanted, 'fit')?.what).toMatch(
      /frames of 65536 points, 32769 values each, are too much/,
    );
    const late = features({ ...spectrogram, 'hop-samples': 65536, 'first-frame': 1_000_000 }, [1, 17]);
    expect(misfitOf(100, late, 'fit')?.what).toBe(
      '1 frames from frame 1000000 on need 65536000024 samples, which is too much at once',
    );
    expect(misfitOf(100, wanted, 'fit')).toBeNull();
  });
});

test('a window of one sample is 1, as in other libraries', () => {
  const wanted = features({ ...spectrogram, 'window-samples': 1, 'hop-samples': 1, 'fft-samples': 2 }, [4, 2]);
  expect([...featureValues(Float32Array.of(1, -2, 0, 3), wanted, 'exact')]).toEqual([1, 1, 2, 2, 0, 0, 3, 3]);
});

test('a band between two points of the transform is empty, as in other libraries', () => {
  const bank = { bands: 40, 'mel-scale': 'slaney', 'mel-triangles': 'hz', 'mel-norm': 'none' } as const;
  const found = featureValues(signal(64), features({ ...spectrogram, kind: 'mel', ...bank }, [5, 40]), 'exact');
  expect(found.filter((value) => value === 0).length).toBeGreaterThan(5);
  expect(found.every(Number.isFinite)).toBe(true);
});

describe('the order of axes', () => {
  const steps = (declared: object) =>
    featuresOf({ ...spectrogram, 'window-samples': 4, 'fft-samples': 4, ...declared }, rate);
  const axesOf = (shape: readonly number[], declared: object = {}) => {
    const { axes, frames } = fitFeatures(steps(declared), inputSpec(shape));
    return `${axes} ${frames}`;
  };

  test.each([
    [[1, 5, 3], 'frames-first 5'],
    [[1, 3, 5, 1], 'bands-first 5'],
    [[1, 5, 1, 3], 'frames-first 5'],
    [[3], 'frames-first 1'],
  ])('of %j is told by the shape', (shape, wanted) => expect(axesOf(shape)).toBe(wanted));

  test.each([[[1, 3, 3]], [[1, 15]]])('of %j has to be declared', (shape) => {
    expect(problemsOf(() => axesOf(shape))[0]?.what).toContain('may be frame after frame, or band after band');
    expect(axesOf(shape, { axes: 'bands-first' })).toMatch('bands-first');
  });

  test('with a value for each band', () => {
    expect(bandStride(fitFeatures(steps({}), inputSpec([5, 3])), 3)).toBe(1);
    expect(bandStride(fitFeatures(steps({}), inputSpec([3, 5])), 3)).toBe(5);
    expect(problemsOf(() => bandStride(fitFeatures(steps({}), inputSpec([3, 5])), 5))[0]?.advice).toBe(
      'give one value, or 3',
    );
  });
});
