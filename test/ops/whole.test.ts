import { describe, expect, it } from 'vitest';
import { noClamp } from '../../converter/ops/definition.ts';
import type { Op } from '../../converter/ops/op.ts';
import { opViolations } from '../../converter/ops/registry.ts';
import { binary, constant, type ScalarExpression, theVariable, unary } from '../../converter/ops/scalar-expression.ts';
import type { ZipFunction } from '../../converter/ops/zip.ts';
import type { DType } from '../../converter/tensor/dtype.ts';
import { notQuantized, perTensor } from '../../converter/tensor/quantization.ts';
import { tensorType } from '../../converter/tensor/tensor.ts';
import { int8, run, tensor } from './helpers.ts';

const zip = (fn: ZipFunction): Op => ({ type: 'zip', attributes: { fn, clamp: noClamp } });
const map = (expression: ScalarExpression): Op => ({ type: 'map', attributes: { expression } });
const as = (dtype: DType) => ({ dtype, quantization: notQuantized }) as const;
const pairs = (fn: ZipFunction, dtype: DType, a: number[], b: number[]) =>
  run(zip(fn), [tensor(dtype, [a.length], a), tensor(dtype, [b.length], b)], as(dtype));

describe('whole numbers', () => {
  it('wrap around at their width', () => {
    expect(pairs('add', 'uint8', [250], [10])).toEqual([4]);
    expect(pairs('sub', 'uint16', [0], [1])).toEqual([65535]);
    expect(pairs('mul', 'uint32', [65536], [65537])).toEqual([65536]);
    expect(pairs('add', 'int8', [127], [1])).toEqual([-128]);
    expect(run(map(unary('abs', theVariable)), [tensor('int16', [1], [-32768])], as('int16'))).toEqual([-32768]);
    expect(run(map(unary('neg', theVariable)), [tensor('uint8', [1], [1])], as('uint8'))).toEqual([255]);
  });

  it('divide with the rounding of each function', () => {
    const [a, b] = [
      [7, -7, 7, -7, 5],
      [2, 2, -2, -2, 0],
    ];
    if (a === undefined || b === undefined) return;
    expect(pairs('div', 'int32', a, b)).toEqual([3, -3, -3, 3, 0]);
    expect(pairs('rem', 'int32', a, b)).toEqual([1, -1, 1, -1, 0]);
    expect(pairs('floor-div', 'int32', a, b)).toEqual([3, -4, -4, 3, 0]);
    expect(pairs('floor-mod', 'int32', a, b)).toEqual([1, 1, -1, -1, 0]);
  });

  it('have powers, bits and shifts', () => {
    expect(pairs('pow', 'int32', [2, -3, 0, 1, -1, -1, 2], [31, 3, 0, -5, -3, -2, -1])).toEqual([
      ...[-(2 ** 31), -27, 1, 1, -1, 1, 0],
    ]);
    expect(pairs('and', 'int8', [-1, 12], [15, 10])).toEqual([15, 8]);
    expect(pairs('or', 'uint8', [12], [3])).toEqual([15]);
    expect(pairs('xor', 'bool', [0, 0, 1, 1], [0, 1, 0, 1])).toEqual([0, 1, 1, 0]);
    expect(pairs('shift-left', 'uint8', [200, 1, 1], [1, 7, 8])).toEqual([144, 128, 0]);
    expect(pairs('shift-right', 'int8', [-128, -1, 100, 100], [2, 100, 2, -1])).toEqual([-32, -1, 25, 100]);
    expect(pairs('shift-right', 'uint32', [2 ** 32 - 1], [4])).toEqual([2 ** 28 - 1]);
  });

  it('are exact beyond 2^53', () => {
    const big = { type: tensorType('uint64', [1]), data: BigUint64Array.of(2n ** 64n - 1n) };
    const one = { type: tensorType('uint64', [1]), data: BigUint64Array.of(1n) };
    expect(run(zip('add'), [big, one], as('uint64'))).toEqual([0]);
    expect(run(zip('div'), [big, big], as('uint64'))).toEqual([1]);
    expect(run({ type: 'compare', attributes: { relation: 'greater' } }, [big, one], as('bool'))).toEqual([1]);
  });

  it('refuse functions that they do not have', () => {
    const violations = (op: Op, dtype: DType) =>
      opViolations(op, op.type === 'zip' ? [type(dtype), type(dtype)] : [type(dtype)], [type(dtype)]);
    const type = (dtype: DType) => tensorType(dtype, [1]);
    expect(violations(zip('atan2'), 'int32')).toEqual(['atan2 takes real numbers, not int32']);
    expect(violations(zip('xor'), 'float32')).toEqual(['xor takes whole numbers, not float32']);
    expect(violations(map(unary('log', theVariable)), 'int32')[0]).toContain('log is a function of real numbers');
    expect(violations(map(binary('add', theVariable, constant(0.5))), 'int8')[0]).toContain('0.5 is no whole number');
    expect(violations(map(unary('neg', theVariable)), 'bool')[0]).toContain('a function of numbers');
    expect(violations({ type: 'reduce', attributes: { kind: 'sum', axes: [0], keepDims: true } }, 'bool')).toEqual([
      'bools have no sum',
    ]);
    const mixed = [tensorType('int8', [1], perTensor(1, 0)), type('int8')];
    expect(opViolations(zip('add'), mixed, [type('int8')])).toEqual(['int8 tensors need one scale and zero point']);
  });
});

describe('real numbers of other precisions', () => {
  it('float64 is computed in double precision', () => {
    const x = tensor('float64', [1], [0.1]);
    expect(run(zip('mul'), [x, x], as('float64'))).toEqual([0.1 * 0.1]);
    expect(run(map(unary('exp', theVariable)), [x], as('float64'))).toEqual([Math.exp(0.1)]);
  });

  it('float16 has what needs no rounding, and is rounded when it is cast', () => {
    const x = tensor('float16', [2], [0x3c00, 0xbc00]);
    const y = tensor('float16', [2], [0x1400, 0x1000]);
    expect(run(zip('max'), [x, y], as('float16'))).toEqual([0x3c00, 0x1000]);
    expect(run(map(unary('abs', theVariable)), [x], as('float16'))).toEqual([0x3c00, 0x3c00]);
    expect(run(map(binary('max', theVariable, constant(0))), [x], as('float16'))).toEqual([0x3c00, 0]);
    expect(() => run(zip('add'), [x, y], as('float16'))).toThrow('add of float16 is rounded differently everywhere');
    expect(() => run(map(unary('exp', theVariable)), [x], as('float16'))).toThrow('a function of float16 is rounded');
    expect(run({ type: 'cast', attributes: {} }, [tensor('float32', [2], [65520, 0.1])], as('float16'))).toEqual([
      ...[0x7c00, 0x2e66],
    ]);
  });

  it('have powers and remainders as in C', () => {
    const of = (fn: ZipFunction, a: number[], b: number[]) => pairs(fn, 'float32', a, b);
    const [inf, nan] = [Number.POSITIVE_INFINITY, Number.NaN];
    expect(of('pow', [1, -1, 0, -8, -2, 2, nan], [nan, inf, 0, 1 / 3, 3, -1, 0])).toEqual([1, 1, 1, nan, -8, 0.5, 1]);
    expect(of('rem', [5.5, -5.5, 5.5, 1, inf], [2, 2, -2, inf, 2])).toEqual([1.5, -1.5, 1.5, 1, nan]);
    expect(of('floor-mod', [5.5, -5.5, 5.5, -5.5], [2, 2, -2, -2])).toEqual([1.5, 0.5, -0.5, -1.5]);
    expect(of('floor-div', [5.5, -5.5], [2, 2])).toEqual([2, -3]);
  });
});

describe('comparison of quantized bytes', () => {
  const less: Op = { type: 'compare', attributes: { relation: 'less' } };
  it('is that of the real numbers, to 1/256', () => {
    expect(run(less, [int8([2], [10, 11], 0.1, 0), int8([1], [21], 0.05, 0)], as('bool'))).toEqual([1, 0]);
    // 256 x 0.001 x 2 and 3 both round to 1.
    expect(run(less, [int8([1], [2], 0.001, 0), int8([1], [3], 0.001, 0)], as('bool'))).toEqual([0]);
  });
});
