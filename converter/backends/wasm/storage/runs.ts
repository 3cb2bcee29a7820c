import { float16ToNumber, numberToFloat16 } from '../../../tensor/float16.ts';

/** A stretch of 32-bit words of the constants, and how it is kept in the module. */
export type Run =
  /** As it is. */
  | { readonly kind: 'raw'; readonly words: number }
  /** Each word a float32 that is kept as float16. */
  | { readonly kind: 'float16'; readonly words: number }
  /** Word i a byte times `scales[i % scales.length]`; the number of scales is a multiple of 4. */
  | { readonly kind: 'int8'; readonly words: number; readonly scales: Float32Array }
  /** Byte i an int4 number times `multipliers[floor(i / span) % 8]`; the span is 2, 4 or 8 bytes. */
  | { readonly kind: 'int4'; readonly words: number; readonly span: number; readonly multipliers: Uint8Array };

/** Where each word of a blob comes from: 0 for what is no weight, else 1 + the index of its scale. */
export type Origins = Uint32Array;

/** Shorter stretches are not worth the words that describe them. */
export const fewestWords = 16;

/** Longest run: expanding it needs as many bytes of memory beyond its own. */
export const mostWords = 8192;

/** The words of a blob as runs of numbers that float16 holds, and of others. */
export function float16Runs(words: Uint32Array): readonly Run[] {
  const floats = new Float32Array(words.buffer, words.byteOffset, words.length);
  const isNarrow = (i: number) => Object.is(float16ToNumber(numberToFloat16(floats[i] ?? 0)), floats[i]);
  const runs: Run[] = [];
  for (let start = 0; start < words.length; ) {
    let end = start;
    while (end < words.length && end - start < mostWords && isNarrow(end)) end++;
    if (end - start >= fewestWords) {
      runs.push({ kind: 'float16', words: end - start });
      start = end;
      continue;
    }
    end = start + 1;
    while (end < words.length && end - start < mostWords && !startsNarrow(end)) end++;
    runs.push({ kind: 'raw', words: end - start });
    start = end;
  }
  function startsNarrow(from: number): boolean {
    for (let i = from; i < from + fewestWords; i++) if (i >= words.length || !isNarrow(i)) return false;
    return true;
  }
  return runs;
}

/** Numbers of scales that are tried: kernels lay out weights by 4, 8 or 16 channels, or by groups of these. */
const periods = [4, 8, 12, 16, 20, 24, 32, 48, 64];

/** The words of a blob as runs of bytes with scales in turn, and of others. */
export function int8Runs(words: Uint32Array, origins: Origins, scales: Float32Array): readonly Run[] {
  const runs: Run[] = [];
  let raw = 0;
  const flush = () => {
    for (; raw > 0; raw -= Math.min(raw, mostWords)) runs.push({ kind: 'raw', words: Math.min(raw, mostWords) });
  };
  for (let start = 0; start < words.length; ) {
    const best = bestRun(words, origins, start);
    if (best === null) {
      raw++;
      start++;
      continue;
    }
    flush();
    runs.push({
      kind: 'int8',
      words: best.words,
      scales: Float32Array.from(best.slots, (slot) => (slot === 0 ? 0 : (scales[slot - 1] ?? 0))),
    });
    start += best.words;
  }
  flush();
  return runs;
}

interface Candidate {
  readonly words: number;
  readonly slots: Uint32Array;
}

/** The run from `start` on that saves the most; null where none is long enough. */
function bestRun(words: Uint32Array, origins: Origins, start: number): Candidate | null {
  if (origins[start] === 0 && words[start] !== 0) return null;
  let best: Candidate | null = null;
  let most = 3 * fewestWords;
  for (const period of periods) {
    const slots = new Uint32Array(period);
    const length = runLength(words, origins, start, slots);
    const saved = 3 * length - 4 * period;
    if (saved <= most) continue;
    most = saved;
    best = { words: length, slots };
  }
  return best;
}

/** How many words from `start` on have their origins in turn; fills `slots` with these. A zero that is no weight fits everywhere. */
function runLength(words: Uint32Array, origins: Origins, start: number, slots: Uint32Array): number {
  const end = Math.min(words.length, start + mostWords);
  for (let i = start; i < end; i++) {
    const origin = origins[i] ?? 0;
    if (origin === 0) {
      if (words[i] === 0) continue;
      return i - start;
    }
    const slot = (i - start) % slots.length;
    if (slots[slot] === 0) slots[slot] = origin;
    else if (slots[slot] !== origin) return i - start;
  }
  return end - start;
}

/** The runs of a blob; null where its weights are not numbers that the runs give back to the bit. */
export function storedRuns(bytes: Uint8Array, origins: Origins | null, scales: Float32Array): readonly Run[] | null {
  if (bytes.length % 4 !== 0) return null;
  const words = new Uint32Array(bytes.slice().buffer);
  if (origins === null) return float16Runs(words);
  if (origins.length !== words.length) return null;
  const runs = int8Runs(words, origins, scales);
  return isExact(words, runs) ? runs : null;
}

function isExact(words: Uint32Array, runs: readonly Run[]): boolean {
  const floats = new Float32Array(words.buffer, words.byteOffset, words.length);
  let start = 0;
  for (const run of runs) {
    for (let i = 0; run.kind === 'int8' && i < run.words; i++) {
      const value = floats[start + i] ?? 0;
      const scale = run.scales[i % run.scales.length] ?? 0;
      if (!Object.is(Math.fround(byteOf(value, scale) * scale) + 0, value)) return false;
    }
    start += run.words;
  }
  return true;
}

/** The byte that a weight of this scale is kept as. */
export function byteOf(value: number, scale: number): number {
  return scale === 0 ? 0 : Math.max(-128, Math.min(127, Math.round(value / scale)));
}
