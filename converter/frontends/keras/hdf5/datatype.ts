import { float16ToNumber } from '../../../tensor/float16.ts';
import { damaged, type Hdf5Bytes, notRead } from './cursor.ts';

/** Element types that Keras writes. */
export type Hdf5Type =
  | { readonly kind: 'float' | 'signed' | 'unsigned'; readonly bytes: number; readonly bigEndian: boolean }
  | { readonly kind: 'text'; readonly bytes: number; readonly padding: 'zero' | 'space' }
  /** Text of any length, kept in a global heap. */
  | { readonly kind: 'long-text'; readonly bytes: 16 }
  /** Anything else: known to be there, refused when it is wanted. */
  | { readonly kind: 'other'; readonly bytes: number; readonly name: string };

const classNames = ['integer', 'float', 'time', 'text', 'bit field', 'opaque', 'compound', 'reference', 'enumeration'];

/** A datatype message (section IV.A.2.d). */
export function readDatatype(file: Hdf5Bytes, at: number): Hdf5Type {
  const kind = file.u8(at) & 0x0f;
  const bits = file.u8(at + 1);
  const bytes = file.u32(at + 4);
  if (bytes === 0) throw damaged(`the datatype at byte ${at} has no size`);
  const bigEndian = (bits & 1) !== 0;
  switch (kind) {
    case 0:
      if (![1, 2, 4, 8].includes(bytes) || file.u16(at + 8) !== 0 || file.u16(at + 10) !== 8 * bytes) break;
      return { kind: (bits & 8) === 0 ? 'unsigned' : 'signed', bytes, bigEndian };
    case 1:
      return isIeee(file, at, bytes)
        ? { kind: 'float', bytes, bigEndian }
        : { kind: 'other', bytes, name: `float of ${bytes} bytes` };
    case 3:
      return { kind: 'text', bytes, padding: (bits & 0x0f) === 2 ? 'space' : 'zero' };
    case 9:
      if ((bits & 0x0f) === 1 && bytes === 16) return { kind: 'long-text', bytes };
      return { kind: 'other', bytes, name: 'list of variable length' };
  }
  return { kind: 'other', bytes, name: classNames[kind] ?? `class ${kind}` };
}

/** Sizes of exponent and mantissa of IEEE 754 numbers by their bytes. */
const ieee: ReadonlyMap<number, readonly [exponent: number, mantissa: number]> = new Map([
  [2, [5, 10]],
  [4, [8, 23]],
  [8, [11, 52]],
]);

function isIeee(file: Hdf5Bytes, at: number, bytes: number): boolean {
  const wanted = ieee.get(bytes);
  return wanted !== undefined && file.u8(at + 13) === wanted[0] && file.u8(at + 15) === wanted[1];
}

/** The dimensions of a dataspace message (section IV.A.2.b); null for one without elements. */
export function readDataspace(file: Hdf5Bytes, at: number): number[] | null {
  const version = file.u8(at);
  const rank = file.u8(at + 1);
  if (version !== 1 && version !== 2) throw damaged(`the dataspace at byte ${at} has the version ${version}`);
  if (version === 2 && file.u8(at + 3) === 2) return null;
  if (rank > 32) throw damaged(`the dataspace at byte ${at} has ${rank} dimensions`);
  const first = at + (version === 1 ? 8 : 4);
  return Array.from({ length: rank }, (_, axis) => file.u64(first + 8 * axis));
}

/** `bytes` as numbers; the caller has checked that they are as many as the type's elements need. */
export function decodeNumbers(type: Hdf5Type, bytes: Uint8Array): Float64Array {
  if (type.kind === 'text' || type.kind === 'long-text') throw damaged('text stands where numbers are expected');
  if (type.kind === 'other') throw notRead(`numbers are stored as ${type.name}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const read = reader(view, type.kind, type.bytes, !type.bigEndian);
  return Float64Array.from({ length: bytes.length / type.bytes }, (_, i) => read(i * type.bytes));
}

function reader(view: DataView, kind: 'float' | 'signed' | 'unsigned', bytes: number, little: boolean) {
  if (kind === 'float') {
    if (bytes === 2) return (at: number) => float16ToNumber(view.getUint16(at, little));
    return bytes === 4 ? (at: number) => view.getFloat32(at, little) : (at: number) => view.getFloat64(at, little);
  }
  const isSigned = kind === 'signed';
  switch (bytes) {
    case 1:
      return (at: number) => (isSigned ? view.getInt8(at) : view.getUint8(at));
    case 2:
      return (at: number) => (isSigned ? view.getInt16(at, little) : view.getUint16(at, little));
    case 4:
      return (at: number) => (isSigned ? view.getInt32(at, little) : view.getUint32(at, little));
    default:
      return (at: number) => Number(isSigned ? view.getBigInt64(at, little) : view.getBigUint64(at, little));
  }
}
