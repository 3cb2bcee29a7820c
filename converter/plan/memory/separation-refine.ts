import { gcd } from './instance.ts';
import type { Placed } from './separation-greedy.ts';
import type { Component, SeparationInstance } from './separation-instance.ts';
import { SeparationSearch } from './separation-search.ts';

/** A placement of one component and what is proved of it. */
export interface Refined {
  readonly offsets: Float64Array;
  readonly height: number;
  /** No placement is below this. */
  readonly bound: number;
  readonly nodes: number;
}

/**
 * Lowers a placement by exact search until it is proved least, or not above `enough`. The least height that is of use
 * is tried first, as it is often reached, with a quarter of the nodes; then each step asks for less than the best so far.
 * `bound` is what is proved already.
 */
export function refine(
  instance: SeparationInstance,
  component: Component,
  { offsets, height }: Placed,
  bound: number,
  enough: number,
  budget: number,
): Refined {
  let best = { offsets, height };
  const target = Math.max(bound, enough);
  if (height <= target || budget <= 0) return { ...best, bound, nodes: 0 };
  const grain = heightGrain(instance, component);
  const search = new SeparationSearch(instance, component, offsets);
  const attempt = (capacity: number, limit: number): boolean => {
    const outcome = search.search(capacity, limit);
    if (outcome === 'found') {
      const found = search.state.low.slice();
      best = { offsets: found, height: topOf(instance, component, found) };
    }
    if (outcome === 'impossible') bound = Math.max(bound, Math.floor(capacity / grain) * grain + grain);
    return outcome !== 'unknown';
  };
  attempt(target, budget / 4);
  while (best.height > Math.max(bound, enough) && search.nodes < budget) {
    if (!attempt(best.height - grain, budget)) break;
  }
  return { ...best, bound, nodes: search.nodes };
}

/** All heights of placements in which every buffer lies as low as its order lets it are multiples of this. */
function heightGrain(instance: SeparationInstance, { buffers }: Component): number {
  const { size, alignment, fixed, first, underOther, forbidden } = instance;
  let grain = 0;
  for (const buffer of buffers) {
    grain = gcd(gcd(grain, size[buffer] ?? 0), gcd(alignment[buffer] ?? 1, Math.max(0, fixed[buffer] ?? 0)));
    for (let e = first[buffer] ?? 0; e < (first[buffer + 1] ?? 0); e++) grain = gcd(grain, underOther[e] ?? 0);
  }
  for (const { to } of forbidden) grain = gcd(grain, to);
  return Math.max(1, grain);
}

function topOf({ size }: SeparationInstance, { buffers }: Component, offsets: Float64Array): number {
  let top = 0;
  for (const buffer of buffers) top = Math.max(top, (offsets[buffer] ?? 0) + (size[buffer] ?? 0));
  return top;
}
