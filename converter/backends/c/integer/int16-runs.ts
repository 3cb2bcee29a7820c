import type { Geometry } from '../geometry.ts';

/** What the panel of a convolution of int16 data depends on. */
type Taps = Pick<Geometry, 'kernelHeight' | 'kernelWidth' | 'channels' | 'dilationX'>;

/**
 * The tap of each input of a panel, null for what fills up a run to an even number: a run is a row of the window where kernel columns
 * touch, else the channels of one position. See int16_tiles.h.
 */
export function filledRuns({ kernelHeight, kernelWidth, channels, dilationX }: Taps): (number | null)[] {
  const length = dilationX === 1 ? kernelWidth * channels : channels;
  const filled: (number | null)[] = [];
  for (let tap = 0; tap < kernelHeight * kernelWidth * channels; tap++) {
    filled.push(tap);
    if (length % 2 === 1 && tap % length === length - 1) filled.push(null);
  }
  return filled;
}

/** Inputs of a pixel in a panel: those of {@link filledRuns}, filled up to a multiple of 8. */
export function panelInputs({ kernelHeight, kernelWidth, channels, dilationX }: Taps): number {
  const length = dilationX === 1 ? kernelWidth * channels : channels;
  const runs = (kernelHeight * kernelWidth * channels) / length;
  return Math.ceil((runs * (length + (length % 2))) / 8) * 8;
}
