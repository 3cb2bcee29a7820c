import { type Problem, ProblemError } from '../../../problem.ts';

/** Faults of an HDF5 file, as problems. */
export function damaged(what: string): ProblemError {
  return hdf5Problem('hdf5-damaged', what, 'download or save the model again');
}

/** What the format allows and Keras does not write. */
export function notRead(what: string): ProblemError {
  return hdf5Problem('hdf5-unsupported', what, 'save the model again with model.save() and the default settings');
}

function hdf5Problem(code: string, what: string, advice: string): ProblemError {
  const problem: Problem = { code, where: 'the HDF5 file', what, advice };
  return new ProblemError(problem);
}

/**
 * The bytes of an HDF5 file, little-endian. Every read is checked against the file's end and counted: a file whose structures
 * point in circles runs out of steps and is refused, whatever the circle is made of.
 */
export class Hdf5Bytes {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #stepsLeft: number;

  constructor(bytes: Uint8Array, steps: number = 2 ** 22) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#stepsLeft = steps;
  }

  get length(): number {
    return this.#bytes.length;
  }

  /** A view of `length` bytes. */
  slice(at: number, length: number): Uint8Array {
    this.#check(at, length);
    return this.#bytes.subarray(at, at + length);
  }

  u8(at: number): number {
    this.#check(at, 1);
    return this.#view.getUint8(at);
  }

  u16(at: number): number {
    this.#check(at, 2);
    return this.#view.getUint16(at, true);
  }

  u32(at: number): number {
    this.#check(at, 4);
    return this.#view.getUint32(at, true);
  }

  /** A length, a count or an address. All ones is the undefined address, {@link undefinedAddress}. */
  u64(at: number): number {
    this.#check(at, 8);
    const value = this.#view.getBigUint64(at, true);
    if (value === 0xffff_ffff_ffff_ffffn) return undefinedAddress;
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw damaged(`byte ${at} holds the number ${value}`);
    return Number(value);
  }

  /** A number of 1, 2, 4 or 8 bytes. */
  unsigned(at: number, bytes: number): number {
    switch (bytes) {
      case 1:
        return this.u8(at);
      case 2:
        return this.u16(at);
      case 4:
        return this.u32(at);
      default:
        return this.u64(at);
    }
  }

  /** Throws unless the four letters of `signature` stand at `at`. */
  expect(at: number, signature: string): void {
    const found = String.fromCharCode(...this.slice(at, signature.length));
    if (found !== signature) throw damaged(`byte ${at} should begin a "${signature}" structure`);
  }

  /** Text up to the first zero byte, or of `limit` bytes. */
  text(at: number, limit: number): string {
    return textOf(this.slice(at, Math.min(limit, Math.max(0, this.length - at))));
  }

  #check(at: number, length: number): void {
    if (!(at >= 0 && length >= 0 && at + length <= this.length)) {
      throw damaged(`it refers to ${length} bytes at byte ${at}, beyond its end at ${this.length}: it was cut short`);
    }
    if (this.#stepsLeft-- <= 0) throw damaged('its structures are circular, or more than a model has');
  }
}

/** Where nothing is stored. */
export const undefinedAddress: number = Number.POSITIVE_INFINITY;

/** UTF-8 up to the first zero byte. */
export function textOf(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
}
