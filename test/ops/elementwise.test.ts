import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { noClamp } from '../../converter/ops/definition.ts';
import { hardSwish } from '../../converter/ops/hard-swish.ts';
import { clampOf, leakySlopeOf, mapTable } from '../../converter/ops/map.ts';
import type { Op } from '../../converter/ops/op.ts';
import { channelRule, opViolations } from '../../converter/ops/registry.ts';
import { requantizeConstants } from '../../converter/ops/requantize.ts';
import { binary, constant, unary, theVariable as x } from '../../converter/ops/scalar-expression.ts';
import { type ZipFunction, zipConstants, zipStored } from '../../converter/ops/zip.ts';
import { notQuantized, perTensor } from '../../converter/tensor/quantization.ts';
import { tensorType } from '../../converter/tensor/tensor.ts';
import { asFloat, asInt8, float, int8, run, tensor } from './helpers.ts';

const zipOp = (fn: ZipFunction, clamp = noClamp): Op => ({ type: 'zip', attributes: { fn, clamp } });
const int8Type = (scale: number, zeroPoint: number) => tensorType('int8', [1], perTensor(scale, zeroPoint));
const byte = fc.integer({ min: -128, max: 127 });
const scale = fc.double({ min: 0.001, max: 0.5, noNaN: true }).map(Math.fround);

describe('zip', () => {
  it('broadcasts and clamps float32', () => {
    const column = float([2, 1], [1, 10]);
    const row = float([3], [1, 2, 3]);
    expect(run(zipOp('add'), [column, row], asFloat)).toEqual([2, 3, 4, 11, 12, 13]);
    expect(run(zipOp('sub', { min: 0, max: 6 }), [column, row], asFloat)).toEqual([0, 0, 0, 6, 6, 6]);
    expect(run(zipOp('div'), [row, column], asFloat)[3]).toBe(Math.fround(0.1));
    expect(channelRule(zipOp('add'), [column.type, row.type])).toBe('opaque');
    expect(channelRule(zipOp('add'), [row.type, row.type])).toBe('keeps');
  });

  it('computes whole numbers for shape arithmetic', () => {
    const a = tensor('int64', [3], [7, -7, 5]);
    const b = tensor('int64', [3], [2, 2, 0]);
    expect(run(zipOp('div'), [a, b], { dtype: 'int64', quantization: notQuantized })).toEqual([3, -3, 0]);
    const big = tensor('int32', [1], [2 ** 31 - 1]);
    const one = tensor('int32', [1], [1]);
    expect(run(zipOp('add'), [big, one], { dtype: 'int32', quantization: notQuantized })).toEqual([-(2 ** 31)]);
    expect(run(zipOp('max'), [big, one], { dtype: 'int32', quantization: notQuantized })).toEqual([2 ** 31 - 1]);
  });

  it('divides down and leaves a remainder with the sign of the divisor', () => {
    const a = tensor('int32', [7], [7, -7, 7, -7, 6, 5, -(2 ** 31)]);
    const b = tensor('int32', [7], [2, 2, -2, -2, 3, 0, -1]);
    const whole = { dtype: 'int32', quantization: notQuantized } as const;
    expect(run(zipOp('floor-div'), [a, b], whole)).toEqual([3, -4, -4, 3, 2, 0, -(2 ** 31)]);
    expect(run(zipOp('floor-mod'), [a, b], whole)).toEqual([1, 1, -1, -1, 0, 0, 0]);
  });

  it('adds and multiplies int8 by hand', () => {
    // 0.5 * (10 - 2) + 0.25 * (-4 + 4) = 4 -> 4 / 0.5 + 1 = 9; product 4 * 0 = 0.
    const a = int8([2], [10, 2], 0.5, 2);
    const b = int8([2], [-4, 8], 0.25, -4);
    expect(run(zipOp('add'), [a, b], asInt8(0.5, 1))).toEqual([9, 7]);
    expect(run(zipOp('sub'), [a, b], asInt8(0.5, 1))).toEqual([9, -5]);
    expect(run(zipOp('mul'), [a, int8([2], [0, 8], 0.25, -4)], asInt8(0.5, 1))).toEqual([9, 1]);
    expect(run(zipOp('add', { min: 0, max: 1 }), [a, b], asInt8(0.5, 1))).toEqual([3, 3]);
  });

  it('comes within a rounding step of the real result, whatever the form', () => {
    const functions = ['add', 'sub', 'mul'] as const;
    fc.assert(
      fc.property(
        fc.constantFrom(...functions),
        fc.constantFrom('exact' as const, 'single' as const),
        fc.tuple(scale, scale, scale),
        fc.tuple(byte, byte, byte),
        fc.tuple(byte, byte),
        (fn, rounding, [as, bs, ys], [az, bz, yz], [a, b]) => {
          const constants = zipConstants(
            { fn, clamp: noClamp },
            int8Type(as, az),
            int8Type(bs, bz),
            int8Type(ys, yz),
            rounding,
          );
          const [p, q] = [as * (a - az), bs * (b - bz)];
          const real = (fn === 'add' ? p + q : fn === 'sub' ? p - q : p * q) / ys + yz;
          const clamped = Math.max(-128, Math.min(127, real));
          const tolerance = 0.51 + (rounding === 'exact' ? 0.5 : 0.01);
          expect(Math.abs(zipStored(constants, a, b, rounding) - clamped)).toBeLessThan(tolerance);
        },
      ),
      { numRuns: 3000 },
    );
  });

  it('keeps the linear form inside int32', () => {
    fc.assert(
      fc.property(
        fc.tuple(scale, scale, fc.double({ min: 0.0005, max: 5, noNaN: true })),
        fc.tuple(byte, byte, byte),
        fc.tuple(byte, byte),
        ([as, bs, ys], [az, bz, yz], [a, b]) => {
          const c = zipConstants(
            { fn: 'sub', clamp: noClamp },
            int8Type(as, az),
            int8Type(bs, bz),
            int8Type(ys, yz),
            'single',
          );
          if (c.kind !== 'linear') throw new Error('expected the linear form');
          for (const partial of [
            a * c.aWeight,
            c.offset,
            a * c.aWeight + c.offset,
            a * c.aWeight + b * c.bWeight + c.offset,
          ]) {
            expect(Math.abs(partial)).toBeLessThan(2 ** 31);
          }
        },
      ),
    );
  });

  it('refuses what has no integer form', () => {
    const types = [int8Type(1, 0), int8Type(1, 0)];
    expect(opViolations(zipOp('div'), types, [int8Type(1, 0)])[0]).toContain('division');
    expect(opViolations(zipOp('max'), types, [int8Type(2, 0)])[0]).toContain('requantize');
  });
});

describe('map', () => {
  const relu6 = binary('min', binary('max', x, constant(0)), constant(6));

  it('recognizes clamps and leaky slopes', () => {
    expect(clampOf(relu6)).toEqual({ min: 0, max: 6 });
    expect(clampOf(binary('max', constant(1), x))).toEqual({ min: 1, max: Number.POSITIVE_INFINITY });
    expect(clampOf(unary('neg', x))).toBeNull();
    expect(leakySlopeOf(binary('max', x, binary('mul', x, constant(0.1))))).toBe(0.1);
    expect(leakySlopeOf(binary('max', x, binary('mul', x, constant(2))))).toBeNull();
  });

  it('evaluates float32 step by step', () => {
    const op: Op = { type: 'map', attributes: { expression: binary('mul', x, unary('logistic', x)) } };
    const [y] = run(op, [float([1], [1])], asFloat);
    expect(y).toBeCloseTo(0.7310586, 6);
  });

  it('makes tables of the reference kernels', () => {
    const relu = mapTable(relu6, int8Type(0.1, 3), int8Type(0.05, -128), 'exact');
    expect([relu[3], relu[4], relu[127], relu[-100 & 255]]).toEqual([-128, -126, -8, -128]);
    const logistic = mapTable(unary('logistic', x), int8Type(0.05, 0), int8Type(1 / 256, -128), 'exact');
    expect([logistic[0], logistic[127], logistic[-128 & 255]]).toEqual([0, 127, -128]);
    const tanh = mapTable(unary('tanh', x), int8Type(0.05, 0), int8Type(1 / 128, 0), 'exact');
    expect([tanh[0], tanh[20], tanh[-20 & 255], tanh[127]]).toEqual([0, 97, -97, 127]);
    const leaky = mapTable(binary('max', x, binary('mul', x, constant(0.5))), int8Type(1, 0), int8Type(1, 0), 'exact');
    expect([leaky[8], leaky[-8 & 255], leaky[-7 & 255]]).toEqual([8, -4, -3]);
  });

  it('is the table on long tensors and the function on short ones', () => {
    const op: Op = { type: 'map', attributes: { expression: unary('tanh', x) } };
    const values = Array.from({ length: 300 }, (_, i) => (i % 256) - 128);
    const long = run(op, [int8([300], values, 0.03, 5)], asInt8(1 / 128));
    const short = run(op, [int8([100], values.slice(0, 100), 0.03, 5)], asInt8(1 / 128));
    expect(long.slice(0, 100)).toEqual(short);
  });
});

describe('quantize, dequantize, requantize', () => {
  it('quantizes with ties away from zero and saturation', () => {
    const op: Op = { type: 'quantize', attributes: {} };
    expect(run(op, [float([5], [0.25, -0.25, 0.24, 100, -100])], asInt8(0.5, 1))).toEqual([2, 0, 1, 127, -128]);
    expect(run(op, [float([1], [Number.NaN])], asInt8(0.5, 1))).toEqual([1]);
  });

  it('dequantizes per tensor, per channel and from float16', () => {
    const op: Op = { type: 'dequantize', attributes: {} };
    expect(run(op, [int8([2], [3, -1], 0.5, 1)], asFloat)).toEqual([1, -1]);
    const channels = { kind: 'per-channel', axis: 1, scales: [1, 0.5], zeroPoints: [0, 0] } as const;
    expect(run(op, [tensor('int8', [2, 2], [1, 2, 3, 4], channels)], asFloat)).toEqual([1, 1, 3, 2]);
    expect(run(op, [tensor('float16', [2], [0x3c00, 0xc000])], asFloat)).toEqual([1, -2]);
  });

  it('flips bytes between uint8 and int8', () => {
    const op: Op = { type: 'requantize', attributes: {} };
    const bytes = Array.from({ length: 256 }, (_, i) => i);
    const input = tensor('uint8', [256], bytes, perTensor(0.1, 130));
    expect(run(op, [input], asInt8(0.1, 2))).toEqual(bytes.map((b) => b - 128));
    expect(requantizeConstants(input.type, int8Type(0.1, 2), 'exact').isByteFlip).toBe(true);
    expect(requantizeConstants(input.type, int8Type(0.1, 3), 'exact').isByteFlip).toBe(false);
  });

  it('changes scales', () => {
    const op: Op = { type: 'requantize', attributes: {} };
    expect(run(op, [int8([3], [10, -10, 127], 1, 0)], asInt8(0.5, 3))).toEqual([23, -17, 127]);
    const wide = tensor('int16', [2], [1000, -1000], perTensor(0.01, 0));
    expect(run(op, [wide], asInt8(0.1, 0))).toEqual([100, -100]);
  });
});

describe('hard swish', () => {
  const op: Op = { type: 'map', attributes: { expression: hardSwish } };

  it('in float32', () => {
    const values = [-4, -3, -1, 0, 1, 3, 4];
    expect(run(op, [float([7], values)], asFloat)).toEqual([-0, -0, Math.fround(-1 / 3), 0, Math.fround(2 / 3), 3, 4]);
  });

  it.each([
    [0.05, 0, 0.05, 0],
    [0.05, -100, 0.03, -120],
    [0.001, 3, 0.001, -5],
    [0.5, 10, 0.3, 1],
  ])('of int8 with scale %f, zero %i to %f, %i is near the real function', (from, fromZero, to, toZero) => {
    const table = mapTable(hardSwish, int8Type(from, fromZero), int8Type(to, toZero), 'exact');
    for (let stored = -128; stored < 128; stored++) {
      const x = from * (stored - fromZero);
      const real = (x * Math.min(6, Math.max(0, x + 3))) / 6 / to + toZero;
      const got = table[stored & 255] ?? Number.NaN;
      expect(Math.abs(got - Math.min(127, Math.max(-128, real)))).toBeLessThan(1.5);
      if (x <= -3 - from) expect(got).toBe(toZero);
    }
  });

  it('needs a shift to the right at the end', () => {
    expect(opViolations(op, [int8Type(0.5, 0)], [int8Type(0.003, 0)])[0]).toContain('below 128 output scales');
  });
});

describe('other functions', () => {
  it('round halves to even, sign, expm1', () => {
    const values = [-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 0.49, Number.POSITIVE_INFINITY];
    const of = (fn: 'round' | 'sign' | 'expm1', list: readonly number[]) =>
      run({ type: 'map', attributes: { expression: unary(fn, x) } }, [float([list.length], list)], asFloat);
    expect(of('round', values).map((value) => value + 0)).toEqual([-2, -2, 0, 0, 2, 2, 0, Number.POSITIVE_INFINITY]);
    expect(of('sign', [-3, 0, 0.1, Number.NaN])).toEqual([-1, 0, 1, 0]);
    expect(of('expm1', [1e-10])).toEqual([Math.fround(1e-10)]);
  });
});
