import { LearnedClauses } from './separation-clauses.ts';
import type { Component, SeparationInstance } from './separation-instance.ts';
import { SeparationState } from './separation-state.ts';
import { luby } from './strategy.ts';

export type SearchOutcome = 'found' | 'impossible' | 'unknown';

/** Contradictions between two restarts, times a number of Luby's sequence. */
const restartUnit = 50;

/** How much more a new contradiction counts than the one before. */
const activityGrowth = 1.05;

/**
 * Exact search for a placement of one component within a capacity: chooses which buffer of each pair is the lower, learns a
 * clause from each contradiction and jumps back to where it would have helped (conflict-driven clause learning, Marques-Silva
 * and Sakallah 1999, over difference constraints, as lazily as in Nieuwenhuis, Oliveras and Tinelli, "Solving SAT and SAT
 * modulo theories", 2006). Complete: `impossible` is a proof.
 */
export class SeparationSearch {
  /** Free choices so far, over all capacities. */
  nodes = 0;
  /** After `found`: the offsets are the lows. */
  readonly state: SeparationState;
  private readonly clauses: LearnedClauses;
  private capacity = Number.POSITIVE_INFINITY;
  /** How often a pair was part of recent contradictions. */
  private readonly activity: Float64Array;
  private increment = 1;
  /** The literal that a pair held last. */
  private readonly preferred: Int32Array;
  private readonly twins: readonly number[];

  constructor(instance: SeparationInstance, component: Component, start: Float64Array) {
    const state = new SeparationState(instance, component);
    this.state = state;
    this.clauses = new LearnedClauses(state);
    this.twins = twinLiterals(instance, state);
    this.preferred = new Int32Array(state.pairs);
    this.activity = new Float64Array(state.pairs);
    for (let pair = 0; pair < state.pairs; pair++) {
      const [a, b] = [state.lower[2 * pair] ?? 0, state.upper[2 * pair] ?? 0];
      this.preferred[pair] = (start[a] ?? 0) <= (start[b] ?? 0) ? 2 * pair : 2 * pair + 1;
      // The largest buffers are decided first as long as nothing is known.
      const bytes = (state.distance[2 * pair] ?? 0) + (state.distance[2 * pair + 1] ?? 0);
      this.activity[pair] = bytes / 2 ** 53;
    }
  }

  /** Searches until `limit` nodes are used up, counted from the first search on. */
  search(capacity: number, limit: number): SearchOutcome {
    // What was learned within a capacity holds within any smaller one.
    if (capacity > this.capacity) this.clauses.clear();
    this.capacity = capacity;
    for (let round = 1; ; round++) {
      if (!this.begin(capacity)) return 'impossible';
      const outcome = this.descend(limit, restartUnit * luby(round));
      if (outcome !== 'unknown' || this.nodes >= limit) return outcome;
      this.clauses.reduce();
    }
  }

  private begin(capacity: number): boolean {
    const { state } = this;
    if (!state.reset(capacity)) return false;
    for (const literal of this.twins) {
      if (state.value[literal] === -1) return false;
      if (state.value[literal] === 0) state.choose(literal);
    }
    return this.clauses.chooseUnits() && this.propagate();
  }

  /** Chooses until all pairs are decided, or `contradictions` times it was not possible. */
  private descend(limit: number, contradictions: number): SearchOutcome {
    const { state } = this;
    for (let left = contradictions; ; ) {
      const pair = this.mostActive();
      if (pair === -1) return 'found';
      if (left <= 0 || this.nodes >= limit) return 'unknown';
      this.nodes++;
      state.deepen();
      state.choose(this.preferred[pair] ?? 0);
      while (!this.propagate()) {
        left--;
        if (!this.learn()) return 'impossible';
      }
    }
  }

  private propagate(): boolean {
    const { state, clauses } = this;
    do {
      if (!state.follow()) return false;
      if (!clauses.follow()) return false;
    } while (!clauses.isSettled());
    return true;
  }

  /** Learns from the contradiction and jumps back. False when nothing was free any more. */
  private learn(): boolean {
    const { state, clauses, activity, preferred } = this;
    const deepest = state.contradiction.reduce((level, literal) => Math.max(level, state.level[literal] ?? 0), 0);
    if (deepest === 0) return false;
    for (const literal of state.chosen) preferred[literal >> 1] = literal;
    this.retreat(deepest);
    const { learned, level } = clauses.analyse(deepest);
    for (const literal of learned) activity[literal >> 1] = (activity[literal >> 1] ?? 0) + this.increment;
    this.increment *= activityGrowth;
    if (this.increment > 1e100) this.rescale();
    this.retreat(level);
    clauses.add(learned);
    return true;
  }

  private retreat(level: number): void {
    this.state.backtrack(level);
    this.clauses.backtrack();
  }

  private mostActive(): number {
    const { value, pairs } = this.state;
    let best = -1;
    let most = -1;
    for (let pair = 0; pair < pairs; pair++) {
      const worth = this.activity[pair] ?? 0;
      if (value[2 * pair] !== 0 || worth <= most) continue;
      best = pair;
      most = worth;
    }
    return best;
  }

  private rescale(): void {
    for (let pair = 0; pair < this.activity.length; pair++) this.activity[pair] = (this.activity[pair] ?? 0) * 1e-100;
    this.increment *= 1e-100;
  }
}

/** Literals that put one of two buffers that are alike in everything below the other; without loss. */
function twinLiterals(instance: SeparationInstance, state: SeparationState): readonly number[] {
  const { size, alignment, fixed, first, other, underOther, overOther } = instance;
  const signature = (buffer: number, twin: number) => {
    const lines: string[] = [];
    for (let e = first[buffer] ?? 0; e < (first[buffer + 1] ?? 0); e++) {
      if (other[e] !== twin) lines.push(`${other[e]}:${underOther[e]}:${overOther[e]}`);
    }
    return lines.sort().join(' ');
  };
  const literals: number[] = [];
  for (let literal = 0; literal < 2 * state.pairs; literal += 2) {
    const [a, b] = [state.lower[literal] ?? 0, state.upper[literal] ?? 0];
    if (size[a] !== size[b] || alignment[a] !== alignment[b] || fixed[a] !== -1 || fixed[b] !== -1) continue;
    if (state.distance[literal] !== state.distance[literal + 1] || signature(a, b) !== signature(b, a)) continue;
    literals.push(literal);
  }
  return literals;
}
