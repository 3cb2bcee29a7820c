import { describe, expect, it } from 'vitest';
import type { Op } from '../../converter/ops/op.ts';
import { channelRule, opCost, opViolations, outputShapes } from '../../converter/ops/registry.ts';
import { perTensor } from '../../converter/tensor/quantization.ts';
import { tensorType } from '../../converter/tensor/tensor.ts';
import { asFloat, asInt8, float, int8, plain, plainWindow, run, tensor } from './helpers.ts';

const bias = (...values: number[]) => tensor('int32', [values.length], values);

describe('conv-2d', () => {
  const padded = { ...plainWindow, padding: { top: 1, left: 1, bottom: 1, right: 1 } };

  it('slides over a padded image', () => {
    const op: Op = { type: 'conv-2d', attributes: { ...padded, ...plain, groups: 1 } };
    const image = float([1, 2, 2, 1], [1, 2, 3, 4]);
    const ones = float([1, 3, 3, 1], new Array(9).fill(1));
    expect(run(op, [image, ones, float([1], [0.5])], asFloat)).toEqual([10.5, 10.5, 10.5, 10.5]);
  });

  it('honours strides, dilations and unequal padding', () => {
    const padding = { top: 0, left: 0, bottom: 0, right: 1 };
    const op: Op = {
      type: 'conv-2d',
      attributes: { strides: [1, 2], dilations: [1, 2], padding, ...plain, groups: 1 },
    };
    const row = float([1, 1, 4, 1], [1, 2, 3, 4]);
    const weights = float([1, 1, 2, 1], [10, 1]);
    // Windows at 0: 1*10 + 3; at 2: 3*10 + padding.
    expect(run(op, [row, weights, float([1], [0])], asFloat)).toEqual([13, 30]);
  });

  it('keeps groups apart', () => {
    const op: Op = { type: 'conv-2d', attributes: { ...plainWindow, ...plain, groups: 2 } };
    const pixel = float([1, 1, 1, 4], [1, 2, 3, 4]);
    const weights = float([2, 1, 1, 2], [1, 1, 1, -1]);
    expect(run(op, [pixel, weights, float([2], [0, 0])], asFloat)).toEqual([3, -1]);
    expect(channelRule(op, [pixel.type, weights.type])).toBe('opaque');
  });

  it('computes int8 with zero points, channel scales and a clamp', () => {
    const op: Op = {
      type: 'conv-2d',
      attributes: { ...plainWindow, clamp: { min: 0, max: 6 }, hybrid: 'none', groups: 1 },
    };
    const input = int8([1, 1, 1, 2], [10, -20], 0.5, -4);
    const weights = tensor('int8', [2, 1, 1, 2], [3, 1, -2, 5], {
      kind: 'per-channel',
      axis: 0,
      scales: [0.25, 0.5],
      zeroPoints: [0, 0],
    });
    // (14*3 - 16) * 0.125 + 0 = 3.25 -> 13 - 28 = -15 at 0.25; (-28 - 80) * 0.25 < 0 -> clamped to the zero point.
    expect(run(op, [input, weights, bias(0, 0)], asInt8(0.25, -28))).toEqual([-15, -28]);
    // 6 / 0.25 = 24 above the zero point.
    expect(run(op, [input, weights, bias(1000, 0)], asInt8(0.25, -28))).toEqual([-4, -28]);
  });

  it('subtracts the zero point of uint8 weights and leaves padding out', () => {
    const op: Op = { type: 'conv-2d', attributes: { ...padded, ...plain, groups: 1 } };
    const input = int8([1, 1, 1, 1], [7], 1, 5);
    const weights = int8([1, 3, 3, 1], [9, 9, 9, 9, 3, 9, 9, 9, 9], 1, -2);
    expect(run(op, [input, weights, bias(1)], asInt8(1))).toEqual([11]);
  });

  it('quantizes the input of int8 weights at run time', () => {
    const op: Op = {
      type: 'conv-2d',
      attributes: { ...plainWindow, clamp: plain.clamp, hybrid: 'asymmetric', groups: 1 },
    };
    const input = float([1, 1, 1, 2], [-1, 1.55]);
    const weights = int8([1, 1, 1, 2], [100, 50], 0.01);
    // Scale 0.01 and zero point -28: the input is stored without error.
    expect(run(op, [input, weights, float([1], [2])], asFloat)[0]).toBeCloseTo(-1 + 0.775 + 2, 5);
  });

  it('counts its work and says what does not fit', () => {
    const op: Op = { type: 'conv-2d', attributes: { ...plainWindow, ...plain, groups: 1 } };
    const types = [
      tensorType('float32', [1, 5, 5, 3]),
      tensorType('float32', [8, 3, 3, 3]),
      tensorType('float32', [8]),
    ];
    const [shape] = outputShapes(op, types);
    expect(shape).toEqual([1, 3, 3, 8]);
    const output = [tensorType('float32', shape ?? [])];
    expect(opCost(op, types, output)).toEqual({ macs: 72 * 27, elements: 72 });
    expect(opViolations(op, types, output)).toEqual([]);
    const mixed = [tensorType('int8', [1, 5, 5, 3], perTensor(1, 0)), ...types.slice(1)];
    expect(opViolations(op, mixed, output)[0]).toContain('int8 float32 float32 float32');
    expect(() => outputShapes(op, [tensorType('float32', [1, 5, 5, 4]), ...types.slice(1)])).toThrow(
      'input channels 4 must be weight channels 3 x groups 1',
    );
    expect(() => outputShapes(op, [tensorType('float32', [1, 2, 5, 3]), ...types.slice(1)])).toThrow('a window of 3');
  });
});

describe('depthwise-conv-2d', () => {
  it('keeps channels apart and multiplies them', () => {
    const op: Op = { type: 'depthwise-conv-2d', attributes: { ...plainWindow, ...plain } };
    const input = float([1, 1, 2, 2], [1, 2, 3, 4]);
    const single = float([1, 1, 2, 2], [1, 10, 100, 1000]);
    expect(run(op, [input, single, float([2], [0, 0])], asFloat)).toEqual([301, 4020]);
    expect(channelRule(op, [input.type, single.type])).toBe('keeps');
    const double = float([1, 1, 2, 4], [1, 2, 3, 4, 0, 0, 0, 0]);
    expect(run(op, [input, double, float([4], [0, 0, 0, 0])], asFloat)).toEqual([1, 2, 6, 8]);
    expect(channelRule(op, [input.type, double.type])).toBe('opaque');
    expect(opCost(op, [input.type, double.type], [tensorType('float32', [1, 1, 1, 4])]).macs).toBe(8);
  });
});

describe('fully-connected', () => {
  it('multiplies every row', () => {
    const op: Op = { type: 'fully-connected', attributes: plain };
    const input = float([2, 1, 2], [1, 2, 3, 4]);
    const weights = float([3, 2], [1, 0, 0, 1, 1, 1]);
    expect(outputShapes(op, [input.type, weights.type])).toEqual([[2, 1, 3]]);
    expect(run(op, [input, weights, float([3], [0, 0, 10])], asFloat)).toEqual([1, 2, 13, 3, 4, 17]);
  });

  it('rounds int8 results as the rounding says', () => {
    const op: Op = { type: 'fully-connected', attributes: plain };
    const input = int8([1, 1], [1], 1);
    const weights = int8([2, 1], [1, -3], 1);
    const run4 = (rounding: 'exact' | 'single') => run(op, [input, weights, bias(0, 0)], asInt8(4), rounding);
    expect(run4('exact')).toEqual([1, -1]); // 0.25 becomes 0.5 and then 1: the double rounding of the reference
    expect(run4('single')).toEqual([0, -1]);
  });

  it('quantizes each row of a hybrid layer on its own', () => {
    const op: Op = { type: 'fully-connected', attributes: { clamp: plain.clamp, hybrid: 'symmetric' } };
    const input = float([2, 1], [1.27, 127]);
    const weights = int8([1, 1], [2], 0.5);
    const [small, large] = run(op, [input, weights, float([1], [0])], asFloat);
    expect(small).toBeCloseTo(1.27, 6);
    expect(large).toBeCloseTo(127, 4);
    const unset: Op = { type: 'fully-connected', attributes: plain };
    expect(() => run(unset, [input, weights, float([1], [0])], asFloat)).toThrow('hybrid mode');
  });
});
