import { describe, expect, it } from 'vitest';
import type { Op } from '../../converter/ops/op.ts';
import { outputShapes } from '../../converter/ops/registry.ts';
import type { DType } from '../../converter/tensor/dtype.ts';
import { notQuantized } from '../../converter/tensor/quantization.ts';
import { asFloat, float, int8, run, tensor } from './helpers.ts';

const as = (dtype: DType) => ({ dtype, quantization: notQuantized });

describe('cumulative', () => {
  const op = (
    axis: number,
    options: { exclusive?: boolean; reverse?: boolean; kind?: 'sum' | 'product' } = {},
  ): Op => ({
    type: 'cumulative',
    attributes: { kind: 'sum', axis, exclusive: false, reverse: false, ...options },
  });
  const x = float([2, 3], [1, 2, 3, 4, 5, 6]);

  it('adds along an axis, in all four ways', () => {
    expect(run(op(1), [x], asFloat)).toEqual([1, 3, 6, 4, 9, 15]);
    expect(run(op(0), [x], asFloat)).toEqual([1, 2, 3, 5, 7, 9]);
    expect(run(op(1, { exclusive: true }), [x], asFloat)).toEqual([0, 1, 3, 0, 4, 9]);
    expect(run(op(1, { reverse: true }), [x], asFloat)).toEqual([6, 5, 3, 15, 11, 6]);
    expect(run(op(1, { exclusive: true, reverse: true }), [x], asFloat)).toEqual([5, 3, 0, 11, 6, 0]);
  });

  it('multiplies, beginning with 1', () => {
    expect(run(op(1, { kind: 'product' }), [x], asFloat)).toEqual([1, 2, 6, 4, 20, 120]);
    expect(run(op(0, { kind: 'product', exclusive: true }), [x], asFloat)).toEqual([1, 1, 1, 1, 2, 3]);
  });

  it('rounds to float32 at every step and wraps whole numbers', () => {
    expect(run(op(0), [float([3], [2 ** 24, 1, 1])], asFloat)).toEqual([2 ** 24, 2 ** 24, 2 ** 24]);
    expect(run(op(0), [tensor('int32', [2], [2 ** 31 - 1, 1])], as('int32'))).toEqual([2 ** 31 - 1, -(2 ** 31)]);
    const big = tensor('int32', [2], [65537, 65537]);
    expect(run(op(0, { kind: 'product' }), [big], as('int32'))).toEqual([65537, 131073]);
    expect(run(op(0), [tensor('int64', [2], [2 ** 40, 1])], as('int64'))).toEqual([2 ** 40, 2 ** 40 + 1]);
  });

  it('refuses other axes', () => {
    expect(() => outputShapes(op(2), [x.type])).toThrow('no axis 2');
  });
});

describe('top-k', () => {
  const op = (k: number, axis: number, largest = true): Op => ({ type: 'top-k', attributes: { k, axis, largest } });

  it('orders by value, then by place', () => {
    const x = float([6], [3, 1, 3, 9, -1, 1]);
    expect(run(op(6, 0), [x], as('int32'))).toEqual([3, 0, 2, 1, 5, 4]);
    expect(run(op(6, 0, false), [x], as('int32'))).toEqual([4, 1, 5, 0, 2, 3]);
    expect(run(op(2, 0), [x], as('int32'))).toEqual([3, 0]);
  });

  it('works along any axis', () => {
    const x = float([2, 3], [1, 5, 2, 4, 3, 6]);
    expect(run(op(1, 0), [x], as('int32'))).toEqual([1, 0, 1]);
    expect(run(op(2, 1), [x], as('int32'))).toEqual([1, 2, 2, 0]);
    expect(run(op(1, 0, false), [int8([3], [5, -7, 2], 0.1)], as('int32'))).toEqual([1]);
  });

  it('leaves a NaN where it stands among those that came before', () => {
    expect(run(op(3, 0), [float([3], [1, Number.NaN, 2])], as('int32'))).toEqual([0, 1, 2]);
    expect(run(op(2, 0), [float([3], [Number.NaN, 1, 2])], as('int32'))).toEqual([0, 2]);
  });

  it('refuses more than there are', () => {
    expect(() => outputShapes(op(4, 0), [float([3], [1, 2, 3]).type])).toThrow('4 elements');
    expect(outputShapes(op(2, 1), [float([1, 3, 1], [1, 2, 3]).type])).toEqual([[1, 2, 1]]);
  });
});
