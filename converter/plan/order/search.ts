import { calmed } from './calm.ts';
import { type Effort, type Frontier, firstFrontier, keyOf, orderTo, Walk } from './frontier.ts';
import { Heap } from './heap.ts';

/** An order of the tasks and the peak of its activations. */
export interface Found {
  readonly order: readonly number[];
  readonly peakBytes: number;
}

export interface ExactResult {
  /** The best order, or null where none is below the given peak or the budget ran out. */
  readonly found: Found | null;
  /** No order that is below the given peak is below this. */
  readonly leastBytes: number;
}

/**
 * Dynamic programming over the sets of tasks that ran, in the way of Kahn et al., "Ordering chaos: memory-aware scheduling of irregularly
 * wired neural networks for edge devices" (SERENITY, MLSys 2020, section 3.1): of all orders of one set only the one with
 * the lowest peak is kept. The sets are visited by rising peak (a bottleneck shortest path), so the first complete one is
 * best; where all orders meet, the sets before are dropped, as their divide-and-conquer does (section 3.2).
 *
 * @param belowBytes only orders with a lower peak are of interest
 * @param budget of steps
 */
export function searchExactly(effort: Effort, belowBytes: number, budget: number): ExactResult {
  const limit = effort.steps + budget;
  const best = new Map<string, number>();
  const heap = new Heap<Frontier & { readonly serial: number }>(
    (a, b) => a.peakBytes - b.peakBytes < 0 || (a.peakBytes === b.peakBytes && isDeeper(a, b)),
  );
  let serial = 0;
  /** Whether no way to the same set was as good. */
  const isBetter = (frontier: Frontier): boolean => {
    const key = keyOf(frontier);
    if ((best.get(key) ?? belowBytes) <= frontier.peakBytes) return false;
    best.set(key, frontier.peakBytes);
    return true;
  };
  const push = (frontier: Frontier) => {
    if (isBetter(frontier)) heap.push({ ...frontier, serial: serial++ });
  };
  push(firstFrontier(effort));
  let cuts = 0;
  for (let at = heap.pop(); at !== undefined; at = heap.pop()) {
    if (at.cuts < cuts || (best.get(keyOf(at)) ?? 0) < at.peakBytes) continue;
    cuts = at.cuts;
    if (at.ready.length === 0) return { found: foundAt(at), leastBytes: at.peakBytes };
    if (effort.steps > limit) return { found: null, leastBytes: at.peakBytes };
    const calm = calmed(effort, at);
    if (calm !== at && calm.ready.length === 0) push(calm);
    else if (calm === at || isBetter(calm)) for (const next of nextOf(effort, calm, belowBytes)) push(next);
  }
  return { found: null, leastBytes: belowBytes };
}

const isDeeper = (a: { count: number; serial: number }, b: { count: number; serial: number }): boolean =>
  a.count > b.count || (a.count === b.count && a.serial < b.serial);

const foundAt = (frontier: Frontier): Found => ({ order: orderTo(frontier), peakBytes: frontier.peakBytes });

/** The frontiers one task further on. */
function nextOf(effort: Effort, frontier: Frontier, belowBytes: number): Frontier[] {
  return frontier.ready.flatMap((index) => {
    const task = effort.work.tasks[index];
    if (task === undefined) return [];
    const walk = new Walk(effort, frontier);
    const effect = walk.effect(task);
    if (effect.duringBytes >= belowBytes) return [];
    walk.run(task, effect);
    return [walk.here()];
  });
}

/**
 * Keeps, among the frontiers with equally many tasks, the `width` best. Finds an order below `belowBytes` or null; null too when the
 * budget of steps ran out.
 */
export function searchBeam(effort: Effort, belowBytes: number, width: number, budget: number): Found | null {
  const limit = effort.steps + budget;
  const total = effort.work.tasks.length;
  const levels: Map<string, Frontier>[] = Array.from({ length: total + 1 }, () => new Map());
  const put = (frontier: Frontier) => {
    const level = levels[frontier.count];
    const key = keyOf(frontier);
    const known = level?.get(key);
    if (frontier.peakBytes < belowBytes && (known === undefined || frontier.peakBytes < known.peakBytes)) {
      level?.set(key, frontier);
    }
  };
  put(calmed(effort, firstFrontier(effort)));
  for (let count = 0; count < total; count++) {
    const kept = [...(levels[count]?.values() ?? [])].sort(byPeakThenLive).slice(0, width);
    levels[count]?.clear();
    for (const frontier of kept) {
      if (effort.steps > limit) return null;
      for (const next of nextOf(effort, frontier, belowBytes)) put(calmed(effort, next));
    }
  }
  const [end] = [...(levels[total]?.values() ?? [])].sort(byPeakThenLive);
  return end === undefined ? null : foundAt(end);
}

const byPeakThenLive = (a: Frontier, b: Frontier): number => a.peakBytes - b.peakBytes || a.liveBytes - b.liveBytes;
