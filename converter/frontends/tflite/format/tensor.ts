import { type BufferTable, bufferBytes } from './buffers.ts';
import { dtypeFacts, dtypeOf, elementCount, type TfliteDtype } from './dtype.ts';
import type { TfliteQuantization, TfliteTensor } from './model.ts';
import { tensorPlace } from './place.ts';
import { listNumbers, type ProblemList } from './problems.ts';
import type { Decoded } from './schema/schema.ts';

/** No tensor may need more bytes than this. */
export const tensorBytesLimit = 2 ** 31;

const exportAgain = 'the file is damaged or was edited wrongly: export it again';

/** Resolves a tensor and checks shape, data length and quantization parameters against each other. */
export function readTensor(
  raw: Decoded<'Tensor'>,
  index: number,
  prefix: string,
  table: BufferTable,
  problems: ProblemList,
): TfliteTensor {
  const place = prefix + tensorPlace({ index, name: raw.name });
  const dtype = dtypeOf(raw.type);
  const shape = checkShape(raw, dtype, place, problems);
  const sparsity = raw.sparsity !== null;
  return {
    index,
    name: raw.name,
    dtype,
    shape,
    shapeSignature: raw.shape_signature.length === 0 ? null : raw.shape_signature,
    quantization: readQuantization(raw, dtype, shape, place, problems),
    isVariable: raw.is_variable,
    data: readData(raw, dtype, shape, sparsity, place, table, problems),
    sparsity,
  };
}

/** Returns the shape, or [] where it is faulty, so that nothing further is derived from it. */
function checkShape(
  raw: Decoded<'Tensor'>,
  dtype: TfliteDtype,
  place: string,
  problems: ProblemList,
): readonly number[] {
  const { shape, shape_signature: signature } = raw;
  const say = (what: string, advice: string): readonly number[] => {
    problems.add({ code: 'tflite-shape', where: place, what, advice });
    return [];
  };
  if (shape.some((dim) => dim < 0)) {
    return say(`shape ${listNumbers(shape)} has a negative dimension`, 'export the model with fixed input shapes');
  }
  if (signature.length > 0 && (signature.length !== shape.length || signature.some((dim) => dim < -1))) {
    return say(`shape signature ${listNumbers(signature)} does not belong to shape ${listNumbers(shape)}`, exportAgain);
  }
  const byteLength = (elementCount(shape) * (dtypeFacts[dtype].bits ?? 8)) / 8;
  if (byteLength > tensorBytesLimit) {
    return say(
      `shape ${listNumbers(shape)} of ${dtype} needs more than ${tensorBytesLimit} bytes`,
      'give the model smaller input shapes, or export it again if the file is damaged',
    );
  }
  return shape;
}

function readData(
  raw: Decoded<'Tensor'>,
  dtype: TfliteDtype,
  shape: readonly number[],
  sparsity: boolean,
  place: string,
  table: BufferTable,
  problems: ProblemList,
): Uint8Array | null {
  if (raw.external_buffer !== 0) {
    problems.add({
      code: 'tflite-external-data',
      where: place,
      what: 'its data lies in another file',
      advice: 'export the model as one file',
    });
    return null;
  }
  const data = bufferBytes(table, raw.buffer, place, problems);
  // A constant without elements has a buffer of its own, with nothing in it; buffer 0 stands for no data.
  if (data === null) return raw.buffer !== 0 && shape.includes(0) ? new Uint8Array(0) : null;
  const { bits } = dtypeFacts[dtype];
  if (bits === null || sparsity || shape !== raw.shape) return data;
  const expected = Math.ceil((elementCount(shape) * bits) / 8);
  if (expected !== data.length) {
    problems.add({
      code: 'tflite-data-size',
      where: place,
      what: `shape ${listNumbers(shape)} of ${dtype} needs ${expected} bytes, but its data has ${data.length}`,
      advice: exportAgain,
    });
  }
  return data;
}

const none: TfliteQuantization = { kind: 'none' };

function readQuantization(
  raw: Decoded<'Tensor'>,
  dtype: TfliteDtype,
  shape: readonly number[],
  place: string,
  problems: ProblemList,
): TfliteQuantization {
  const parameters = raw.quantization;
  if (parameters === null) return none;
  if (parameters.details !== null) return { kind: 'other', scheme: parameters.details.type };
  const scales = parameters.scale;
  if (scales.length === 0) return none;
  // An absent vector of zero points stands for symmetric parameters.
  const zeroPoints = parameters.zero_point.length === 0 ? scales.map(() => 0) : parameters.zero_point;
  const axis = quantizedAxis(shape, scales.length, parameters.quantized_dimension);
  const fault = affineFault(dtype, scales, zeroPoints) ?? (axis === null && shape === raw.shape ? 'axis' : null);
  if (fault === null) return { kind: 'affine', scales, zeroPoints, axis: axis ?? 0 };
  // Scales left on floating-point and string tensors mean nothing; integers cannot be read without them.
  if (dtypeFacts[dtype].range === null) return none;
  const what =
    fault === 'axis'
      ? `${scales.length} scales along dimension ${parameters.quantized_dimension} do not fit shape ${listNumbers(shape)}`
      : fault;
  problems.add({
    code: 'tflite-quantization',
    where: place,
    what,
    advice: 'quantize the model again with a representative data set, or export it again',
  });
  return none;
}

/**
 * The dimension that per-channel scales run along: 0 for a single scale, and null when there is no such dimension. A vector has
 * only one dimension to offer, so there the number in the file does not matter; real files have biases with 3.
 */
function quantizedAxis(shape: readonly number[], scaleCount: number, dimension: number): number | null {
  if (scaleCount === 1) return 0;
  const axis = shape.length === 1 ? 0 : dimension;
  return shape[axis] === scaleCount ? axis : null;
}

/** What is wrong with scales or zero points, or null. */
function affineFault(dtype: TfliteDtype, scales: readonly number[], zeroPoints: readonly number[]): string | null {
  if (scales.length !== zeroPoints.length) return `it has ${scales.length} scales but ${zeroPoints.length} zero points`;
  const badScale = scales.findIndex((scale) => !(scale > 0 && scale < Infinity));
  if (badScale >= 0) return `scale ${badScale} is ${scales[badScale]}; scales must be finite and above 0`;
  const range = dtypeFacts[dtype].range;
  if (range === null) return null;
  const badPoint = zeroPoints.findIndex((point) => point < range[0] || point > range[1]);
  if (badPoint < 0) return null;
  return `zero point ${badPoint} is ${zeroPoints[badPoint]}, outside ${dtype} (${range[0]} to ${range[1]})`;
}
