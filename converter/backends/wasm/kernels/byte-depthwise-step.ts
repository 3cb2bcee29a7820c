import type { Op } from '../../../ops/op.ts';
import { integerClamp } from '../../../ops/quantized.ts';
import { nhwc, windowOutput } from '../../../ops/window.ts';
import type { TensorType } from '../../../tensor/tensor.ts';
import { arithmeticOf } from '../../kernel.ts';
import type { StepEmitter } from '../kernel.ts';
import { inputOf, outputOf, typeAt, zeroPointOf } from '../operand.ts';
import { type ByteDepthwise, byteDepthwiseBlock, columnWalk, fitsQuads } from '../packing/byte-depthwise.ts';
import { type PanelWeights, panelChannels, vectorBytes } from '../packing/panels.ts';
import { headerVectors } from '../packing/requantization.ts';
import { integerBias, layerRequantization, orderedWeights } from '../packing/sums.ts';
import { addSignedTaps, byteDepthwise } from '../routines/byte-depthwise.ts';

/** A layer of the dot product, but for what its weights decide; null where the window is too large. */
export function byteDepthwiseShape(
  { attributes }: Op<'depthwise-conv-2d'>,
  inputs: readonly TensorType[],
): Omit<ByteDepthwise, 'sets' | 'form'> | null {
  const input = nhwc(typeAt(inputs, 0).shape);
  const kernel = nhwc(typeAt(inputs, 1).shape);
  const { strides, dilations, padding } = attributes;
  if (arithmeticOf(inputs) !== 'int8' || input.channels === 1 || !fitsQuads(kernel)) return null;
  const [outputHeight, outputWidth] = windowOutput(attributes, input, kernel);
  const { channels } = kernel;
  const [strideRows, strideColumns] = strides;
  const [dilationRows, dilationColumns] = dilations;
  const width = (outputWidth - 1) * strideColumns + (kernel.width - 1) * dilationColumns + 1;
  return {
    ...{ images: input.batch, channels, multiplier: channels / input.channels, outputHeight, outputWidth },
    ...{ kernelRows: kernel.height, kernelColumns: kernel.width, strideRows, dilationRows },
    walk: columnWalk(strideColumns, dilationColumns, channels),
    ...{ inputHeight: input.height, inputRowBytes: input.width * input.channels, rowBytes: width * channels },
    ...{ top: padding.top, start: padding.left * channels },
    usedBytes: Math.max(0, Math.min(input.width, width - padding.left)) * input.channels,
  };
}

/**
 * Emits the layer: with x' = x + 128, sum of (x - z) w = sum of x' w - (z + 128) * sum of w, of which the last term is a part of the bias.
 */
export function emitByteDepthwise(
  emitter: StepEmitter<'depthwise-conv-2d'>,
  shape: Omit<ByteDepthwise, 'sets' | 'form'>,
): void {
  const { step, rounding } = emitter;
  const { channels } = shape;
  const depth = shape.kernelRows * shape.kernelColumns;
  const order = { channels, depth, index: (channel: number, tap: number) => tap * channels + channel };
  const weights = orderedWeights(step, order);
  const { type } = outputOf(step);
  const range = { zero: zeroPointOf(type), ...integerClamp(step.op.attributes.clamp, type) };
  const { form, shift, vectors } = layerRequantization(step, weights, rounding, range);
  const inputZero = zeroPointOf(inputOf(step, 0).type);
  const sums = Array.from({ length: channels }, (_, channel) => tapSum(weights, channel));
  const bias = integerBias(step).map((value, channel) => value - (inputZero + 128) * (sums[channel] ?? 0));
  const sets = setsOf(weights);
  const blockBytes = byteDepthwiseBlock(form, sets, shape);
  const constants = emitter.constant(packTaps(weights, [bias, ...vectors], shape, sets, blockBytes));
  const header = headerVectors(form) * vectorBytes;
  const taps = (blockBytes - header) / vectorBytes;
  emitter.callIfSigned(addSignedTaps, { vectors: taps }, { weights: constants, channels, header });
  emitter.call(
    byteDepthwise,
    { ...shape, sets, form },
    {
      ...{ input: emitter.input(0), weights: constants, output: emitter.output, scratch: emitter.scratch },
      ...{ inputZero, ...range, shift },
    },
  );
}

function tapSum(weights: PanelWeights, channel: number): number {
  let sum = 0;
  for (let k = 0; k < weights.depth; k++) sum += weights.at(channel, k);
  return sum;
}

/** How many int8 make up each weight, the zero point taken off: one, two for what is beyond them, three for 255 = 127 + 127 + 1. */
function setsOf({ channels, depth, at }: PanelWeights): 1 | 2 | 3 {
  let sets: 1 | 2 | 3 = 1;
  for (let channel = 0; channel < channels; channel++) {
    for (let k = 0; k < depth; k++) {
      const weight = at(channel, k);
      if (weight > 254) return 3;
      if (weight < -128 || weight > 127) sets = 2;
    }
  }
  return sets;
}

/** Blocks of eight channels as {@link byteDepthwise} reads them. */
function packTaps(
  weights: PanelWeights,
  headers: readonly Int32Array[],
  { kernelRows, kernelColumns }: Pick<ByteDepthwise, 'kernelRows' | 'kernelColumns'>,
  sets: number,
  blockBytes: number,
): Uint8Array {
  const blocks = Math.ceil(weights.channels / panelChannels);
  const view = new DataView(new ArrayBuffer(blocks * blockBytes));
  const columnBytes = Math.ceil(kernelRows / 4) * vectorBytes;
  for (let block = 0; block < blocks; block++) {
    for (let lane = 0; lane < panelChannels; lane++) {
      const channel = block * panelChannels + lane;
      for (const [i, header] of headers.entries()) {
        view.setInt32(block * blockBytes + i * vectorBytes + 4 * lane, header[channel] ?? 0, true);
      }
      if (channel >= weights.channels) continue;
      for (let tap = 0; tap < weights.depth; tap++) {
        const row = Math.floor(tap / kernelColumns);
        const quad = Math.floor(row / 4) * vectorBytes + 4 * lane + (row % 4);
        const place = block * blockBytes + headers.length * vectorBytes + (tap % kernelColumns) * columnBytes + quad;
        let rest = weights.at(channel, tap);
        for (let set = 0; set < sets; set++) {
          const part = Math.max(-128, Math.min(127, rest));
          view.setInt8(place + set * kernelColumns * columnBytes, part);
          rest -= part;
        }
      }
    }
  }
  return new Uint8Array(view.buffer);
}
