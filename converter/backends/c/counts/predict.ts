import type { CPackageModel } from '../package.ts';
import { costKey } from './assembly.ts';
import { type ClassCounts, type Coefficients, coefficientsOf } from './coefficients.ts';
import { packageTrips } from './package.ts';
import type { CountedCpu } from './processors.ts';
import type { Trip, Trips } from './trips.ts';

/** Predicted instructions, all and by class. */
export interface PredictedCounts {
  readonly instructions: number;
  /** By the names of `MixClass` (`estimate/instructions`): they add up to the instructions. */
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
    for (const [name, cost] of costOf(key, trip, coefficients)) {
      instructions += trip.count * cost;
      classes.set(name, (classes.get(name) ?? 0) + trip.count * cost);
    }
  }
  return { instructions, classes };
}

/** The parts of functions in assembly, and functions that cannot be read, whose costs are not known: they count as nothing. */
export function uncounted(trips: Trips, coefficients: Coefficients): readonly string[] {
  return [...trips.all].flatMap(([key, { kinds }]) =>
    isPart(kinds) && statementCost(key, coefficients) === undefined ? [key] : [],
  );
}

/** The cost of one execution: the fitted one, or that of the things that the statement is made of. */
function costOf(key: string, trip: Trip, coefficients: Coefficients): ClassCounts {
  return statementCost(key, coefficients) ?? madeOf(trip, coefficients);
}

const hashes = new Map<string, string>();

/** A statement in the file of costs: 32 bits of its name by FNV-1a (Fowler, Noll, Vo), which keep the file small. */
export function hashOf(key: string): string {
  const found = hashes.get(key);
  if (found !== undefined) return found;
  let hash = 0x811c9dc5;
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193) >>> 0;
  const text = hash.toString(36);
  hashes.set(key, text);
  return text;
}

/** The fitted cost of a statement. A short loop that was not seen counts like a long one. */
export function statementCost(key: string, { statements }: Pick<Coefficients, 'statements'>): ClassCounts | undefined {
  const kept = costKey(key);
  return statements.get(hashOf(kept)) ?? statements.get(hashOf(kept.replace(/ x \d$/, '')));
}

/** The instructions of one execution by the kinds of things that a statement is made of; none for a part of assembly. */
export function madeOf({ kinds: things }: Trip, { kinds }: Pick<Coefficients, 'kinds'>): ClassCounts {
  const sum = new Map<string, number>();
  if (isPart(things)) return sum;
  for (const [thing, times] of things) {
    for (const [name, count] of kinds.get(thing) ?? [['alu', 1] as const]) {
      sum.set(name, (sum.get(name) ?? 0) + times * count);
    }
  }
  return sum;
}

/** Whether these are the kinds of a part of a function in assembly, which has no kinds but itself. */
export function isPart(kinds: Trip['kinds']): boolean {
  return kinds.has('library');
}

/** The sum over the classes. */
export function sumOf(counts: ClassCounts): number {
  let sum = 0;
  for (const count of counts.values()) sum += count;
  return sum;
}
