import { describe, expect, test } from 'vitest';
import { float, int8, op, problemLines, resultsOf, single } from './model-draft.ts';

describe('BATCH_MATMUL', () => {
  const options = (fields: Readonly<Record<string, unknown>>) => ['BatchMatMulOptions', fields] as const;

  test('multiplies stacks, transposed as it says', () => {
    const tensors = { a: float([2, 1, 2]), b: float([2, 3, 2]), y: float([1]) };
    const operators = [op('BATCH_MATMUL', ['a', 'b'], 'y', options({ adj_y: true }))];
    const [result] = resultsOf({ tensors, operators, inputs: ['a', 'b'], outputs: ['y'] });
    expect(result).toEqual({ shape: [2, 1, 3], values: [5, 11, 17, 53, 67, 81] });
  });

  test('a constant matrix is weights', () => {
    const b = float([3, 2], [1, 2, 3, 4, 5, 6]);
    const [plain] = resultsOf(single('BATCH_MATMUL', float([1, 2, 3]), { b }, float([1])));
    const c = float([2, 3], [1, 3, 5, 2, 4, 6]);
    const draft = single('BATCH_MATMUL', float([1, 2, 3]), { b: c }, float([1]), options({ adj_y: true }));
    const [transposed] = resultsOf(draft);
    expect(plain?.values).toEqual([22, 28, 49, 64]);
    expect(transposed?.values).toEqual([22, 28, 49, 64]);
  });

  test('int8 takes zero points of both operands off', () => {
    const b = int8([2, 2, 1], 0.5, 3, [5, 1, 4, 3]);
    const [result] = resultsOf(single('BATCH_MATMUL', int8([2, 1, 2], 1, -1), { b }, int8([1], 1, 0)));
    // Inputs 1, 2 and 3, 4: (2 * 2 + 3 * -2) / 2 and (4 * 1 + 5 * 0) / 2.
    expect(result?.values).toEqual([-1, 2]);
  });

  test('what has no exact form is refused', () => {
    const int16 = { type: 'INT16', shape: [2, 2], scale: 0.1, zero: 0 } as const;
    expect(problemLines(single('BATCH_MATMUL', int16, { b: { ...int16, data: [1, 2, 3, 4] } }, int16))[0]).toContain(
      'a product of int16 matrices',
    );
    const stack = int8([2, 2, 1], 0.5, 0, [1, 2, 3, 4]);
    expect(problemLines(single('BATCH_MATMUL', float([2, 1, 2]), { b: stack }, float([1])))[0]).toContain(
      'a stack of int8 matrices',
    );
    expect(
      problemLines(single('BATCH_MATMUL', float([2, 3]), { b: float([2, 3], [1, 2, 3, 4, 5, 6]) }, float([1])))[0],
    ).toContain('do not multiply');
  });
});

describe('FULLY_CONNECTED with computed weights', () => {
  const draft = (activation: string, bias: readonly number[] | null) => ({
    tensors: { x: float([2, 2]), w: float([1, 2]), ...(bias === null ? {} : { b: float([1], bias) }), y: float([1]) },
    operators: [
      op('FULLY_CONNECTED', ['x', 'w', ...(bias === null ? [] : ['b'])], 'y', [
        'FullyConnectedOptions',
        { fused_activation_function: activation },
      ]),
    ],
    inputs: ['x', 'w'],
    outputs: ['y'],
  });

  test('multiplies, adds and clamps', () => {
    // x = 1, 2, 3, 4 and w = 1, 2.
    expect(resultsOf(draft('NONE', null))[0]?.values).toEqual([5, 11]);
    expect(resultsOf(draft('RELU6', [-1]))[0]?.values).toEqual([4, 6]);
    expect(resultsOf(draft('RELU6', null))[0]?.values).toEqual([5, 6]);
  });

  test('int8 has no place for bias or activation', () => {
    const tensors = { x: int8([1, 2], 1, 0), w: int8([1, 2], 1, 0), y: int8([1, 1], 1, 0) };
    const fused = ['FullyConnectedOptions', { fused_activation_function: 'RELU' }] as const;
    const base = { tensors, inputs: ['x', 'w'], outputs: ['y'] };
    expect(resultsOf({ ...base, operators: [op('FULLY_CONNECTED', ['x', 'w'], 'y')] })[0]?.values).toEqual([5]);
    expect(problemLines({ ...base, operators: [op('FULLY_CONNECTED', ['x', 'w'], 'y', fused)] })[0]).toContain(
      'computed int8 weights',
    );
  });
});
