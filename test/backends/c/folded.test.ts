import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Accumulation } from '../../../converter/backends/c/integer/accumulation.ts';
import { foldedTables, isFoldable } from '../../../converter/backends/c/integer/folded.ts';
import type { CParameter } from '../../../converter/backends/c/kernel.ts';
import { tableParameter } from '../../../converter/backends/c/operand.ts';

/** What the tiles of folded.h compute from the tables, in the arithmetic of 16 and 32 bits; cortex-m.test.ts runs the tiles themselves. */

function accumulation(weights: readonly (readonly number[])[], biases: readonly number[]): Accumulation {
  return {
    weightAt: (channel, tap) => weights[channel]?.[tap] ?? Number.NaN,
    ...{ weightsFitInt8: true, weightZeroPoint: 0, bound: 0, zeroPoint: 0, low: -128, high: 127, rounding: 'exact' },
    rows: biases.map((bias) => ({ bias, multiplier: 2 ** 30, shift: 1 })),
  };
}

const empty = (element: 'int8_t' | 'int32_t'): CParameter =>
  tableParameter('table', { kind: 'numbers', stem: 'table', element, data: [] });

function wideOf({ argument }: CParameter): Int8Array | Int16Array | Int32Array {
  if (argument.kind !== 'table' || argument.table.kind !== 'numbers') throw new Error('no table of numbers');
  return argument.table.wide ?? new Int8Array();
}

const int16 = (value: number) => (value << 16) >> 16;

/** The sum of one channel, from its words of weights and four inputs each. */
function foldedSum(bytes: Int8Array | Int16Array | Int32Array, bias: number, inputs: readonly number[]): number {
  let sum = bias | 0;
  for (let i = 0; i < inputs.length; i += 2) {
    const [x = 0, y = 0, even = 0, odd = 0] = [inputs[i], inputs[i + 1], bytes[i], bytes[i + 1]];
    const [p, q] = [y - 128, 256 * x + 127 - y];
    expect([int16(p), int16(q)]).toEqual([p, q]);
    // The word as it lies in memory, and what SXTB16 takes from it.
    const whole = int16((odd << 8) | (even & 255));
    sum = (sum + p * whole + q * even) | 0;
  }
  return sum >> 8;
}

const int8 = fc.integer({ min: -128, max: 127 });
const weight = fc.integer({ min: -127, max: 127 });

describe('folded weights', () => {
  it('give the sums of the plain ones, for blocks of two and four channels and what is left over', () => {
    const layer = fc.integer({ min: 1, max: 6 }).chain((groups) =>
      fc.record({
        inputs: fc.array(fc.oneof(int8, fc.constantFrom(-128, 127)), { minLength: 4 * groups, maxLength: 4 * groups }),
        channels: fc.array(
          fc.record({
            weights: fc.array(fc.oneof(weight, fc.constantFrom(-127, 127, 0)), {
              minLength: 4 * groups,
              maxLength: 4 * groups,
            }),
            bias: fc.integer({ min: -100_000, max: 100_000 }),
          }),
          { minLength: 1, maxLength: 7 },
        ),
        block: fc.constantFrom(2 as const, 4 as const),
      }),
    );
    fc.assert(
      fc.property(layer, ({ inputs, channels, block }) => {
        const sums = accumulation(
          channels.map(({ weights }) => weights),
          channels.map(({ bias }) => bias),
        );
        expect(isFoldable(sums, inputs.length)).toBe(true);
        const order = [inputs.map((_, tap) => tap)];
        const [weights, biases] = foldedTables(
          [empty('int8_t'), empty('int32_t')],
          sums,
          channels.length,
          order,
          block,
        );
        const [bytes, starts] = [wideOf(weights), wideOf(biases)];
        const blocked = channels.length - (channels.length % block);
        channels.forEach((channel, index) => {
          const size = index < blocked ? block : 1;
          const first = index < blocked ? index - (index % block) : index;
          const start = first * inputs.length;
          const own = Int8Array.from(inputs, (_, tap) => {
            const group = tap - (tap % 4);
            return bytes[start + group * size + 4 * (index - first) + (tap % 4)] ?? Number.NaN;
          });
          const expected = channel.weights.reduce((sum, value, tap) => sum + value * (inputs[tap] ?? 0), channel.bias);
          expect(foldedSum(own, starts[index] ?? Number.NaN, inputs)).toBe(expected);
        });
      }),
    );
  });

  it('fill up groups with weights of 0, whatever the input', () => {
    const [weights, biases] = foldedTables(
      [empty('int8_t'), empty('int32_t')],
      accumulation([[-5, 7, 9]], [11]),
      1,
      [[0, 1, 2, -1]],
      2,
    );
    expect(foldedSum(wideOf(weights), wideOf(biases)[0] ?? 0, [3, -4, 5, 99])).toBe(11 - 15 - 28 + 45);
  });

  it('are refused where a weight is -128 or a sum needs more than 24 bits', () => {
    const holds = (weights: readonly number[], bias: number) =>
      isFoldable(accumulation([weights], [bias]), weights.length);
    expect(holds([-127, 127], 0)).toBe(true);
    expect(holds([-128, 127], 0)).toBe(false);
    expect(holds([1], 2 ** 23 - 1 - 127)).toBe(true);
    expect(holds([1], 2 ** 23 - 127)).toBe(false);
    expect(holds([1], -(2 ** 23) + 128)).toBe(true);
    expect(holds([1], -(2 ** 23) + 127)).toBe(false);
    expect(holds([-1], -(2 ** 23) + 127)).toBe(true);
    expect(holds([-1], 2 ** 23 - 128)).toBe(false);
  });
});
