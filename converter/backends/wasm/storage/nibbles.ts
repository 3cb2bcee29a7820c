import { anyMultiplier, leastOf, multipliersOf } from '../../../tensor/int4.ts';
import { fewestWords, mostWords, type Run } from './runs.ts';

/** Bytes of one multiplier after another that are tried: kernels lay out weights by 8 channels, 2, 4 or 8 of each in turn. */
const spans = [2, 4, 8] as const;

/** Multipliers of a run: one for each channel of a panel. */
export const runMultipliers = 8;

interface Candidate {
  readonly words: number;
  readonly span: (typeof spans)[number];
  readonly multipliers: Uint8Array;
}

/**
 * The bytes of a blob as runs of int4 numbers times multipliers in turn, and of others. What a run gives back is what was there, whatever the
 * bytes mean.
 */
export function int4Runs(bytes: Uint8Array): readonly Run[] | null {
  if (bytes.length % 4 !== 0) return null;
  const signed = new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length);
  const count = bytes.length / 4;
  const runs: Run[] = [];
  let raw = 0;
  const flush = () => {
    for (; raw > 0; raw -= Math.min(raw, mostWords)) runs.push({ kind: 'raw', words: Math.min(raw, mostWords) });
  };
  for (let start = 0; start < count; ) {
    const best = longest(signed, start);
    if (best === null) {
      raw++;
      start++;
      continue;
    }
    flush();
    runs.push({ kind: 'int4', ...best });
    start += best.words;
  }
  flush();
  return runs;
}

/** The longest run from word `start` on; null where it is not worth it. */
function longest(bytes: Int8Array, start: number): Candidate | null {
  let best: Candidate | null = null;
  for (const span of spans) {
    const fits = new Uint16Array(runMultipliers).fill(anyMultiplier);
    const words = runLength(bytes, start, span, fits);
    if (words < fewestWords || words <= (best?.words ?? 0)) continue;
    best = { words, span, multipliers: Uint8Array.from(fits, leastOf) };
  }
  return best;
}

/** How many words from `start` on fit; leaves in `fits` the multipliers that do. */
function runLength(bytes: Int8Array, start: number, span: number, fits: Uint16Array): number {
  const end = Math.min(bytes.length / 4, start + mostWords);
  const before = new Uint16Array(runMultipliers);
  for (let word = start; word < end; word++) {
    before.set(fits);
    for (let i = 4 * word; i < 4 * word + 4; i++) {
      const lane = Math.floor((i - 4 * start) / span) % runMultipliers;
      const left = (fits[lane] ?? 0) & multipliersOf(bytes[i] ?? 0);
      fits[lane] = left;
      if (left !== 0) continue;
      fits.set(before);
      return word - start;
    }
  }
  return end - start;
}
