import { ByteBuffer } from 'flatbuffers';
import { ProblemError } from '../../../problem.ts';
import type { ScalarName } from './schema/schema.ts';

/** A table whose place, vtable and size have been checked. Positions are byte offsets in the file. */
export interface TableRef {
  readonly position: number;
  readonly byteLength: number;
  readonly vtable: number;
  readonly vtableBytes: number;
}

/** A vector or string whose extent has been checked. */
export interface VectorRef {
  /** Position of the first element. */
  readonly position: number;
  readonly length: number;
}

const depthLimit = 32;
const tableLimit = 1 << 20;
const damaged = 'the file is damaged or was not written by a TFLite converter: download or export it again';

/**
 * Reads the FlatBuffers encoding (tables, vtables, vectors, strings, offsets) from bytes nobody vouches for. Every access
 * is checked against the end of the file before it is made. The total work is bounded by the size of the file: tables that are
 * reached by many offsets count every time, against the number of tables that a file of this size can hold.
 *
 * All methods throw a {@link ProblemError} (`tflite-truncated`, `tflite-malformed`, `tflite-overlap`) that names the byte and
 * the path to it.
 */
export class FlatReader {
  readonly bytes: Uint8Array;
  readonly #buffer: ByteBuffer;
  readonly #text = new TextDecoder('utf-8', { ignoreBOM: true });
  /** Names and indices from the root to the value being read, for messages. */
  readonly #path: (string | number)[] = [];
  #depth = 0;
  #tablesLeft: number;
  #vectorBytesLeft: number;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.#buffer = new ByteBuffer(bytes);
    // The smallest table is four bytes, and so is the offset that leads to it.
    this.#tablesLeft = Math.min(tableLimit, 16 + (bytes.length >> 3));
    // Builders may share equal strings and vectors, so some bytes are honestly read more than once.
    this.#vectorBytesLeft = 4 * bytes.length + 4096;
  }

  /** `subgraphs[0].tensors[3].name` */
  get path(): string {
    const text = this.#path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${part}`)).join('');
    return text.startsWith('.') ? text.slice(1) : text || 'root';
  }

  /** Runs `read` with `part` appended to {@link path}. */
  within<T>(part: string | number, read: () => T): T {
    this.#path.push(part);
    const value = read();
    this.#path.pop();
    return value;
  }

  /** The scalar at a position that {@link table} or {@link vector} has checked. Doubles for 64-bit integers. */
  scalar(type: ScalarName, position: number): number | boolean {
    const buffer = this.#buffer;
    switch (type) {
      case 'bool':
        return buffer.readUint8(position) !== 0;
      case 'byte':
        return buffer.readInt8(position);
      case 'ubyte':
        return buffer.readUint8(position);
      case 'ushort':
        return buffer.readUint16(position);
      case 'int':
        return buffer.readInt32(position);
      case 'uint':
        return buffer.readUint32(position);
      case 'float':
        return buffer.readFloat32(position);
      case 'long':
        return Number(buffer.readInt64(position));
      case 'ulong':
        return Number(buffer.readUint64(position));
      default:
        return type satisfies never;
    }
  }

  /** Follows the unsigned 32-bit offset at `position`, which is relative to that position. */
  follow(position: number): number {
    this.#require(position, 4);
    const offset = this.#buffer.readUint32(position);
    if (offset === 0) this.#malformed(position, 'the offset is 0');
    return position + offset;
  }

  /** Checks the table at `position`, and runs `read` one level deeper. */
  table<T>(position: number, read: (table: TableRef) => T): T {
    if (this.#tablesLeft-- <= 0) this.#overlap('tables');
    if (++this.#depth > depthLimit) this.#malformed(position, `tables are nested more than ${depthLimit} deep`);
    this.#align(position, 4, 'a table');
    this.#require(position, 4);
    const vtable = position - this.#buffer.readInt32(position);
    if (vtable < 0) this.#malformed(position, 'its vtable would begin before the file');
    this.#align(vtable, 2, 'a vtable');
    this.#require(vtable, 4);
    const vtableBytes = this.#buffer.readUint16(vtable);
    const byteLength = this.#buffer.readUint16(vtable + 2);
    if (vtableBytes < 4 || vtableBytes % 2 !== 0) this.#malformed(vtable, `a vtable cannot have ${vtableBytes} bytes`);
    if (byteLength < 4) this.#malformed(vtable, `a table cannot have ${byteLength} bytes`);
    this.#require(vtable, vtableBytes);
    this.#require(position, byteLength);
    const value = read({ position, byteLength, vtable, vtableBytes });
    this.#depth--;
    return value;
  }

  /** Position of field `id` with `byteLength` bytes, or null when the table does not have it. */
  field(table: TableRef, id: number, byteLength: number): number | null {
    const entry = 4 + 2 * id;
    if (entry >= table.vtableBytes) return null;
    const offset = this.#buffer.readUint16(table.vtable + entry);
    if (offset === 0) return null;
    if (offset < 4 || offset + byteLength > table.byteLength) {
      this.#malformed(table.vtable + entry, `field offset ${offset} lies outside a table of ${table.byteLength} bytes`);
    }
    return table.position + offset;
  }

  /** Checks the vector whose length lies at `position`. */
  vector(position: number, elementBytes: number): VectorRef {
    this.#align(position, 4, 'a vector');
    this.#require(position, 4);
    const length = this.#buffer.readUint32(position);
    this.#require(position + 4, length * elementBytes);
    return { position: position + 4, length };
  }

  /** Counts the elements of a vector that are about to be copied. */
  charge(byteLength: number): void {
    this.#vectorBytesLeft -= byteLength;
    if (this.#vectorBytesLeft < 0) this.#overlap('vectors');
  }

  /** The string at `position`; ill-formed UTF-8 is replaced. */
  string(position: number): string {
    const { position: start, length } = this.vector(position, 1);
    this.charge(length);
    return this.#text.decode(this.bytes.subarray(start, start + length));
  }

  #require(position: number, byteLength: number): void {
    const end = position + byteLength;
    if (end <= this.bytes.length) return;
    throw new ProblemError({
      code: 'tflite-truncated',
      where: `byte ${position} (${this.path})`,
      what: `bytes ${position} to ${end} are needed, but the file has ${this.bytes.length}`,
      advice: 'the file is damaged or was cut short: download or export it again',
    });
  }

  #align(position: number, alignment: number, what: string): void {
    if (position % alignment !== 0) this.#malformed(position, `${what} must begin at a multiple of ${alignment}`);
  }

  #malformed(position: number, what: string): never {
    throw new ProblemError({
      code: 'tflite-malformed',
      where: `byte ${position} (${this.path})`,
      what,
      advice: damaged,
    });
  }

  #overlap(what: string): never {
    throw new ProblemError({
      code: 'tflite-overlap',
      where: this.path,
      what: `the file has ${this.bytes.length} bytes but refers to more ${what} than fit into it`,
      advice: damaged,
    });
  }
}
