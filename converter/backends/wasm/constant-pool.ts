import { alignmentBytes } from './kernel.ts';
import type { Run } from './storage/runs.ts';
import { type WeightStream, weightStream } from './storage/stream.ts';

interface Blob {
  readonly offset: number;
  readonly bytes: Uint8Array;
  /** How it is kept in the module; null for as it is. */
  readonly runs: readonly Run[] | null;
}

/** Read-only memory under construction: blobs at multiples of 16, equal blobs once. */
export class ConstantPool {
  readonly #blobs: Blob[] = [];
  readonly #byHash = new Map<string, Blob[]>();
  readonly #start: number;
  #end: number;

  /** @param start where the memory begins, a multiple of 16: offsets count from there on */
  constructor(start = 0) {
    this.#start = start;
    this.#end = start;
  }

  /** Where the memory ends so far, a multiple of 16. */
  get end(): number {
    return this.#end;
  }

  /** Offset of a copy of `bytes`. `runs` says how they can be kept in fewer, and is asked for new blobs only. */
  add(bytes: Uint8Array, runs: () => readonly Run[] | null = () => null): number {
    const key = `${bytes.length}:${fnv1a(bytes)}`;
    const candidates = this.#byHash.get(key) ?? [];
    const known = candidates.find((blob) => equalBytes(blob.bytes, bytes));
    if (known !== undefined) return known.offset;
    const blob = { offset: this.#end, bytes: bytes.slice(), runs: runs() };
    this.#blobs.push(blob);
    this.#byHash.set(key, [...candidates, blob]);
    this.#end = roundUp(this.#end + bytes.length, alignmentBytes);
    return blob.offset;
  }

  /** The whole region. */
  image(): Uint8Array {
    const image = new Uint8Array(this.#end - this.#start);
    for (const { offset, bytes } of this.#blobs) image.set(bytes, offset - this.#start);
    return image;
  }

  /** The whole region in fewer bytes; null where nothing can be kept so. */
  stream(): WeightStream | null {
    if (this.#blobs.every(({ runs }) => runs === null)) return null;
    const runs = this.#blobs.flatMap(({ bytes, runs }): readonly Run[] => {
      const words = roundUp(bytes.length, alignmentBytes) / 4;
      if (runs === null) return [{ kind: 'raw', words }];
      const rest = words - bytes.length / 4;
      return rest === 0 ? runs : [...runs, { kind: 'raw', words: rest }];
    });
    return weightStream(this.image(), joined(runs));
  }
}

/** Neighbouring runs of words as they are in one. */
function joined(runs: readonly Run[]): readonly Run[] {
  const result: Run[] = [];
  for (const run of runs) {
    const last = result.at(-1);
    if (run.kind === 'raw' && last?.kind === 'raw')
      result[result.length - 1] = { kind: 'raw', words: last.words + run.words };
    else result.push(run);
  }
  return result;
}

/** The smallest multiple of `step` that is not below `value`. */
export function roundUp(value: number, step: number): number {
  return Math.ceil(value / step) * step;
}

/** FNV-1a, 32 bits (Fowler, Noll, Vo); only to find candidates, equality is checked. */
function fnv1a(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

/** Whether the bytes are the same. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
