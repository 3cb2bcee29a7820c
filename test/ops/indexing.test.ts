import { describe, expect, it } from 'vitest';
import type { Comparison } from '../../converter/ops/compare.ts';
import type { Op } from '../../converter/ops/op.ts';
import { opViolations, outputShapes } from '../../converter/ops/registry.ts';
import type { DType } from '../../converter/tensor/dtype.ts';
import { notQuantized, perTensor } from '../../converter/tensor/quantization.ts';
import { tensorType } from '../../converter/tensor/tensor.ts';
import { asFloat, asInt8, float, int8, run, tensor } from './helpers.ts';

const as = (dtype: DType) => ({ dtype, quantization: notQuantized });
const cube = float([2, 3, 2], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);

describe('gather', () => {
  const op = (axis: number, count: number): Op => ({ type: 'gather', attributes: { axis, count } });
  const indices = (shape: number[], ...values: number[]) => tensor('int32', shape, values);

  it('along the first, a middle and the last axis', () => {
    expect(run(op(0, 1), [cube, indices([1, 1], 1)], asFloat)).toEqual([7, 8, 9, 10, 11, 12]);
    expect(run(op(1, 1), [cube, indices([2, 1], 2, 0)], asFloat)).toEqual([5, 6, 1, 2, 11, 12, 7, 8]);
    expect(run(op(2, 1), [cube, indices([1], 1)], asFloat)).toEqual([2, 4, 6, 8, 10, 12]);
  });

  it('along several axes at once', () => {
    expect(run(op(0, 2), [cube, indices([2, 2], 1, 0, 0, 2)], asFloat)).toEqual([7, 8, 5, 6]);
    expect(run(op(0, 3), [cube, indices([1, 3], 1, 2, 1)], asFloat)).toEqual([12]);
    expect(run(op(1, 2), [cube, indices([2], 0, 1)], asFloat)).toEqual([2, 8]);
  });

  it('has the shape of the parts around the indexed axes and of the indices', () => {
    const shapes = outputShapes(op(1, 1), [cube.type, tensorType('int32', [4, 5, 1])]);
    expect(shapes).toEqual([[2, 4, 5, 2]]);
    expect(() => outputShapes(op(2, 2), [cube.type, tensorType('int32', [2])])).toThrow('2 axes from axis 2');
    expect(() => outputShapes(op(0, 2), [cube.type, tensorType('int32', [3])])).toThrow('must be of size 2');
  });

  it('takes the nearest place for an index outside', () => {
    const data = int8([3], [10, 20, 30], 0.5, 1);
    expect(run(op(0, 1), [data, indices([3, 1], -1, 3, 1)], asInt8(0.5, 1))).toEqual([10, 30, 20]);
  });

  it('takes int32 indices and keeps the scale', () => {
    const type = tensorType('int8', [3], perTensor(0.5, 1));
    expect(
      opViolations(op(0, 1), [type, tensorType('int64', [1])], [tensorType('int8', [], perTensor(0.5, 1))]),
    ).toEqual(['indices have dtype int64; use int32']);
    expect(
      opViolations(op(0, 1), [type, tensorType('int32', [1])], [tensorType('int8', [], perTensor(0.4, 1))])[0],
    ).toContain('equal scales');
  });
});

describe('arg-reduce', () => {
  const op = (kind: 'max' | 'min', axis: number): Op => ({ type: 'arg-reduce', attributes: { kind, axis } });

  it('gives the first of equal extremes', () => {
    const x = float([2, 4], [1, 5, 5, 0, -1, -3, -3, -2]);
    expect(run(op('max', 1), [x], as('int32'))).toEqual([1, 0]);
    expect(run(op('min', 1), [x], as('int64'))).toEqual([3, 1]);
    expect(run(op('max', 0), [x], as('int32'))).toEqual([0, 0, 0, 0]);
    expect(run(op('min', 0), [int8([2, 2], [1, 2, 0, 3], 0.1)], as('int32'))).toEqual([1, 0]);
  });

  it('keeps a NaN at the beginning and passes over others', () => {
    expect(run(op('max', 0), [float([3], [Number.NaN, 1, 2])], as('int32'))).toEqual([0]);
    expect(run(op('max', 0), [float([3], [1, Number.NaN, 2])], as('int32'))).toEqual([2]);
  });

  it('loses its axis and refuses others', () => {
    expect(outputShapes(op('max', 1), [cube.type])).toEqual([[2, 2]]);
    expect(() => outputShapes(op('max', 3), [cube.type])).toThrow('no axis 3');
    expect(opViolations(op('max', 0), [float([1], [1]).type], [tensorType('float32', [])])[0]).toContain('use int32');
  });
});

describe('cast', () => {
  const cast: Op = { type: 'cast', attributes: {} };

  it('drops fractions and saturates', () => {
    const x = float([7], [1.9, -1.9, 3e9, -3e9, Number.NaN, 300, -0.5]);
    const values = (dtype: DType) => run(cast, [x], as(dtype)).map((value) => value + 0);
    expect(values('int32')).toEqual([1, -1, 2147483647, -2147483648, 0, 300, 0]);
    expect(values('int8')).toEqual([1, -1, 127, -128, 0, 127, 0]);
    expect(values('uint8')).toEqual([1, 0, 255, 0, 0, 255, 0]);
    expect(values('bool')).toEqual([1, 1, 1, 1, 1, 1, 1]);
  });

  it('wraps whole numbers', () => {
    const x = tensor('int32', [4], [300, -1, 2 ** 31 - 1, 0]);
    expect(run(cast, [x], as('int8'))).toEqual([44, -1, -1, 0]);
    expect(run(cast, [x], as('uint8'))).toEqual([44, 255, 255, 0]);
    expect(run(cast, [x], as('float32'))).toEqual([300, -1, 2 ** 31, 0]);
    expect(run(cast, [x], as('bool'))).toEqual([1, 1, 1, 0]);
    expect(run(cast, [tensor('int64', [2], [2 ** 32 + 5, -1])], as('int32'))).toEqual([5, -1]);
    expect(run(cast, [float([1], [-2.5])], as('int64'))).toEqual([-2]);
  });

  it('refuses numbers with a scale', () => {
    expect(opViolations(cast, [int8([1], [1], 0.5).type], [tensorType('float32', [1])])).toEqual([
      'int8 with a scale cannot be cast; dequantize it',
    ]);
  });
});

describe('compare and select', () => {
  const compare = (relation: Comparison): Op => ({ type: 'compare', attributes: { relation } });
  const select: Op = { type: 'select', attributes: {} };

  it('compares with broadcasting; with a NaN only not-equal holds', () => {
    const a = float([3], [1, 2, Number.NaN]);
    const b = float([1], [2]);
    const of = (relation: Comparison) => run(compare(relation), [a, b], as('bool'));
    expect(of('equal')).toEqual([0, 1, 0]);
    expect(of('not-equal')).toEqual([1, 0, 1]);
    expect(of('less')).toEqual([1, 0, 0]);
    expect(of('less-equal')).toEqual([1, 1, 0]);
    expect(of('greater')).toEqual([0, 0, 0]);
    expect(of('greater-equal')).toEqual([0, 1, 0]);
  });

  it('compares int8 of one scale, and whole numbers of any size', () => {
    const big = (value: number) => tensor('int64', [1], [value]);
    expect(run(compare('less'), [big(-(2 ** 40)), big(2 ** 40)], as('bool'))).toEqual([1]);
    expect(run(compare('greater'), [int8([2], [3, 4], 0.5, 1), int8([1], [3], 0.5, 1)], as('bool'))).toEqual([0, 1]);
    expect(() => run(compare('equal'), [int8([1], [3], 0.5), int8([1], [3], 1.5)], as('bool'))).toThrow('below 1');
    expect(() => run(compare('equal'), [big(1), big(1)], as('int32'))).toThrow('gives bool, not int32');
  });

  it('selects with broadcasting of all three', () => {
    const condition = tensor('bool', [2, 1], [1, 0]);
    expect(run(select, [condition, float([3], [1, 2, 3]), float([], [9])], asFloat)).toEqual([1, 2, 3, 9, 9, 9]);
    expect(() => run(select, [float([1], [1]), float([1], [1]), float([1], [1])], asFloat)).toThrow('not bool');
    expect(() => outputShapes(select, [condition.type, cube.type, tensorType('float32', [4])])).toThrow(
      'do not broadcast',
    );
  });
});
