import type { ExternalData } from './external-data.ts';
import { type OnnxDtype, type OnnxTensor, onnxDtype, onnxDtypeBits } from './model.ts';
import { damage, tensorPlace } from './problems.ts';
import { type TensorProto, type Whole, wholeOf } from './proto.ts';

/** No tensor, constant or computed, may need more bytes than this: 2 GiB, protobuf's own limit for a file. */
export const tensorBytesLimit = 2 ** 31;

/** Reads one kind of tensor; `where` names it in problems. */
export type ReadTensor = (proto: TensorProto, where?: string) => OnnxTensor;

/**
 * Reads a tensor in any of the encodings: raw bytes, or one of the typed lists. The number of elements present must be the product
 * of the dimensions.
 *
 * @param external where elements in other files are found; null where there are no other files
 * @throws ProblemError where it is not
 */
export function readTensor(
  proto: TensorProto,
  where: string = tensorPlace(proto.name),
  external: ExternalData | null = null,
): OnnxTensor {
  const dtype = onnxDtype(proto.dataType);
  if (dtype === null) throw damage(where, `its element type has the number ${proto.dataType}, which means nothing`);
  if (proto.segment != null) throw damage(where, 'it is a segment of a larger tensor');
  const shape = readDims(proto.dims, where);
  const count = shape.reduce((product, size) => product * size, 1);
  if ((count * onnxDtypeBits[dtype]) / 8 > tensorBytesLimit) {
    throw damage(where, `it claims ${count} elements, more than a file can hold`);
  }
  const isExternal = proto.dataLocation === 1 || proto.externalData.length > 0;
  if (dtype === 'string') return { name: proto.name, dtype, shape, bytes: null };
  const expected = Math.ceil((count * onnxDtypeBits[dtype]) / 8);
  if (isExternal) {
    if (external === null) throw damage(where, 'its elements are in another file');
    // A missing file is told by the caller, once for all of its tensors.
    return { name: proto.name, dtype, shape, bytes: external.bytes(proto.externalData, expected, where) };
  }
  const bytes = proto.rawData.length > 0 ? proto.rawData : listedBytes(proto, dtype, expected);
  if (bytes.length !== expected) {
    throw damage(
      where,
      `its shape ${shape.join('x')} of ${dtype} wants ${expected} bytes, the file has ${bytes.length}`,
    );
  }
  return { name: proto.name, dtype, shape, bytes };
}

/** Dimensions of a stored tensor. */
export function readDims(dims: readonly Whole[], where: string): number[] {
  return dims.map((dim) => {
    const size = Number(wholeOf(dim));
    if (size < 0 || size > tensorBytesLimit) throw damage(where, `it has a dimension of ${size}`);
    return size;
  });
}

type Write = (view: DataView, offset: number, value: number) => void;

/** Where the elements of each type are listed when they are not raw (onnx.proto, TensorProto). */
function listedBytes(proto: TensorProto, dtype: OnnxDtype, expected: number): Uint8Array {
  switch (dtype) {
    case 'float':
      return written(proto.floatData, 4, (view, at, value) => view.setFloat32(at, value, true));
    case 'complex64':
      return written(proto.floatData, 4, (view, at, value) => view.setFloat32(at, value, true));
    case 'double':
    case 'complex128':
      return written(proto.doubleData, 8, (view, at, value) => view.setFloat64(at, value, true));
    case 'int64':
      return wide(proto.int64Data);
    case 'uint64':
      return wide(proto.uint64Data);
    case 'uint32':
      return written(
        proto.uint64Data.map((value) => Number(wholeOf(value))),
        4,
        setInt32,
      );
    case 'int32':
      return written(proto.int32Data, 4, setInt32);
    case 'uint16':
    case 'int16':
    case 'float16':
    case 'bfloat16':
      return written(proto.int32Data, 2, (view, at, value) => view.setInt16(at, value, true));
    default:
      // Types below 8 bits are packed: one element of the list is one byte, whether it holds two elements or four.
      return written(proto.int32Data.slice(0, expected + 1), 1, (view, at, value) => view.setInt8(at, value));
  }
}

const setInt32: Write = (view, at, value) => view.setInt32(at, value, true);

function written(values: readonly number[], size: number, write: Write): Uint8Array {
  const bytes = new Uint8Array(values.length * size);
  const view = new DataView(bytes.buffer);
  values.forEach((value, i) => {
    write(view, i * size, value);
  });
  return bytes;
}

function wide(values: readonly Whole[]): Uint8Array {
  const bytes = new Uint8Array(values.length * 8);
  const view = new DataView(bytes.buffer);
  values.forEach((value, i) => {
    view.setBigInt64(i * 8, wholeOf(value), true);
  });
  return bytes;
}
