import { type Figures, isQuality, type Limit, limitText, missed, missedBy } from './limit.ts';

/** For each unit of the search (a layer) the position of its choice. */
export type Assignment = readonly number[];

/** One layer, or input, for which there are choices. */
export interface Unit {
  readonly name: string;
  /** Positions of the choices that it has, from the narrowest to the widest. */
  readonly options: readonly number[];
  /**
   * Squared error of the model's outputs, relative to their size, when this unit alone is kept so and all else is real: by position of
   * the choice.
   */
  readonly harm: (choice: number) => number;
  /** What the choice takes, as a share of what the whole model takes; an estimate that only orders the units. */
  readonly weight: (choice: number) => number;
}

/** A model that was looked at. */
export interface Point {
  readonly what: string;
  readonly assignment: Assignment;
  readonly figures: Figures;
  /** By how much limits are missed together; 0 where the budget is met. */
  readonly missed: number;
  /** Whether it was the best until then. */
  readonly isBest: boolean;
}

export interface SearchResult {
  readonly best: Point;
  readonly points: readonly Point[];
  readonly isMet: boolean;
  /** For each limit that the best one misses, what stands in the way. */
  readonly obstacles: readonly Obstacle[];
}

export interface Obstacle {
  readonly limit: string;
  readonly missed: number;
  /** A layer by its name; null where none can be blamed. */
  readonly layer: string | null;
}

export interface SearchTask {
  readonly units: readonly Unit[];
  readonly start: Assignment;
  readonly limits: readonly Limit[];
  /** Makes the model and judges it. */
  readonly evaluate: (assignment: Assignment) => Figures;
  /** The start, which has been judged already. */
  readonly first: Pick<Point, 'what' | 'figures'>;
  /** What a model takes as one number, relative to the start. */
  readonly costOf: (figures: Figures) => number;
  readonly names: readonly string[];
  /** Most models that are made. */
  readonly mostPoints: number;
  readonly onPoint: (done: number) => void;
}

/** A change of one unit. */
interface Move {
  readonly unit: number;
  readonly to: number;
  /** Harm less (upwards) or more (downwards) for what it takes. */
  readonly rate: number;
}

/**
 * Looks for the cheapest model within the limits: deterministic, and with at most `mostPoints` models made.
 *
 * 1. Where memory or time does not suffice, units go down in the order of least harm for what they save, 1, 2, 4 ... at once.
 * 2. Where answers suffer, units go up in the order of most harm taken away for what they take, 1, 2, 4 ... at once; then the least number
 *    that suffices is found by halving.
 * 3. Where both cannot be had so, units go up one by one, where less is missed then.
 * 4. Every unit that went up goes down again, the least useful first, where the budget stays met (or no more is missed).
 * 5. With a limit on answers, further units go down as long as it is met, in the order of 1.
 *
 * The order is a guess from each unit alone; each model is judged as a whole. The best one is that which misses least and, of those,
 * takes least; while something is missed the one that is nearest to the float model.
 */
export function searchBudget(task: SearchTask): SearchResult {
  const search = new Search(task);
  const { limits } = task;
  const [quality, resources] = [limits.filter(isQuality), limits.filter((limit) => !isQuality(limit))];
  if (missed(resources, search.best.figures) > 0) search.descend(resources);
  if (missed(quality, search.best.figures) > 0) {
    search.climb(quality);
    if (search.best.missed > 0) search.creep();
    search.prune();
  }
  if (quality.length > 0 && search.best.missed === 0) search.descend(limits);
  return search.result();
}

class Search {
  readonly #task: SearchTask;
  readonly #points: Point[] = [];
  readonly #seen = new Map<string, Point>();
  #best: Point;

  constructor(task: SearchTask) {
    this.#task = task;
    this.#best = this.#add(task.first.what, task.start, task.first.figures);
  }

  get best(): Point {
    return this.#best;
  }

  get #isSpent(): boolean {
    return this.#points.length >= this.#task.mostPoints;
  }

  /** Units go up until `limits` are met: the fewest, in order, that suffice. */
  climb(limits: readonly Limit[]): void {
    const from = this.best.assignment;
    const moves = upwards(this.#task.units, from);
    const reach = (count: number) => {
      const last = moves[count - 1];
      const point = this.#look(`${count} up, to ${this.#moveText(last)}`, applied(from, moves.slice(0, count)));
      return point !== null && missed(limits, point.figures) === 0;
    };
    let [low, high] = [0, Math.min(1, moves.length)];
    while (high > 0 && !this.#isSpent && !reach(high)) {
      low = high;
      if (high === moves.length) return;
      high = Math.min(moves.length, 2 * high);
    }
    while (high - low > 1 && !this.#isSpent) {
      const middle = (low + high) >> 1;
      if (reach(middle)) high = middle;
      else low = middle;
    }
  }

  /** Units go down: where `limits` are missed until they are met, otherwise as far as they stay met. */
  descend(limits: readonly Limit[]): void {
    const from = this.best.assignment;
    const moves = downwards(this.#task.units, from);
    const wasMet = missed(limits, this.best.figures) === 0;
    // What is looked for is the first number that meets limits, or the first that breaks them.
    const isPast = (count: number) => {
      const last = moves[count - 1];
      const point = this.#look(`${count} down, to ${this.#moveText(last)}`, applied(from, moves.slice(0, count)));
      return point === null || (missed(limits, point.figures) === 0) !== wasMet;
    };
    let [low, high] = [0, Math.min(1, moves.length)];
    while (high > 0 && !this.#isSpent && !isPast(high)) {
      low = high;
      if (high === moves.length) return;
      high = Math.min(moves.length, 2 * high);
    }
    while (high - low > 1 && !this.#isSpent) {
      const middle = (low + high) >> 1;
      if (isPast(middle)) high = middle;
      else low = middle;
    }
  }

  /** Units go up one by one, where that is better. */
  creep(): void {
    for (const move of upwards(this.#task.units, this.best.assignment)) {
      if (this.#isSpent || this.best.missed === 0) return;
      this.#look(this.#moveText(move), applied(this.best.assignment, [move]));
    }
  }

  /** Every unit that is wider than at the start goes back, the least useful first, where that is better. */
  prune(): void {
    const { units, start } = this.#task;
    const widened = this.best.assignment.flatMap((choice, unit) => {
      const first = start[unit] ?? 0;
      return choice <= first ? [] : [{ unit, to: first, rate: rateOf(units[unit], first, choice) }];
    });
    for (const move of widened.sort((a, b) => a.rate - b.rate)) {
      if (this.#isSpent) return;
      const text = `without ${units[move.unit]?.name ?? ''}`;
      this.#look(text, applied(this.best.assignment, [move]));
    }
  }

  result(): SearchResult {
    const { best } = this;
    const { limits, units } = this.#task;
    const obstacles = limits.flatMap((limit): Obstacle[] => {
      const by = missedBy(limit, best.figures);
      if (by === 0) return [];
      const { largest } = best.figures.cost;
      const layer = isQuality(limit)
        ? mostHarmful(units, best.assignment)
        : largest[limit.kind as 'sram' | 'flash' | 'latency'];
      return [{ limit: limitText(limit), missed: by, layer }];
    });
    return { best, points: this.#points, isMet: best.missed === 0, obstacles };
  }

  /** Makes and judges a model; null where no more may be made. */
  #look(what: string, assignment: Assignment): Point | null {
    const before = this.#seen.get(assignment.join());
    if (before !== undefined) return before;
    if (this.#isSpent) return null;
    return this.#add(what, assignment, this.#task.evaluate(assignment));
  }

  #add(what: string, assignment: Assignment, figures: Figures): Point {
    const point = { what, assignment, figures, missed: missed(this.#task.limits, figures) };
    const isBest = this.#points.length === 0 || this.#isBetter(point, this.#best);
    const added = { ...point, isBest };
    if (isBest) this.#best = added;
    this.#points.push(added);
    if (!this.#seen.has(assignment.join())) this.#seen.set(assignment.join(), added);
    this.#task.onPoint(this.#points.length);
    return added;
  }

  #isBetter(one: Omit<Point, 'isBest'>, best: Point): boolean {
    if (one.missed !== best.missed) return one.missed < best.missed;
    const [cost, least] = [this.#task.costOf(one.figures), this.#task.costOf(best.figures)];
    const [noise, faintest] = [one.figures.noise, best.figures.noise];
    if (one.missed > 0) return noise === faintest ? cost < least : noise < faintest;
    return cost === least ? noise < faintest : cost < least;
  }

  #moveText(move: Move | undefined): string {
    if (move === undefined) return 'nothing';
    return `${this.#task.names[move.to] ?? ''} in ${this.#task.units[move.unit]?.name ?? ''}`;
  }
}

function applied(assignment: Assignment, moves: readonly Move[]): Assignment {
  const next = [...assignment];
  for (const { unit, to } of moves) next[unit] = to;
  return next;
}

/** Harm that going from one choice to a wider one takes away, for what that takes. */
function rateOf(unit: Unit | undefined, from: number, to: number): number {
  if (unit === undefined) return 0;
  const gain = unit.harm(from) - unit.harm(to);
  return gain / Math.max(1e-9, unit.weight(to) - unit.weight(from));
}

/**
 * Steps upwards, those of the best rate first. Of a unit's choices only those on the lower hull of harm over weight are steps, so that
 * rates of one unit fall and the order of its steps is that of the list.
 */
function upwards(units: readonly Unit[], from: Assignment): readonly Move[] {
  const moves = units.flatMap((unit, index): Move[] => {
    const steps: Move[] = [];
    let at = from[index] ?? 0;
    for (;;) {
      const wider = unit.options.filter((choice) => choice > at && unit.harm(choice) < unit.harm(at));
      const [first, ...others] = wider;
      if (first === undefined) return steps;
      const here = at;
      const to = others.reduce((best, one) => (rateOf(unit, here, one) > rateOf(unit, here, best) ? one : best), first);
      steps.push({ unit: index, to, rate: rateOf(unit, at, to) });
      at = to;
    }
  });
  return moves.sort((a, b) => b.rate - a.rate || a.unit - b.unit || a.to - b.to);
}

/** Steps downwards, one choice at a time, those of least harm for what they save first. */
function downwards(units: readonly Unit[], from: Assignment): readonly Move[] {
  const moves = units.flatMap((unit, index): Move[] => {
    const at = from[index] ?? 0;
    const narrower = [...unit.options].reverse().filter((choice) => choice < at);
    let worst = Number.NEGATIVE_INFINITY;
    return narrower.map((to, i) => {
      // A step cannot come before the one that it follows.
      worst = Math.max(worst, rateOf(unit, to, narrower[i - 1] ?? at));
      return { unit: index, to, rate: worst };
    });
  });
  return moves.sort((a, b) => a.rate - b.rate || a.unit - b.unit || b.to - a.to);
}

function mostHarmful(units: readonly Unit[], assignment: Assignment): string | null {
  let [worst, name]: [number, string | null] = [0, null];
  units.forEach((unit, i) => {
    const harm = unit.harm(assignment[i] ?? 0);
    if (harm > worst) [worst, name] = [harm, unit.name];
  });
  return name;
}
