import type { CPackageModel } from '../package.ts';
import { type ClassCounts, type Coefficients, coefficientsOf } from './coefficients.ts';
import { packageTrips } from './package.ts';
import type { CountedCpu } from './processors.ts';
import type { Trip, Trips } from './trips.ts';

/** Predicted instructions, all and by class. */
export interface PredictedCounts {
  readonly instructions: number;
  readonly classes: ClassCounts;
}

/** The predicted instructions of one run of a package. */
export interface PredictedRun {
  readonly instructions: number;
  /** By step of the program; undefined for a step that does nothing. */
  readonly layers: readonly (PredictedCounts | undefined)[];
  /** Calls, and rows of streams that are no layer's. */
  readonly between: PredictedCounts;
}

/** Predicts the instructions of a package on a processor, at -O2. */
export function predictedRun(model: CPackageModel, cpu: CountedCpu): PredictedRun {
  const coefficients = coefficientsOf(cpu);
  const trips = packageTrips(model, cpu);
  const layers = trips.layers.map((layer) => (layer === undefined ? undefined : predictedCounts(layer, coefficients)));
  const between = predictedCounts(trips.between, coefficients);
  const instructions = layers.reduce((sum, layer) => sum + (layer?.instructions ?? 0), between.instructions);
  return { instructions, layers, between };
}

/** Predicts the instructions of what is executed so often. */
export function predictedCounts(trips: Trips, coefficients: Coefficients): PredictedCounts {
  const classes = new Map<string, number>();
  let instructions = 0;
  for (const [key, trip] of trips.all) {
    const made = madeOf(key, trip, coefficients);
    const sum = sumOf(made);
    const cost = statementCost(key, coefficients) ?? sum;
    instructions += trip.count * cost;
    // A statement costs what was fitted, in the classes of what it is made of.
    const shares = sum > 0 ? made : new Map([['alu', 1]]);
    const scale = (trip.count * cost) / (sum > 0 ? sum : 1);
    for (const [name, count] of shares) classes.set(name, (classes.get(name) ?? 0) + scale * count);
  }
  return { instructions, classes };
}

/** The fitted cost of a statement; a short loop that was not seen counts like a long one. */
export function statementCost(key: string, { statements }: Pick<Coefficients, 'statements'>): number | undefined {
  return statements.get(key) ?? statements.get(key.replace(/ x \d$/, ''));
}

/** The instructions of one execution by the kinds of things that a statement is made of. */
export function madeOf(key: string, { kinds: things }: Trip, { kinds }: Pick<Coefficients, 'kinds'>): ClassCounts {
  if (isPart(things)) return kinds.get(key) ?? new Map();
  const sum = new Map<string, number>();
  for (const [thing, times] of things) {
    for (const [name, count] of kinds.get(thing) ?? [['alu', 1] as const]) {
      sum.set(name, (sum.get(name) ?? 0) + times * count);
    }
  }
  return sum;
}

/** Whether these are the kinds of a part of a function in assembly, which is a kind of its own. */
export function isPart(kinds: Trip['kinds']): boolean {
  return kinds.has('library');
}

function sumOf(counts: ClassCounts): number {
  let sum = 0;
  for (const count of counts.values()) sum += count;
  return sum;
}
