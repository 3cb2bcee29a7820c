import { panelChannels } from '../packing/panels.ts';
import type { Chunks } from '../packing/patches.ts';
import type { FloatTiles } from '../routines/float-tiles.ts';
import type { Variant } from '../variant.ts';
import { boundCounts, counts, multiplyAdds, resultCounts, sum, times, type WasmCounts } from './counts.ts';

/** The counts of a call of `floatTiles`. */
export function floatTilesCounts(
  { pixels, chunks: loops, bounds, lastChannels }: FloatTiles,
  call: { readonly tiles: number; readonly channels: number; readonly chunks: Chunks },
  variant: Variant,
): WasmCounts {
  const { rows, columns, elements } = call.chunks;
  const depth = rows * columns * elements;
  const passes = depth + (loops === 'one' ? 0 : rows) + (loops === 'columns' ? rows * columns : 0);
  const results = (channels: number) => {
    const lanes = [Math.min(4, channels), channels - 4].filter((count) => count > 0);
    return times(pixels, sum(...lanes.map((count) => resultCounts(count, bounds))));
  };
  const product = sum(
    multiplyAdds(2 * pixels * depth, variant),
    // Two vectors of weights and a number of each pixel; the bias; the loop over tiles.
    counts({ loads: (2 + pixels) * depth + 2, branches: passes + 1 }),
  );
  const panels = Math.ceil(call.channels / panelChannels);
  return sum(
    times(panels * call.tiles, product),
    times((panels - 1) * call.tiles, results(panelChannels)),
    times(call.tiles, results(lastChannels)),
    counts({ arithmetic: boundCounts[bounds], branches: panels }),
  );
}
