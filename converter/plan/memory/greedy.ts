import { liveSumBound, type OffsetBuffer, type OffsetSolution, type OffsetSolver } from './problem.ts';
import { isRestricted, solveRestricted } from './restricted.ts';

/** Orders in which buffers are placed; the first is the greedy-by-size of Pisarchyk and Lee (2020). */
const orders: readonly ((a: OffsetBuffer, b: OffsetBuffer) => number)[] = [
  (a, b) => b.size - a.size || a.start - b.start || a.id - b.id,
  (a, b) => b.size * (b.end - b.start) - a.size * (a.end - a.start) || a.start - b.start || a.id - b.id,
  (a, b) => a.start - b.start || b.size - a.size || a.id - b.id,
];

/** Greedy placement: each buffer in turn goes to the lowest gap among those alive with it. The best of a few orders. */
export const greedySolver: OffsetSolver = (buffers) => {
  if (isRestricted(buffers, [])) return solveRestricted(buffers, [], { nodes: 0, capacity: null });
  const lowerBound = liveSumBound(buffers);
  let best: OffsetSolution | null = null;
  for (const order of orders) {
    const solution = placeInOrder([...buffers].sort(order), lowerBound);
    if (best === null || solution.height < best.height) best = solution;
    if (best.optimal) break;
  }
  return best ?? { offsets: new Map(), height: 0, lowerBound: 0, optimal: true };
};

function placeInOrder(sorted: readonly OffsetBuffer[], lowerBound: number): OffsetSolution {
  const offsets = new Map<number, number>();
  const placed: { readonly buffer: OffsetBuffer; readonly offset: number }[] = [];
  let height = 0;
  for (const buffer of sorted) {
    const neighbours = placed
      .filter(({ buffer: other }) => other.start < buffer.end && buffer.start < other.end)
      .sort((a, b) => a.offset - b.offset);
    let offset = 0;
    for (const neighbour of neighbours) {
      if (offset + buffer.size <= neighbour.offset) break;
      const end = neighbour.offset + neighbour.buffer.size;
      offset = Math.max(offset, Math.ceil(end / buffer.alignment) * buffer.alignment);
    }
    placed.push({ buffer, offset });
    offsets.set(buffer.id, offset);
    height = Math.max(height, offset + buffer.size);
  }
  return { offsets, height, lowerBound, optimal: height === lowerBound };
}
