import { isBigData } from '../tensor/dtype.ts';
import { stridedOffsets } from '../tensor/layout.ts';
import { scaleAt, zeroPointAt } from '../tensor/quantization.ts';
import { type FixedPointMultiplier, quantizeMultiplier, type Rounding, requantize } from '../tensor/requantize.ts';
import { dimension, elementCount, type Shape, stridesOf } from '../tensor/shape.ts';
import { type Tensor, type TensorType, wholeData, zeros } from '../tensor/tensor.ts';
import { arithmeticOf, fillReal, halfViolations, oneArithmetic, realElements, roundingOf } from './arithmetic.ts';
import { arity, everyDtype, firstOf, sameDtype, sameQuantization, scaleRatioFits } from './check.ts';
import { at, noClamp, type OpDefinition } from './definition.ts';
import { clampTo, type IntegerBounds, integerClamp } from './quantized.ts';
import { zipReal, zipWhole } from './zip-function.ts';

/** Reduction over `axes` (not negative, ascending). Output drops the axes, or keeps them with size 1. */
export interface ReduceAttributes {
  readonly kind: 'mean' | 'sum' | 'max' | 'min' | 'product';
  readonly axes: readonly number[];
  readonly keepDims: boolean;
}

/** How many elements go into one. */
export function reducedCount({ axes }: ReduceAttributes, input: Shape): number {
  return axes.reduce((product, axis) => product * dimension(input, axis), 1);
}

/**
 * The quantized mean or sum: y = clamp(requantize(sum of x - count * inputZero, factor) + outputZero), where
 * `offset` is -count * inputZero.
 */
export interface ReduceConstants {
  readonly offset: number;
  readonly factor: FixedPointMultiplier;
  readonly outputZero: number;
  readonly bounds: IntegerBounds;
}

/**
 * Under `exact` the mean divides the multiplier of inputScale / outputScale by the count in integers, truncating (TFLite
 * `reference_ops::QuantizedMeanOrSum`, which the reference interpreter and TFLite Micro use for every shape), so the
 * multiplier may be below 2^30. Under `single` the division goes into the real factor, under `float` into the output scale
 * (onnxruntime `mlas/lib/qlgavgpool.cpp`).
 */
export function reduceConstants(
  attributes: ReduceAttributes,
  input: TensorType,
  output: TensorType,
  rounding: Rounding,
): ReduceConstants {
  const count = reducedCount(attributes, input.shape);
  const [inputScale, outputScale] = [scaleAt(input.quantization, 0), scaleAt(output.quantization, 0)];
  const ratio = inputScale / outputScale;
  const isMean = attributes.kind === 'mean';
  return {
    offset: -count * zeroPointAt(input.quantization, 0),
    factor:
      isMean && rounding === 'exact'
        ? dividedMultiplier(quantizeMultiplier(ratio), count)
        : quantizeMultiplier(
            isMean ? (rounding === 'float' ? inputScale / Math.fround(outputScale * count) : ratio / count) : ratio,
            rounding,
          ),
    outputZero: zeroPointAt(output.quantization, 0),
    bounds: integerClamp(noClamp, output),
  };
}

function dividedMultiplier({ multiplier, shift }: FixedPointMultiplier, count: number): FixedPointMultiplier {
  const up = Math.min(Math.floor(Math.log2(count)), 32, 31 + shift);
  return { multiplier: Number((BigInt(multiplier) << BigInt(up)) / BigInt(count)), shift: shift - up };
}

/** For every output element the offset of its first input element, and the offsets of all its elements from there. */
function reductionOffsets({ axes }: ReduceAttributes, shape: Shape): { starts: Int32Array; steps: Int32Array } {
  const strides = stridesOf(shape);
  const kept = shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
  const along = (list: readonly number[]) =>
    stridedOffsets(
      list.map((axis) => at(shape, axis)),
      list.map((axis) => at(strides, axis)),
    );
  return { starts: along(kept), steps: along(axes) };
}

type Join = (sum: number, element: number) => number;

/** The function of two that joins the elements. */
const joinOf = { mean: 'add', sum: 'add', max: 'max', min: 'min', product: 'mul' } as const;

function evaluateWhole(attributes: ReduceAttributes, input: Tensor, output: Tensor): void {
  const { starts, steps } = reductionOffsets(attributes, input.type.shape);
  const x = wholeData(input);
  starts.forEach((start, i) => {
    const elements = Array.from(steps, (step) => at<bigint>(x, start + step));
    let value = elements.reduce((sum, element) => zipWhole(joinOf[attributes.kind], sum, element));
    if (attributes.kind === 'mean') value /= BigInt(elements.length);
    if (isBigData(output.data)) output.data[i] = value;
    else output.data[i] = Number(BigInt.asIntN(32, value));
  });
}

/** Joins the elements of each output, starting with the first one. */
function joinAll(attributes: ReduceAttributes, input: Tensor, join: Join, finish: Join, output: Tensor) {
  const { starts, steps } = reductionOffsets(attributes, input.type.shape);
  const x = realElements(input);
  fillReal(output, (i) => {
    const start = at(starts, i);
    let value = at(x, start);
    for (let k = 1; k < steps.length; k++) value = join(value, at(x, start + at(steps, k)));
    return finish(value, steps.length);
  });
}

/**
 * Real and whole numbers of any dtype (a mean of whole numbers is truncated, bools have max and min); int8, uint8 and int16 with
 * one scale each: mean and sum, and max and min in one quantization.
 */
export const reduce: OpDefinition<ReduceAttributes> = {
  inputNames: ['input'],
  variadic: false,
  channelRule: ({ axes }, inputs) => (axes.includes(at(inputs, 0).shape.length - 1) ? 'opaque' : 'keeps'),

  outputShapes({ axes, keepDims }, inputs) {
    const shape = at(inputs, 0).shape;
    for (const axis of axes) dimension(shape, axis);
    if (elementCount(shape) === 0) throw new RangeError('an empty tensor cannot be reduced');
    if (keepDims) return [shape.map((size, axis) => (axes.includes(axis) ? 1 : size))];
    return [shape.filter((_, axis) => !axes.includes(axis))];
  },

  violations({ kind, axes }, inputs, outputs) {
    const all = [...inputs, ...outputs];
    return firstOf(
      () => arity(inputs, 1, outputs),
      () =>
        axes.every((axis, i) => Number.isInteger(axis) && axis > (axes[i - 1] ?? -1))
          ? []
          : [`axes ${axes.join(',')} must be ascending and not negative`],
      () => sameDtype(all, everyDtype),
      () => oneArithmetic(all),
      () => halfViolations(at(inputs, 0), kind === 'max' || kind === 'min', kind),
      () => (at(inputs, 0).dtype === 'bool' && kind !== 'max' && kind !== 'min' ? [`bools have no ${kind}`] : []),
      () => {
        if (arithmeticOf(at(inputs, 0)) !== 'quantized') return [];
        if (kind === 'product') return ['a product of quantized elements is not supported; keep it in float32'];
        if (kind === 'max' || kind === 'min') return sameQuantization(all);
        return scaleRatioFits(at(inputs, 0), at(outputs, 0));
      },
    );
  },

  evaluate(attributes, inputs, outputs, rounding) {
    const input = at(inputs, 0);
    const output = zeros(at(outputs, 0));
    const { kind } = attributes;
    const arithmetic = arithmeticOf(input.type);
    const round = roundingOf(input.type.dtype);
    if (arithmetic === 'whole') {
      evaluateWhole(attributes, input, output);
    } else if (arithmetic === 'real' || kind === 'max' || kind === 'min') {
      const finish: Join = kind === 'mean' ? (sum, count) => sum / count : (value) => value;
      joinAll(attributes, input, (a, b) => zipReal(joinOf[kind], a, b, round), finish, output);
    } else {
      const { offset, factor, outputZero, bounds } = reduceConstants(attributes, input.type, output.type, rounding);
      const finish = (sum: number) => clampTo(requantize((sum + offset) | 0, factor, rounding) + outputZero, bounds);
      joinAll(attributes, input, (a, b) => a + b, finish, output);
    }
    return [output];
  },

  cost: (_, inputs) => ({ macs: 0, elements: elementCount(at(inputs, 0).shape) }),
};
