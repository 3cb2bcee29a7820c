import { fail } from './file.ts';
import {
  countElements,
  type InputDType,
  type InputSpec,
  type Sample,
  sampleDataFromBytes,
  sampleTypeBytes,
  showSpec,
} from './sample.ts';

/** What raw files can be said to hold. */
export const rawTypes = ['float32', 'int8', 'uint8', 'int16', 'int32'] as const satisfies readonly InputDType[];

/** A raw file holds elements of the input's own type, unless it is said to hold others. */
export function rawSpec(spec: InputSpec, rawType: InputDType | null): InputSpec {
  return rawType === null || rawType === spec.dtype ? spec : { ...spec, dtype: rawType, scale: null, zeroPoint: null };
}

/** How many samples of `spec` a raw file of `byteLength` bytes holds. Throws ProblemError unless it is a whole number above 0. */
export function countRawSamples(byteLength: number, spec: InputSpec, where: string): number {
  const sampleBytes = countElements(spec.shape) * sampleTypeBytes[spec.dtype];
  const count = byteLength / sampleBytes;
  if (Number.isInteger(count) && count > 0) return count;
  const wanted = `${sampleBytes} bytes for input "${spec.name}" (${showSpec(spec)})`;
  const fitting = rawTypes.filter((dtype) => byteLength === countElements(spec.shape) * sampleTypeBytes[dtype]);
  const types = fitting.length === 0 ? '' : `; or say what it holds: --raw-type ${fitting.join(' or ')}`;
  const advice = `give ${wanted}, little-endian, or a multiple of it${types}`;
  return fail('raw-size', where, `it has ${byteLength} bytes`, advice);
}

/**
 * Sample `index` of a raw file: little-endian bytes in the model's own dtype and shape.
 * Throws ProblemError where the file is not made of whole samples.
 */
export function readRaw(bytes: Uint8Array, spec: InputSpec, where: string, index = 0): Sample {
  countRawSamples(bytes.length, spec, where);
  const sampleBytes = countElements(spec.shape) * sampleTypeBytes[spec.dtype];
  const data = sampleDataFromBytes(spec.dtype, bytes.subarray(index * sampleBytes, (index + 1) * sampleBytes));
  return { dtype: spec.dtype, shape: spec.shape, data };
}
