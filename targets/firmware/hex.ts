import { fault } from './fault.ts';
import type { MemoryImage } from './image.ts';

/**
 * Intel HEX (Intel, Hexadecimal Object File Format Specification, revision A, 1988): records of 16 bytes with extended linear
 * addresses, upper-case digits and line feeds; the end-of-file record is the last line.
 */

const DATA = 0;
const END_OF_FILE = 1;
const EXTENDED_LINEAR_ADDRESS = 4;
const RECORD_BYTES = 16;

/** An image as Intel HEX text. */
export function toHex({ address, bytes }: MemoryImage): string {
  const lines: string[] = [];
  let upper = 0;
  for (let at = 0; at < bytes.length; ) {
    const place = address + at;
    const high = Math.floor(place / 0x1_0000);
    if (high !== upper || (at === 0 && high !== 0)) {
      lines.push(record(EXTENDED_LINEAR_ADDRESS, 0, Uint8Array.of(high >> 8, high & 0xff)));
      upper = high;
    }
    const length = Math.min(RECORD_BYTES, bytes.length - at, 0x1_0000 - (place % 0x1_0000));
    lines.push(record(DATA, place % 0x1_0000, bytes.subarray(at, at + length)));
    at += length;
  }
  lines.push(record(END_OF_FILE, 0, new Uint8Array(0)));
  return `${lines.join('\n')}\n`;
}

/** `:` length, address, type, data, and the byte that makes their sum a multiple of 256. */
function record(type: number, address: number, data: Uint8Array): string {
  const fields = [data.length, address >> 8, address & 0xff, type, ...data];
  const sum = fields.reduce((total, byte) => total + byte, 0);
  const hex = [...fields, -sum & 0xff].map((byte) => byte.toString(16).toUpperCase().padStart(2, '0'));
  return `:${hex.join('')}`;
}

/** The image of Intel HEX text whose data lie in one piece. Throws `hex-broken` with the line at fault. */
export function fromHex(text: string): MemoryImage {
  const bytes: number[] = [];
  let [upper, first, ended] = [0, -1, false];
  text.split(/\r?\n/).forEach((line, index) => {
    const wrong = (what: string) => fault('hex-broken', `Intel HEX, line ${index + 1}`, what);
    if (line === '') return;
    if (ended) throw wrong('follows the end of the file');
    if (!/^:(?:[0-9A-Fa-f]{2}){5,}$/.test(line)) throw wrong('is no record');
    const fields = Uint8Array.from(Buffer.from(line.slice(1), 'hex'));
    const [count = 0, high = 0, low = 0, type = 0] = fields;
    if (fields.length !== count + 5) throw wrong(`has ${fields.length - 5} bytes of data and says ${count}`);
    if (fields.reduce((sum, byte) => sum + byte, 0) % 256 !== 0) throw wrong('has a wrong checksum');
    const data = fields.subarray(4, 4 + count);
    if (type === END_OF_FILE) ended = true;
    else if (type === EXTENDED_LINEAR_ADDRESS) upper = (data[0] ?? 0) * 256 + (data[1] ?? 0);
    else if (type === DATA) {
      const place = upper * 0x1_0000 + high * 256 + low;
      if (first < 0) first = place;
      if (place !== first + bytes.length) throw wrong('does not follow the record before it');
      bytes.push(...data);
    } else throw wrong(`has the type ${type}`);
  });
  if (!ended) throw fault('hex-broken', 'Intel HEX', 'the record that ends the file is missing');
  return { address: Math.max(0, first), bytes: Uint8Array.from(bytes) };
}
