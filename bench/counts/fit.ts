import type { Trips } from '../../converter/backends/c/counts/trips.ts';
import { nonNegativeLeastSquares, type Pull, type Row } from './least-squares.ts';

/** A layer, and the instructions that it took. */
export interface Observation {
  readonly trips: Trips;
  readonly instructions: number;
}

/** Costs of kinds of things, and of those statements that were seen. */
export interface Costs {
  readonly kinds: ReadonlyMap<string, number>;
  readonly statements: ReadonlyMap<string, number>;
}

/** Layers of few instructions matter less: so many are added to what differences are divided by. */
const SMALL = 40;

/** How strongly a statement is held to what it is made of, relative to a difference of 100 % of one layer. */
const HOLD = 2e-4;
/** The same for what has loops in assembly, which is the same everywhere. */
const LOOSE = 1e-7;

/** Fits the costs on observations: first of the kinds of things that statements are made of, then of each statement. */
export function fitCosts(observations: readonly Observation[], settings = { hold: HOLD, loose: LOOSE }): Costs {
  const kinds = fitKinds(observations);
  const keys = indexed(observations.flatMap(({ trips }) => [...trips.all.keys()]));
  const pulls: Pull[] = [];
  for (const { trips } of observations) {
    for (const [key, trip] of trips.all) {
      const index = keys.get(key) ?? 0;
      if (pulls[index] !== undefined) continue;
      const isAssembly = trip.kinds.has('library');
      const center = isAssembly ? 0 : sumOf(trip.kinds, kinds);
      const strength = isAssembly ? settings.loose : settings.hold / (center + 1) ** 2;
      pulls[index] = { center, strength };
    }
  }
  const rows = observations.map(({ trips, instructions }): Row => {
    const entries = [...trips.all];
    return {
      indices: entries.map(([key]) => keys.get(key) ?? 0),
      factors: entries.map(([, { count }]) => count),
      ...targetOf(instructions),
    };
  });
  const solution = nonNegativeLeastSquares(rows, pulls);
  return { kinds, statements: new Map([...keys].map(([key, index]) => [key, solution[index] ?? 0])) };
}

function targetOf(instructions: number): Pick<Row, 'target' | 'weight'> {
  return { target: instructions, weight: 1 / (instructions + SMALL) };
}

function fitKinds(observations: readonly Observation[]): Map<string, number> {
  const totals = observations.map(({ trips }) => {
    const total = new Map<string, number>();
    for (const [key, { count, kinds }] of trips.all) {
      for (const [kind, times] of kinds) {
        // What has loops in assembly is no kind of thing: each part has a cost of its own.
        const name = kind === 'library' ? key : kind;
        total.set(name, (total.get(name) ?? 0) + count * times);
      }
    }
    return total;
  });
  const names = indexed(totals.flatMap((total) => [...total.keys()]));
  const rows = totals.map((total, i): Row => {
    const entries = [...total];
    return {
      indices: entries.map(([name]) => names.get(name) ?? 0),
      factors: entries.map(([, count]) => count),
      ...targetOf(observations[i]?.instructions ?? 0),
    };
  });
  const solution = nonNegativeLeastSquares(
    rows,
    [...names].map(([name]) => ({ center: 1, strength: name.includes('|') ? LOOSE : 1e-5 })),
  );
  return new Map([...names].filter(([name]) => !name.includes('|')).map(([name, i]) => [name, solution[i] ?? 0]));
}

function indexed(names: readonly string[]): Map<string, number> {
  return new Map([...new Set(names)].map((name, i) => [name, i]));
}

function sumOf(kinds: ReadonlyMap<string, number>, costs: ReadonlyMap<string, number>): number {
  let sum = 0;
  for (const [kind, times] of kinds) sum += times * (costs.get(kind) ?? 1);
  return sum;
}

/** The instructions of a layer by these costs. */
export function predicted(trips: Trips, { kinds, statements }: Costs): number {
  let sum = 0;
  for (const [key, trip] of trips.all) {
    const cost = statements.get(key) ?? statements.get(key.replace(/ x \d$/, ''));
    sum += trip.count * (cost ?? sumOf(trip.kinds, kinds));
  }
  return sum;
}
