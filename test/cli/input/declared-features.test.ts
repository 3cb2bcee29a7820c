import fc from 'fast-check';
import { expect, test } from 'vitest';
import { featuresOf, featuresSchema, featuresSentence, frameWidth } from '../../../cli/input/declared-features.ts';
import { fitFeatures } from '../../../cli/input/fit-features.ts';
import { featureValues, misfitOf } from '../../../runtime-wasm/features.js';
import { endsWell, inputSpec, problemsOf } from './helpers.ts';

const frames = {
  ...{ 'window-samples': 20, 'hop-samples': 7, 'window-function': 'hann', padding: 'none', power: 2 },
} as const;
const bank = { bands: 6, 'mel-scale': 'slaney', 'mel-triangles': 'hz', 'mel-norm': 'slaney' } as const;
const log = { log: '10log10', offset: 1e-6 } as const;
const possible = [
  { kind: 'spectrogram', ...frames },
  { kind: 'mel', ...frames, ...bank },
  { kind: 'log-mel', ...frames, ...bank, ...log },
  { kind: 'mfcc', ...frames, ...bank, ...log, coefficients: 4, 'dct-norm': 'ortho' },
] as const;

const words: { readonly [key: string]: readonly (string | number)[] } = {
  kind: ['spectrogram', 'mel', 'log-mel', 'mfcc', 'pcan'],
  'window-function': ['hann-symmetric', 'hamming', 'none'],
  padding: ['none', 'none-fft', 'end', 'centre', 'centre-reflect'],
  power: [1],
  normalize: ['maximum', 'peak'],
  'mel-scale': ['htk'],
  'mel-triangles': ['mel'],
  'mel-norm': ['none'],
  log: ['ln'],
  reference: ['maximum'],
  'dct-norm': ['htk'],
};
const quantities = [
  ...['window-samples', 'hop-samples', 'fft-samples', 'gain', 'pre-emphasis', 'bands', 'low-hz', 'high-hz'],
  ...['offset', 'floor', 'top-db', 'coefficients', 'first-frame'],
];
const wild = [0, 1, 2, 3, 19, 20, 21, 0.5, -1, 1e-9, 1e9, -1e9, 1e308, 5e-324, 3999, 4000, 4001, 65536];

/** One key with another value. */
const change = fc.oneof(
  fc
    .constantFrom(...Object.keys(words))
    .chain((key) => fc.tuple(fc.constant(key), fc.constantFrom(...(words[key] ?? [])))),
  fc.tuple(fc.constantFrom(...quantities), fc.constantFrom(...wild)),
);
const declaration = fc
  .tuple(fc.constantFrom(...possible), fc.array(change, { maxLength: 3 }))
  .map(([base, changes]) => ({ ...base, ...Object.fromEntries(changes) }));

const rate = fc.constantFrom(8000, 8000, 8000, 1, 1e308, 5e-324, null);

test('any declaration is a problem, or features that are finite', () => {
  let computed = 0;
  fc.assert(
    fc.property(declaration, rate, (declared, rateHz) => {
      expect(
        endsWell(() => {
          const steps = featuresOf(featuresSchema.parse(declared), rateHz);
          expect(featuresSentence(steps)).toMatch(steps.kind);
          const features = fitFeatures({ ...steps, axes: 'frames-first' }, inputSpec([3, frameWidth(steps)]));
          const samples = Float32Array.from({ length: 200 }, (_, i) => Math.sin(i * i));
          if (misfitOf(200, features, 'fit') !== null || features.fftSamples > 256 || features.firstFrame > 1000)
            return;
          expect(featureValues(samples, features, 'fit').every(Number.isFinite)).toBe(true);
          computed++;
        }),
      ).toBe(true);
    }),
    { numRuns: 1000 },
  );
  expect(computed).toBeGreaterThan(200);
});

test('everything that is wrong is told at once', () => {
  const declared = {
    kind: 'mfcc',
    'window-samples': 0,
    'hop-samples': 1.5,
    'high-hz': 9000,
    bands: 5,
    coefficients: 6,
  };
  const told = problemsOf(() => featuresOf(declared, 16000)).map(({ where, what }) => `${where}: ${what}`);
  expect(told).toEqual([
    '"features": "window-function", "padding", "power", "mel-scale", "mel-triangles", "mel-norm", "log", "dct-norm" are not declared, and libraries differ in it',
    '"features", "window-samples": it is 0',
    '"features", "hop-samples": it is 1.5',
    '"features", "high-hz": sound of 16000 samples a second has nothing above 8000 Hz, it is 9000',
    '"features", "coefficients": 5 bands have no 6 of them',
  ]);
});
