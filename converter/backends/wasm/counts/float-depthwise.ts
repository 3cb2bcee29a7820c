import { blockRuns, type PixelBlock, rowRuns } from '../packing/float-depthwise.ts';
import { panelChannels } from '../packing/panels.ts';
import { blockPixels, type FloatDepthwise, heldColumns } from '../routines/float-depthwise.ts';
import type { Bounds } from '../routines/float-lanes.ts';
import type { Variant } from '../variant.ts';
import { boundCounts, counts, loop, multiplyAdds, resultCounts, sum, times, type WasmCounts } from './counts.ts';

/** The counts of `floatDepthwise`. Output rows may be split between threads. */
export function floatDepthwiseCounts({ shape, bounds }: FloatDepthwise, variant: Variant): WasmCounts {
  const { channels, batch } = shape.input;
  const blocks = blockRuns(shape, blockPixels);
  const rows = rowRuns(shape).map((run) => {
    const calls = blocks.map(({ block, count }) => {
      const config = { block, channels, kernelWidth: shape.kernel.width, rows: run.kernelRows, bounds };
      return sum(times(count, blockCounts(config, variant)), counts({ arithmetic: boundCounts[bounds] }));
    });
    return loop(run.count, sum(...calls));
  });
  return loop(batch, sum(...rows));
}

interface BlockCall {
  readonly block: PixelBlock;
  readonly channels: number;
  readonly kernelWidth: number;
  readonly rows: number;
  readonly bounds: Bounds;
}

/** A block of pixels in all channels. */
function blockCounts({ block, channels, kernelWidth, rows, bounds }: BlockCall, variant: Variant): WasmCounts {
  const { pixels } = block;
  const taps = pixels.flat();
  const weights = new Set(taps.map(({ kernel }) => kernel)).size;
  const inputs = kernelWidth <= heldColumns ? new Set(taps.map(({ input }) => input)).size : taps.length;
  const row = sum(multiplyAdds(taps.length, variant), counts({ loads: weights + inputs }));
  const panel = (left: number) => {
    const lanes = [Math.min(4, left), left - 4].filter((count) => count > 0);
    const results = lanes.map((count) => sum(times(pixels.length, resultCounts(count, bounds)), counts({ loads: 1 })));
    return sum(times(lanes.length * rows, row), counts({ branches: rows }), ...results);
  };
  const last = channels % panelChannels;
  const whole = loop(Math.floor(channels / panelChannels), panel(panelChannels));
  return sum(whole, ...(last > 0 ? [panel(last)] : []), counts({ branches: 1 }));
}
