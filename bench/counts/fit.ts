import { costKey } from '../../converter/backends/c/counts/assembly.ts';
import type { ClassCounts, Coefficients } from '../../converter/backends/c/counts/coefficients.ts';
import { hashOf, isPart, madeOf, sumOf } from '../../converter/backends/c/counts/predict.ts';
import { type Trip, Trips } from '../../converter/backends/c/counts/trips.ts';
import type { MixClass } from '../../converter/estimate/instructions/mix.ts';
import { entriesOf } from './groups.ts';
import { nonNegativeLeastSquares, type Pull, type Row } from './least-squares.ts';
import type { Classes } from './measure.ts';
import type { Observation } from './observe.ts';

/** Layers of few instructions matter less: so many are added to what differences are divided by. */
const SMALL = 40;

/** A function that takes a small share of its layer matters less: so much of the layer is added, too. */
const SHARE = 0.1;

/**
 * How strongly a statement is held to what it is made of: the square of a difference of 100 %, against that of one layer. Parts of
 * functions in assembly are the same everywhere, and free.
 */
const HOLD = 2e-4;
const FREE = 1e-9;

/** The same for kinds of things, which are held to one instruction. */
const HOLD_KIND = 1e-5;

/** A statement gets a cost of its own where it would be more than this share of some function. */
const LEAST_SHARE = 0.008;

/** What was executed and counted together. */
interface Sample {
  readonly trips: Trips;
  readonly classes: Classes;
  readonly instructions: number;
  readonly weight: number;
}

type MutableCosts = Map<string, Map<string, number>>;

/**
 * Fits the costs on functions of layers, class by class: first of the kinds of things that statements are made of, then of each statement;
 * at last their sums, since all instructions matter more than the classes.
 */
export function fitCoefficients(observations: readonly Observation[]): Coefficients {
  const samples = withoutOutliers(
    observations.flatMap(({ groups, instructions: all }) =>
      groups.map(
        (group): Sample => ({
          ...group,
          trips: byCostKey(group.trips),
          weight: 1 / (group.instructions + SHARE * all + SMALL),
        }),
      ),
    ),
  );
  const classes = [...new Set(samples.flatMap((one) => entriesOf(one.classes).map(([name]) => name)))].sort();
  const kinds = fitKinds(samples, classes);
  const made = madeCosts(samples, kinds);
  const own = ownStatements(samples, made);
  const fitted = fitClasses(samples, classes, made, own);
  const sums = fitSums(samples, made, own, fitted);
  return { kinds, statements: new Map([...sums].map(([key, cost]) => [hashOf(key), cost])) };
}

/** A function in assembly, or of the C library, that is off by more ran in another way than its parts say: data, or the compiler, did that. */
const OUTLIER = 0.03;

/** Leaves such functions out, so that they do not spoil what is exact. */
function withoutOutliers(samples: readonly Sample[]): readonly Sample[] {
  const isWhole = ({ trips }: Sample) => [...trips.all.values()].every(({ kinds }) => isPart(kinds));
  const parts = samples.filter(isWhole);
  const keys = indexed(parts.flatMap(({ trips }) => [...trips.all.keys()]));
  const pulls = [...keys].map((): Pull => ({ center: 0, strength: FREE }));
  const offOf = (costs: Float64Array, { trips, instructions, weight }: Sample) =>
    weight *
    ([...trips.all].reduce((sum, [key, { count }]) => sum + count * (costs[keys.get(key) ?? 0] ?? 0), 0) -
      instructions);
  let left = parts;
  for (let round = 0; round < 3; round++) {
    const rows = left.map(({ trips, instructions, weight }) =>
      rowOf(
        [...trips.all].map(([key, { count }]) => [key, count] as const),
        keys,
        instructions,
        weight,
      ),
    );
    const costs = nonNegativeLeastSquares(rows, pulls);
    left = left.filter((sample) => Math.abs(offOf(costs, sample)) < OUTLIER * 3 ** (1 - round));
  }
  return samples.filter((sample) => !isWhole(sample) || left.includes(sample));
}

/** What is executed by the names that costs are kept under. */
function byCostKey(trips: Trips): Trips {
  const all = new Trips();
  for (const [key, { count, kinds }] of trips.all) all.add(costKey(key), count, kinds);
  return all;
}

function targetOf(classes: Classes, name: MixClass): number {
  return classes[name] ?? 0;
}

function fitKinds(samples: readonly Sample[], classes: readonly MixClass[]): Coefficients['kinds'] {
  const totals = samples.map(({ trips }) => kindTotals(trips));
  const names = indexed(totals.flatMap((total) => [...total.keys()]));
  const kinds: MutableCosts = new Map(
    [...names.keys()].filter((name) => !name.includes('|')).map((name) => [name, new Map()]),
  );
  for (const name of classes) {
    const rows = samples.map(({ classes: mix, weight }, i): Row => {
      return rowOf([...(totals[i] ?? [])], names, targetOf(mix, name), weight);
    });
    const pulls = [...names.keys()].map((kind) => ({ center: 0, strength: kind.includes('|') ? FREE : HOLD_KIND }));
    const solution = nonNegativeLeastSquares(rows, pulls);
    for (const [kind, index] of names) {
      const cost = solution[index] ?? 0;
      if (cost > 0.005) kinds.get(kind)?.set(name, cost);
    }
  }
  return kinds;
}

/** How many things of each kind are done. A part of a function in assembly is a kind of its own. */
function kindTotals(trips: Trips): ReadonlyMap<string, number> {
  const total = new Map<string, number>();
  for (const [key, { count, kinds }] of trips.all) {
    for (const [kind, times] of kinds) {
      const name = isPart(kinds) ? key : kind;
      total.set(name, (total.get(name) ?? 0) + count * times);
    }
  }
  return total;
}

function madeCosts(samples: readonly Sample[], kinds: Coefficients['kinds']): ReadonlyMap<string, ClassCounts> {
  const made = new Map<string, ClassCounts>();
  for (const { trips } of samples) {
    for (const [key, trip] of trips.all) if (!made.has(key)) made.set(key, madeOf(trip, { kinds }));
  }
  return made;
}

/** The statements that get a cost of their own, with how strongly they are held to the things that they are made of. */
function ownStatements(
  samples: readonly Sample[],
  made: ReadonlyMap<string, ClassCounts>,
): ReadonlyMap<string, number> {
  const own = new Map<string, number>();
  for (const { trips, weight } of samples) {
    for (const [key, { count, kinds }] of trips.all) {
      const cost = sumOf(made.get(key) ?? new Map());
      if (isPart(kinds)) own.set(key, FREE);
      else if (count * (cost + 1) * weight > LEAST_SHARE) own.set(key, HOLD / (cost + 1) ** 2);
    }
  }
  return own;
}

/** Rows on the statements with own costs; what the others take is subtracted. */
function rowsOf(
  samples: readonly Sample[],
  indices: ReadonlyMap<string, number>,
  target: (sample: Sample) => number,
  otherCost: (key: string, trip: Trip) => number,
): readonly Row[] {
  return samples.map((sample) => {
    let rest = target(sample);
    const counts: [string, number][] = [];
    for (const [key, trip] of sample.trips.all) {
      if (indices.has(key)) counts.push([key, trip.count]);
      else rest -= trip.count * otherCost(key, trip);
    }
    return rowOf(counts, indices, rest, sample.weight);
  });
}

function fitClasses(
  samples: readonly Sample[],
  classes: readonly MixClass[],
  made: ReadonlyMap<string, ClassCounts>,
  own: ReadonlyMap<string, number>,
): MutableCosts {
  const indices = indexed([...own.keys()]);
  const fitted: MutableCosts = new Map([...own.keys()].map((key) => [key, new Map()]));
  for (const name of classes) {
    const cost = (key: string) => made.get(key)?.get(name) ?? 0;
    const pulls = [...own].map(([key, strength]): Pull => ({ center: cost(key), strength }));
    const rows = rowsOf(samples, indices, (sample) => targetOf(sample.classes, name), cost);
    const solution = nonNegativeLeastSquares(rows, pulls);
    for (const [key, index] of indices) {
      const found = solution[index] ?? 0;
      if (found > 0.004) fitted.get(key)?.set(name, found);
    }
  }
  return fitted;
}

/** Scales the classes of each statement to the sums that predict all instructions best. */
function fitSums(
  samples: readonly Sample[],
  made: ReadonlyMap<string, ClassCounts>,
  own: ReadonlyMap<string, number>,
  fitted: MutableCosts,
): Coefficients['statements'] {
  const indices = indexed([...own.keys()]);
  const sums = (key: string) => sumOf(fitted.get(key) ?? made.get(key) ?? new Map());
  const pulls = [...own].map(([key, strength]): Pull => ({ center: sums(key), strength }));
  const rows = rowsOf(samples, indices, ({ instructions }) => instructions, sums);
  const solution = nonNegativeLeastSquares(rows, pulls);
  return new Map(
    [...own].map(([key, strength]) => {
      const [before, after] = [sums(key), solution[indices.get(key) ?? 0] ?? 0];
      const costs = fitted.get(key) ?? new Map<string, number>();
      if (strength === FREE) return [key, costs];
      if (before < 0.01) return [key, new Map([['alu', after]])];
      return [key, new Map([...costs].map(([name, cost]) => [name, (cost * after) / before]))];
    }),
  );
}

function rowOf(
  counts: readonly (readonly [string, number])[],
  indices: ReadonlyMap<string, number>,
  target: number,
  weight: number,
): Row {
  return {
    indices: counts.map(([name]) => indices.get(name) ?? 0),
    factors: counts.map(([, count]) => count),
    target,
    weight,
  };
}

function indexed(names: readonly string[]): Map<string, number> {
  return new Map([...new Set(names)].map((name, i) => [name, i]));
}
