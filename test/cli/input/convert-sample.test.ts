import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Conversion, convertSample, quantize } from '../../../cli/input/convert-sample.ts';
import { shapesFit } from '../../../cli/input/fit-shape.ts';
import { channelStride, pictureShape } from '../../../cli/input/layout.ts';
import { parsePreprocess } from '../../../cli/input/preprocess.ts';
import type { InputSpec, Sample } from '../../../cli/input/sample.ts';
import { inputSpec, problemsOf } from './helpers.ts';

const where = 'file "x"';
const plain: Conversion = { preprocess: null, raw: false, layout: null };
const pixels = (range: string): Conversion => ({ ...plain, preprocess: parsePreprocess({ pixels: range }) });
const uint8 = (...values: number[]): Sample => ({
  dtype: 'uint8',
  shape: [values.length],
  data: Uint8Array.from(values),
});
const float = (...values: number[]): Sample => ({
  dtype: 'float32',
  shape: [values.length],
  data: Float32Array.from(values),
});

describe('convertSample', () => {
  const int8 = inputSpec([3], { dtype: 'int8', scale: 0.5, zeroPoint: -10 });
  const run = (sample: Sample, spec: InputSpec, conversion = plain): unknown[] => [
    ...convertSample(sample, spec, conversion, where).data,
  ];
  const code = (sample: Sample, spec: InputSpec, conversion = plain) =>
    problemsOf(() => run(sample, spec, conversion))[0]?.code;

  test('data of the same type is taken as it is', () => {
    const sample: Sample = { dtype: 'int8', shape: [3], data: Int8Array.from([-128, 0, 127]) };
    expect(run(sample, int8)).toEqual([-128, 0, 127]);
    expect(run(uint8(0, 128, 255), inputSpec([3], { dtype: 'uint8', scale: 0.0078125, zeroPoint: 128 }))).toEqual([
      0, 128, 255,
    ]);
  });

  test('float data for a quantized input is quantized, ties away from zero, clamped', () => {
    expect(run(float(0.25, -0.25, 1000), int8)).toEqual([-9, -11, 127]);
    expect(code(float(0, Number.NaN, 0), int8)).toBe('sample-range');
    expect(run(float(Infinity, -Infinity, 0), int8)).toEqual([127, -128, -10]);
  });

  test('uint8 for another type needs a declaration, which the problem explains', () => {
    const [problem] = problemsOf(() => run(uint8(0, 1, 2), int8));
    expect(problem).toMatchObject({ code: 'sample-meaning', where });
    expect(problem?.advice).toContain('--pixels');
    expect(problem?.advice).toContain('--raw');
    expect(code(uint8(0, 1, 2), inputSpec([3]))).toBe('sample-meaning');
    const int16: Sample = { dtype: 'int16', shape: [3], data: Int16Array.from([1, 2, 3]) };
    expect(code(int16, int8)).toBe('sample-meaning');
    expect(run(int16, inputSpec([3]))).toEqual([1, 2, 3]);
  });

  test('declared arithmetic comes before quantization', () => {
    const unit = inputSpec([3], { dtype: 'int8', scale: 1 / 255, zeroPoint: -128 });
    expect(run(uint8(0, 128, 255), unit, pixels('0..1'))).toEqual([-128, 0, 127]);
    expect(
      run(uint8(0, 128, 255), inputSpec([3], { dtype: 'int8', scale: 1, zeroPoint: 0 }), pixels('-128..127')),
    ).toEqual([-128, 0, 127]);
  });

  test('0..1 into a float input is the float nearest to value / 255', () => {
    const all = uint8(...Array.from({ length: 256 }, (_, i) => i));
    expect(run(all, inputSpec([256]), pixels('0..1'))).toEqual(
      Array.from({ length: 256 }, (_, i) => Math.fround(i / 255)),
    );
  });

  test('mean and std for each channel, in both layouts', () => {
    const preprocess = parsePreprocess({ mean: [1, 2, 3], std: [1, 2, 4] });
    const last = uint8(1, 2, 3, 2, 4, 7);
    expect(run({ ...last, shape: [1, 1, 2, 3] }, inputSpec([1, 1, 2, 3]), { ...plain, preprocess })).toEqual([
      0, 0, 0, 1, 1, 1,
    ]);
    const first = uint8(1, 2, 2, 4, 3, 7);
    expect(run({ ...first, shape: [1, 3, 1, 2] }, inputSpec([1, 3, 1, 2]), { ...plain, preprocess })).toEqual([
      0, 1, 0, 1, 0, 1,
    ]);
    expect(code({ ...first, shape: [6] }, inputSpec([6]), { ...plain, preprocess })).toBe('preprocess-channels');
  });

  test('raw takes integers as they are, in range', () => {
    const raw = { ...plain, raw: true };
    expect(run(uint8(0, 100, 127), int8, raw)).toEqual([0, 100, 127]);
    expect(run(float(-3, 0, 5), int8, raw)).toEqual([-3, 0, 5]);
    expect(code(uint8(0, 128, 0), int8, raw)).toBe('sample-range');
    expect(code(float(0.5, 0, 0), int8, raw)).toBe('sample-range');
    expect(code(uint8(1, 2, 3), inputSpec([3]), raw)).toBe('sample-raw');
  });

  test('integer, bool and half inputs', () => {
    const long: Sample = { dtype: 'int64', shape: [2], data: BigInt64Array.from([5n, -(2n ** 40n)]) };
    expect(code(long, inputSpec([2], { dtype: 'int32' }))).toBe('sample-range');
    expect(run(float(5, -6), inputSpec([2], { dtype: 'int64' }))).toEqual([5n, -6n]);
    expect(code(float(5.5, 1), inputSpec([2], { dtype: 'int32' }))).toBe('sample-range');
    const huge: Sample = { dtype: 'uint64', shape: [1], data: BigUint64Array.from([2n ** 63n]) };
    expect(code(huge, inputSpec([1], { dtype: 'int64' }))).toBe('sample-range');
    expect(run(float(1, 0), inputSpec([2], { dtype: 'bool' }))).toEqual([1, 0]);
    expect(code(float(2, 0), inputSpec([2], { dtype: 'bool' }))).toBe('sample-range');
    expect(run(float(1, -2), inputSpec([2], { dtype: 'float16' }))).toEqual([0x3c00, 0xc000]);
    const half: Sample = { dtype: 'float16', shape: [1], data: Uint16Array.from([0xc000]) };
    expect(run(half, inputSpec([1]))).toEqual([-2]);
  });

  test('a shape that does not fit shows both', () => {
    const [problem] = problemsOf(() => run(float(1, 2), inputSpec([1, 28, 28])));
    expect(problem?.what).toContain('[2]');
    expect(problem?.what).toContain('[1,28,28]');
  });
});

test('quantize is the nearest step, never off by more than half', () => {
  fc.assert(
    fc.property(fc.float({ min: -60, max: 60, noNaN: true }), fc.integer({ min: -128, max: 127 }), (x, zeroPoint) => {
      const [q = 0] = quantize(Float64Array.of(x), 0.5, zeroPoint, 'int16', where);
      const steps = q - zeroPoint;
      expect(Math.abs(x / 0.5 - steps)).toBeLessThanOrEqual(0.5);
      if (Math.abs(x / 0.5 - steps) === 0.5) expect(Math.abs(steps)).toBeGreaterThan(Math.abs(x / 0.5));
    }),
  );
});

test.each([
  [[28, 28], [1, 28, 28, 1], true],
  [[1, 8, 8], [1, 8, 8, 1], true],
  [[784], [1, 28, 28, 1], true],
  [[28, 28], [1, 784], true],
  [[], [1, 1], true],
  [[3, 2, 2], [2, 2, 3], false],
  [[2, 6], [3, 4], false],
  [[3], [4], false],
])('shapesFit(%j, %j) is %j', (from, to, fits) => {
  expect(shapesFit(from, to)).toBe(fits);
});

describe('layout', () => {
  test.each([
    [[1, 32, 16, 3], null, { height: 32, width: 16, channels: 3, layout: 'nhwc' }],
    [[1, 3, 32, 16], null, { height: 32, width: 16, channels: 3, layout: 'nchw' }],
    [[1, 28, 28], null, { height: 28, width: 28, channels: 1, layout: 'nchw' }],
    [[28, 20], null, { height: 28, width: 20, channels: 1, layout: 'nhwc' }],
    [[1, 3, 32, 3], 'nchw', { height: 32, width: 3, channels: 3, layout: 'nchw' }],
    [[1, 3, 32, 3], 'nhwc', { height: 3, width: 32, channels: 3, layout: 'nhwc' }],
  ] as const)('%j given %j', (shape, given, wanted) => {
    expect(pictureShape(inputSpec(shape), given)).toEqual(wanted);
  });

  test.each([
    [[1, 3, 32, 3], null, 'picture-layout'],
    [[1, 32, 32, 3], 'nchw', 'picture-layout'],
    [[2, 32, 32, 3], null, 'picture-shape'],
    [[1, 32, 32, 5], null, 'picture-shape'],
    [[784], null, 'picture-shape'],
  ] as const)('%j given %j is refused', (shape, given, code) => {
    expect(problemsOf(() => pictureShape(inputSpec(shape), given))[0]?.code).toBe(code);
  });

  test('channelStride', () => {
    expect(channelStride(inputSpec([1, 8, 8, 3]), 3, null)).toBe(1);
    expect(channelStride(inputSpec([1, 3, 8, 8]), 3, null)).toBe(64);
    expect(channelStride(inputSpec([1, 3, 8, 3]), 3, 'nchw')).toBe(24);
    expect(problemsOf(() => channelStride(inputSpec([1, 3, 8, 3]), 3, null))[0]?.advice).toContain('layout');
  });
});

describe('parsePreprocess', () => {
  test('null where nothing is declared', () => {
    expect(parsePreprocess({})).toBeNull();
    expect(parsePreprocess({ raw: true })).toBeNull();
  });

  test('names all contradictions at once', () => {
    const problems = problemsOf(() => parsePreprocess({ pixels: '0..2', scale: 2, std: [0], mean: [], raw: true }));
    expect(problems.map((problem) => problem.where)).toEqual(['--pixels', '--pixels', '--mean', '--std', '--raw']);
    expect(problemsOf(() => parsePreprocess({ mean: [1, 2], std: [1, 2, 3] }))).toHaveLength(1);
  });
});
