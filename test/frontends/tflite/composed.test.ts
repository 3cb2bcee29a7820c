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

const y = float([1]);
const only = (draft: ModelDraft) => resultsOf(draft)[0];
const bool = (shape: readonly number[], data?: readonly number[]): TensorDraft => ({ type: 'BOOL', shape, data });

describe('L2_NORMALIZATION', () => {
  test('divides each row by its length', () => {
    const draft: ModelDraft = {
      tensors: { x: float([2, 2]), b: float([2, 2], [2, 2, -3, -4]), s: y, y },
      operators: [
        { name: 'ADD', inputs: ['x', 'b'], outputs: ['s'] },
        { name: 'L2_NORMALIZATION', inputs: ['s'], outputs: ['y'] },
      ],
      inputs: ['x'],
      outputs: ['y'],
    };
    // Rows 3, 4 and 0, 0; the second has no direction.
    expect(only(draft)?.values).toEqual([Math.fround(0.6), Math.fround(0.8), 0, 0]);
  });

  test('int8 and fused activations are refused', () => {
    const bytes = int8([1, 2], 0.1, 0);
    expect(problemLines(single('L2_NORMALIZATION', bytes, {}, bytes))[0]).toContain('the dtype int8 is not supported');
    const fused = ['L2NormOptions', { fused_activation_function: 'RELU' }] as const;
    expect(problemLines(single('L2_NORMALIZATION', float([2]), {}, y, fused))[0]).toContain('RELU is not supported');
  });
});

describe('POW', () => {
  test.each([
    [2, [1, 4]],
    [1, [1, 2]],
    [0.5, [1, Math.fround(Math.SQRT2)]],
    [-1, [1, 0.5]],
  ])('exponent %f', (exponent, values) => {
    expect(only(single('POW', float([2]), { e: float([], [exponent]) }, y))?.values).toEqual(values);
  });

  test('other exponents are a function of two tensors', () => {
    expect(only(single('POW', float([2]), { e: float([], [3]) }, y))?.values).toEqual([1, 8]);
    expect(only(single('POW', float([2]), { e: float([2], [1, 3]) }, y))?.values).toEqual([1, 8]);
    expect(only(single('POW', float([2]), { e: float([1, 1], [2]) }, y))).toEqual({ shape: [1, 2], values: [1, 4] });
    const whole = { type: 'INT32', shape: [2] } as const;
    expect(only(single('POW', whole, { e: ints(2, 3) }, whole))?.values).toEqual([1, 8]);
    expect(problemLines(single('POW', int8([2], 1, 0), { e: int8([2], 1, 0, [1, 1]) }, y))[0]).toContain('dtype int8');
  });
});

describe('REDUCE_ANY and REDUCE_ALL', () => {
  const reduce = (name: string, axis: number, keep_dims = false): ModelDraft => ({
    tensors: { x: y, a: bool([2, 2], [0, 1, 1, 1]), i: ints(axis), y: bool([2]) },
    operators: [{ name, inputs: ['a', 'i'], outputs: ['y'], options: ['ReducerOptions', { keep_dims }] }],
    inputs: ['x'],
    outputs: ['y'],
  });

  test('over an axis', () => {
    expect(only(reduce('REDUCE_ANY', 0))).toEqual({ shape: [2], values: [1, 1] });
    expect(only(reduce('REDUCE_ALL', -1, true))).toEqual({ shape: [2, 1], values: [0, 1] });
    expect(problemLines(reduce('REDUCE_ALL', 2))[0]).toContain('axes [2] do not exist');
    expect(problemLines(single('REDUCE_ALL', float([2]), { i: ints(0) }, bool([1])))[0]).toContain('it takes bool');
  });
});

describe('ONE_HOT', () => {
  const oneHot = (axis: number, depth = 3) =>
    single('ONE_HOT', { type: 'INT32', shape: [2] }, { d: ints(depth), on: float([], [5]), off: float([], [-1]) }, y, [
      'OneHotOptions',
      { axis },
    ]);

  test('along the last and the first axis; an index beyond has no place', () => {
    expect(only(oneHot(-1))).toEqual({ shape: [2, 3], values: [-1, 5, -1, -1, -1, 5] });
    expect(only(oneHot(0))).toEqual({ shape: [3, 2], values: [-1, -1, 5, -1, -1, 5] });
    expect(only(oneHot(-1, 2))?.values).toEqual([-1, 5, -1, -1]);
    expect(problemLines(oneHot(3))[0]).toContain('does not fit 1 dimensions');
    expect(problemLines(oneHot(0, 0))[0]).toContain('a depth of 0');
  });
});
