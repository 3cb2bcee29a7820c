import { firstOverlaps, nestDistance, type Overlaps, windowDistance } from '../../../plan/overlap.ts';
import { dtypeBytes } from '../../../tensor/dtype.ts';
import { byteSize, type TensorType } from '../../../tensor/tensor.ts';
import { arithmeticOf } from '../../kernel.ts';
import type { Geometry } from '../geometry.ts';
import { flattened } from '../integer/convolution.ts';
import { typesMayAlias } from './alias.ts';

/** Where the loops over the output channels of a pixel stand. */
interface ChannelBlocks {
  readonly groups: number;
  /** Output channels that are summed before any of them is written; what is left of a group is written one by one. */
  readonly block: 1 | 4;
}

/**
 * A convolution over weights [O,KH,KW,C/groups], or channel by channel with as many groups as channels: its loops go from pixel
 * to pixel, group to group, channel to channel, and read the window for every block of channels again. A hybrid one quantizes each
 * of `batches` equal parts of the input into scratch, all of it before it writes the first output of that part.
 *
 * Tiles, see panel.h, read the windows of all their pixels before they write the first, and no pixel is made twice: they are right
 * wherever the loops are.
 */
export function convolutionOverlaps(
  g: Geometry,
  groups: number,
  batches: number,
  inputs: readonly TensorType[],
  outputs: readonly TensorType[],
): Overlaps {
  const arithmetic = arithmeticOf(inputs);
  const [input] = inputs;
  const [output] = outputs;
  if (input === undefined || output === undefined || arithmetic === 'other' || !typesMayAlias(input, output)) {
    return inputs.map(() => null);
  }
  const bytes = { read: dtypeBytes[input.dtype], written: dtypeBytes[output.dtype] };
  if (arithmetic === 'hybrid') {
    const part = { count: batches, read: byteSize(input) / batches, written: byteSize(output) / batches };
    return firstOverlaps(nestDistance([part]), inputs, outputs);
  }
  if (arithmetic !== 'int8') {
    const within = channelDistance(g, { groups, block: 1 }, bytes);
    return firstOverlaps(windowDistance(g, bytes, within), inputs, outputs);
  }
  const flat = flattened(g);
  const within = channelDistance(flat, { groups, block: 4 }, bytes);
  return firstOverlaps(windowDistance(flat, bytes, within), inputs, outputs);
}

/**
 * An int8 convolution channel by channel. Where every channel has one output, four of them may be taken at a time, of which the
 * last four begin early enough to be whole; see depthwise.h.
 */
export function int8DepthwiseOverlaps(
  g: Geometry,
  inputs: readonly TensorType[],
  outputs: readonly TensorType[],
): Overlaps {
  const bytes = { read: 1, written: 1 };
  const again = g.channels === g.outputChannels && g.channels >= 4 ? (4 - (g.channels % 4)) % 4 : 0;
  const within = Math.max(again, channelDistance(g, { groups: g.channels, block: 1 }, bytes));
  return firstOverlaps(windowDistance(g, bytes, within), inputs, outputs);
}

/** Pixel by pixel, channel by channel: all of a window of a channel is read before the output is written. */
export function poolOverlaps(g: Geometry, inputs: readonly TensorType[], outputs: readonly TensorType[]): Overlaps {
  const [input] = inputs;
  const [output] = outputs;
  if (input === undefined || output === undefined || input.dtype !== output.dtype) return inputs.map(() => null);
  const bytes = { read: dtypeBytes[input.dtype], written: dtypeBytes[output.dtype] };
  return firstOverlaps(windowDistance(g, bytes, 0), inputs, outputs);
}

/** Bytes from the first input of a pixel to what is written when the first input of a group is read for the last time. */
function channelDistance(
  { channels, outputChannels }: Geometry,
  { groups, block }: ChannelBlocks,
  { read, written }: { readonly read: number; readonly written: number },
): number {
  const perGroup = outputChannels / groups;
  const last = perGroup - (perGroup % block === 0 ? block : 1);
  const group = { count: groups, read: (channels / groups) * read, written: perGroup * written };
  return last * written + nestDistance([group]);
}
