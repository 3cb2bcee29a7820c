import type { Clamp } from '../../../ops/definition.ts';
import { accumulatorFactors, integerClamp } from '../../../ops/quantized.ts';
import type { Operand } from '../../../plan/program.ts';
import { zeroPointAt } from '../../../tensor/quantization.ts';
import { type FixedPointMultiplier, floatFactor, type Rounding } from '../../../tensor/requantize.ts';
import type { TensorType } from '../../../tensor/tensor.ts';
import { constantData, zeroPointOf } from '../operand.ts';
import type { ChannelRow } from '../table.ts';

/** An int8 layer as sums of products: output channel o is the sum over taps t of input x weight(o, t), then requantized. */
export interface IntegerLayer {
  readonly input: TensorType;
  readonly weights: Operand;
  readonly bias: Operand;
  readonly output: TensorType;
  readonly channels: number;
  /** Products of one output. */
  readonly taps: number;
  /** Where the weight of channel and tap stands in the model's tensor. */
  readonly weightIndex: (channel: number, tap: number) => number;
  readonly clamp: Clamp;
  readonly rounding: Rounding;
}

/** What the kernel adds up, and how a sum becomes an output. */
export interface Accumulation {
  /** The weight that is multiplied, for each channel and tap. */
  readonly weightAt: (channel: number, tap: number) => number;
  /** Whether all of them are int8; otherwise they are int16. */
  readonly weightsFitInt8: boolean;
  /** To be taken off each weight at run time: `sum -= weightZeroPoint * (sum of the inputs)`. 0 nearly always. */
  readonly weightZeroPoint: number;
  readonly rows: readonly ChannelRow[];
  /** Largest absolute value that any partial sum can take. */
  readonly bound: number;
  readonly zeroPoint: number;
  readonly low: number;
  readonly high: number;
  readonly rounding: Rounding;
}

/** How weights with a zero point are stored: all differences as int16, or int8 with a correction from the input sum. */
export type ZeroPointStyle = 'widen' | 'correct';

/**
 * Folds zero points into the biases: sum (x - zx)(w - zw) = sum x w' - zx sum w', with w' = w - zw stored where it fits.
 */
export function accumulationOf(layer: IntegerLayer, style: ZeroPointStyle): Accumulation {
  const data = constantData(layer.weights);
  const biases = constantData(layer.bias);
  const zeroOf = (channel: number) => zeroPointAt(layer.weights.type.quantization, channel);
  const raw = (channel: number, tap: number) => data[layer.weightIndex(channel, tap)] ?? 0;
  const centred = (channel: number, tap: number) => raw(channel, tap) - zeroOf(channel);
  const fits = everyWeight(layer, (channel, tap) => isInt8(centred(channel, tap)));
  const correct = !fits && style === 'correct';
  const weightZeroPoint = correct ? zeroOf(0) : 0;
  const weightAt = correct ? raw : centred;
  const factors = accumulatorFactors(layer.input, layer.weights.type, layer.output, layer.channels, layer.rounding);
  const inputZero = zeroPointOf(layer.input);
  let bound = 0;
  const rows = factors.map((factor, channel) => {
    let total = 0;
    let magnitude = 0;
    for (let tap = 0; tap < layer.taps; tap++) {
      total += centred(channel, tap);
      magnitude += Math.abs(weightAt(channel, tap)) + Math.abs(weightZeroPoint);
    }
    const bias = (biases[channel] ?? 0) - inputZero * total;
    bound = Math.max(bound, Math.abs(bias) + 128 * magnitude);
    return layer.rounding === 'float' ? { bias, multiplier: factorBits(factor), shift: 0 } : rowOf(bias, factor);
  });
  const { min, max } = integerClamp(layer.clamp, layer.output);
  return {
    weightAt,
    weightsFitInt8: fits || correct,
    weightZeroPoint,
    rows,
    bound,
    zeroPoint: zeroPointOf(layer.output),
    low: min,
    high: max,
    rounding: layer.rounding,
  };
}

/** The factor 0 may have any shift; 1 keeps the layer on the fast path. */
function rowOf(bias: number, { multiplier, shift }: FixedPointMultiplier): ChannelRow {
  return { bias, multiplier, shift: multiplier === 0 ? 1 : shift === 0 ? 0 : -shift };
}

/** The bits of a float32 factor, which is what `thimble_float` takes for a multiplier. */
export function factorBits(factor: FixedPointMultiplier): number {
  return new Int32Array(Float32Array.of(floatFactor(factor)).buffer)[0] ?? 0;
}

function isInt8(value: number): boolean {
  return value >= -128 && value <= 127;
}

function everyWeight(layer: IntegerLayer, holds: (channel: number, tap: number) => boolean): boolean {
  for (let channel = 0; channel < layer.channels; channel++) {
    for (let tap = 0; tap < layer.taps; tap++) if (!holds(channel, tap)) return false;
  }
  return true;
}
