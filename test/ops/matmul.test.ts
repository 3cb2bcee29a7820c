import { describe, expect, it } from 'vitest';
import type { Op } from '../../converter/ops/op.ts';
import { channelRule, opCost, opViolations, outputShapes } from '../../converter/ops/registry.ts';
import { notQuantized, perTensor } from '../../converter/tensor/quantization.ts';
import { tensorType } from '../../converter/tensor/tensor.ts';
import { asFloat, asInt8, float, int8, run, tensor } from './helpers.ts';

const op = (transposeA = false, transposeB = false): Op => ({ type: 'matmul', attributes: { transposeA, transposeB } });

describe('matmul', () => {
  const a = float([2, 3], [1, 2, 3, 4, 5, 6]);
  const b = float([3, 2], [1, 2, 3, 4, 5, 6]);

  it('multiplies rows by columns', () => {
    expect(run(op(), [a, b], asFloat)).toEqual([22, 28, 49, 64]);
  });

  it('reads transposed operands where they lie', () => {
    const aT = float([3, 2], [1, 4, 2, 5, 3, 6]);
    const bT = float([2, 3], [1, 3, 5, 2, 4, 6]);
    expect(run(op(true, false), [aT, b], asFloat)).toEqual([22, 28, 49, 64]);
    expect(run(op(false, true), [a, bT], asFloat)).toEqual([22, 28, 49, 64]);
    expect(run(op(true, true), [aT, bT], asFloat)).toEqual([22, 28, 49, 64]);
  });

  it('repeats the smaller stack', () => {
    const stack = float([2, 1, 1, 2], [1, 10, 100, 1000]);
    const other = float([3, 2, 1], [1, 2, 3, 4, 5, 6]);
    expect(outputShapes(op(), [stack.type, other.type])).toEqual([[2, 3, 1, 1]]);
    expect(run(op(), [stack, other], asFloat)).toEqual([21, 43, 65, 2100, 4300, 6500]);
  });

  it('takes zero points off and requantizes', () => {
    const x = int8([1, 2], [10, -4], 0.5, 2);
    const y = int8([2, 1], [3, 7], 0.25, -1);
    // (10 - 2)(3 + 1) + (-4 - 2)(7 + 1) = -16; times 0.125 / 0.5 is -4; zero point 5.
    expect(run(op(), [x, y], asInt8(0.5, 5))).toEqual([1]);
    // Saturated below.
    expect(run(op(), [x, y], asInt8(0.01, 0))).toEqual([-128]);
  });

  it('gives the sums of unsigned and signed bytes', () => {
    const x = tensor('uint8', [1, 2], [200, 3], perTensor(1, 100));
    const y = tensor('int8', [2, 1], [-7, 11]);
    expect(run(op(), [x, y], { dtype: 'int32', quantization: notQuantized })).toEqual([100 * -7 - 97 * 11]);
  });

  it('counts products and leaves channels alone', () => {
    const types = [tensorType('float32', [4, 2, 3]), tensorType('float32', [3, 5])];
    expect(opCost(op(), types, [tensorType('float32', [4, 2, 5])])).toEqual({ macs: 120, elements: 40 });
    expect(channelRule(op(), types)).toBe('opaque');
  });

  it('says what does not fit', () => {
    expect(() => outputShapes(op(), [a.type, a.type])).toThrow('matrices 2x3 and 2x3 do not multiply');
    expect(() => outputShapes(op(true), [a.type, b.type])).toThrow('2x3 transposed');
    expect(() => outputShapes(op(), [tensorType('float32', [3]), b.type])).toThrow('two axes');
    const bare = tensorType('int8', [2, 2]);
    expect(opViolations(op(), [bare, bare], [bare])[0]).toContain('one scale');
    const wide = tensorType('int8', [2, 2], perTensor(1e6, 0));
    expect(opViolations(op(), [wide, wide], [tensorType('int8', [2, 2], perTensor(1e-6, 0))])[0]).toContain('32-bit');
    expect(opViolations(op(), [a.type, bare], [a.type])[0]).toContain('float32 int8 float32');
  });
});
