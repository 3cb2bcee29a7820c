import { calmed } from './calm.ts';
import { type Found, foundAt, nextOf, taken } from './choice.ts';
import { type Effort, type Frontier, firstFrontier, keyOf } from './frontier.ts';
import { Heap } from './heap.ts';

export interface ExactResult {
  /** The best order, or null where none is below the given peak or the budget ran out. */
  readonly found: Found | null;
  /** No order that is below the given peak is below this. */
  readonly leastBytes: number;
}

/**
 * Dynamic programming over the sets of tasks that ran, in the way of Ahn et al., "Ordering chaos: memory-aware scheduling of irregularly
 * wired neural networks for edge devices" (SERENITY, MLSys 2020, arXiv:2003.02369): of all orders of one set only the one with the
 * lowest peak is kept. The sets are visited by rising peak (a bottleneck shortest path), so the first complete one is best.
 * Where all orders meet, the sets before are dropped; this is their divide-and-conquer.
 *
 * @param belowBytes only orders with a lower peak are of interest
 * @param budget of steps
 */
export function searchExactly(effort: Effort, belowBytes: number, budget: number): ExactResult {
  effort.limit = effort.steps + budget;
  const best = new Map<string, number>();
  const heap = new Heap<Entry>(isBefore);
  let serial = 0;
  /** The key of a frontier that is reached better than before; null for one that is not. */
  const betterKey = (at: Frontier): string | null => {
    const key = keyOf(at);
    if ((best.get(key) ?? belowBytes) <= at.peakBytes) return null;
    best.set(key, at.peakBytes);
    return key;
  };
  const push = (at: Frontier) => {
    const key = betterKey(at);
    if (key !== null) heap.push({ at, key, serial: serial++ });
  };
  push(firstFrontier(effort));
  let cuts = 0;
  for (let entry = heap.pop(); entry !== undefined; entry = heap.pop()) {
    const { at, key } = entry;
    if (at.cuts < cuts || (best.get(key) ?? 0) < at.peakBytes) continue;
    cuts = at.cuts;
    if (at.ready.length === 0) return { found: foundAt(at), leastBytes: at.peakBytes };
    if (effort.steps > effort.limit) return { found: null, leastBytes: at.peakBytes };
    const calm = calmed(effort, at);
    if (calm !== at && calm.ready.length === 0) push(calm);
    else if (calm === at || betterKey(calm) !== null)
      for (const next of nextOf(effort, calm, belowBytes)) push(taken(effort, next));
  }
  return { found: null, leastBytes: belowBytes };
}

interface Entry {
  readonly at: Frontier;
  readonly key: string;
  readonly serial: number;
}

/** By rising peak; of equal ones first that with most tasks, to come to an end soon; of equal ones the older. */
const isBefore = (a: Entry, b: Entry): boolean => {
  if (a.at.peakBytes !== b.at.peakBytes) return a.at.peakBytes < b.at.peakBytes;
  return a.at.count > b.at.count || (a.at.count === b.at.count && a.serial < b.serial);
};
