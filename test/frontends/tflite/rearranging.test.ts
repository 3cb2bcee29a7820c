import { describe, expect, test } from 'vitest';
import {
  float,
  int8,
  ints,
  type ModelDraft,
  problemLines,
  resultsOf,
  single,
  type TensorDraft,
} from './model-draft.ts';

/** Operators that TFLite has and that become slices, reshapes, transposes, pads and concats. */

const y = float([1]);

/** A model of one operator with several outputs y0, y1 ... */
function several(
  name: string,
  tensors: Readonly<Record<string, TensorDraft>>,
  inputs: readonly string[],
  count: number,
  options?: readonly [string, Readonly<Record<string, unknown>>],
): ModelDraft {
  const outputs = Array.from({ length: count }, (_, i) => `y${i}`);
  const { x = y } = tensors;
  return {
    tensors: { ...tensors, ...Object.fromEntries(outputs.map((output) => [output, x])) },
    operators: [{ name, inputs, outputs, ...(options === undefined ? {} : { options }) }],
    inputs: ['x'],
    outputs,
  };
}

const values = (draft: ModelDraft) => resultsOf(draft).map((result) => result.values);
const only = (draft: ModelDraft) => resultsOf(draft)[0];
const raw = (shape: readonly number[], ...data: readonly number[]): TensorDraft => ({ type: 'INT32', shape, data });

describe('SPLIT, SPLIT_V and UNPACK', () => {
  const split = (x: TensorDraft, axis: number, count: number) =>
    several('SPLIT', { x, axis: ints(axis) }, ['axis', 'x'], count, ['SplitOptions', { num_splits: count }]);

  test('equal pieces', () => {
    expect(values(split(float([2, 4]), 1, 2))).toEqual([
      [1, 2, 5, 6],
      [3, 4, 7, 8],
    ]);
    expect(values(split(int8([2, 2], 0.5, 3), -2, 2))).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(values(split(float([2]), 0, 1))).toEqual([[1, 2]]);
  });

  test('pieces that do not divide, or an axis that does not exist, are refused', () => {
    expect(problemLines(split(float([3]), 0, 2))).toEqual([expect.stringContaining('3 elements do not split into 2')]);
    expect(problemLines(split(float([2]), 1, 2))).toEqual([expect.stringContaining('axis 1 does not exist')]);
  });

  test('an output too many is refused', () => {
    const draft = several('SPLIT', { x: float([4]), axis: ints(0) }, ['axis', 'x'], 3, [
      'SplitOptions',
      { num_splits: 2 },
    ]);
    expect(problemLines(draft)).toEqual([expect.stringContaining('it has 3 outputs for 2 pieces')]);
  });

  const splitV = (count: number, ...sizes: readonly number[]) =>
    several('SPLIT_V', { x: float([5]), sizes: ints(...sizes), axis: ints(0) }, ['x', 'sizes', 'axis'], count);

  test('given sizes, one of them open', () => {
    expect(values(splitV(3, 1, -1, 2))).toEqual([[1], [2, 3], [4, 5]]);
    expect(values(splitV(2, 4, 1))).toEqual([[1, 2, 3, 4], [5]]);
  });

  test.each([[[2, 2]], [[-1, -1]], [[6, -1]]])('sizes %j are refused', (sizes) => {
    expect(problemLines(splitV(2, ...sizes))).toEqual([expect.stringContaining('do not split 5 elements')]);
  });

  test('unpack drops its axis', () => {
    const draft = several('UNPACK', { x: float([2, 3]) }, ['x'], 3, ['UnpackOptions', { num: 3, axis: -1 }]);
    expect(resultsOf(draft)).toEqual([
      { shape: [2], values: [1, 4] },
      { shape: [2], values: [2, 5] },
      { shape: [2], values: [3, 6] },
    ]);
    const two = several('UNPACK', { x: float([2, 3]) }, ['x'], 2, ['UnpackOptions', { num: 2, axis: 1 }]);
    expect(problemLines(two)).toEqual([expect.stringContaining('2 outputs for 3 elements along axis 1')]);
  });
});

describe('MIRROR_PAD and REVERSE_V2', () => {
  const mirror = (mode: string, shape: readonly number[], ...pads: readonly number[]) =>
    single('MIRROR_PAD', float(shape), { p: raw([shape.length, 2], ...pads) }, y, ['MirrorPadOptions', { mode }]);

  test('REFLECT leaves the edge out, SYMMETRIC repeats it', () => {
    expect(only(mirror('REFLECT', [4], 3, 2))?.values).toEqual([4, 3, 2, 1, 2, 3, 4, 3, 2]);
    expect(only(mirror('SYMMETRIC', [3], 3, 1))?.values).toEqual([3, 2, 1, 1, 2, 3, 3]);
  });

  test('corners are mirrored along both axes', () => {
    expect(only(mirror('SYMMETRIC', [2, 2], 1, 0, 0, 1))).toEqual({
      shape: [3, 3],
      values: [1, 2, 2, 1, 2, 2, 3, 4, 4],
    });
  });

  test('no padding changes nothing', () => {
    expect(only(mirror('REFLECT', [3], 0, 0))?.values).toEqual([1, 2, 3]);
  });

  test('more than the tensor has is refused', () => {
    expect(problemLines(mirror('REFLECT', [3], 3, 0))).toEqual([
      expect.stringContaining('cannot be mirrored by 3 and 0'),
    ]);
    expect(problemLines(mirror('SYMMETRIC', [3], 0, 4))).toEqual([expect.stringContaining('cannot be mirrored')]);
  });

  test('reverse', () => {
    expect(only(single('REVERSE_V2', float([2, 3]), { a: ints(1) }, y))?.values).toEqual([3, 2, 1, 6, 5, 4]);
    expect(only(single('REVERSE_V2', float([2, 3]), { a: ints(0, -1) }, y))?.values).toEqual([6, 5, 4, 3, 2, 1]);
  });
});

describe('blocks', () => {
  const block = (name: string, shape: readonly number[], size: number) =>
    single(name, float(shape), {}, y, [
      name === 'SPACE_TO_DEPTH' ? 'SpaceToDepthOptions' : 'DepthToSpaceOptions',
      {
        block_size: size,
      },
    ]);

  test('space to depth and back', () => {
    expect(only(block('SPACE_TO_DEPTH', [1, 2, 4, 1], 2))).toEqual({
      shape: [1, 1, 2, 4],
      values: [1, 2, 5, 6, 3, 4, 7, 8],
    });
    expect(only(block('DEPTH_TO_SPACE', [1, 1, 2, 4], 2))).toEqual({
      shape: [1, 2, 4, 1],
      values: [1, 2, 5, 6, 3, 4, 7, 8],
    });
  });

  test('sizes that do not divide are refused', () => {
    expect(problemLines(block('SPACE_TO_DEPTH', [1, 3, 2, 1], 2))[0]).toContain('3x2 does not divide');
    expect(problemLines(block('DEPTH_TO_SPACE', [1, 1, 1, 6], 2))[0]).toContain('6 channels do not make blocks');
    expect(problemLines(block('SPACE_TO_DEPTH', [1, 2, 2, 1], 0))[0]).toContain('the block size is 0');
  });

  const batches = (name: string, shape: readonly number[], blocks: readonly number[], pairs: readonly number[]) =>
    single(name, float(shape), { b: ints(...blocks), p: raw([blocks.length, 2], ...pairs) }, y);

  test('space to batch pads first', () => {
    expect(only(batches('SPACE_TO_BATCH_ND', [1, 2, 3, 1], [2, 2], [0, 0, 1, 0]))).toEqual({
      shape: [4, 1, 2, 1],
      values: [0, 2, 1, 3, 0, 5, 4, 6],
    });
  });

  test('batch to space crops last', () => {
    expect(only(batches('BATCH_TO_SPACE_ND', [4, 1, 2, 1], [2, 2], [0, 0, 1, 0]))).toEqual({
      shape: [1, 2, 3, 1],
      values: [3, 2, 4, 7, 6, 8],
    });
  });

  test('batches of several and one block axis', () => {
    expect(only(batches('SPACE_TO_BATCH_ND', [2, 2, 1], [2], [0, 0]))).toEqual({
      shape: [4, 1, 1],
      values: [1, 3, 2, 4],
    });
    expect(only(batches('BATCH_TO_SPACE_ND', [4, 1, 1], [2], [0, 0]))).toEqual({
      shape: [2, 2, 1],
      values: [1, 3, 2, 4],
    });
  });

  test('blocks that do not fit are refused', () => {
    expect(problemLines(batches('SPACE_TO_BATCH_ND', [1, 3, 1], [2], [0, 0]))[0]).toContain('does not divide');
    expect(problemLines(batches('BATCH_TO_SPACE_ND', [3, 1, 1], [2], [0, 0]))[0]).toContain('3 batches do not make');
    expect(problemLines(batches('BATCH_TO_SPACE_ND', [4, 1, 1], [2], [3, 0]))[0]).toContain('tflite-invalid-operator');
  });
});

describe('BROADCAST_TO, BROADCAST_ARGS and TILE', () => {
  test('broadcast adds and widens axes', () => {
    expect(only(single('BROADCAST_TO', float([2, 1]), { s: ints(2, 2, 3) }, y))).toEqual({
      shape: [2, 2, 3],
      values: [1, 1, 1, 2, 2, 2, 1, 1, 1, 2, 2, 2],
    });
    expect(only(single('BROADCAST_TO', int8([1], 0.5, 3), { s: ints(2) }, int8([2], 0.5, 3)))?.values).toEqual([1, 1]);
  });

  test('an axis that does not widen is refused', () => {
    expect(problemLines(single('BROADCAST_TO', float([2]), { s: ints(3) }, y))[0]).toContain('does not broadcast');
    expect(problemLines(single('BROADCAST_TO', float([2]), { s: ints(1) }, y))[0]).toContain('does not broadcast');
  });

  test.each(['INT32', 'INT64'] as const)('the shape of two shapes, of %s', (type) => {
    const draft: ModelDraft = {
      tensors: {
        x: float([1, 3]),
        a: { type, shape: [2], data: [2, 1] },
        b: { type, shape: [1], data: [3] },
        s: { type, shape: [2] },
        y,
      },
      operators: [
        { name: 'BROADCAST_ARGS', inputs: ['a', 'b'], outputs: ['s'] },
        { name: 'BROADCAST_TO', inputs: ['x', 's'], outputs: ['y'] },
      ],
      inputs: ['x'],
      outputs: ['y'],
    };
    expect(only(draft)).toEqual({ shape: [2, 3], values: [1, 2, 3, 1, 2, 3] });
  });

  test('tile', () => {
    expect(only(single('TILE', float([2, 2]), { m: ints(2, 3) }, y))).toEqual({
      shape: [4, 6],
      values: [1, 2, 1, 2, 1, 2, 3, 4, 3, 4, 3, 4, 1, 2, 1, 2, 1, 2, 3, 4, 3, 4, 3, 4],
    });
    expect(problemLines(single('TILE', float([2]), { m: ints(1, 2) }, y))[0]).toContain('do not fit 2');
    expect(problemLines(single('TILE', float([2]), { m: ints(0) }, y))[0]).toContain('do not fit 2');
  });
});
