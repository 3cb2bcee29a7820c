import type { CParameter } from '../kernel.ts';
import type { Accumulation } from './accumulation.ts';
import { NO_TAP } from './product.ts';
import type { TileKernel } from './wide.ts';

/** Folded sums have 24 bits: see folded.h. */
const MOST_SUM = 2 ** 23;

/** The tiles of folded.h for a layer of `pixels` pixels. */
export function foldedTiles(pixels: number): TileKernel {
  return pixels === 1
    ? { name: () => 'folds', expand: 'fold', block: 4 }
    : { name: (count) => `fold${count}`, expand: 'fold', block: 2 };
}

/** Whether weights lie in -127..127 and no sum of int8 inputs needs more than 24 bits, which folded.h wants. */
export function isFoldable({ weightAt, rows }: Accumulation, taps: number): boolean {
  return rows.every(({ bias }, channel) => {
    let [low, high] = [bias, bias];
    for (let tap = 0; tap < taps; tap++) {
      const weight = weightAt(channel, tap);
      if (weight < -127 || weight > 127) return false;
      low += weight > 0 ? -128 * weight : 127 * weight;
      high += weight > 0 ? 127 * weight : -128 * weight;
    }
    return low >= -MOST_SUM && high < MOST_SUM;
  });
}

/**
 * Weights and biases in both forms: as everywhere, and for Armv7E-M without Helium as folded.h wants them. `runs` are the taps in the
 * order of the weights, in whole groups of four.
 */
export function foldedTables(
  [weights, biases]: readonly [CParameter, CParameter],
  accumulation: Accumulation,
  channels: number,
  runs: readonly (readonly number[])[],
  block: TileKernel['block'],
): readonly [CParameter, CParameter] {
  const taps = runs.flat();
  const weightAt = (channel: number, place: number) => {
    const tap = taps[place] ?? NO_TAP;
    return tap === NO_TAP ? 0 : accumulation.weightAt(channel, tap);
  };
  const bytes: number[] = [];
  for (let first = 0; first < channels; ) {
    const size = first + block <= channels ? block : 1;
    for (let group = 0; group < taps.length; group += 4) {
      for (let channel = first; channel < first + size; channel++) {
        for (const place of [group, group + 2]) {
          const even = weightAt(channel, place);
          bytes.push(even, weightAt(channel, place + 1) - (even < 0 ? 1 : 0));
        }
      }
    }
    first += size;
  }
  const folded = accumulation.rows.map(({ bias }, channel) => {
    let [evens, odds] = [0, 0];
    for (let place = 0; place < taps.length; place += 2) {
      evens += weightAt(channel, place);
      odds += weightAt(channel, place + 1);
    }
    return (256 * (bias + 128 * odds) + evens) | 0;
  });
  return [withForm(weights, Int8Array.from(bytes)), withForm(biases, Int32Array.from(folded))];
}

/** The table with what stands in its place on Armv7E-M. */
function withForm(parameter: CParameter, wide: Int8Array | Int32Array): CParameter {
  const { argument } = parameter;
  if (argument.kind !== 'table' || argument.table.kind !== 'numbers') return parameter;
  return { ...parameter, argument: { kind: 'table', table: { ...argument.table, wide } } };
}
