import { describe, expect, it } from 'vitest';
import { noClamp } from '../../converter/ops/definition.ts';
import { logSoftmaxConstants, logSoftmaxLog, logSoftmaxOutput } from '../../converter/ops/log-softmax.ts';
import type { Op } from '../../converter/ops/op.ts';
import { storedAverage } from '../../converter/ops/pool-2d.ts';
import { reduceConstants } from '../../converter/ops/reduce.ts';
import { channelRule, opViolations, outputShapes } from '../../converter/ops/registry.ts';
import { softmaxExpTable, softmaxOutput, softmaxReciprocal, softmaxSumTerm } from '../../converter/ops/softmax.ts';
import { notQuantized, perTensor } from '../../converter/tensor/quantization.ts';
import { tensorType } from '../../converter/tensor/tensor.ts';
import { asFloat, asInt8, float, int8, plainWindow, run, tensor } from './helpers.ts';

describe('pool-2d', () => {
  const corner = { ...plainWindow, padding: { top: 0, left: 0, bottom: 1, right: 1 } };
  const pool = (kind: 'average' | 'max', ties: 'away' | 'up' = 'away'): Op => ({
    type: 'pool-2d',
    attributes: { ...corner, kind, kernel: [2, 2], clamp: noClamp, ties },
  });

  it('counts only elements inside the input', () => {
    const image = float([1, 2, 2, 1], [1, 2, 3, 5]);
    expect(run(pool('average'), [image], asFloat)).toEqual([2.75, 3.5, 4, 5]);
    expect(run(pool('max'), [image], asFloat)).toEqual([5, 5, 5, 5]);
  });

  it('rounds stored integers away from zero or up', () => {
    const image = int8([1, 2, 2, 1], [-1, -2, -3, -4], 1, 7);
    expect(run(pool('average'), [image], asInt8(1, 7))).toEqual([-3, -3, -4, -4]);
    expect(run(pool('average', 'up'), [image], asInt8(1, 7))).toEqual([-2, -3, -3, -4]);
    expect(storedAverage(5, 2, 'away')).toBe(3);
    expect(storedAverage(-5, 2, 'away')).toBe(-3);
    expect(storedAverage(-5, 2, 'up')).toBe(-2);
    // A uint8 average, seen 128 lower.
    for (let sum = -512; sum < 512; sum++) {
      expect(storedAverage(sum, 4, 'up')).toBe(Math.floor((sum + 4 * 128 + 2) / 4) - 128);
    }
  });

  it('refuses another scale and windows of padding', () => {
    const types = [tensorType('int8', [1, 2, 2, 1], perTensor(1, 0))];
    expect(opViolations(pool('max'), types, [tensorType('int8', [1, 2, 2, 1], perTensor(2, 0))])[0]).toContain('equal');
    const wide: Op = {
      type: 'pool-2d',
      attributes: {
        ...corner,
        padding: { top: 2, left: 0, bottom: 0, right: 0 },
        kind: 'max',
        kernel: [2, 2],
        clamp: noClamp,
        ties: 'up',
      },
    };
    expect(opViolations(wide, types, types)[0]).toContain('padding');
  });
});

describe('reduce', () => {
  const reduce = (kind: 'mean' | 'sum' | 'max' | 'min' | 'product', axes: number[], keepDims = false): Op => ({
    type: 'reduce',
    attributes: { kind, axes, keepDims },
  });
  const matrix = float([2, 3], [1, 2, 3, 4, 5, 6]);

  it('reduces float32 along any axes', () => {
    expect(run(reduce('mean', [1]), [matrix], asFloat)).toEqual([2, 5]);
    expect(run(reduce('sum', [0]), [matrix], asFloat)).toEqual([5, 7, 9]);
    expect(run(reduce('max', [0, 1]), [matrix], asFloat)).toEqual([6]);
    expect(run(reduce('product', [1]), [matrix], asFloat)).toEqual([6, 120]);
    expect(run(reduce('min', []), [matrix], asFloat)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(outputShapes(reduce('mean', [0], true), [matrix.type])).toEqual([[1, 3]]);
    expect(outputShapes(reduce('mean', [0, 1]), [matrix.type])).toEqual([[]]);
  });

  it('reduces whole numbers exactly', () => {
    const whole = { dtype: 'int64', quantization: notQuantized } as const;
    expect(run(reduce('product', [0]), [tensor('int64', [3], [3, 5, 2 ** 40])], whole)).toEqual([15 * 2 ** 40]);
    expect(run(reduce('mean', [0]), [tensor('int64', [2], [-3, 0])], whole)).toEqual([-1]);
  });

  it('divides the multiplier by the count as the reference does', () => {
    const input = tensorType('int8', [1, 3, 3, 1], perTensor(0.5, 4));
    const output = tensorType('int8', [1, 1], perTensor(0.5, 4));
    const attributes = { kind: 'mean', axes: [1, 2], keepDims: false } as const;
    // One is 2^30 * 2^1; with count 9 it is floor(2^30 * 8 / 9) * 2^(1 - 3).
    expect(reduceConstants(attributes, input, output, 'exact')).toEqual({
      offset: -36,
      factor: { multiplier: Math.floor((2 ** 30 * 8) / 9), shift: -2 },
      outputZero: 4,
      bounds: { min: -128, max: 127 },
    });
    const values = [1, 2, 3, 4, 5, 6, 7, 8, 9];
    expect(run(reduce('mean', [1, 2]), [int8([1, 3, 3, 1], values, 0.5, 4)], asInt8(0.5, 4))).toEqual([5]);
    expect(run(reduce('sum', [1, 2]), [int8([1, 3, 3, 1], values, 0.5, 4)], asInt8(1, 0))).toEqual([5]);
  });

  it('keeps channels unless it reduces them', () => {
    expect(channelRule(reduce('mean', [0]), [matrix.type])).toBe('keeps');
    expect(channelRule(reduce('mean', [1]), [matrix.type])).toBe('opaque');
  });
});

describe('softmax', () => {
  const softmax: Op = { type: 'softmax', attributes: { beta: 1 } };
  const asProbability = asInt8(1 / 256, -128);

  it('normalizes rows of float32', () => {
    const y = run(softmax, [float([2, 2], [0, Math.log(3), 1000, 1000])], asFloat);
    expect(y[0]).toBeCloseTo(0.25, 6);
    expect(y.slice(2)).toEqual([0.5, 0.5]);
  });

  it('normalizes int8 to the nearest 256th', () => {
    expect(run(softmax, [int8([1, 2], [0, 0], 0.1)], asProbability)).toEqual([0, 0]);
    expect(run(softmax, [int8([1, 3], [127, -128, -128], 1)], asProbability)).toEqual([127, -128, -128]);
    const values = [10, 0, -10, 25];
    const exps = values.map((v) => Math.exp(0.1 * v));
    const sum = exps.reduce((a, b) => a + b);
    const expected = exps.map((e) => Math.round((256 * e) / sum) - 128);
    expect(run(softmax, [int8([4], values, 0.1)], asProbability)).toEqual(expected);
  });

  it('normalizes int8 to int16 within a few 65536ths', () => {
    const wide = { dtype: 'int16', quantization: perTensor(1 / 65536, -32768) } as const;
    const values = [10, 0, -10, 25];
    const exps = values.map((v) => Math.exp(0.1 * v));
    const sum = exps.reduce((a, b) => a + b);
    run(softmax, [int8([4], values, 0.1)], wide).forEach((found, i) => {
      expect(Math.abs(found + 32768 - (65536 * (exps[i] ?? 0)) / sum)).toBeLessThan(4);
    });
    expect(run(softmax, [int8([2], [127, -128], 1)], wide)).toEqual([32767, -32768]);
  });

  it('is what its exported pieces compute', () => {
    const input = tensorType('int8', [3], perTensor(0.2, 0));
    const table = softmaxExpTable({ beta: 1 }, input);
    expect(table[0]).toBe(2 ** 31 - 1);
    expect(softmaxSumTerm(table[0] ?? 0)).toBe(2 ** 19);
    const differences = [0, 3, 9];
    const exps = differences.map((d) => table[d] ?? 0);
    const reciprocal = softmaxReciprocal(
      exps.reduce((sum, e) => sum + softmaxSumTerm(e), 0),
      8,
    );
    expect(exps.map((e) => softmaxOutput(e, reciprocal, 8))).toEqual(
      run(softmax, [int8([3], [5, 2, -4], 0.2)], asProbability),
    );
  });

  it('drops differences beyond the radius of Q5.26', () => {
    const table = softmaxExpTable({ beta: 1 }, tensorType('int8', [1], perTensor(0.25, 0)));
    // The multiplier is 2^30 with shift 24 - 0: 31 * 2^26 / 2^25 = 62 steps.
    expect(table[62]).toBeGreaterThan(0);
    expect(table[63]).toBe(0);
  });

  it('wants the output scale of the reference', () => {
    const types = [tensorType('int8', [2], perTensor(1, 0))];
    expect(opViolations(softmax, types, types)[0]).toContain('1/256');
  });
});

describe('log-softmax', () => {
  const logSoftmax: Op = { type: 'log-softmax', attributes: {} };

  it('is the logarithm of softmax in float32', () => {
    const [y] = run(logSoftmax, [float([2], [0, Math.log(3)])], asFloat);
    expect(y).toBeCloseTo(Math.log(0.25), 6);
  });

  it('comes within a step in int8', () => {
    const values = [10, 0, -40, 25, -128];
    const sum = values.reduce((total, v) => total + Math.exp(0.1 * v), 0);
    const expected = values.map((v) => Math.max(-128, Math.round((0.1 * v - Math.log(sum)) * 16) + 127));
    const result = run(logSoftmax, [int8([5], values, 0.1)], asInt8(1 / 16, 127));
    result.forEach((y, i) => {
      expect(Math.abs(y - (expected[i] ?? 0))).toBeLessThanOrEqual(1);
    });
    expect(run(logSoftmax, [int8([2], [127, -128], 0.1)], asInt8(1 / 16, 127))).toEqual([127, -128]);
  });

  it('is what its exported pieces compute', () => {
    const constants = logSoftmaxConstants(tensorType('int8', [2], perTensor(0.3, 0)));
    const log = logSoftmaxLog((constants.sumTerms[0] ?? 0) + (constants.sumTerms[7] ?? 0));
    expect([0, 7].map((d) => logSoftmaxOutput(constants, d, log))).toEqual(
      run(logSoftmax, [int8([2], [20, 13], 0.3)], asInt8(1 / 16, 127)),
    );
  });
});
