import { elementCount } from '../../../tensor/shape.ts';
import { inflateExactly } from '../inflate.ts';
import { damaged, type Hdf5Bytes, notRead, undefinedAddress } from './cursor.ts';
import { decodeNumbers, type Hdf5Type, readDataspace, readDatatype } from './datatype.ts';
import { treeLeaves } from './links.ts';
import { type Message, messageType } from './messages.ts';

/** The numbers of a dataset, row-major. */
export interface Hdf5Numbers {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

/** Largest dataset that is read, in elements. */
const elementLimit = 2 ** 27;

/** Reads a dataset from the messages of its object header, or null where the object is none. */
export function readDataset(file: Hdf5Bytes, messages: readonly Message[]): Hdf5Numbers | null {
  const find = (type: number) => messages.find((message) => message.type === type);
  const [space, datatype, layout] = [find(messageType.dataspace), find(messageType.datatype), find(messageType.layout)];
  if (space === undefined || datatype === undefined || layout === undefined) return null;
  const shape = readDataspace(file, space.at) ?? [0];
  const type = readDatatype(file, datatype.at);
  const elements = elementCount(shape);
  if (!(elements <= elementLimit)) throw damaged(`a dataset has the shape ${shape.join('x')}`);
  const filters = find(messageType.filters);
  const bytes = readLayout(file, layout.at, shape, type, filters === undefined ? [] : readFilters(file, filters.at));
  return { shape, data: decodeNumbers(type, bytes) };
}

/** A data layout message (section IV.A.2.i). */
function readLayout(
  file: Hdf5Bytes,
  at: number,
  shape: readonly number[],
  type: Hdf5Type,
  filters: readonly Filter[],
): Uint8Array {
  const version = file.u8(at);
  const layout = file.u8(at + 1);
  const size = elementCount(shape) * type.bytes;
  if (version !== 3 && version !== 4) throw notRead(`a dataset has a layout of version ${version}`);
  if (layout === 0) {
    if (file.u16(at + 2) < size) throw damaged('a dataset is shorter than its shape');
    return file.slice(at + 4, size);
  }
  if (layout === 1) {
    const address = file.u64(at + 2);
    if (size === 0) return new Uint8Array(0);
    if (address === undefinedAddress || file.u64(at + 10) < size) throw damaged('a dataset was never written');
    return file.slice(address, size);
  }
  if (layout === 2 && version === 3) return readChunks(file, at, shape, type, filters);
  throw notRead("a dataset has a layout of the newest kind (h5py's libver='latest')");
}

/** Chunks of one size in a B-tree; each key holds the stored bytes, skipped filters and the place of a chunk. */
function readChunks(
  file: Hdf5Bytes,
  at: number,
  shape: readonly number[],
  type: Hdf5Type,
  filters: readonly Filter[],
): Uint8Array {
  const rank = shape.length;
  if (file.u8(at + 2) !== rank + 1 || rank === 0) throw damaged('a dataset and its chunks differ in dimensions');
  const chunk = shape.map((_, axis) => file.u32(at + 11 + 4 * axis));
  const chunkBytes = elementCount(chunk) * type.bytes;
  const expected = shape.reduce((product, size, axis) => product * Math.ceil(size / (chunk[axis] ?? 1)), 1);
  const totalBytes = elementCount(shape) * type.bytes;
  const leaves = [...treeLeaves(file, file.u64(at + 3), 8 + 8 * (rank + 1), 32)];
  if (chunk.includes(0) || leaves.length !== expected || expected * chunkBytes > 8 * totalBytes + 2 ** 20) {
    throw damaged('a dataset has not the chunks that its shape wants');
  }
  if (totalBytes > 1032 * file.length) throw damaged(`a dataset has the shape ${shape.join('x')}`);
  const result = new Uint8Array(totalBytes);
  const seen = new Set<string>();
  for (const { key, child } of leaves) {
    const [storedBytes, skipped] = [file.u32(key), file.u32(key + 4)];
    if (skipped !== 0) throw notRead('a dataset has chunks without some of its filters');
    const origin = shape.map((_, axis) => file.u64(key + 8 + 8 * axis));
    if (origin.some((start, axis) => start % (chunk[axis] ?? 1) !== 0 || start >= (shape[axis] ?? 0))) {
      throw damaged('a chunk lies outside of its dataset');
    }
    seen.add(origin.join());
    const bytes = unfilter(file.slice(child, storedBytes), filters, chunkBytes);
    copyChunk(bytes, chunk, origin, result, shape, type.bytes);
  }
  if (seen.size !== expected) throw damaged('two chunks of a dataset lie on each other');
  return result;
}

/** Copies the part of a chunk that lies inside of the dataset, row by row. */
function copyChunk(
  from: Uint8Array,
  chunk: readonly number[],
  origin: readonly number[],
  to: Uint8Array,
  shape: readonly number[],
  elementBytes: number,
): void {
  const inside = chunk.map((size, axis) => Math.min(size, (shape[axis] ?? 0) - (origin[axis] ?? 0)));
  const row = inside.at(-1) ?? 1;
  const rows = elementCount(inside.slice(0, -1));
  for (let index = 0; index < rows; index++) {
    let [left, source, target] = [index, 0, 0];
    const place = inside.slice(0, -1).map(() => 0);
    for (let axis = place.length - 1; axis >= 0; axis--) {
      const size = inside[axis] ?? 1;
      place[axis] = left % size;
      left = Math.floor(left / size);
    }
    for (let axis = 0; axis < chunk.length; axis++) {
      source = source * (chunk[axis] ?? 1) + (place[axis] ?? 0);
      target = target * (shape[axis] ?? 1) + (origin[axis] ?? 0) + (place[axis] ?? 0);
    }
    const bytes = from.subarray(source * elementBytes, (source + row) * elementBytes);
    to.set(bytes, target * elementBytes);
  }
}

interface Filter {
  readonly id: number;
  readonly values: readonly number[];
}

/** A filter pipeline message (section IV.A.2.l). */
function readFilters(file: Hdf5Bytes, start: number): Filter[] {
  const version = file.u8(start);
  const count = file.u8(start + 1);
  let at = start + (version === 1 ? 8 : 2);
  return Array.from({ length: count }, () => {
    const id = file.u16(at);
    const hasName = version === 1 || id >= 256;
    const nameBytes = hasName ? file.u16(at + 2) : 0;
    at += hasName ? 4 : 2;
    const valueCount = file.u16(at + 2);
    at += 4 + (version === 1 ? Math.ceil(nameBytes / 8) * 8 : nameBytes);
    const values = Array.from({ length: valueCount }, (_, i) => file.u32(at + 4 * i));
    at += 4 * valueCount + (version === 1 && valueCount % 2 === 1 ? 4 : 0);
    return { id, values };
  });
}

/** Undoes the filters of a chunk, last first: 1 is deflate, 2 shuffle. */
function unfilter(stored: Uint8Array, filters: readonly Filter[], size: number): Uint8Array {
  let bytes = stored;
  for (const { id, values } of [...filters].reverse()) {
    if (id === 1) {
      const inflated = inflateExactly(bytes, 'zlib', size);
      if (inflated === null) throw damaged('a compressed chunk cannot be unpacked');
      bytes = inflated;
    } else if (id === 2) {
      bytes = unshuffle(bytes, values[0] ?? 1);
    } else {
      throw notRead(`a dataset is packed with filter ${id}`);
    }
  }
  if (bytes.length !== size) throw damaged(`a chunk has ${bytes.length} bytes instead of ${size}`);
  return bytes;
}

/** All first bytes of the elements stand together, then all second bytes, and so on. */
function unshuffle(bytes: Uint8Array, width: number): Uint8Array {
  const count = Math.floor(bytes.length / Math.max(1, width));
  const result = bytes.slice();
  for (let i = 0; i < count; i++) {
    for (let k = 0; k < width; k++) result[i * width + k] = bytes[k * count + i] ?? 0;
  }
  return result;
}
