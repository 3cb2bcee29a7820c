import { at } from '../../../ops/definition.ts';
import { accumulatorFactors } from '../../../ops/quantized.ts';
import type { Step } from '../../../plan/program.ts';
import { scaleAt, zeroPointAt } from '../../../tensor/quantization.ts';
import type { Rounding } from '../../../tensor/requantize.ts';
import { constantNumbers, inputOf, outputOf, zeroPointOf } from '../operand.ts';
import { type OutputBounds, planLine } from './line.ts';
import type { IntegerWeights, PanelWeights } from './panels.ts';
import { planRequantization, type Requantization } from './requantization.ts';

/** How the weights of a layer are ordered: which stored weight meets element `k` of output channel `channel`. */
export interface WeightOrder {
  readonly channels: number;
  readonly depth: number;
  /** Index into the constant, or null for padding. */
  index(channel: number, k: number): number | null;
}

/** The weights of [input, weights, bias] in an order, the zero point taken off. */
export function orderedWeights(step: Step, order: WeightOrder): PanelWeights {
  const data = constantNumbers(step, 1);
  const zero = weightZero(step);
  return {
    channels: order.channels,
    depth: order.depth,
    zero,
    at(channel, k) {
      const index = order.index(channel, k);
      return index === null ? 0 : at(data, index) - zero;
    },
  };
}

function weightZero(step: Step): number {
  const { quantization } = inputOf(step, 1).type;
  return quantization.kind === 'none' ? 0 : zeroPointAt(quantization, 0);
}

/** How the weights are stored: a zero point makes them numbers of 9 bits, so they keep it. */
export function weightElement(step: Step): IntegerWeights {
  return weightZero(step) === 0 ? 'int8' : 'offset-int8';
}

/** The bias of a step as int32. */
export function integerBias(step: Step): Int32Array {
  return Int32Array.from(constantNumbers(step, 2));
}

/** The bias of a step as float32. */
export function floatBias(step: Step): Float32Array {
  return Float32Array.from(constantNumbers(step, 2));
}

/** The scale of each output channel of the weights. */
export function weightScales(step: Step, channels: number): Float32Array {
  const { quantization } = inputOf(step, 1).type;
  return Float32Array.from({ length: channels }, (_, channel) => scaleAt(quantization, channel));
}

/**
 * How the sums of an int8 layer become outputs; the largest possible sum decides what the vectors can hold. With the bounds of
 * outputs it may be a form that contains them.
 */
export function layerRequantization(
  step: Step,
  weights: PanelWeights,
  rounding: Rounding,
  range: OutputBounds | null = null,
): Requantization {
  const input = inputOf(step, 0).type;
  const factors = accumulatorFactors(input, inputOf(step, 1).type, outputOf(step).type, weights.channels, rounding);
  const bias = constantNumbers(step, 2);
  const zero = zeroPointOf(input);
  const largest = Math.max(zero + 128, 127 - zero);
  const bounds = factors.map((_, channel) => {
    let sum = 0;
    for (let k = 0; k < weights.depth; k++) sum += Math.abs(weights.at(channel, k));
    return largest * sum + Math.abs(at(bias, channel));
  });
  const line = range === null ? null : planLine(factors, bounds, rounding, range);
  return line ?? planRequantization(factors, bounds, rounding);
}
