import { at } from '../../../ops/definition.ts';

/** Bytes that are looked up, and how many places with the same ones are tried. */
const keyBytes = 3;
const mostTries = 256;

/**
 * What turns `known` into `known` with `wanted` behind it, in few bytes where most of `wanted` is somewhere in front of it already: pieces of
 *
 *     head: 0x80 where a distance follows, 16 * (how many bytes, 7 for 7 and a number more), how many to copy, 15 for 15 and a number more
 *     the number more of bytes, the bytes, the number more of the copy, the distance, zigzag
 *
 * in numbers of 7 bits a byte, the low ones first (LEB128). The distance is that from behind the last copy and the bytes: none where copies
 * go on behind bytes that differ, as in code whose numbers differ here and there. `restore` of runtime-wasm/widths.js reads it.
 */
export function difference(known: Uint8Array, wanted: Uint8Array): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(known.length + wanted.length);
  all.set(known);
  all.set(wanted, known.length);
  const places = new Places(all);
  for (let place = 0; place < known.length; place++) places.add(place);
  const out: number[] = [];
  let [literal, expected, end] = [known.length, 0, known.length];
  const write = (copy: Copy) => {
    writePiece(out, all.subarray(literal, end), copy.length, copy.from - expected - (end - literal));
    for (const stop = end + copy.length; end < stop; end++) places.add(end);
    literal = end;
    expected = copy.from + copy.length;
  };
  while (end < all.length) {
    const copy = places.bestCopy(end, expected + (end - literal));
    if (copy === null) places.add(end++);
    else write(copy);
  }
  if (literal < end) write({ from: expected + (end - literal), length: 0 });
  return Uint8Array.from(out);
}

function writePiece(out: number[], bytes: Uint8Array, copied: number, distance: number): void {
  const [few, short] = [Math.min(bytes.length, mostBytes), Math.min(copied, longest)];
  out.push((distance === 0 ? 0 : 0x80) + 16 * few + short);
  if (few === mostBytes) writeNumber(out, bytes.length - few);
  for (const byte of bytes) out.push(byte);
  if (short === longest) writeNumber(out, copied - short);
  if (distance !== 0) writeNumber(out, zigzag(distance));
}

/** What fits into the head of a piece. */
const mostBytes = 7;
const longest = 15;

interface Copy {
  readonly from: number;
  readonly length: number;
}

/** Where the same bytes stand. */
class Places {
  readonly #bytes: Uint8Array;
  readonly #latest = new Map<number, number>();
  readonly #earlier: Int32Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#earlier = new Int32Array(bytes.length).fill(-1);
  }

  add(place: number): void {
    const key = this.#keyAt(place);
    if (key === null) return;
    this.#earlier[place] = this.#latest.get(key) ?? -1;
    this.#latest.set(key, place);
  }

  /** The copy that saves most over writing its bytes; null where none does. */
  bestCopy(place: number, expected: number): Copy | null {
    let best: Copy | null = null;
    let bestGain = 0;
    const consider = (from: number) => {
      const length = this.#sameBytes(from, place);
      const gain = length - 1 - pieceBytes(length, from - expected);
      if (gain > bestGain) [best, bestGain] = [{ from, length }, gain];
    };
    if (expected >= 0 && expected < place) consider(expected);
    const key = this.#keyAt(place);
    let from = key === null ? -1 : (this.#latest.get(key) ?? -1);
    for (let tries = 0; from >= 0 && tries < mostTries; tries++) {
      consider(from);
      from = at(this.#earlier, from);
    }
    return best;
  }

  #keyAt(place: number): number | null {
    if (place + keyBytes > this.#bytes.length) return null;
    let key = 0;
    for (let i = 0; i < keyBytes; i++) key = (key * 256 + at(this.#bytes, place + i)) >>> 0;
    return key;
  }

  /** How many bytes from `place` on are those from `from` on; a copy may read what it has written. */
  #sameBytes(from: number, place: number): number {
    let length = 0;
    while (place + length < this.#bytes.length && this.#bytes[from + length] === this.#bytes[place + length]) length++;
    return length;
  }
}

/** Bytes of a piece without those that are no copies. */
function pieceBytes(copied: number, distance: number): number {
  const length = copied < longest ? 0 : numberBytes(copied - longest);
  return length + (distance === 0 ? 0 : numberBytes(zigzag(distance)));
}

const zigzag = (value: number): number => (value < 0 ? -2 * value - 1 : 2 * value);

function numberBytes(value: number): number {
  return value < 128 ? 1 : 1 + numberBytes(Math.floor(value / 128));
}

function writeNumber(out: number[], value: number): void {
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) out.push((rest % 128) + 128);
  out.push(rest);
}
