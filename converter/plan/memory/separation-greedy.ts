import { invariant } from '../../problem.ts';
import type { Component, SeparationInstance } from './separation-instance.ts';
import { Placement } from './separation-placement.ts';
import { xorshift } from './strategy.ts';

/** A placement of one component, and the order in which placing low gives it. Offsets are by buffer. */
export interface Placed {
  readonly order: readonly number[];
  readonly offsets: Float64Array;
  readonly height: number;
}

/** The best of several orders, each buffer as low as it can lie. Stops at a height of `enough`. */
export function placeGreedily(instance: SeparationInstance, component: Component, enough: number): Placed {
  const placement = new Placement(instance);
  let best: Placed | null = null;
  for (const order of orders(instance, component)) {
    for (const placed of [rise(placement, order), sink(instance, placement, order)]) {
      const settled = placed.height <= enough ? placed : settle(placement, placed);
      if (best === null || settled.height < best.height) best = settled;
      if (best.height <= enough) return best;
    }
  }
  return best ?? { order: [], offsets: new Float64Array(instance.count), height: 0 };
}

/**
 * Improves an order by moving buffers that make the height, as the hill climbing of the Vela compiler does: one that ends
 * at the top changes places with one before it. Equal heights are accepted; a long standstill is ended by a few random
 * exchanges. `rounds` placements.
 */
export function descend(
  instance: SeparationInstance,
  component: Component,
  start: Placed,
  enough: number,
  rounds: number,
): Placed {
  const placement = new Placement(instance);
  const draw = xorshift(0x1b873593);
  const below = (limit: number) => Math.floor(draw() * limit);
  let best = start;
  let current = start;
  for (let round = 0, still = 0; round < rounds && best.height > enough; round++) {
    const order = [...current.order];
    if (order.length < 2) return best;
    if (still === 40) {
      current = best;
      for (let i = 0; i < 3; i++) exchange(order, below(order.length), below(order.length));
    } else moveCulprit(instance, component, order, current, below);
    const next = rise(placement, order);
    const isGood = next.height <= current.height || still === 40;
    still = next.height < current.height || still === 40 ? 0 : still + 1;
    if (!isGood) continue;
    current = next;
    if (next.height > best.height) continue;
    const settled = settle(placement, next);
    if (settled.height <= best.height) best = settled;
    if (settled.height < next.height) current = settled;
  }
  return best;
}

/** Puts a buffer that ends at the top, or one that it stands on, before another one. */
function moveCulprit(
  { size, first, other }: SeparationInstance,
  { buffers }: Component,
  order: number[],
  { offsets, height }: Placed,
  below: (limit: number) => number,
): void {
  const top = buffers.filter((i) => (offsets[i] ?? 0) + (size[i] ?? 0) === height);
  let culprit = top[below(top.length)] ?? 0;
  const from = first[culprit] ?? 0;
  const degree = (first[culprit + 1] ?? 0) - from;
  if (degree > 0 && below(3) === 0) culprit = other[from + below(degree)] ?? 0;
  const at = order.indexOf(culprit);
  const to = below(Math.max(1, at));
  if (at <= 0) exchange(order, below(order.length), below(order.length));
  else if (below(2) === 0) exchange(order, at, to);
  else {
    order.splice(at, 1);
    order.splice(to, 0, culprit);
  }
}

function exchange(order: number[], i: number, j: number): void {
  const [one, two] = [order[i] ?? 0, order[j] ?? 0];
  order[i] = two;
  order[j] = one;
}

/** Each buffer in turn as low as it can lie among those before it; fixed ones are there from the start. */
function rise(placement: Placement, order: readonly number[]): Placed {
  placement.clear();
  for (const buffer of order) placement.putLowest(buffer);
  return { order, offsets: placement.offsets.slice(), height: placement.heightOf(order) };
}

/** Each buffer in turn as high as it can lie below a generous ceiling, then all let down in the order they came to lie. */
function sink(instance: SeparationInstance, placement: Placement, order: readonly number[]): Placed {
  placement.clear();
  let ceiling = placement.fixedTop;
  for (const buffer of order) ceiling += (instance.size[buffer] ?? 0) + (instance.alignment[buffer] ?? 1);
  for (const buffer of order) invariant(placement.putHighest(buffer, ceiling), `buffer ${buffer} has no place`);
  return rise(placement, byOffset(order, placement.offsets));
}

/** Pushes a placement up against its height and down again (forward-backward improvement) while that lowers it. */
function settle(placement: Placement, placed: Placed): Placed {
  for (let best = placed; ; ) {
    const up = byOffset(best.order, best.offsets).reverse();
    placement.clear();
    // Only where buffers lie exactly in place of each other can the order be the wrong one.
    if (!up.every((buffer) => placement.putHighest(buffer, best.height))) return best;
    const next = rise(placement, byOffset(best.order, placement.offsets));
    if (next.height >= best.height) return best;
    best = next;
  }
}

function byOffset(order: readonly number[], offsets: Float64Array): number[] {
  return [...order].sort((a, b) => (offsets[a] ?? 0) - (offsets[b] ?? 0) || a - b);
}

/** Orders worth a try: by size, by conflicts, by both, by time, and the fullest moments first. */
function orders(instance: SeparationInstance, { buffers, moments }: Component): readonly (readonly number[])[] {
  const { size, first } = instance;
  const bytes = (i: number) => size[i] ?? 0;
  const degree = (i: number) => (first[i + 1] ?? 0) - (first[i] ?? 0);
  const sorted = (worth: (i: number) => number) => [...buffers].sort((a, b) => worth(b) - worth(a) || a - b);
  const fullest = moments
    .map((moment) => ({ moment, sum: moment.reduce((sum, i) => sum + bytes(i), 0) }))
    .sort((a, b) => b.sum - a.sum);
  const bySize = sorted(bytes);
  const fullestFirst = new Set(fullest.flatMap(({ moment }) => bySize.filter((i) => moment.includes(i))));
  const busiest = new Set(fullest.flatMap(({ moment }) => [...moment].sort((a, b) => degree(b) - degree(a))));
  return [
    bySize,
    sorted((i) => bytes(i) * degree(i)),
    [...fullestFirst, ...bySize.filter((i) => !fullestFirst.has(i))],
    [...buffers],
    [...buffers].reverse(),
    sorted((i) => degree(i) * 2 ** 40 + bytes(i)),
    [...busiest, ...bySize.filter((i) => !busiest.has(i))],
    bySize.toReversed(),
  ];
}
