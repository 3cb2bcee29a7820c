import { elementCount } from '../../../tensor/shape.ts';
import { damaged, type Hdf5Bytes, notRead, textOf } from './cursor.ts';
import { type Hdf5Type, readDataspace, readDatatype } from './datatype.ts';
import { type Message, messageType } from './messages.ts';

/** Strings of an attribute that may be read: names of the weights of a large model. */
const stringLimit = 2 ** 20;

/** The strings of the attribute `name`, in order; null where there is no such attribute or it holds no text. */
export function readTexts(file: Hdf5Bytes, messages: readonly Message[], name: string): string[] | null {
  for (const { type, at, size } of messages) {
    if (type !== messageType.attribute) continue;
    const parts = attributeParts(file, at);
    if (parts.name !== name) continue;
    const shape = readDataspace(file, parts.space);
    const count = shape === null ? 0 : elementCount(shape);
    const datatype = readDatatype(file, parts.type);
    if (!(count <= stringLimit) || parts.data + count * datatype.bytes > at + size) {
      throw damaged(`the attribute "${name}" is larger than its message`);
    }
    return texts(file, parts.data, datatype, count);
  }
  return null;
}

interface AttributeParts {
  readonly name: string;
  readonly type: number;
  readonly space: number;
  readonly data: number;
}

/** An attribute message (section IV.A.2.m): sizes, name, datatype, dataspace, data; version 1 pads each part to 8 bytes. */
function attributeParts(file: Hdf5Bytes, at: number): AttributeParts {
  const version = file.u8(at);
  if (version < 1 || version > 3) throw damaged(`an attribute at byte ${at} has the version ${version}`);
  if (version > 1 && file.u8(at + 1) !== 0) throw notRead('an attribute shares its datatype');
  const padded = (bytes: number) => (version === 1 ? Math.ceil(bytes / 8) * 8 : bytes);
  const name = at + (version === 3 ? 9 : 8);
  const type = name + padded(file.u16(at + 2));
  const space = type + padded(file.u16(at + 4));
  return { name: file.text(name, file.u16(at + 2)), type, space, data: space + padded(file.u16(at + 6)) };
}

function texts(file: Hdf5Bytes, at: number, type: Hdf5Type, count: number): string[] | null {
  if (type.kind === 'text') {
    return Array.from({ length: count }, (_, i) => {
      const text = textOf(file.slice(at + i * type.bytes, type.bytes));
      return type.padding === 'space' ? text.trimEnd() : text;
    });
  }
  if (type.kind !== 'long-text') return null;
  let totalBytes = 0;
  return Array.from({ length: count }, (_, i) => {
    const [length, collection, index] = [file.u32(at + 16 * i), file.u64(at + 16 * i + 4), file.u32(at + 16 * i + 12)];
    totalBytes += length;
    if (totalBytes > 2 * file.length) throw damaged('its attributes refer to the same text again and again');
    return length === 0 ? '' : textOf(heapObject(file, collection, index).subarray(0, length));
  });
}

/** An object of a global heap (section III.E). */
function heapObject(file: Hdf5Bytes, collection: number, index: number): Uint8Array {
  file.expect(collection, 'GCOL');
  const end = collection + file.u64(collection + 8);
  for (let at = collection + 16; at + 16 <= end; ) {
    const [found, size] = [file.u16(at), file.u64(at + 8)];
    if (found === index) return file.slice(at + 16, size);
    if (found === 0) break;
    at += 16 + Math.ceil(size / 8) * 8;
  }
  throw damaged(`text ${index} is not in the heap at byte ${collection}`);
}
