import { integerClamp } from '../../../ops/quantized.ts';
import type { Address, StepEmitter } from '../kernel.ts';
import { inputOf, outputOf, zeroPointOf } from '../operand.ts';
import { headerBytes, panelChannels } from '../packing/panels.ts';
import { headerVectors, type RequantizationForm } from '../packing/requantization.ts';
import { orderedWeights, weightElement } from '../packing/sums.ts';
import { byteConvolution, quadsOf } from '../routines/byte-convolution.ts';
import { addSignedSums } from '../routines/byte-image.ts';
import type { ConvolutionLayer } from './convolution-layer.ts';

/** Weights as they are packed for any variant. */
interface PackedLayer {
  readonly form: RequantizationForm;
  readonly shift: number;
  readonly weights: Address;
  /** Bytes of the panels of a group. */
  readonly panels: number;
}

/**
 * An int8 convolution. With the dot product of bytes and x' = x + 128, sum of (x - z) w = sum of x' w - (z + 128) * sum of w:
 * the last term is a correction of the bias, 0 for z = -128. Where the dot product takes signed numbers, x is its operand and
 * biases take 128 * sum of w.
 */
export function emitByteConvolution(
  emitter: StepEmitter,
  layer: ConvolutionLayer,
  { form, shift, weights, panels }: PackedLayer,
): void {
  const { step } = emitter;
  const { geometry, chunks, groups, outputs, clamp } = layer;
  const groupPanels = Math.ceil(outputs / groups / panelChannels);
  const depth = chunks.rows * chunks.columns * chunks.elements;
  const inputZero = zeroPointOf(inputOf(step, 0).type);
  const stored = orderedWeights(step, {
    channels: outputs,
    depth,
    index: (channel, k) => layer.weightIndex(channel, k),
  });
  const isOfBytes = emitter.variant === 'dot';
  const hasCorrection = isOfBytes && inputZero !== -128;
  const corrections = hasCorrection ? emitter.constant(groupCorrections(stored, inputZero, groups)) : 0;
  const element = weightElement(step);
  const { type } = outputOf(step);
  const panelBytes = panels / groupPanels;
  const pairs = chunks.rows * chunks.columns * quadsOf(chunks) * 2;
  const header = headerBytes(headerVectors(form), element);
  const channels = groups * groupPanels * panelChannels;
  if (isOfBytes) {
    emitter.callIfSigned(addSignedSums, null, { weights, channels, pairs, header, zeros: 2 * pairs * stored.zero });
  }
  emitter.call(
    byteConvolution,
    { geometry, chunks, element, form, hasCorrection, groups, outputs },
    {
      ...{ input: emitter.input(0), weights, output: emitter.output, scratch: emitter.scratch },
      ...{ inputZero, weightZero: stored.zero, panelBytes, corrections, zero: zeroPointOf(type) },
      ...integerClamp(clamp, type),
      shift,
    },
  );
}

/** The corrections of each group, in panels of its own. */
function groupCorrections({ channels, depth, at }: Sums, inputZero: number, groups: number): Uint8Array {
  const own = channels / groups;
  const parts = Array.from({ length: groups }, (_, group) => {
    return correctionsOf({ channels: own, depth, at: (channel, k) => at(group * own + channel, k) }, inputZero);
  });
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let end = 0;
  for (const part of parts) {
    all.set(part, end);
    end += part.length;
  }
  return all;
}

/** Weights of which the sums are taken. */
interface Sums {
  readonly channels: number;
  readonly depth: number;
  at(channel: number, k: number): number;
}

/** -(z + 128) times the sum of the weights of each channel, for whole panels. */
export function correctionsOf({ channels, depth, at }: Sums, inputZero: number): Uint8Array {
  const corrections = new Int32Array(Math.ceil(channels / panelChannels) * panelChannels);
  for (let channel = 0; channel < channels; channel++) {
    let sum = 0;
    for (let k = 0; k < depth; k++) sum += at(channel, k);
    corrections[channel] = -(inputZero + 128) * sum;
  }
  return new Uint8Array(corrections.buffer);
}
