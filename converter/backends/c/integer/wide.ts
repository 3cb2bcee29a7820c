import type { CParameter } from '../kernel.ts';
import type { Accumulation } from './accumulation.ts';
import { NO_TAP } from './product.ts';

/** What the tiles of a layer are called, and how many channels they take at a time. */
export interface TileKernel {
  /** `tile4`, without style. */
  name(pixels: number): string;
  readonly block: 2 | 4;
}

/** The tiles of panel.h. */
export const byteTiles: TileKernel = { name: (pixels) => `tile${pixels}`, block: 4 };

/** The tiles of wide.h for a layer of `pixels` pixels. */
export function wideTiles(pixels: number): TileKernel {
  return pixels === 1 ? { name: () => 'line', block: 4 } : { name: (count) => `wide${count}`, block: 2 };
}

/**
 * The weights in both forms: bytes as everywhere, and for Armv7E-M without Helium 16 bits in the order of wide.h. `runs` are the taps in the
 * order of the weights, in whole groups of four.
 */
export function wideWeights(
  bytes: CParameter,
  accumulation: Accumulation,
  channels: number,
  runs: readonly (readonly number[])[],
  block: TileKernel['block'],
): CParameter {
  const { argument } = bytes;
  if (argument.kind !== 'table' || argument.table.kind !== 'numbers') return bytes;
  const taps = runs.flat();
  const data: number[] = [];
  const put = (channel: number, tap: number | undefined = NO_TAP) => {
    data.push(tap === NO_TAP ? 0 : accumulation.weightAt(channel, tap));
  };
  for (let first = 0; first < channels; ) {
    const size = first + block <= channels ? block : 1;
    for (let tap = 0; tap < taps.length; tap += 4) {
      for (const half of [0, 1]) {
        for (let o = first; o < first + size; o++) {
          put(o, taps[tap + half]);
          put(o, taps[tap + half + 2]);
        }
      }
    }
    first += size;
  }
  const table = { ...argument.table, wide: Int16Array.from(data) };
  return { declaration: 'const void *table', argument: { kind: 'table', table } };
}
