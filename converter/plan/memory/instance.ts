import { invariant } from '../../problem.ts';
import type { OffsetBuffer } from './problem.ts';

/** An offset problem in arrays, as the exact search reads it. Buffers and sections are numbered by time. */
export interface Instance {
  /** The buffers of at least one byte; the arrays below are indexed by the place in this list. */
  readonly buffers: readonly OffsetBuffer[];
  readonly size: Int32Array;
  readonly alignment: Int32Array;
  /** Size rounded up to `pitch`: what a buffer takes away from its sections. */
  readonly footprint: Int32Array;
  /** First and last section of each buffer, both inclusive. */
  readonly first: Int32Array;
  readonly last: Int32Array;
  /** Of each section, and one beyond: the first buffer that starts there or later. */
  readonly firstStarting: Int32Array;
  /** Buffers alive in each section; a section is the time between two neighbouring starts or ends. */
  readonly sections: readonly Int32Array[];
  /** Buffers alive together with each buffer. */
  readonly neighbours: readonly Int32Array[];
  /** All offsets are multiples of this: the greatest common divisor of the alignments. */
  readonly pitch: number;
  /** The heights of canonical placements are multiples of this. */
  readonly grain: number;
  /** No placement is lower than this: the fullest section, its topmost buffer without padding. */
  readonly lowerBound: number;
}

/** Puts an offset problem into arrays. Buffers of zero bytes are left out: they lie at offset 0 and touch nothing. */
export function toInstance(all: readonly OffsetBuffer[]): Instance {
  for (const { id, size, alignment, start, end } of all) {
    invariant(Number.isInteger(size) && size >= 0, `buffer ${id} has ${size} bytes`);
    invariant(Number.isInteger(alignment) && alignment > 0, `buffer ${id} has alignment ${alignment}`);
    invariant(start < end, `buffer ${id} lives from ${start} to ${end}`);
  }
  const buffers = all.filter(({ size }) => size > 0).sort((a, b) => a.start - b.start || b.end - a.end || a.id - b.id);
  const size = Int32Array.from(buffers, (buffer) => buffer.size);
  const alignment = Int32Array.from(buffers, (buffer) => buffer.alignment);
  const pitch = alignment.reduce(gcd, 0) || 1;
  const footprint = size.map((bytes) => roundUp(bytes, pitch));
  const moments = [...new Set(buffers.flatMap(({ start, end }) => [start, end]))].sort((a, b) => a - b);
  const sectionAt = new Map(moments.map((time, section) => [time, section]));
  const first = Int32Array.from(buffers, ({ start }) => sectionAt.get(start) ?? 0);
  const last = Int32Array.from(buffers, ({ end }) => (sectionAt.get(end) ?? 0) - 1);
  const sections = moments.slice(1).map((_, section) => indicesWhere(buffers, (i) => within(first, last, i, section)));
  const startingBefore = moments.map((time) => buffers.filter(({ start }) => start < time).length);
  const firstStarting = Int32Array.from(startingBefore);
  const neighbours = buffers.map((one, i) =>
    indicesWhere(buffers, (j, other) => j !== i && other.start < one.end && one.start < other.end),
  );
  const grain = commonGrain(size, alignment);
  const lowerBound = roundUp(Math.max(0, ...sections.map((alive) => sectionBound(alive, size, footprint))), grain);
  const times = { first, last, firstStarting, sections, neighbours };
  return { buffers, size, alignment, footprint, ...times, pitch, grain, lowerBound };
}

/** `value` rounded up to a multiple of `unit`. */
export function roundUp(value: number, unit: number): number {
  const over = value % unit;
  return over === 0 ? value : value + unit - over;
}

/** Height that the buffers of one section need together: all of them padded, but for the one on top. */
function sectionBound(alive: Int32Array, size: Int32Array, footprint: Int32Array): number {
  let sum = 0;
  let greatestPadding = 0;
  for (const i of alive) {
    sum += footprint[i] ?? 0;
    greatestPadding = Math.max(greatestPadding, (footprint[i] ?? 0) - (size[i] ?? 0));
  }
  return sum - greatestPadding;
}

/** The divisor of all sizes and of all alignments, those aside that divide it anyway and so never move an offset. */
function commonGrain(size: Int32Array, alignment: Int32Array): number {
  let grain = size.reduce(gcd, 0) || 1;
  for (;;) {
    const disturbing = alignment.find((unit) => grain % unit !== 0 && unit % grain !== 0);
    if (disturbing === undefined) return grain;
    grain = gcd(grain, disturbing);
  }
}

function within(first: Int32Array, last: Int32Array, buffer: number, section: number): boolean {
  return (first[buffer] ?? 0) <= section && section <= (last[buffer] ?? 0);
}

function indicesWhere(
  buffers: readonly OffsetBuffer[],
  holds: (i: number, buffer: OffsetBuffer) => boolean,
): Int32Array {
  const indices: number[] = [];
  for (const [i, buffer] of buffers.entries()) if (holds(i, buffer)) indices.push(i);
  return Int32Array.from(indices);
}

/** The greatest common divisor; 0 has every divisor. */
export function gcd(a: number, b: number): number {
  while (b !== 0) [a, b] = [b, a % b];
  return a;
}

/** Of two whole numbers above 0. */
export function leastCommonMultiple(a: number, b: number): number {
  return (a / gcd(a, b)) * b;
}
