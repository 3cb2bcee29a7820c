import { type OnnxTensor, onnxDtypeBits } from './model.ts';
import { damage } from './problems.ts';
import type { SparseTensorProto } from './proto.ts';
import { type ReadTensor, readDims, tensorBytesLimit } from './tensor.ts';

/** A dense copy of a sparse tensor may need this many bytes: a small file must not unfold into a huge one. */
const denseBytesLimit = 2 ** 28;

/**
 * Reads a sparse tensor (onnx.proto, SparseTensorProto) into a dense one.
 *
 * @param where of a tensor without a name
 * @throws ProblemError where values, places and dimensions do not fit together
 */
export function readSparseTensor(proto: SparseTensorProto, where: string, read: ReadTensor): OnnxTensor {
  if (proto.values == null || proto.indices == null) throw damage(where, 'it lacks its values or their places');
  const place = proto.values.name === '' ? where : `sparse tensor "${proto.values.name}"`;
  const values = read(proto.values, place);
  const shape = readDims(proto.dims, place);
  const count = shape.reduce((product, size) => product * size, 1);
  const elementBytes = onnxDtypeBits[values.dtype] / 8;
  if (values.bytes === null || elementBytes < 1) throw damage(place, `its values are of type ${values.dtype}`);
  if (count * elementBytes > Math.min(denseBytesLimit, tensorBytesLimit)) {
    throw damage(place, `it has ${count} elements, more than are unfolded`);
  }
  const places = placesOf(read(proto.indices, place), shape, values.shape, place);
  const bytes = new Uint8Array(count * elementBytes);
  for (const [i, at] of places.entries()) {
    bytes.set(values.bytes.subarray(i * elementBytes, (i + 1) * elementBytes), at * elementBytes);
  }
  return { name: values.name, dtype: values.dtype, shape, bytes };
}

/** The position of each value in the dense tensor; ascending, as the format wants it, so that none comes twice. */
function placesOf(indices: OnnxTensor, shape: readonly number[], values: readonly number[], place: string): number[] {
  const [count = 0, rank] = indices.shape;
  const fits =
    indices.dtype === 'int64' &&
    values.length === 1 &&
    count === values[0] &&
    (indices.shape.length === 1 || rank === shape.length);
  if (!fits || indices.shape.length > 2 || indices.bytes === null)
    throw damage(place, 'its places do not fit its values');
  const view = new DataView(indices.bytes.buffer, indices.bytes.byteOffset, indices.bytes.byteLength);
  const at = (i: number) => Number(view.getBigInt64(i * 8, true));
  const total = shape.reduce((product, size) => product * size, 1);
  const found: number[] = [];
  for (let i = 0; i < count; i++) {
    const position =
      rank === undefined
        ? at(i)
        : shape.reduce((sum, size, axis) => checked(at(i * rank + axis), size, place) + sum * size, 0);
    if (checked(position, total, place) <= (found.at(-1) ?? -1)) throw damage(place, 'its places are not ascending');
    found.push(position);
  }
  return found;
}

function checked(position: number, size: number, place: string): number {
  if (position >= 0 && position < size) return position;
  throw damage(place, `it has a value at position ${position} of ${size}`);
}
