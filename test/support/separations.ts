import fc from 'fast-check';
import type { SeparationProblem } from '../../converter/plan/memory/separation.ts';

/** Small problems with overlaps, alignments and forbidden ranges; some pairs may lie exactly in place. */
export const smallSeparations: fc.Arbitrary<SeparationProblem> = fc
  .integer({ min: 1, max: 5 })
  .chain((count) =>
    fc.record({
      buffers: fc.array(fc.record({ size: fc.nat(6), alignment: fc.constantFrom(1, 1, 2, 3, 4) }), {
        minLength: count,
        maxLength: count,
      }),
      pairs: fc.array(fc.record({ isFree: fc.nat(3), under: fc.nat(10), over: fc.nat(10) }), {
        minLength: (count * (count - 1)) / 2,
        maxLength: (count * (count - 1)) / 2,
      }),
      forbidden: fc.array(
        fc.record({ from: fc.nat(12), length: fc.nat(3) }).map(({ from, length }) => ({ from, to: from + length })),
        { maxLength: 2 },
      ),
      fixed: fc.option(fc.nat(8), { nil: null, freq: 2 }),
    }),
  )
  .map(({ buffers, pairs, forbidden, fixed }) => {
    const conflicts: { a: number; b: number; aBelow: number; bBelow: number }[] = [];
    for (let b = 0, k = 0; b < buffers.length; b++) {
      for (let a = 0; a < b; a++, k++) {
        const pair = pairs[k];
        if (pair === undefined || pair.isFree === 0) continue;
        const [sizeA, sizeB] = [buffers[a]?.size ?? 0, buffers[b]?.size ?? 0];
        conflicts.push({ a, b, aBelow: Math.min(pair.under, sizeA), bBelow: Math.min(pair.over, sizeB) });
      }
    }
    return {
      buffers: buffers.map(({ size, alignment }, id) => {
        const at = (fixed ?? 0) - ((fixed ?? 0) % alignment);
        const isClear = forbidden.every(({ from, to }) => at + size <= from || to <= at);
        return id === 0 && fixed !== null && isClear ? { id, size, alignment, fixed: at } : { id, size, alignment };
      }),
      conflicts,
      forbidden,
      moments: cliques(buffers.length, conflicts),
    };
  });

/** Every set of buffers of which all pairs are in conflict. */
function cliques(count: number, conflicts: SeparationProblem['conflicts']): number[][] {
  const meets = (i: number, j: number) => conflicts.some(({ a, b }) => a === Math.min(i, j) && b === Math.max(i, j));
  return Array.from({ length: 2 ** count }, (_, bits) =>
    Array.from({ length: count }, (_, i) => i).filter((i) => (bits & (1 << i)) !== 0),
  ).filter((set) => set.every((i) => set.every((j) => i === j || meets(i, j))));
}

/** The least height, by trying every offset of every buffer below `limit`. */
export function leastHeight({ buffers, conflicts, forbidden }: SeparationProblem, limit: number): number {
  let best = limit;
  const at: number[] = [];
  const place = (i: number, height: number) => {
    const buffer = buffers[i];
    if (buffer === undefined) {
      best = height;
      return;
    }
    for (let offset = 0; offset + buffer.size < best; offset += buffer.alignment) {
      const end = offset + buffer.size;
      if (buffer.fixed !== undefined && offset !== buffer.fixed) continue;
      if (buffer.size > 0 && forbidden.some(({ from, to }) => Math.max(from, offset) < Math.min(to, end))) continue;
      const isClear = conflicts.every(({ a, b, aBelow, bBelow }) => {
        if (b !== i) return true;
        const distance = offset - (at[a] ?? 0);
        return distance >= aBelow || distance <= -bBelow;
      });
      if (!isClear) continue;
      at[i] = offset;
      place(i + 1, Math.max(height, end));
    }
  };
  place(0, 0);
  return best;
}

/** A chain of buffers, each alive with the next few, as in a network; some next neighbours overlap. The same for a seed. */
export function chainSeparations(count: number, seed: number, lifetime = 6): SeparationProblem {
  const below = counter(seed);
  const buffers = Array.from({ length: count }, (_, id) => {
    const end = id + 2 + (below(4) === 0 ? below(lifetime) : 0);
    return { id, size: (1 + below(64)) * 16, alignment: 16, start: id, end };
  });
  const conflicts: { a: number; b: number; aBelow: number; bBelow: number }[] = [];
  for (const lower of buffers) {
    for (const upper of buffers.slice(lower.id + 1)) {
      if (upper.start >= lower.end) continue;
      const isOverlapping = upper.id === lower.id + 1 && below(2) === 0;
      const share = (size: number) => (isOverlapping ? below(size / 16) * 16 : size);
      conflicts.push({ a: lower.id, b: upper.id, aBelow: share(lower.size), bBelow: share(upper.size) });
    }
  }
  const moments = buffers.map(({ start: time }) =>
    buffers.filter(({ start, end }) => start <= time && time < end).map(({ id }) => id),
  );
  return {
    buffers: buffers.map(({ id, size, alignment }) => ({ id, size, alignment })),
    conflicts,
    forbidden: [],
    moments,
  };
}

/** Whole numbers below a limit, the same for a seed (a linear congruential generator; its upper bits). */
function counter(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}
