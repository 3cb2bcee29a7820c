import { dtypeBytes, integerRange } from '../tensor/dtype.ts';
import { float16ToNumber, numberToFloat16 } from '../tensor/float16.ts';
import { scaleAt, zeroPointAt } from '../tensor/quantization.ts';
import {
  type FixedPointMultiplier,
  quantizeMultiplier,
  type Rounding,
  requantize,
  roundHalfAway,
} from '../tensor/requantize.ts';
import { roundHalfEven } from '../tensor/round-half-even.ts';
import { elementCount } from '../tensor/shape.ts';
import { numericData, storeElement, type Tensor, type TensorType, wholeData, zeros } from '../tensor/tensor.ts';
import { arithmeticOf, fillReal, halfViolations, oneArithmetic, realElements, roundingOf } from './arithmetic.ts';
import { arity, everyDtype, firstOf, sameDtype, scaleRatioFits } from './check.ts';
import { at, type Clamp, noClamp, type OpDefinition } from './definition.ts';
import { hardSwishFactorFits, hardSwishStored, isHardSwish } from './hard-swish.ts';
import { clampTo, type IntegerBounds, integerClamp } from './quantized.ts';
import { evaluateExpression, type ScalarExpression } from './scalar-expression.ts';
import { evaluateWholeExpression, wholeFault } from './whole-expression.ts';

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

/**
 * Functions that are computed in integers, from d = stored input - zero point, with R = requantize:
 *
 * - `clamp`: R(d, factor) + zero within `bounds` (TFLite `QuantizedReluX`)
 * - `leaky`: R(d, d < 0 ? leak : factor) + zero (`QuantizeLeakyRelu`)
 * - `abs`: R(|d|, factor) + zero (`AbsEvalQuantized`)
 */
export type IntegerMap = {
  readonly inputZero: number;
  readonly zero: number;
  readonly bounds: IntegerBounds;
  readonly factor: FixedPointMultiplier;
} & ({ readonly kind: 'clamp' | 'abs' } | { readonly kind: 'leaky'; readonly leak: FixedPointMultiplier });

/** The integer form of a function of quantized numbers, or null for those that have none. */
export function integerMap(
  expression: ScalarExpression,
  input: TensorType,
  output: TensorType,
  rounding: Rounding,
): IntegerMap | null {
  const inputScale = scaleAt(input.quantization, 0);
  const outputScale = scaleAt(output.quantization, 0);
  const common = {
    inputZero: zeroPointAt(input.quantization, 0),
    zero: zeroPointAt(output.quantization, 0),
    bounds: integerClamp(noClamp, output),
    factor: quantizeMultiplier(Math.fround(inputScale / outputScale), rounding),
  };
  const clamp = clampOf(expression);
  if (clamp !== null) return { ...common, kind: 'clamp', bounds: integerClamp(clamp, output) };
  if (expression.kind === 'unary' && expression.fn === 'abs' && expression.of.kind === 'x') {
    return { ...common, kind: 'abs' };
  }
  const slope = leakySlopeOf(expression);
  if (slope === null) return null;
  const scaled = Math.fround(inputScale * Math.fround(slope));
  const leak = quantizeMultiplier(Math.fround(scaled / outputScale), rounding);
  return { ...common, kind: 'leaky', leak };
}

/** One result of the integer form: what every back end computes. */
export function integerMapStored(form: IntegerMap, stored: number, rounding: Rounding): number {
  const difference = stored - form.inputZero;
  const factor = form.kind === 'leaky' && difference < 0 ? form.leak : form.factor;
  const value = form.kind === 'abs' ? Math.abs(difference) : difference;
  return clampTo(requantize(value, factor, rounding) + form.zero, form.bounds);
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
  if (rounding === 'float' && input.dtype !== 'int16') {
    // What DequantizeLinear, the function and QuantizeLinear of ONNX give.
    return (stored) => {
      const y = evaluateExpression(expression, Math.fround(inputScale * (stored - inputZero)));
      const steps = roundHalfEven(Math.fround(y / outputScale));
      return Number.isNaN(steps) ? outputZero : clampTo(steps + outputZero, range);
    };
  }
  const form = integerMap(expression, input, output, rounding);
  if (form !== null) return (stored) => integerMapStored(form, stored, rounding);
  if (isHardSwish(expression) && input.dtype !== 'int16') return hardSwishStored(input, output);
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
 * ReLUs, leaky ReLUs and absolute values are requantized in integers (see {@link IntegerMap}), the hard swish is computed in
 * 16 bits (TFLite `HardSwish`); everything else is
 * evaluated in float32 and rounded (TFLite `LUTPopulate`, which the reference kernels of tanh and logistic use too). Under `float` everything
 * is evaluated in float32, but for int16, which ONNX models do not have here.
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

/** Whole elements: every step wraps around at the width of the dtype. */
function evaluateWhole(expression: ScalarExpression, input: Tensor, output: Tensor): void {
  const { dtype } = input.type;
  const bits = 8 * dtypeBytes[dtype];
  const wrap = (value: bigint) => (dtype.startsWith('u') ? BigInt.asUintN(bits, value) : BigInt.asIntN(bits, value));
  const x = wholeData(input);
  for (let i = 0; i < x.length; i++) {
    storeElement(output.data, i, evaluateWholeExpression(expression, at<bigint>(x, i), wrap));
  }
}

function wholeViolations(expression: ScalarExpression, type: TensorType): string[] {
  if (arithmeticOf(type) !== 'whole') return [];
  const fault = type.dtype === 'bool' ? 'a function of numbers' : wholeFault(expression);
  return fault === null ? [] : [`a map of ${type.dtype}: ${fault}`];
}

/** Whether the result needs no more digits than x: signs, whole parts, and limits that float16 has. */
function keepsPrecision(expression: ScalarExpression): boolean {
  switch (expression.kind) {
    case 'x':
      return true;
    case 'constant':
      return Object.is(float16ToNumber(numberToFloat16(expression.value)), expression.value);
    case 'unary':
      return ['neg', 'abs', 'sign', 'floor', 'ceil', 'round'].includes(expression.fn) && keepsPrecision(expression.of);
    case 'binary':
      return (
        (expression.fn === 'max' || expression.fn === 'min') &&
        keepsPrecision(expression.a) &&
        keepsPrecision(expression.b)
      );
  }
}

/** Real numbers, whole numbers of any dtype, or int8, uint8 and int16 with one scale each. */
export const map: OpDefinition<MapAttributes> = {
  inputNames: ['input'],
  variadic: false,
  channelRule: () => 'keeps',

  outputShapes: (_, inputs) => [at(inputs, 0).shape],

  violations({ expression }, inputs, outputs) {
    return firstOf(
      () => arity(inputs, 1, outputs),
      () => sameDtype([...inputs, ...outputs], everyDtype),
      () => oneArithmetic([...inputs, ...outputs]),
      () => wholeViolations(expression, at(inputs, 0)),
      () => halfViolations(at(inputs, 0), keepsPrecision(expression), 'a function'),
      () => scaleRatioFits(at(inputs, 0), at(outputs, 0)),
      () => (isHardSwish(expression) ? hardSwishFactorFits(at(inputs, 0), at(outputs, 0)) : []),
    );
  },

  evaluate({ expression }, inputs, outputs, rounding) {
    const input = at(inputs, 0);
    const output = zeros(at(outputs, 0));
    const { dtype } = input.type;
    const arithmetic = arithmeticOf(input.type);
    if (arithmetic === 'whole') {
      evaluateWhole(expression, input, output);
    } else if (arithmetic === 'real') {
      const x = realElements(input);
      const round = roundingOf(dtype);
      fillReal(output, (i) => evaluateExpression(expression, at(x, i), round));
    } else {
      const x = numericData(input);
      const y = numericData(output);
      const table =
        x.length > 256 && dtype !== 'int16' ? mapTable(expression, input.type, output.type, rounding) : null;
      const f = storedFunction(expression, input.type, output.type, rounding);
      for (let i = 0; i < x.length; i++) y[i] = table === null ? f(at(x, i)) : at(table, at(x, i) & 255);
    }
    return [output];
  },

  cost: (_, __, outputs) => ({ macs: 0, elements: elementCount(at(outputs, 0).shape) }),
};
