import { ProblemError } from '../../problem.ts';
import { inflateExactly } from './inflate.ts';

/** What is read from an archive at most: a file of it, unpacked. */
const fileLimitBytes = 2 ** 30;

interface Entry {
  readonly method: number;
  readonly flags: number;
  readonly crc: number;
  readonly packedBytes: number;
  readonly bytes: number;
  /** Place of its local header. */
  readonly at: number;
}

/** A ZIP archive, of which files are unpacked when they are asked for. Throws ProblemError where the archive is damaged. */
export class ZipArchive {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #entries: ReadonlyMap<string, Entry>;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    try {
      this.#entries = this.#directory();
    } catch (error) {
      if (error instanceof RangeError) throw damaged('its list of files is cut short');
      throw error;
    }
  }

  /** Names of all files, in the order of the archive's list. */
  get names(): readonly string[] {
    return [...this.#entries.keys()];
  }

  /** The file `name` of at most `limitBytes`, its size and checksum verified; null where the archive has none. */
  file(name: string, limitBytes: number = fileLimitBytes): Uint8Array | null {
    const entry = this.#entries.get(name);
    if (entry === undefined) return null;
    if ((entry.flags & 1) !== 0) throw problem('zip-unsupported', `"${name}" is encrypted`, 'save the model again');
    if (entry.bytes > limitBytes || entry.packedBytes > limitBytes) {
      throw problem('zip-too-large', `"${name}" has ${entry.bytes} bytes`, `up to ${limitBytes} bytes of it are read`);
    }
    const unpacked = this.#unpack(name, entry);
    if (crc32(unpacked) !== entry.crc) throw damaged(`"${name}" has another checksum than its list says`);
    return unpacked;
  }

  #unpack(name: string, { at, method, packedBytes, bytes }: Entry): Uint8Array {
    if (at + 30 > this.#bytes.length || this.#view.getUint32(at, true) !== 0x04034b50) {
      throw damaged(`"${name}" is not where its list says`);
    }
    const start = at + 30 + this.#view.getUint16(at + 26, true) + this.#view.getUint16(at + 28, true);
    if (start + packedBytes > this.#bytes.length) throw damaged(`"${name}" is cut short`);
    const packed = this.#bytes.subarray(start, start + packedBytes);
    if (method === 0 && packedBytes === bytes) return packed;
    if (method !== 0 && method !== 8)
      throw problem('zip-unsupported', `"${name}" is packed by method ${method}`, 'save the model again');
    const unpacked = method === 8 ? inflateExactly(packed, 'raw', bytes) : null;
    if (unpacked === null) throw damaged(`"${name}" does not unpack to ${bytes} bytes`);
    return unpacked;
  }

  /** The central directory (PKWARE APPNOTE 4.3.12 and 4.3.16), found from the end of the archive. */
  #directory(): Map<string, Entry> {
    const view = this.#view;
    const end = this.#endRecord();
    const count = view.getUint16(end + 10, true);
    const entries = new Map<string, Entry>();
    let at = view.getUint32(end + 16, true);
    if (at === 0xffffffff) throw problem('zip-unsupported', 'it is larger than 4 GiB', 'models up to 1 GiB are read');
    for (let i = 0; i < count; i++) {
      if (view.getUint32(at, true) !== 0x02014b50) throw damaged('its list of files is damaged');
      const nameBytes = view.getUint16(at + 28, true);
      if (at + 46 + nameBytes > this.#bytes.length) throw damaged('its list of files is cut short');
      const name = new TextDecoder().decode(this.#bytes.subarray(at + 46, at + 46 + nameBytes));
      if (entries.has(name)) throw damaged(`it holds "${name}" twice`);
      entries.set(name, {
        flags: view.getUint16(at + 8, true),
        method: view.getUint16(at + 10, true),
        crc: view.getUint32(at + 16, true),
        packedBytes: view.getUint32(at + 20, true),
        bytes: view.getUint32(at + 24, true),
        at: view.getUint32(at + 42, true),
      });
      at += 46 + nameBytes + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
    }
    return entries;
  }

  /** The end record stands before a comment of up to 65535 bytes. */
  #endRecord(): number {
    for (let at = this.#bytes.length - 22; at >= Math.max(0, this.#bytes.length - 22 - 65535); at--) {
      if (this.#view.getUint32(at, true) === 0x06054b50) return at;
    }
    throw damaged('it has no list of files: it was cut short');
  }
}

function damaged(what: string): ProblemError {
  return problem('zip-damaged', what, 'download or save the model again');
}

function problem(code: string, what: string, advice: string): ProblemError {
  return new ProblemError({ code, where: 'the .keras archive', what, advice });
}

/** CRC-32 of ISO 3309, polynomial 0xedb88320 reflected. */
export function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (crcTable[(crc ^ byte) & 255] ?? 0) ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

const crcTable: readonly number[] = Array.from({ length: 256 }, (_, n) => {
  let value = n;
  for (let bit = 0; bit < 8; bit++) value = (value & 1) !== 0 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value >>> 0;
});
