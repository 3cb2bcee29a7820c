import { panelChannels } from '../packing/panels.ts';
import type { Bounds } from '../routines/float-lanes.ts';
import type { Variant } from '../variant.ts';
import { boundCounts, counts, multiplyAdds, resultCounts, sum, times, type WasmCounts } from './counts.ts';

/** Shuffles and additions that turn four vectors of partial sums into one. */
const joinArithmetic = 9;

/** The counts of `floatRow` for `steps` vectors of the row. Panels may be split between threads. */
export function floatRowCounts(
  { steps, channels, bounds }: { readonly steps: number; readonly channels: number; readonly bounds: Bounds },
  variant: Variant,
): WasmCounts {
  const panels = Math.ceil(channels / panelChannels);
  const last = channels - (panels - 1) * panelChannels;
  // Both halves of the last panel are joined and clamped, whatever is stored of them.
  const halves = (left: number) => {
    const lanes = [Math.min(4, left), Math.max(0, left - 4)];
    return sum(
      ...lanes.map((count) =>
        count === 0 ? counts({ arithmetic: 1 + boundCounts[bounds] }) : resultCounts(count, bounds),
      ),
    );
  };
  const product = sum(
    multiplyAdds(panelChannels * steps, variant),
    counts({ loads: (panelChannels + 1) * steps + 2, arithmetic: 2 * joinArithmetic, branches: steps + 1 }),
  );
  return sum(
    times(panels, product),
    times(panels - 1, halves(panelChannels)),
    halves(last),
    counts({ arithmetic: boundCounts[bounds] }),
  );
}
