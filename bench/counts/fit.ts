import type { Coefficients } from '../../converter/backends/c/counts/coefficients.ts';
import { isPart, madeOf } from '../../converter/backends/c/counts/predict.ts';
import { nonNegativeLeastSquares, type Pull, type Row } from './least-squares.ts';
import type { Observation } from './observe.ts';

/** Layers of few instructions matter less: so many are added to what differences are divided by. */
const SMALL = 40;

/**
 * How strongly a statement is held to what it is made of: the square of a difference of 100 %, against that of one layer. Parts of
 * functions in assembly are the same everywhere, and free.
 */
const HOLD = 2e-4;
const FREE = 1e-7;

/** The same for kinds of things, which are held to one instruction. */
const HOLD_KIND = 1e-5;

/** Fits the costs on layers: first by class, of the kinds of things that statements are made of, then of each statement, in all. */
export function fitCoefficients(observations: readonly Observation[]): Coefficients {
  const kinds = fitKinds(observations);
  const keys = indexed(observations.flatMap(({ trips }) => [...trips.all.keys()]));
  const pulls: Pull[] = [];
  for (const { trips } of observations) {
    for (const [key, trip] of trips.all) {
      const index = keys.get(key) ?? 0;
      if (pulls[index] !== undefined) continue;
      const center = [...madeOf(key, trip, { kinds }).values()].reduce((sum, count) => sum + count, 0);
      pulls[index] = { center, strength: isPart(trip.kinds) ? FREE : HOLD / (center + 1) ** 2 };
    }
  }
  const rows = observations.map(({ trips, instructions }): Row => {
    const counts = [...trips.all].map(([key, { count }]): [string, number] => [key, count]);
    return rowOf(counts, keys, instructions, instructions);
  });
  const solution = nonNegativeLeastSquares(rows, pulls);
  return { kinds, statements: new Map([...keys].map(([key, index]) => [key, solution[index] ?? 0])) };
}

function rowOf(
  counts: readonly (readonly [string, number])[],
  indices: ReadonlyMap<string, number>,
  target: number,
  instructions: number,
): Row {
  return {
    indices: counts.map(([name]) => indices.get(name) ?? 0),
    factors: counts.map(([, count]) => count),
    target,
    weight: 1 / (instructions + SMALL),
  };
}

function fitKinds(observations: readonly Observation[]): Coefficients['kinds'] {
  const totals = observations.map(kindTotals);
  const names = indexed(totals.flatMap((total) => [...total.keys()]));
  const classes = [...new Set(observations.flatMap((one) => Object.keys(one.classes)))].sort();
  const kinds = new Map([...names.keys()].map((name) => [name, new Map<string, number>()]));
  for (const name of classes) {
    const rows = observations.map(({ classes: mix, instructions }, i) => {
      const target = Object.entries(mix).find(([key]) => key === name)?.[1] ?? 0;
      return rowOf([...(totals[i] ?? [])], names, target, instructions);
    });
    const pulls = [...names.keys()].map((kind) => ({ center: 0, strength: kind.includes('|') ? FREE : HOLD_KIND }));
    nonNegativeLeastSquares(rows, pulls).forEach((cost, i) => {
      const kind = [...names.keys()][i] ?? '';
      if (cost > 0.005) kinds.get(kind)?.set(name, cost);
    });
  }
  return kinds;
}

/** How many things of each kind a layer does. A part of a function in assembly is a kind of its own. */
function kindTotals({ trips }: Observation): ReadonlyMap<string, number> {
  const total = new Map<string, number>();
  for (const [key, { count, kinds }] of trips.all) {
    for (const [kind, times] of kinds) {
      const name = isPart(kinds) ? key : kind;
      total.set(name, (total.get(name) ?? 0) + count * times);
    }
  }
  return total;
}

function indexed(names: readonly string[]): Map<string, number> {
  return new Map([...new Set(names)].map((name, i) => [name, i]));
}
