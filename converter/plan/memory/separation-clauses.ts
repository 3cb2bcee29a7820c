import type { SeparationState } from './separation-state.ts';

/** Clauses beyond this many are thrown out, the long old ones first. */
const mostClauses = 4000;

/** Clauses up to this length stay. */
const shortClause = 4;

/** What was learned from contradictions: clauses of literals of which one must hold. */
export class LearnedClauses {
  private readonly state: SeparationState;
  private clauses: number[][] = [];
  private readonly units = new Set<number>();
  /** Of each literal: the clauses that watch it, to be looked at when it fails. */
  private readonly watchers: number[][][];
  /** Literals in `state.chosen` before this have been followed up. */
  private followed = 0;
  private readonly seen: Uint8Array;

  constructor(state: SeparationState) {
    this.state = state;
    this.watchers = Array.from({ length: 2 * state.pairs }, () => []);
    this.seen = new Uint8Array(state.pairs);
  }

  clear(): void {
    this.clauses = [];
    this.units.clear();
    for (const list of this.watchers) list.length = 0;
  }

  /** To be called when the state has taken choices back. */
  backtrack(): void {
    this.followed = Math.min(this.followed, this.state.chosen.length);
  }

  /** Chooses the literals that must hold always, at the bottom level. False when that is not possible. */
  chooseUnits(): boolean {
    const { value } = this.state;
    this.followed = 0;
    for (const literal of this.units) {
      if (value[literal] === -1) return false;
      if (value[literal] === 0) this.state.choose(literal);
    }
    return true;
  }

  isSettled(): boolean {
    return this.followed === this.state.chosen.length;
  }

  /** Chooses what the clauses force; stops when the state has something to follow. False on a contradiction. */
  follow(): boolean {
    const { chosen } = this.state;
    const known = chosen.length;
    while (this.followed < known) {
      if (!this.visit((chosen[this.followed] ?? 0) ^ 1)) return false;
      this.followed++;
    }
    return true;
  }

  /** Looks at the clauses that watch a literal that failed. */
  private visit(failed: number): boolean {
    const { value } = this.state;
    const list = this.watchers[failed] ?? [];
    let kept = 0;
    for (let k = 0; k < list.length; k++) {
      const clause = list[k] ?? [];
      if (clause[0] === failed) {
        clause[0] = clause[1] ?? 0;
        clause[1] = failed;
      }
      const head = clause[0] ?? 0;
      let at = clause.length;
      if (value[head] !== 1) for (at = 2; at < clause.length && value[clause[at] ?? 0] === -1; ) at++;
      if (value[head] !== 1 && at < clause.length) {
        clause[1] = clause[at] ?? 0;
        clause[at] = failed;
        this.watchers[clause[1] ?? 0]?.push(clause);
        continue;
      }
      list[kept++] = clause;
      if (value[head] === 1) continue;
      if (value[head] === 0) {
        this.state.choose(head, clause);
        continue;
      }
      for (k++; k < list.length; k++) list[kept++] = list[k] ?? [];
      list.length = kept;
      this.state.contradiction = clause.map((literal) => literal ^ 1);
      return false;
    }
    list.length = kept;
    return true;
  }

  /**
   * The clause of the first unique implication point: of the literals of the contradiction those of the deepest level are
   * replaced by what they came of until one is left. `learned[0]` is the one that fails at that level, `learned[1]` one
   * of the level to jump back to.
   */
  analyse(deepest: number): { readonly learned: number[]; readonly level: number } {
    const { state, seen } = this;
    const rest: number[] = [];
    let open = 0;
    const add = (literal: number) => {
      const level = state.level[literal] ?? 0;
      if (level === 0 || seen[literal >> 1] === 1) return;
      seen[literal >> 1] = 1;
      if (level === deepest) open++;
      else rest.push(literal);
    };
    for (const literal of state.contradiction) add(literal);
    let at = state.chosen.length - 1;
    for (; ; at--) {
      const literal = state.chosen[at] ?? 0;
      if (seen[literal >> 1] === 0) continue;
      if (open === 1) break;
      open--;
      for (const cause of this.causes(literal)) add(cause);
      seen[literal >> 1] = 0;
    }
    const point = state.chosen[at] ?? 0;
    const marked = [point, ...rest];
    const needed = rest.filter((literal) => !this.isImplied(literal));
    for (const literal of marked) seen[literal >> 1] = 0;
    needed.sort((a, b) => (state.level[b] ?? 0) - (state.level[a] ?? 0));
    const level = needed.length === 0 ? 0 : (state.level[needed[0] ?? 0] ?? 0);
    return { learned: [point, ...needed].map((literal) => literal ^ 1), level };
  }

  /** Whether a literal follows from others of the clause (seen), and so says nothing in it. */
  private isImplied(literal: number): boolean {
    const causes = this.causes(literal);
    const isKnown = (cause: number) => (this.state.level[cause] ?? 0) === 0 || this.seen[cause >> 1] === 1;
    return causes.length > 0 && causes.every(isKnown);
  }

  private causes(literal: number): readonly number[] {
    const clause = this.state.clause[literal] ?? null;
    if (clause !== null) return clause.filter((other) => other !== literal).map((other) => other ^ 1);
    const causes: number[] = [];
    this.state.explain(literal, causes);
    return causes;
  }

  /** Adds a clause of which only `learned[0]` is open, and makes that hold. */
  add(learned: number[]): void {
    const head = learned[0] ?? 0;
    if (learned.length === 1) {
      this.units.add(head);
      this.state.choose(head);
      return;
    }
    this.clauses.push(learned);
    this.watch(learned);
    this.state.choose(head, learned);
  }

  /** Throws out long old clauses when there are many. Only while no literal holds because of a clause. */
  reduce(): void {
    if (this.clauses.length <= mostClauses) return;
    const old = this.clauses.length / 2;
    this.clauses = this.clauses.filter((clause, age) => clause.length <= shortClause || age >= old);
    for (const list of this.watchers) list.length = 0;
    for (const clause of this.clauses) this.watch(clause);
  }

  private watch(clause: number[]): void {
    this.watchers[clause[0] ?? 0]?.push(clause);
    this.watchers[clause[1] ?? 0]?.push(clause);
  }
}
