import { float16ToNumber, numberToFloat16 } from '../../converter/tensor/float16.ts';
import { fail } from './file.ts';
import { fitShape } from './fit-shape.ts';
import { channelStride, type PictureLayout } from './layout.ts';
import { applyPreprocess, type Preprocess } from './preprocess.ts';
import {
  allocateSampleData,
  type InputSpec,
  type IntegerInput,
  integerLimits,
  isIntegerInput,
  type Sample,
  type SampleDataOf,
  showSpec,
} from './sample.ts';

/** How the values of a file become values of the input. */
export interface Conversion {
  /** Declared arithmetic, null for none. */
  readonly preprocess: Preprocess | null;
  /** Integers are the quantized values themselves. Excludes `preprocess`. */
  readonly raw: boolean;
  /** Needed where a shape is ambiguous, null to infer it. */
  readonly layout: PictureLayout | null;
}

/**
 * `sample` as data of the input, by the first rule that fits:
 *
 * 1. `raw`: integer values are taken as they are; they must lie in the input's range.
 * 2. Without declared arithmetic, data of exactly the input's dtype is taken as it is.
 * 3. uint8 data for another dtype, and integer data of another dtype for a quantized input, has no meaning by itself:
 *    arithmetic (or `raw`) must be declared.
 * 4. The declared arithmetic is applied to the values as real numbers. Then a quantized input gets
 *    clamp(round(x / scale) + zeroPoint) with ties away from zero, in float32 as TFLite's reference Quantize does; an
 *    integer input wants whole numbers in its range; a bool input 0 or 1; a float input the nearest float.
 *
 * The shape must fit, see `shapesFit`. Throws ProblemError; `where` names the file.
 */
export function convertSample(sample: Sample, spec: InputSpec, conversion: Conversion, where: string): Sample {
  const { preprocess, raw, layout } = conversion;
  const fitted = fitShape(sample, spec, where);
  if (preprocess === null && sample.dtype === spec.dtype) return fitted;
  if (raw) {
    if (!isIntegerInput(spec.dtype))
      return fail('sample-raw', where, `the input is ${showSpec(spec)}`, 'leave out --raw');
    return { ...fitted, dtype: spec.dtype, data: wholeNumbers(fitted, spec.dtype, where) };
  }
  if (preprocess === null) requireMeaning(sample, spec, where);
  if (preprocess === null && isIntegerInput(spec.dtype) && spec.scale === null) {
    return { ...fitted, dtype: spec.dtype, data: wholeNumbers(fitted, spec.dtype, where) };
  }
  const channels = Math.max(preprocess?.mean.length ?? 1, preprocess?.std.length ?? 1);
  const stride = channels > 1 ? channelStride(spec, channels, layout) : 1;
  const values = realValues(fitted);
  const real = preprocess === null ? values : applyPreprocess(values, preprocess, stride);
  return { dtype: spec.dtype, shape: spec.shape, data: storeReal(real, spec, where) };
}

/** Rule 3 of {@link convertSample}. */
function requireMeaning(sample: Sample, spec: InputSpec, where: string): void {
  const isInteger = !sample.dtype.startsWith('float') && sample.dtype !== 'bool';
  const open = sample.dtype === 'uint8' || (isInteger && spec.scale !== null);
  if (!open) return;
  const what = `it holds ${sample.dtype} values, but input "${spec.name}" is ${showSpec(spec)}`;
  const byRange =
    'declare their range with --pixels 0..1, -1..1, 0..255 or -128..127 (or --scale, --offset, --mean, --std)';
  const advice = isIntegerInput(spec.dtype) ? `${byRange}, or --raw to take the integers as they are` : byRange;
  fail('sample-meaning', where, what, advice);
}

/** Values of `sample` as float64. 64-bit integers beyond 2^53 are rounded. */
function realValues(sample: Sample): Float64Array {
  const out = new Float64Array(sample.data.length);
  for (let i = 0; i < out.length; i++) {
    const value = Number(sample.data[i] ?? 0);
    out[i] = sample.dtype === 'float16' ? float16ToNumber(value) : value;
  }
  return out;
}

/** Integer values, exactly; ProblemError where a value is no integer or out of range. */
function wholeNumbers<T extends IntegerInput>(sample: Sample, dtype: T, where: string): SampleDataOf[T] {
  const { min, max } = integerLimits[dtype];
  const out = allocateSampleData(dtype, sample.data.length);
  const isFloat = sample.dtype.startsWith('float');
  const source = isFloat ? realValues(sample) : sample.data;
  for (let i = 0; i < out.length; i++) {
    const value = source[i] ?? 0;
    const fits = typeof value === 'bigint' || Number.isInteger(value) ? value >= min && value <= max : false;
    if (!fits) {
      const what = `element ${i} is ${value}, which is no ${dtype} value`;
      fail('sample-range', where, what, `give whole numbers from ${min} to ${max}`);
    }
    out[i] = dtype === 'int64' || dtype === 'uint64' ? BigInt(value) : Number(value);
  }
  return out;
}

/** Rule 4 of {@link convertSample}. */
function storeReal(values: Float64Array, spec: InputSpec, where: string): Sample['data'] {
  const { dtype } = spec;
  if (dtype === 'float32') return Float32Array.from(values);
  if (dtype === 'float64') return values;
  if (dtype === 'float16') return Uint16Array.from(values, numberToFloat16);
  const asSample: Sample = { dtype: 'float64', shape: spec.shape, data: values };
  if (dtype === 'bool') {
    const bad = values.findIndex((value) => value !== 0 && value !== 1);
    if (bad >= 0) fail('sample-range', where, `element ${bad} is ${values[bad]}`, 'give 0 or 1 for a bool input');
    return Uint8Array.from(values);
  }
  if (spec.scale === null) return wholeNumbers(asSample, dtype, where);
  return quantize(values, spec.scale, spec.zeroPoint ?? 0, dtype, where);
}

/** clamp(round(x / scale) + zeroPoint), ties away from zero, division in float32. ProblemError for NaN. */
export function quantize<T extends IntegerInput>(
  values: Float64Array,
  scale: number,
  zeroPoint: number,
  dtype: T,
  where: string,
): SampleDataOf[T] {
  const min = Number(integerLimits[dtype].min);
  const max = Number(integerLimits[dtype].max);
  const out = allocateSampleData(dtype, values.length);
  const divisor = Math.fround(scale);
  for (const [i, value] of values.entries()) {
    if (Number.isNaN(value)) fail('sample-range', where, `element ${i} is not a number`, 'give finite values');
    const ratio = Math.fround(Math.fround(value) / divisor);
    const rounded = ratio < 0 ? -Math.round(-ratio) : Math.round(ratio);
    const clamped = Math.min(max, Math.max(min, rounded + zeroPoint));
    out[i] = dtype === 'int64' || dtype === 'uint64' ? BigInt(clamped) : clamped;
  }
  return out;
}
