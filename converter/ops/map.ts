import { integerRange, isQuantizedDType } from '../tensor/dtype.ts';
import { scaleAt, zeroPointAt } from '../tensor/quantization.ts';
import { quantizeMultiplier, type Rounding, requantize, roundHalfAway, roundHalfEven } from '../tensor/requantize.ts';
import { elementCount } from '../tensor/shape.ts';
import { numericData, type TensorType, zeros } from '../tensor/tensor.ts';
import { arity, firstOf, quantizedPerTensor, sameDtype, scaleRatioFits } from './check.ts';
import { at, type Clamp, noClamp, type OpDefinition } from './definition.ts';
import { hardSwishFactorFits, hardSwishStored, isHardSwish } from './hard-swish.ts';
import { clampTo, integerClamp } from './quantized.ts';
import { evaluateExpression, type ScalarExpression } from './scalar-expression.ts';

/** Elementwise function of one tensor, y = f(x). On int8 it is a table of 256 entries. */
export interface MapAttributes {
  readonly expression: ScalarExpression;
}

/** The bounds of a chain of max and min with constants around x (ReLU, ReLU6, clip), or null for anything else. */
export function clampOf(expression: ScalarExpression): Clamp | null {
  if (expression.kind === 'x') return noClamp;
  if (expression.kind !== 'binary' || (expression.fn !== 'max' && expression.fn !== 'min')) return null;
  const { fn, a, b } = expression;
  const bound = a.kind === 'constant' ? a.value : b.kind === 'constant' ? b.value : null;
  const inner = clampOf(a.kind === 'constant' ? b : a);
  if (bound === null || inner === null) return null;
  if (fn === 'max') return { min: Math.max(inner.min, bound), max: Math.max(inner.max, bound) };
  return { min: Math.min(inner.min, bound), max: Math.min(inner.max, bound) };
}

/** The slope c of a leaky ReLU max(x, c * x) with 0 <= c <= 1, or null for anything else. */
export function leakySlopeOf(expression: ScalarExpression): number | null {
  if (expression.kind !== 'binary' || expression.fn !== 'max' || expression.a.kind !== 'x') return null;
  const scaled = expression.b;
  if (scaled.kind !== 'binary' || scaled.fn !== 'mul' || scaled.a.kind !== 'x' || scaled.b.kind !== 'constant')
    return null;
  const slope = scaled.b.value;
  return slope >= 0 && slope <= 1 ? slope : null;
}

/** The stored output for a stored input, as the TFLite kernel of such a function computes it. */
function storedFunction(
  expression: ScalarExpression,
  input: TensorType,
  output: TensorType,
  rounding: Rounding,
): (stored: number) => number {
  const inputScale = scaleAt(input.quantization, 0);
  const inputZero = zeroPointAt(input.quantization, 0);
  const outputScale = scaleAt(output.quantization, 0);
  const outputZero = zeroPointAt(output.quantization, 0);
  const range = integerClamp(noClamp, output);
  if (rounding === 'float') {
    // What DequantizeLinear, the function and QuantizeLinear of ONNX give.
    return (stored) => {
      const y = evaluateExpression(expression, Math.fround(inputScale * (stored - inputZero)));
      const steps = roundHalfEven(Math.fround(y / outputScale));
      return Number.isNaN(steps) ? outputZero : clampTo(steps + outputZero, range);
    };
  }
  const identity = quantizeMultiplier(Math.fround(inputScale / outputScale), rounding);

  const clamp = clampOf(expression);
  if (clamp !== null) {
    const bounds = integerClamp(clamp, output);
    return (stored) => clampTo(requantize(stored - inputZero, identity, rounding) + outputZero, bounds);
  }
  if (isHardSwish(expression) && input.dtype !== 'int16') return hardSwishStored(input, output);
  const slope = leakySlopeOf(expression);
  if (slope !== null) {
    const scaled = Math.fround(inputScale * Math.fround(slope));
    const leak = quantizeMultiplier(Math.fround(scaled / outputScale), rounding);
    return (stored) =>
      clampTo(requantize(stored - inputZero, stored >= inputZero ? identity : leak, rounding) + outputZero, range);
  }
  const inverseScale = Math.fround(1 / outputScale);
  return (stored) => {
    const y = evaluateExpression(expression, Math.fround(inputScale * (stored - inputZero)));
    const steps = roundHalfAway(Math.fround(y * inverseScale));
    return Number.isNaN(steps) ? outputZero : clampTo(Math.fround(steps + outputZero), range);
  };
}

/**
 * The function on 8-bit tensors as a table of 256 stored outputs, indexed by the stored input as an unsigned byte
 * (`x & 255`); for uint8 outputs the entries are the bit patterns.
 *
 * ReLUs and leaky ReLUs are requantized in integers (TFLite `QuantizedReluX`, `QuantizeLeakyRelu`), the hard swish is computed in
 * 16 bits (TFLite `HardSwish`); everything else is
 * evaluated in float32 and rounded (TFLite `LUTPopulate`, which the reference kernels of tanh and logistic use too). Under `float` everything
 * is evaluated in float32.
 */
export function mapTable(
  expression: ScalarExpression,
  input: TensorType,
  output: TensorType,
  rounding: Rounding,
): Int8Array {
  const f = storedFunction(expression, input, output, rounding);
  const { min } = integerRange[input.dtype === 'uint8' ? 'uint8' : 'int8'];
  const table = new Int8Array(256);
  for (let stored = min; stored < min + 256; stored++) table[stored & 255] = f(stored);
  return table;
}

/** float32, int32 (the result is truncated), or int8, uint8 and int16 with one scale each. */
export const map: OpDefinition<MapAttributes> = {
  inputNames: ['input'],
  variadic: false,
  channelRule: () => 'keeps',

  outputShapes: (_, inputs) => [at(inputs, 0).shape],

  violations({ expression }, inputs, outputs) {
    return firstOf(
      () => arity(inputs, 1, outputs),
      () => sameDtype([...inputs, ...outputs], ['float32', 'int8', 'uint8', 'int16', 'int32']),
      () => quantizedPerTensor([...inputs, ...outputs]),
      () => scaleRatioFits(at(inputs, 0), at(outputs, 0)),
      () => (isHardSwish(expression) ? hardSwishFactorFits(at(inputs, 0), at(outputs, 0)) : []),
    );
  },

  evaluate({ expression }, inputs, outputs, rounding) {
    const input = at(inputs, 0);
    const output = zeros(at(outputs, 0));
    const x = numericData(input);
    const y = numericData(output);
    const { dtype } = input.type;
    const f =
      isQuantizedDType(dtype) && dtype !== 'int32'
        ? storedFunction(expression, input.type, output.type, rounding)
        : (value: number) => evaluateExpression(expression, value);
    if (x.length > 256 && (dtype === 'int8' || dtype === 'uint8')) {
      const table = mapTable(expression, input.type, output.type, rounding);
      for (let i = 0; i < x.length; i++) y[i] = at(table, at(x, i) & 255);
    } else {
      for (let i = 0; i < x.length; i++) y[i] = f(at(x, i));
    }
    return [output];
  },

  cost: (_, __, outputs) => ({ macs: 0, elements: elementCount(at(outputs, 0).shape) }),
};
