import { InternalError } from '../../../problem.ts';

const initialCapacityBytes = 256;
const utf8 = new TextEncoder();

/** A growing byte buffer with the primitive encodings of the WebAssembly binary format (section 5.2). */
export class ByteWriter {
  private buffer = new Uint8Array(initialCapacityBytes);
  private view = new DataView(this.buffer.buffer);
  private used = 0;

  /** Bytes written so far. */
  get length(): number {
    return this.used;
  }

  /** One byte, 0 to 255. */
  byte(value: number): void {
    if (this.used === this.buffer.length) this.reserve(1);
    this.buffer[this.used++] = value;
  }

  /** Bytes as they are. */
  bytes(values: Uint8Array | readonly number[]): void {
    this.reserve(values.length);
    this.buffer.set(values, this.used);
    this.used += values.length;
  }

  /** Unsigned LEB128 of an integer from 0 to 2^32 - 1. */
  u32(value: number): void {
    if (!(Number.isInteger(value) && value >= 0 && value <= 0xffff_ffff))
      throw new InternalError(`${value} is not a u32`);
    while (value >= 0x80) {
      this.byte((value & 0x7f) | 0x80);
      value = value >>> 7;
    }
    this.byte(value);
  }

  /** Signed LEB128 of a 32-bit integer, given signed or unsigned (-2^31 to 2^32 - 1). */
  s32(value: number): void {
    if (!(Number.isInteger(value) && value >= -0x8000_0000 && value <= 0xffff_ffff))
      throw new InternalError(`${value} is not an i32`);
    value |= 0;
    while (value < -0x40 || value >= 0x40) {
      this.byte((value & 0x7f) | 0x80);
      value >>= 7;
    }
    this.byte(value & 0x7f);
  }

  /** Signed LEB128 of a 64-bit integer, given signed or unsigned (-2^63 to 2^64 - 1). */
  s64(value: bigint): void {
    if (value < -(2n ** 63n) || value >= 2n ** 64n) throw new InternalError(`${value} is not an i64`);
    value = BigInt.asIntN(64, value);
    while (value < -0x40n || value >= 0x40n) {
      this.byte(Number(value & 0x7fn) | 0x80);
      value >>= 7n;
    }
    this.byte(Number(value & 0x7fn));
  }

  /** IEEE single, little endian, rounded to nearest; NaN is written as the canonical positive one. */
  f32(value: number): void {
    this.reserve(4);
    if (Number.isNaN(value)) this.view.setUint32(this.used, 0x7fc0_0000, true);
    else this.view.setFloat32(this.used, value, true);
    this.used += 4;
  }

  /** IEEE double, little endian; NaN is written as the canonical positive one. */
  f64(value: number): void {
    this.reserve(8);
    if (Number.isNaN(value)) this.view.setBigUint64(this.used, 0x7ff8n << 48n, true);
    else this.view.setFloat64(this.used, value, true);
    this.used += 8;
  }

  /** A name: UTF-8 with its length in front. */
  name(text: string): void {
    this.block(utf8.encode(text));
  }

  /** Bytes with their length in front. */
  block(content: Uint8Array): void {
    this.u32(content.length);
    this.bytes(content);
  }

  /** A vector: the count, then every item. */
  vector<T>(items: readonly T[], write: (item: T, index: number) => void): void {
    this.u32(items.length);
    items.forEach(write);
  }

  /** A copy of what was written. */
  toBytes(): Uint8Array<ArrayBuffer> {
    return this.buffer.slice(0, this.used);
  }

  /** What was written, without a copy; valid until the next write. */
  peek(): Uint8Array<ArrayBuffer> {
    return this.buffer.subarray(0, this.used);
  }

  private reserve(extraBytes: number): void {
    const needed = this.used + extraBytes;
    if (needed <= this.buffer.length) return;
    const grown = new Uint8Array(Math.max(needed, this.buffer.length * 2));
    grown.set(this.buffer.subarray(0, this.used));
    this.buffer = grown;
    this.view = new DataView(grown.buffer);
  }
}

/** The bytes that `write` puts into a fresh writer. */
export function writeBytes(write: (writer: ByteWriter) => void): Uint8Array<ArrayBuffer> {
  const writer = new ByteWriter();
  write(writer);
  return writer.toBytes();
}
