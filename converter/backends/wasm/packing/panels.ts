import { invariant } from '../../../problem.ts';

/** Output channels that are computed together. */
export const panelChannels = 8;

/** Weights as the product routines read them, one panel of 8 output channels after the other. */
export interface PanelWeights {
  readonly channels: number;
  /** Numbers per output channel, padding included. */
  readonly depth: number;
  /** The zero point of the stored weights. */
  readonly zero: number;
  /** Weight `k` of output channel `channel`, the zero point taken off; 0 where it is padding. */
  at(channel: number, k: number): number;
}

/** `offset-int8`: the zero point stands in the header as 16 int16 and is taken off when weights are read. */
export type WeightElement = IntegerWeights | 'float32';

export type IntegerWeights = 'int8' | 'offset-int8';

export const weightBytes: { readonly [E in WeightElement]: number } = { int8: 1, 'offset-int8': 1, float32: 4 };

/** Bytes of one vector of the header: 8 numbers of 32 bits, or 16 of 16. */
export const vectorBytes = 32;

/** Bytes in front of the weights of a panel with `vectors` vectors of channel constants. */
export function headerBytes(vectors: number, element: WeightElement): number {
  return (vectors + (element === 'offset-int8' ? 1 : 0)) * vectorBytes;
}

/**
 * The order of weights behind the header of a panel:
 * - `pairs`: for each pair of k: channels 0-7, each with both weights (for products of four rows; `depth` is even),
 * - `single`: for each k: channels 0-7 (for float products of four rows),
 * - `eights`, `fours`: for each 8 or 4 k: channels 0-7, each with all of them (for products of one row).
 */
export type PanelOrder = 'single' | 'pairs' | 'fours' | 'eights';

const groupOf: { readonly [O in PanelOrder]: number } = { single: 1, pairs: 2, fours: 4, eights: 8 };

/** Bytes of one panel. */
export function panelBytes(vectors: number, depth: number, element: WeightElement): number {
  return headerBytes(vectors, element) + depth * panelChannels * weightBytes[element];
}

/**
 * All panels: for each, 8 numbers of every header vector (bias first), then the weights in `order`. Channels behind the
 * last are zeros.
 */
export function packPanels(
  weights: PanelWeights,
  headers: readonly (Int32Array | Float32Array)[],
  order: PanelOrder,
  element: WeightElement,
): Uint8Array {
  const { channels, depth } = weights;
  const group = groupOf[order];
  invariant(depth % group === 0, `a depth of ${depth} does not fit the order ${order}`);
  const panels = Math.ceil(channels / panelChannels);
  const view = new DataView(new ArrayBuffer(panels * panelBytes(headers.length, depth, element)));
  let offset = 0;
  for (let first = 0; first < panels * panelChannels; first += panelChannels) {
    for (const header of headers) {
      for (let lane = 0; lane < panelChannels; lane++) {
        const value = header[first + lane] ?? 0;
        if (header instanceof Float32Array) view.setFloat32(offset, value, true);
        else view.setInt32(offset, value, true);
        offset += 4;
      }
    }
    if (element === 'offset-int8') {
      for (let lane = 0; lane < 16; lane++) view.setInt16(offset + 2 * lane, weights.zero, true);
      offset += vectorBytes;
    }
    for (let k0 = 0; k0 < depth; k0 += group) {
      for (let lane = 0; lane < panelChannels; lane++) {
        for (let k = k0; k < k0 + group; k++) {
          const value = first + lane < channels ? weights.at(first + lane, k) : 0;
          if (element === 'float32') view.setFloat32(offset, value, true);
          else view.setInt8(offset, value + (element === 'offset-int8' ? weights.zero : 0));
          offset += weightBytes[element];
        }
      }
    }
  }
  return new Uint8Array(view.buffer);
}
