import { InternalError } from '../../../problem.ts';

/** Reads back what a `ByteWriter` wrote. Throws `InternalError` behind the end. */
export class ByteReader {
  private readonly source: Uint8Array;
  private readonly view: DataView;
  private position = 0;

  constructor(source: Uint8Array) {
    this.source = source;
    this.view = new DataView(source.buffer, source.byteOffset, source.byteLength);
  }

  /** Whether everything was read. */
  get done(): boolean {
    return this.position >= this.source.length;
  }

  byte(): number {
    const value = this.source[this.position++];
    if (value === undefined) throw new InternalError(`code ends in the middle of an instruction`);
    return value;
  }

  bytes(count: number): Uint8Array {
    return Uint8Array.from({ length: count }, () => this.byte());
  }

  /** Unsigned LEB128, at most 32 bits. */
  u32(): number {
    return Number(BigInt.asUintN(32, this.leb128(false)));
  }

  /** Signed LEB128, at most 32 bits. */
  s32(): number {
    return Number(this.leb128(true));
  }

  /** Signed LEB128, at most 64 bits. */
  s64(): bigint {
    return this.leb128(true);
  }

  /** IEEE single and its bits, which tell NaNs apart. */
  f32(): { readonly value: number; readonly bits: number } {
    const at = this.skip(4);
    return { value: this.view.getFloat32(at, true), bits: this.view.getUint32(at, true) };
  }

  /** IEEE double and its bits. */
  f64(): { readonly value: number; readonly bits: bigint } {
    const at = this.skip(8);
    return { value: this.view.getFloat64(at, true), bits: this.view.getBigUint64(at, true) };
  }

  private skip(count: number): number {
    const at = this.position;
    this.position += count;
    return at;
  }

  private leb128(signed: boolean): bigint {
    let value = 0n;
    let bits = 0n;
    let byte: number;
    do {
      byte = this.byte();
      value |= BigInt(byte & 0x7f) << bits;
      bits += 7n;
    } while (byte & 0x80);
    return signed ? BigInt.asIntN(Number(bits), value) : value;
  }
}
