import { gcd, roundUp } from './instance.ts';
import type { Component, SeparationInstance } from './separation-instance.ts';
import { lowestOffset } from './separation-offsets.ts';

/** Nodes that the exact height of one moment may cost; beyond, the weaker bound holds. */
const cliqueNodes = 4000;

/** Up to this many buffers of a moment, all their orders are tried. */
const fewMembers = 7;

/** The most buffers that overlap another whose orders are tried. */
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
  /** The members whose orders are tried, and what their offsets are multiples of; null when each has its own alignment. */
  private open: readonly number[] = [];
  private unit: number | null = null;

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
   *
   * Of many buffers only those that overlap another are tried. A buffer that keeps clear of all others can be cut out of any
   * placement and what lies above it moved down by its size, which leaves a placement of the rest: its size counts in full.
   */
  exactBound(known: number): number {
    const n = this.members.length;
    const solid = n <= fewMembers ? [] : this.members.map((_, i) => i).filter((i) => this.isSolid(i));
    if (n - solid.length > mostExact) return 0;
    const solidBytes = solid.reduce((sum, i) => sum + this.sizeOf(i), 0);
    this.open = this.members.map((_, i) => i).filter((i) => !solid.includes(i));
    this.unit = solid.length === 0 ? null : this.commonUnit(solid);
    this.nodes = 0;
    this.best = Number.POSITIVE_INFINITY;
    this.enough = known - solidBytes;
    this.extend(0, 0);
    return this.nodes > cliqueNodes ? 0 : this.best + solidBytes;
  }

  /** Whether a buffer may overlap none of the others. */
  private isSolid(i: number): boolean {
    const n = this.members.length;
    return this.members.every((_, j) => {
      const isClear =
        (this.under[i * n + j] ?? -1) >= this.sizeOf(i) && (this.under[j * n + i] ?? -1) >= this.sizeOf(j);
      return i === j || isClear;
    });
  }

  /** All offsets stay multiples of this when solid buffers are cut out. */
  private commonUnit(solid: readonly number[]): number {
    const unit = this.members.reduce((divisor, buffer) => gcd(divisor, this.instance.alignment[buffer] ?? 1), 0);
    return Math.max(
      1,
      solid.reduce((divisor, i) => gcd(divisor, this.sizeOf(i)), unit),
    );
  }

  /** The lowest place of a buffer by itself; once others were cut out, no more than a multiple of the unit is sure. */
  private lowest(i: number, least: number): number {
    return this.unit === null ? lowestOffset(this.instance, this.members[i] ?? 0, least) : roundUp(least, this.unit);
  }

  /** Places one more above the set `placed` (bits), whose height is `height`. */
  private extend(placed: number, height: number): void {
    const { open, under, offset } = this;
    const n = this.members.length;
    if (++this.nodes > cliqueNodes || this.best <= this.enough) return;
    if (placed === 2 ** open.length - 1) {
      this.best = height;
      return;
    }
    for (let k = 0; k < open.length; k++) {
      if ((placed & (1 << k)) !== 0) continue;
      const i = open[k] ?? 0;
      let least = 0;
      for (let l = 0; l < open.length; l++) {
        const j = open[l] ?? 0;
        const distance = under[j * n + i] ?? -1;
        if ((placed & (1 << l)) === 0 || distance < 0) continue;
        // Cutting others out may bring two buffers as near as their sizes.
        const kept = this.unit === null ? distance : Math.min(distance, this.sizeOf(j));
        least = Math.max(least, (offset[j] ?? 0) + kept);
      }
      const lowest = this.lowest(i, least);
      const end = Math.max(height, lowest + this.sizeOf(i));
      if (end >= this.best) continue;
      offset[i] = lowest;
      this.extend(placed | (1 << k), end);
    }
  }

  private sizeOf(member: number): number {
    return this.instance.size[this.members[member] ?? 0] ?? 0;
  }
}
