import { fail } from './file.ts';
import {
  countElements,
  type Sample,
  type SampleType,
  sampleDataFromBytes,
  sampleTypeBytes,
  showShape,
} from './sample.ts';

const types: { readonly [code: number]: SampleType } = {
  8: 'uint8',
  9: 'int8',
  11: 'int16',
  12: 'int32',
  13: 'float32',
  14: 'float64',
};

/** Whether `bytes` begin like an idx file: two zero bytes, a type, 1 to 8 dimensions. */
export function looksLikeIdx(bytes: Uint8Array): boolean {
  const rank = bytes[3] ?? 0;
  return bytes[0] === 0 && bytes[1] === 0 && (bytes[2] ?? 0) in types && rank >= 1 && rank <= 8;
}

/**
 * The array of an idx file (MNIST's format, big-endian; http://yann.lecun.com/exdb/mnist/, "THE IDX FILE FORMAT").
 * Throws ProblemError for anything malformed.
 */
export function readIdx(bytes: Uint8Array, where: string): Sample {
  const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
  const advice = isGzip ? 'it is compressed: unpack it with gunzip first' : 'give a file such as images-idx3-ubyte';
  if (!looksLikeIdx(bytes)) return fail('idx-header', where, 'this is not an idx file', advice);
  const rank = bytes[3] ?? 0;
  const dtype = types[bytes[2] ?? 0] ?? 'uint8';
  const dataStart = 4 + 4 * rank;
  if (bytes.length < dataStart) return fail('idx-size', where, 'the header is cut short', 'copy the file again');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const shape = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis));
  const wantedBytes = countElements(shape) * sampleTypeBytes[dtype];
  const foundBytes = bytes.length - dataStart;
  if (wantedBytes !== foundBytes) {
    const what = `${dtype} ${showShape(shape)} needs ${wantedBytes} bytes but ${foundBytes} follow the header`;
    return fail('idx-size', where, what, 'copy the file again');
  }
  return { dtype, shape, data: sampleDataFromBytes(dtype, bytes.subarray(dataStart), true) };
}
