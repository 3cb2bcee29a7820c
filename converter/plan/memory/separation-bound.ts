import { gcd, roundUp } from './instance.ts';
import type { Component, SeparationInstance } from './separation-instance.ts';
import { lowestOffset } from './separation-offsets.ts';

/** Nodes that the exact height of one moment may cost; beyond, the weaker bound holds. */
const cliqueNodes = 4000;

/** The most buffers of a moment whose orders are all tried. */
const mostExact = 9;

/** A height that no placement of a component is below: that of its buffers alone, and that of its moments. */
export function separationBound(instance: SeparationInstance, { buffers, moments }: Component): number {
  let bound = 0;
  for (const buffer of buffers)
    bound = Math.max(bound, lowestOffset(instance, buffer, 0) + (instance.size[buffer] ?? 0));
  if (!instance.isOrdered) return bound;
  const cliques = distinct(moments).map((members) => new Clique(instance, members));
  for (const clique of cliques) bound = Math.max(bound, clique.sumBound());
  cliques.sort((a, b) => b.most - a.most);
  for (const clique of cliques) {
    if (clique.most <= bound) break;
    bound = Math.max(bound, clique.exactBound(bound));
  }
  return bound;
}

/** The moments that no other contains, each once. */
function distinct(moments: readonly (readonly number[])[]): readonly (readonly number[])[] {
  const sets = moments.map((moment) => new Set(moment)).sort((a, b) => b.size - a.size);
  const kept: Set<number>[] = [];
  for (const set of sets) {
    if (!kept.some((larger) => [...set].every((buffer) => larger.has(buffer)))) kept.push(set);
  }
  return kept.map((set) => [...set].sort((a, b) => a - b));
}

/** The buffers of one moment with the distances between them. */
class Clique {
  /** No more than this is needed for these buffers alone. */
  readonly most: number;
  private readonly instance: SeparationInstance;
  private readonly members: readonly number[];
  /** `under[i * n + j]`: least distance when `j` lies above `i`; -1 for pairs that are free. */
  private readonly under: Float64Array;
  private readonly offset: Float64Array;
  private nodes = 0;
  private best = 0;
  private enough = 0;

  constructor(instance: SeparationInstance, members: readonly number[]) {
    const { first, other, underOther } = instance;
    const n = members.length;
    this.instance = instance;
    this.members = members;
    this.under = new Float64Array(n * n).fill(-1);
    this.offset = new Float64Array(n);
    const place = new Map(members.map((buffer, i) => [buffer, i]));
    for (const [i, buffer] of members.entries()) {
      for (let e = first[buffer] ?? 0; e < (first[buffer + 1] ?? 0); e++) {
        const j = place.get(other[e] ?? 0);
        if (j !== undefined) this.under[i * n + j] = underOther[e] ?? 0;
      }
    }
    let most = 0;
    for (const buffer of members) most = lowestOffset(instance, buffer, most) + (instance.size[buffer] ?? 0);
    this.most = most;
  }

  /**
   * Sorted by offset, each of a set of buffers in conflict keeps its least distance to the next, and the topmost has its
   * size. Not exact, but cheap for any number of buffers.
   */
  sumBound(): number {
    const { members, under } = this;
    const { size, alignment } = this.instance;
    const n = members.length;
    const bySize = members.map((_, i) => i).sort((a, b) => this.sizeOf(b) - this.sizeOf(a) || a - b);
    const chosen: number[] = [];
    for (const i of bySize) if (chosen.every((j) => (under[i * n + j] ?? -1) >= 0)) chosen.push(i);
    let unit = 0;
    for (const i of chosen) unit = gcd(unit, alignment[members[i] ?? 0] ?? 1);
    let sum = 0;
    let top = Number.POSITIVE_INFINITY;
    for (const i of chosen) {
      let least = Number.POSITIVE_INFINITY;
      for (const j of chosen) if (j !== i) least = Math.min(least, under[i * n + j] ?? 0);
      if (chosen.length === 1) least = 0;
      least = roundUp(least, unit);
      sum += least;
      top = Math.min(top, (size[members[i] ?? 0] ?? 0) - least);
    }
    return chosen.length === 0 ? 0 : sum + top;
  }

  /**
   * The least height of these buffers alone, by trying their orders: each lies as low as those below it let it. Heights up to
   * `known` are not told apart; 0 when there are too many buffers or orders.
   */
  exactBound(known: number): number {
    const n = this.members.length;
    if (n > mostExact) return 0;
    this.nodes = 0;
    this.best = Number.POSITIVE_INFINITY;
    this.enough = known;
    this.extend(0, 0);
    return this.nodes > cliqueNodes ? 0 : this.best;
  }

  /** Places one more above the set `placed` (bits), whose height is `height`. */
  private extend(placed: number, height: number): void {
    const { members, under, offset } = this;
    const n = members.length;
    if (++this.nodes > cliqueNodes || this.best <= this.enough) return;
    if (placed === 2 ** n - 1) {
      this.best = height;
      return;
    }
    for (let i = 0; i < n; i++) {
      if ((placed & (1 << i)) !== 0) continue;
      let least = 0;
      for (let j = 0; j < n; j++) {
        const distance = under[j * n + i] ?? -1;
        if ((placed & (1 << j)) !== 0 && distance >= 0) least = Math.max(least, (offset[j] ?? 0) + distance);
      }
      const lowest = lowestOffset(this.instance, members[i] ?? 0, least);
      const end = Math.max(height, lowest + this.sizeOf(i));
      if (end >= this.best) continue;
      offset[i] = lowest;
      this.extend(placed | (1 << i), end);
    }
  }

  private sizeOf(member: number): number {
    return this.instance.size[this.members[member] ?? 0] ?? 0;
  }
}
