import { describe, expect, test } from 'vitest';
import {
  float,
  graphOf,
  int8,
  ints,
  type ModelDraft,
  problemLines,
  resultsOf,
  single,
  type TensorDraft,
} from './model-draft.ts';

const y = float([1]);
const only = (draft: ModelDraft) => resultsOf(draft)[0];
const whole = (type: 'INT32' | 'INT64', shape: readonly number[], ...data: readonly number[]): TensorDraft => ({
  type,
  shape,
  data,
});

describe('GATHER and GATHER_ND', () => {
  const gather = (indices: TensorDraft, axis: number, batch_dims = 0) =>
    single('GATHER', float([2, 3]), { i: indices }, y, ['GatherOptions', { axis, batch_dims }]);

  test('constant indices along an axis', () => {
    expect(only(gather(ints(1), 0))).toEqual({ shape: [1, 3], values: [4, 5, 6] });
    expect(only(gather(ints(2, 0), -1))).toEqual({ shape: [2, 2], values: [3, 1, 6, 4] });
    expect(only(gather(whole('INT64', [], 1), 1))).toEqual({ shape: [2], values: [2, 5] });
  });

  test('computed indices', () => {
    const draft = gather({ type: 'INT32', shape: [2] }, 0);
    const graph = graphOf({ ...draft, inputs: ['x', 'i'] });
    expect(graph.nodes.map((node) => node.op.type)).toEqual(['reshape', 'gather']);
    const wide = graphOf({ ...gather({ type: 'INT64', shape: [2] }, 0), inputs: ['x', 'i'] });
    expect(wide.nodes.map((node) => node.op.type)).toEqual(['cast', 'reshape', 'gather']);
  });

  test('what cannot be right is refused', () => {
    expect(problemLines(gather(ints(2), 0))[0]).toContain('the index 2 lies outside of its axis');
    expect(problemLines(gather(ints(-1), 0))[0]).toContain('the index -1 lies outside');
    expect(problemLines(gather(ints(0), 2))[0]).toContain('axis 2 does not exist');
    expect(problemLines(gather(ints(0, 0, 0), 1, 1))[0]).toContain('1 batch dimensions do not fit 2x3 and 3');
    const real = { ...gather(float([2]), 0), inputs: ['x', 'i'] };
    expect(problemLines(real)[0]).toContain('indices of float32 are not supported');
    expect(problemLines(gather(float([1], [0]), 0))[0]).toContain('the indices has dtype float32');
  });

  test('several axes', () => {
    const nd = (indices: TensorDraft) => single('GATHER_ND', float([2, 3]), { i: indices }, y);
    expect(only(nd(whole('INT32', [2, 2], 0, 2, 1, 0)))).toEqual({ shape: [2], values: [3, 4] });
    expect(only(nd(whole('INT32', [1, 1], 1)))).toEqual({ shape: [1, 3], values: [4, 5, 6] });
    expect(problemLines(nd(whole('INT32', [1, 3], 0, 0, 0)))[0]).toContain('3 indices do not fit 2x3');
    expect(problemLines(nd(whole('INT32', [1, 2], 0, 3)))[0]).toContain('the index 3 lies outside');
  });
});

describe('ARG_MAX, ARG_MIN and CAST', () => {
  const arg = (name: string, axis: TensorDraft, type: 'INT32' | 'INT64') =>
    single(name, float([2, 3]), { axis }, { type, shape: [2] });

  test('places as int32 or int64', () => {
    expect(only(arg('ARG_MAX', ints(-1), 'INT32'))).toEqual({ shape: [2], values: [2, 2] });
    expect(only(arg('ARG_MIN', ints(0), 'INT64'))).toEqual({ shape: [3], values: [0, 0, 0] });
    expect(problemLines(arg('ARG_MAX', ints(2), 'INT32'))[0]).toContain('axis 2 does not exist');
    expect(problemLines(arg('ARG_MAX', ints(0, 1), 'INT32'))[0]).toContain('it takes one axis');
  });

  test('casts, and refuses what has a scale', () => {
    expect(only(single('CAST', { type: 'INT32', shape: [2] }, {}, y))).toEqual({ shape: [2], values: [1, 2] });
    expect(only(single('CAST', float([2]), {}, { type: 'INT64', shape: [2] }))?.values).toEqual([1, 2]);
    expect(problemLines(single('CAST', int8([2], 0.5, 0), {}, y))[0]).toContain('cannot be cast; dequantize it');
  });
});

describe('RESIZE_BILINEAR and RESIZE_NEAREST_NEIGHBOR', () => {
  const resize = (kind: 'Bilinear' | 'NearestNeighbor', x: TensorDraft, size: TensorDraft, options: object = {}) => {
    const name = kind === 'Bilinear' ? 'RESIZE_BILINEAR' : 'RESIZE_NEAREST_NEIGHBOR';
    return single(name, x, { size }, x.type === 'FLOAT32' ? y : x, [`Resize${kind}Options`, { ...options }]);
  };

  test('bilinear', () => {
    expect(only(resize('Bilinear', float([1, 1, 2, 1]), ints(1, 4)))?.values).toEqual([1, 1.5, 2, 2]);
    expect(only(resize('Bilinear', float([1, 1, 2, 1]), ints(1, 3), { align_corners: true }))?.values).toEqual([
      1, 1.5, 2,
    ]);
    expect(only(resize('Bilinear', int8([1, 1, 2, 1], 0.5, 0), ints(2, 2)))?.values).toEqual([1, 2, 1, 2]);
  });

  test('nearest, for both axes and modes', () => {
    const square = float([1, 2, 2, 1]);
    expect(only(resize('NearestNeighbor', square, ints(2, 4)))?.values).toEqual([1, 1, 2, 2, 3, 3, 4, 4]);
    expect(only(resize('NearestNeighbor', square, ints(3, 2)))?.values).toEqual([1, 2, 1, 2, 3, 4]);
    expect(only(resize('NearestNeighbor', square, ints(3, 2), { align_corners: true }))?.values).toEqual([
      1, 2, 3, 4, 3, 4,
    ]);
    expect(
      only(resize('NearestNeighbor', float([1, 4, 1, 1]), ints(2, 1), { half_pixel_centers: true }))?.values,
    ).toEqual([2, 4]);
    expect(only(resize('NearestNeighbor', square, ints(2, 2)))?.values).toEqual([1, 2, 3, 4]);
  });

  test('uint8 bilinear is interpolated in float32', () => {
    const bytes: TensorDraft = { type: 'UINT8', shape: [1, 1, 2, 1], scale: 0.5, zero: 3 };
    const graph = graphOf(resize('Bilinear', bytes, ints(1, 4)));
    const attributes = graph.nodes.map(({ op }) => (op.type === 'resize-bilinear' ? op.attributes.integers : op.type));
    expect(attributes).toContain('real-uint8');
    // The elements 1 and 2 of uint8: 1.5 goes up.
    expect(only(resize('Bilinear', bytes, ints(1, 4)))?.values).toEqual([1, 2, 2, 2]);
  });

  test('sizes that are none are refused', () => {
    expect(problemLines(resize('Bilinear', float([1, 2, 2, 1]), ints(0, 4)))[0]).toContain('two positive numbers');
    expect(problemLines(resize('NearestNeighbor', float([2, 2]), ints(4, 4)))[0]).toContain('4 dimensions');
    const both = { align_corners: true, half_pixel_centers: true };
    expect(problemLines(resize('Bilinear', float([1, 2, 2, 1]), ints(4, 4), both))[0]).toContain('exclude each other');
  });
});

describe('comparisons and choices', () => {
  const bool = (shape: readonly number[], data?: readonly number[]): TensorDraft => ({ type: 'BOOL', shape, data });

  test.each([
    ['EQUAL', [0, 1, 0]],
    ['NOT_EQUAL', [1, 0, 1]],
    ['LESS', [1, 0, 0]],
    ['LESS_EQUAL', [1, 1, 0]],
    ['GREATER', [0, 0, 1]],
    ['GREATER_EQUAL', [0, 1, 1]],
  ])('%s', (name, values) => {
    expect(only(single(name, float([3]), { b: float([], [2]) }, bool([3])))?.values).toEqual(values);
  });

  test('SELECT_V2 repeats, SELECT takes rows', () => {
    const choice = (name: string, condition: TensorDraft) => {
      const draft = single(name, float([2, 2]), { c: condition, b: float([2, 2], [9, 8, 7, 6]) }, y);
      return { ...draft, operators: [{ name, inputs: ['c', 'x', 'b'], outputs: ['y'] }] };
    };
    expect(only(choice('SELECT_V2', bool([2], [1, 0])))?.values).toEqual([1, 8, 3, 6]);
    expect(only(choice('SELECT', bool([2], [1, 0])))?.values).toEqual([1, 2, 7, 6]);
    expect(problemLines(choice('SELECT_V2', float([2], [1, 0])))[0]).toContain('not bool');
  });

  test.each([
    ['LOGICAL_AND', [0, 0, 0, 1]],
    ['LOGICAL_OR', [0, 1, 1, 1]],
  ])('%s', (name, values) => {
    const [a, b] = [bool([4], [0, 0, 1, 1]), bool([4], [0, 1, 0, 1])];
    const draft = { tensors: { x: y, a, b, y: bool([4]) }, inputs: ['x'], outputs: ['y'] };
    expect(only({ ...draft, operators: [{ name, inputs: ['a', 'b'], outputs: ['y'] }] })?.values).toEqual(values);
  });

  test('LOGICAL_NOT', () => {
    const draft = { tensors: { x: y, a: bool([2], [0, 1]), y: bool([2]) }, inputs: ['x'], outputs: ['y'] };
    const operators = [{ name: 'LOGICAL_NOT', inputs: ['a'], outputs: ['y'] }];
    expect(only({ ...draft, operators })?.values).toEqual([1, 0]);
  });
});
