import { describe, expect, it } from 'vitest';
import type { Op } from '../../converter/ops/op.ts';
import { opViolations, outputShapes } from '../../converter/ops/registry.ts';
import type { ScatterReduction } from '../../converter/ops/scatter.ts';
import { notQuantized } from '../../converter/tensor/quantization.ts';
import { tensorType } from '../../converter/tensor/tensor.ts';
import { asFloat, asInt8, float, int8, run, tensor } from './helpers.ts';

const op = (axis: number, count: number, reduction: ScatterReduction = 'none'): Op => ({
  type: 'scatter',
  attributes: { axis, count, reduction },
});
const indices = (shape: number[], ...values: number[]) => tensor('int32', shape, values);
const table = float([2, 3], [1, 2, 3, 4, 5, 6]);

describe('scatter', () => {
  it('places parts along the first and the last axis', () => {
    expect(run(op(0, 1), [table, indices([1, 1], 1), float([1, 3], [7, 8, 9])], asFloat)).toEqual([1, 2, 3, 7, 8, 9]);
    expect(run(op(1, 1), [table, indices([2, 1], 2, 0), float([2, 2], [7, 8, 9, 10])], asFloat)).toEqual([
      8, 2, 7, 10, 5, 9,
    ]);
  });

  it('places elements along several axes', () => {
    expect(run(op(0, 2), [table, indices([2, 2], 0, 1, 1, 2), float([2], [7, 8])], asFloat)).toEqual([
      1, 7, 3, 4, 5, 8,
    ]);
  });

  it('keeps the last of several updates, or joins them in order', () => {
    const twice = [float([3], [10, 20, 30]), indices([3, 1], 1, 1, 0), float([3], [4, 5, 6])];
    const of = (reduction: ScatterReduction) => run(op(0, 1, reduction), twice, asFloat);
    expect(of('none')).toEqual([6, 5, 30]);
    expect(of('add')).toEqual([16, 29, 30]);
    expect(of('mul')).toEqual([60, 400, 30]);
    expect(of('max')).toEqual([10, 20, 30]);
    expect(of('min')).toEqual([6, 4, 30]);
  });

  it('wraps whole numbers', () => {
    const as = (dtype: 'int32' | 'int64') => ({ dtype, quantization: notQuantized });
    const most = tensor('int32', [1], [2 ** 31 - 1]);
    const two = indices([1, 1], 0);
    expect(run(op(0, 1, 'add'), [most, two, tensor('int32', [1], [1])], as('int32'))).toEqual([-(2 ** 31)]);
    expect(run(op(0, 1, 'mul'), [tensor('int64', [1], [-3]), two, tensor('int64', [1], [5])], as('int64'))).toEqual([
      -15,
    ]);
  });

  it('passes over tuples with an index outside, whichever it is', () => {
    const places = indices([4, 2], -1, 0, 2, 0, 0, -1, 1, 3);
    expect(run(op(0, 2), [table, places, float([4], [7, 8, 9, 10])], asFloat)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('has the shape of the data and refuses updates of other shapes and scales', () => {
    const places = tensorType('int32', [4, 1]);
    expect(outputShapes(op(0, 1), [table.type, places, tensorType('float32', [4, 3])])).toEqual([[2, 3]]);
    expect(() => outputShapes(op(0, 1), [table.type, places, tensorType('float32', [4])])).toThrow('not 4x3');
    const stored = int8([2], [1, 2], 0.5);
    const update = int8([1], [9], 0.25);
    expect(() => run(op(0, 1), [stored, indices([1, 1], 0), update], asInt8(0.5))).toThrow('equal scales');
    const types = [stored.type, tensorType('int32', [1, 1]), int8([1], [9], 0.5).type];
    expect(opViolations(op(0, 1, 'add'), types, [stored.type])[0]).toContain('int8 is not supported');
  });
});
