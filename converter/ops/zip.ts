import { isBigData } from '../tensor/dtype.ts';
import { broadcastOffsets } from '../tensor/layout.ts';
import { scaleAt, zeroPointAt } from '../tensor/quantization.ts';
import { type FixedPointMultiplier, quantizeMultiplier, type Rounding, requantize } from '../tensor/requantize.ts';
import { roundHalfEven } from '../tensor/round-half-even.ts';
import { broadcastShapes, dimension, elementCount, formatShape } from '../tensor/shape.ts';
import { type Tensor, type TensorType, wholeData, zeros } from '../tensor/tensor.ts';
import { arithmeticOf, fillReal, halfViolations, oneArithmetic, realElements, roundingOf } from './arithmetic.ts';
import { arity, everyDtype, factorFits, firstOf, sameDtype, sameQuantization } from './check.ts';
import { at, type Clamp, type OpDefinition } from './definition.ts';
import { clampTo, type IntegerBounds, integerClamp } from './quantized.ts';
import { isRealFunction, type WholeZipFunction, type ZipFunction, zipReal, zipWhole } from './zip-function.ts';

export type { ZipFunction };

/** Elementwise function of two tensors, with NumPy broadcasting, then the clamp. */
export interface ZipAttributes {
  readonly fn: ZipFunction;
  readonly clamp: Clamp;
}

/**
 * Integer form of a quantized zip. a and b are stored integers; the result is clamped to `bounds` in every case.
 *
 * - `rescaled` (add, sub under `exact`, and of int16; TFLite `reference/integer_ops/add.h`): with R = requantize `exact`,
 *   y = R(R((a - aZero) << leftShift, aFactor) ± R((b - bZero) << leftShift, bFactor), factor) + zero.
 * - `linear` (8-bit add, sub under `single`): y = (a * aWeight + b * bWeight + offset) >> shift, all in int32 without overflow;
 *   zero points, rounding and the sign of a subtraction are inside.
 * - `real` (int8 add, sub under `float`; onnxruntime `mlas/lib/qladd.cpp`): y = round((a * aRatio + fixed) + b * bRatio), every step
 *   in float32, ties to even; zero points and the sign of a subtraction are inside.
 * - `product` (mul): y = requantize((a - aZero) * (b - bZero), factor) + zero.
 * - `select` (max, min): operands and result share scale and zero point.
 */
export type ZipConstants = { readonly bounds: IntegerBounds } & (
  | {
      readonly kind: 'rescaled';
      readonly leftShift: number;
      readonly aZero: number;
      readonly bZero: number;
      readonly aFactor: FixedPointMultiplier;
      readonly bFactor: FixedPointMultiplier;
      readonly subtract: boolean;
      readonly factor: FixedPointMultiplier;
      readonly zero: number;
    }
  | {
      readonly kind: 'linear';
      readonly aWeight: number;
      readonly bWeight: number;
      readonly offset: number;
      readonly shift: number;
    }
  | { readonly kind: 'real'; readonly aRatio: number; readonly bRatio: number; readonly fixed: number }
  | {
      readonly kind: 'product';
      readonly aZero: number;
      readonly bZero: number;
      readonly factor: FixedPointMultiplier;
      readonly zero: number;
    }
  | { readonly kind: 'select'; readonly fn: 'max' | 'min' }
);

/** The constants of an 8- or 16-bit zip. Throws TypeError for functions without an integer form. */
export function zipConstants(
  { fn, clamp }: ZipAttributes,
  a: TensorType,
  b: TensorType,
  output: TensorType,
  rounding: Rounding,
): ZipConstants {
  const bounds = integerClamp(clamp, output);
  switch (fn) {
    case 'max':
    case 'min':
      return { kind: 'select', fn, bounds };
    case 'mul':
      return { ...productConstants(a, b, output, rounding), bounds };
    case 'add':
    case 'sub':
      if (rounding === 'float' && output.dtype === 'int8')
        return { ...realConstants(fn === 'sub', a, b, output), bounds };
      if (rounding === 'single' && output.dtype !== 'int16')
        return { ...linearConstants(fn === 'sub', a, b, output), bounds };
      return { ...rescaledConstants(fn === 'sub', a, b, output), bounds };
    default:
      throw new TypeError(`${fn} has no integer form`);
  }
}

/** TFLite `mul.cc`: the factor is a product and quotient in float32. */
function productConstants(a: TensorType, b: TensorType, output: TensorType, rounding: Rounding) {
  const product = Math.fround(scaleAt(a.quantization, 0) * scaleAt(b.quantization, 0));
  return {
    kind: 'product',
    aZero: zeroPointAt(a.quantization, 0),
    bZero: zeroPointAt(b.quantization, 0),
    factor: quantizeMultiplier(Math.fround(product / scaleAt(output.quantization, 0)), rounding),
    zero: zeroPointAt(output.quantization, 0),
  } as const;
}

/** TFLite `add.cc` and `sub.cc`: both operands go to a common scale of twice the larger one, 20 (int16: 15) bits up. */
function rescaledConstants(subtract: boolean, a: TensorType, b: TensorType, output: TensorType) {
  const leftShift = output.dtype === 'int16' ? 15 : 20;
  const aScale = scaleAt(a.quantization, 0);
  const bScale = scaleAt(b.quantization, 0);
  const common = 2 * Math.max(aScale, bScale);
  return {
    kind: 'rescaled',
    leftShift,
    aZero: zeroPointAt(a.quantization, 0),
    bZero: zeroPointAt(b.quantization, 0),
    aFactor: quantizeMultiplier(aScale / common),
    bFactor: quantizeMultiplier(bScale / common),
    subtract,
    factor: quantizeMultiplier(common / (2 ** leftShift * scaleAt(output.quantization, 0))),
    zero: zeroPointAt(output.quantization, 0),
  } as const;
}

/**
 * The largest shift (at most 24) for which no sum leaves int32: with |a|, |b|, |zero points| <= m,
 * 2m (|aWeight| + |bWeight|) + (m + 1) 2^shift < 2^31.
 */
function linearConstants(subtract: boolean, a: TensorType, b: TensorType, output: TensorType) {
  const magnitude = output.dtype === 'int8' ? 128 : output.dtype === 'uint8' ? 256 : 32768;
  const outputScale = scaleAt(output.quantization, 0);
  const aRatio = scaleAt(a.quantization, 0) / outputScale;
  const bRatio = scaleAt(b.quantization, 0) / outputScale;
  const bound = 2 * magnitude * (aRatio + bRatio) + magnitude + 1;
  const shift = Math.max(1, Math.min(24, Math.floor(31 - Math.log2(bound) - 1e-3)));
  const aWeight = Math.round(aRatio * 2 ** shift);
  const bWeight = (subtract ? -1 : 1) * Math.round(bRatio * 2 ** shift);
  const zeros = aWeight * zeroPointAt(a.quantization, 0) + bWeight * zeroPointAt(b.quantization, 0);
  const offset = zeroPointAt(output.quantization, 0) * 2 ** shift + 2 ** (shift - 1) - zeros;
  return { kind: 'linear', aWeight, bWeight, offset, shift } as const;
}

function realConstants(subtract: boolean, a: TensorType, b: TensorType, output: TensorType) {
  const f = Math.fround;
  const outputScale = scaleAt(output.quantization, 0);
  const aRatio = f(scaleAt(a.quantization, 0) / outputScale);
  const bRatio = f(scaleAt(b.quantization, 0) / outputScale) * (subtract ? -1 : 1);
  const zeros = f(f(aRatio * zeroPointAt(a.quantization, 0)) + f(bRatio * zeroPointAt(b.quantization, 0)));
  return { kind: 'real', aRatio, bRatio, fixed: f(zeroPointAt(output.quantization, 0) - zeros) } as const;
}

/** One result of a quantized zip: what every back end computes. */
export function zipStored(constants: ZipConstants, a: number, b: number, rounding: Rounding): number {
  return clampTo(zipUnclamped(constants, a, b, rounding), constants.bounds);
}

function zipUnclamped(c: ZipConstants, a: number, b: number, rounding: Rounding): number {
  switch (c.kind) {
    case 'select':
      return c.fn === 'max' ? Math.max(a, b) : Math.min(a, b);
    case 'product':
      return requantize((a - c.aZero) * (b - c.bZero), c.factor, rounding) + c.zero;
    case 'real':
      return roundHalfEven(Math.fround(Math.fround(Math.fround(a * c.aRatio) + c.fixed) + Math.fround(b * c.bRatio)));
    case 'linear':
      return (a * c.aWeight + b * c.bWeight + c.offset) >> c.shift;
    case 'rescaled': {
      const left = requantize((a - c.aZero) * 2 ** c.leftShift, c.aFactor, 'exact');
      const right = requantize((b - c.bZero) * 2 ** c.leftShift, c.bFactor, 'exact');
      return requantize(c.subtract ? left - right : left + right, c.factor, 'exact') + c.zero;
    }
  }
}

/** Whole elements wrap around at the width of their dtype; a clamp, which int32 alone has, comes after that. */
function evaluateWhole(fn: WholeZipFunction, clamp: Clamp, a: Tensor, b: Tensor, output: Tensor): void {
  const aAt = broadcastOffsets(a.type.shape, output.type.shape);
  const bAt = broadcastOffsets(b.type.shape, output.type.shape);
  const [x, z, y] = [wholeData(a), wholeData(b), output.data];
  for (let i = 0; i < y.length; i++) {
    const whole = zipWhole(fn, at(x, at(aAt, i)), at(z, at(bAt, i)));
    if (isBigData(y)) y[i] = whole;
    else if (output.type.dtype === 'int32') y[i] = clampTo(Number(BigInt.asIntN(32, whole)), clamp);
    else y[i] = Number(BigInt.asIntN(32, whole));
  }
}

function evaluateNumbers(output: Tensor, a: Tensor, b: Tensor, f: (a: number, b: number) => number): void {
  const aAt = broadcastOffsets(a.type.shape, output.type.shape);
  const bAt = broadcastOffsets(b.type.shape, output.type.shape);
  const [x, z] = [realElements(a), realElements(b)];
  fillReal(output, (i) => f(at(x, at(aAt, i)), at(z, at(bAt, i))));
}

/** The constants of {@link zipConstants} stay within 32 bits. The sum is that of `linearConstants`, the larger of the two forms. */
function zipFactorViolations(fn: ZipFunction, a: TensorType, b: TensorType, output: TensorType): string[] {
  const [aScale, bScale, scale] = [a, b, output].map((type) => scaleAt(type.quantization, 0));
  if (aScale === undefined || bScale === undefined || scale === undefined) return [];
  if (fn === 'mul')
    return factorFits(Math.fround(aScale * bScale) / scale, 'the product of the input scales / output scale');
  const magnitude = 2 ** (output.dtype === 'int8' ? 8 : output.dtype === 'uint8' ? 9 : 16);
  return factorFits((magnitude * (aScale + bScale)) / scale, `${magnitude} x (sum of the input scales) / output scale`);
}

/** Clamps are for numbers that float32 or int32 hold. */
function clampViolations({ min, max }: Clamp, { dtype, quantization }: TensorType): string[] {
  const bounded = min !== Number.NEGATIVE_INFINITY || max !== Number.POSITIVE_INFINITY;
  const known = dtype.startsWith('float') || dtype === 'int32' || quantization.kind !== 'none';
  return bounded && !known ? [`a clamp on ${dtype} is not supported`] : [];
}

function functionViolations(fn: ZipFunction, type: TensorType): string[] {
  switch (arithmeticOf(type)) {
    case 'real':
      if (!isRealFunction(fn)) return [`${fn} takes whole numbers, not ${type.dtype}`];
      return halfViolations(type, fn === 'max' || fn === 'min' || fn === 'rem', fn);
    case 'whole':
      return fn === 'atan2' ? [`atan2 takes real numbers, not ${type.dtype}`] : [];
    case 'quantized': {
      if (['add', 'sub', 'mul', 'max', 'min'].includes(fn)) return [];
      const what = fn === 'div' ? 'division' : fn;
      return [`${what} of quantized tensors is not supported; keep it in float32`];
    }
  }
}

/** Real and whole numbers of any dtype, or int8, uint8 and int16 with one scale each (then sums, products and extremes). */
export const zip: OpDefinition<ZipAttributes> = {
  inputNames: ['a', 'b'],
  variadic: false,

  channelRule(_, inputs) {
    const [a, b] = [at(inputs, 0).shape, at(inputs, 1).shape];
    if (a.length === 0 || b.length === 0) return 'opaque';
    return dimension(a, -1) === dimension(b, -1) ? 'keeps' : 'opaque';
  },

  outputShapes(_, inputs) {
    const [a, b] = [at(inputs, 0).shape, at(inputs, 1).shape];
    const shape = broadcastShapes(a, b);
    if (shape === null) throw new RangeError(`shapes ${formatShape(a)} and ${formatShape(b)} do not broadcast`);
    return [shape];
  },

  violations({ fn, clamp }, inputs, outputs) {
    const all = [...inputs, ...outputs];
    return firstOf(
      () => arity(inputs, 2, outputs),
      () => sameDtype(all, everyDtype),
      () => oneArithmetic(all),
      () => clampViolations(clamp, at(outputs, 0)),
      () => functionViolations(fn, at(inputs, 0)),
      () => {
        if (arithmeticOf(at(inputs, 0)) !== 'quantized') return [];
        if (fn === 'max' || fn === 'min') return sameQuantization(all);
        return zipFactorViolations(fn, at(inputs, 0), at(inputs, 1), at(outputs, 0));
      },
    );
  },

  evaluate(attributes, inputs, outputs, rounding) {
    const [a, b] = [at(inputs, 0), at(inputs, 1)];
    const { fn, clamp } = attributes;
    const output = zeros(at(outputs, 0));
    const arithmetic = arithmeticOf(output.type);
    if (arithmetic === 'real' && isRealFunction(fn)) {
      const round = roundingOf(output.type.dtype);
      evaluateNumbers(output, a, b, (p, q) => clampTo(zipReal(fn, p, q, round), clamp));
    } else if (arithmetic === 'whole' && fn !== 'atan2') {
      evaluateWhole(fn, clamp, a, b, output);
    } else {
      const constants = zipConstants(attributes, a.type, b.type, output.type, rounding);
      evaluateNumbers(output, a, b, (p, q) => zipStored(constants, p, q, rounding));
    }
    return [output];
  },

  cost: (_, __, outputs) => ({ macs: 0, elements: elementCount(at(outputs, 0).shape) }),
};
