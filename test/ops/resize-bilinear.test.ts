import { describe, expect, it } from 'vitest';
import type { Op } from '../../converter/ops/op.ts';
import { opViolations } from '../../converter/ops/registry.ts';
import { interpolations, type ResizeBilinearAttributes } from '../../converter/ops/resize-bilinear.ts';
import { perTensor } from '../../converter/tensor/quantization.ts';
import { tensorType } from '../../converter/tensor/tensor.ts';
import { asFloat, asInt8, float, int8, run } from './helpers.ts';

const attributes = (height: number, width: number, mode: 'plain' | 'corners' | 'half'): ResizeBilinearAttributes => ({
  ...{ height, width },
  alignCorners: mode === 'corners',
  halfPixelCenters: mode === 'half',
  integers: 'fixed',
});
const op = (height: number, width: number, mode: 'plain' | 'corners' | 'half'): Op => ({
  type: 'resize-bilinear',
  attributes: attributes(height, width, mode),
});

describe('resize-bilinear', () => {
  // Values of the TFLite tests: [3, 6] to a width of 3, and [[3, 6], [9, 12]] to 3 x 3.
  it('interpolates float32', () => {
    const pair = float([1, 1, 2, 1], [3, 6]);
    expect(run(op(1, 3, 'plain'), [pair], asFloat)).toEqual([3, 5, 6]);
    expect(run(op(1, 3, 'corners'), [pair], asFloat)).toEqual([3, 4.5, 6]);
    const square = float([1, 2, 2, 1], [3, 6, 9, 12]);
    expect(run(op(3, 3, 'plain'), [square], asFloat)).toEqual([3, 5, 6, 7, 9, 10, 9, 11, 12]);
    const half = run(op(3, 3, 'half'), [square], asFloat);
    expect(half.map((value) => Math.round(value * 1e5) / 1e5)).toEqual([3, 4.5, 6, 6, 7.5, 9, 9, 10.5, 12]);
  });

  it('interpolates int8 in steps of 1/1024, channels apart', () => {
    const square = int8([1, 2, 2, 1], [3, 6, 9, 12], 0.5, 7);
    expect(run(op(3, 3, 'plain'), [square], asInt8(0.5, 7))).toEqual([3, 5, 6, 7, 9, 10, 9, 11, 12]);
    // Halfway between -3 and -6 is -4.5, a tie that goes away from 0.
    const pair = int8([1, 1, 2, 2], [-3, 3, -6, 6], 0.5);
    expect(run(op(1, 4, 'plain'), [pair], asInt8(0.5))).toEqual([-3, 3, -5, 5, -6, 6, -6, 6]);
  });

  it('interpolates int8 that stands for uint8 in float32, ties upwards', () => {
    const uint8 = (given: readonly number[], height: number, width: number, mode: 'plain' | 'corners' | 'half') => {
      const shape = [1, 1, given.length, 1];
      const input = int8(
        shape,
        given.map((value) => value - 128),
        0.5,
        7,
      );
      const real: Op = {
        type: 'resize-bilinear',
        attributes: { ...attributes(height, width, mode), integers: 'real-uint8' },
      };
      return run(real, [input], asInt8(0.5, 7)).map((value) => value + 128);
    };
    // 125 -> 122 by halves: 123.5 goes up to 124, where int8 has -3 and -6 with -4.5 away from zero, to 123.
    expect(uint8([125, 122], 1, 4, 'plain')).toEqual([125, 124, 122, 122]);
    expect(run(op(1, 4, 'plain'), [int8([1, 1, 2, 1], [-3, -6], 0.5)], asInt8(0.5))).toEqual([-3, -5, -6, -6]);
    // Thirds in float32: 0 -> 255 over 4 columns is 0, 85, 170, 255.
    expect(uint8([0, 255], 1, 4, 'corners')).toEqual([0, 85, 170, 255]);
    // Pixels as areas: 10 * 0.75 + 20 * 0.25 = 12.5 and 17.5.
    expect(uint8([10, 20], 1, 4, 'half')).toEqual([10, 13, 18, 20]);
    // A size whose fixed-point steps would leave the input.
    expect(uint8([200, 200], 1, 513, 'corners')).toEqual(new Array(513).fill(200));
  });

  it('weights of one output add up', () => {
    for (const mode of ['plain', 'corners', 'half'] as const) {
      for (const [from, to] of [
        [1, 3],
        [2, 1],
        [5, 5],
        [7, 3],
        [3, 17],
      ] as const) {
        for (const item of interpolations(from, to, attributes(to, to, mode), 'fixed')) {
          expect(item.lowerWeight + item.upperWeight).toBe(1024);
          expect(Math.max(item.lower, item.upper)).toBeLessThan(from);
        }
      }
    }
  });

  it('refuses what it cannot do', () => {
    const type = tensorType('int8', [1, 33, 33, 1], perTensor(0.5, 0));
    const both = { ...attributes(2, 2, 'half'), alignCorners: true };
    const check = (given: ResizeBilinearAttributes) =>
      opViolations(
        { type: 'resize-bilinear', attributes: given },
        [type],
        [tensorType('int8', [1, given.height, given.width, 1], perTensor(0.5, 0))],
      );
    expect(check(attributes(66, 66, 'plain'))).toEqual([]);
    expect(check(both)).toEqual(['aligned corners and half-pixel centres exclude each other']);
    expect(check(attributes(0, 1, 'plain'))).toEqual(['the size is 0x1']);
    expect(check(attributes(513, 513, 'plain'))[0]).toContain('too large for the fixed-point steps');
  });
});
