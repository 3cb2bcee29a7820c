import { describe, expect, it } from 'vitest';
import type { Op } from '../../converter/ops/op.ts';
import { channelRule, opViolations, outputShapes } from '../../converter/ops/registry.ts';
import { notQuantized, perTensor } from '../../converter/tensor/quantization.ts';
import { tensorType } from '../../converter/tensor/tensor.ts';
import { asFloat, asInt8, float, int8, run, tensor } from './helpers.ts';

const matrix = float([2, 3], [1, 2, 3, 4, 5, 6]);

describe('reshape', () => {
  it('keeps the elements', () => {
    expect(run({ type: 'reshape', attributes: { shape: [3, 2] } }, [matrix], asFloat)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('refuses another size', () => {
    const op: Op = { type: 'reshape', attributes: { shape: [4] } };
    expect(() => outputShapes(op, [matrix.type])).toThrow('2x3 cannot become 4');
  });
});

describe('transpose', () => {
  it('exchanges axes', () => {
    expect(run({ type: 'transpose', attributes: { permutation: [1, 0] } }, [matrix], asFloat)).toEqual([
      1, 4, 2, 5, 3, 6,
    ]);
    const cube = float([1, 2, 3], [1, 2, 3, 4, 5, 6]);
    expect(run({ type: 'transpose', attributes: { permutation: [2, 0, 1] } }, [cube], asFloat)).toEqual([
      1, 4, 2, 5, 3, 6,
    ]);
  });

  it('keeps channels only where the last axis stays', () => {
    const rule = (permutation: number[]) =>
      channelRule({ type: 'transpose', attributes: { permutation } }, [matrix.type]);
    expect(rule([0, 1])).toBe('keeps');
    expect(rule([1, 0])).toBe('opaque');
  });

  it('refuses what is no permutation', () => {
    const op: Op = { type: 'transpose', attributes: { permutation: [0, 0] } };
    expect(() => outputShapes(op, [matrix.type])).toThrow('permutation 0,0');
  });
});

describe('slice', () => {
  it('takes steps in both directions, of every dtype', () => {
    const backwards: Op = { type: 'slice', attributes: { begin: [1, 2], size: [2, 2], strides: [-1, -2] } };
    expect(run(backwards, [matrix], asFloat)).toEqual([6, 4, 3, 1]);
    const whole = tensor('int64', [4], [10, 20, 30, 40]);
    const op: Op = { type: 'slice', attributes: { begin: [1], size: [2], strides: [2] } };
    expect(run(op, [whole], { dtype: 'int64', quantization: notQuantized })).toEqual([20, 40]);
  });

  it('may be empty but not leave the input', () => {
    const empty: Op = { type: 'slice', attributes: { begin: [0, 3], size: [2, 0], strides: [1, 1] } };
    expect(run(empty, [matrix], asFloat)).toEqual([]);
    const outside: Op = { type: 'slice', attributes: { begin: [0, 2], size: [2, 2], strides: [1, 1] } };
    expect(() => outputShapes(outside, [matrix.type])).toThrow('axis 1');
  });
});

describe('concat', () => {
  it('joins along any axis', () => {
    const other = float([2, 1], [7, 8]);
    expect(run({ type: 'concat', attributes: { axis: 1 } }, [matrix, other], asFloat)).toEqual([
      1, 2, 3, 7, 4, 5, 6, 8,
    ]);
    expect(run({ type: 'concat', attributes: { axis: 0 } }, [other, other], asFloat)).toEqual([7, 8, 7, 8]);
  });

  it('refuses other scales', () => {
    const types = [tensorType('int8', [1], perTensor(1, 0)), tensorType('int8', [1], perTensor(2, 0))];
    const output = [tensorType('int8', [2], perTensor(1, 0))];
    expect(opViolations({ type: 'concat', attributes: { axis: 0 } }, types, output)).toHaveLength(1);
  });
});

describe('pad', () => {
  it('surrounds with the real value', () => {
    const op: Op = { type: 'pad', attributes: { before: [0, 1], after: [1, 0], value: 0 } };
    expect(run(op, [float([1, 2], [1, 2])], asFloat)).toEqual([0, 1, 2, 0, 0, 0]);
    expect(run(op, [int8([1, 2], [1, 2], 0.5, -7)], asInt8(0.5, -7))).toEqual([-7, 1, 2, -7, -7, -7]);
    const two: Op = { type: 'pad', attributes: { before: [1], after: [0], value: 2 } };
    expect(run(two, [int8([1], [1], 0.5, -7)], asInt8(0.5, -7))).toEqual([-3, 1]);
    expect(run(two, [tensor('int32', [1], [9])], { dtype: 'int32', quantization: notQuantized })).toEqual([2, 9]);
  });
});
