import type { LayerKind, NetworkLayer } from './networks.ts';

/**
 * Cycles of engines of which nothing is known but what they run: so many cycles for each MAC, by kind of layer, and for each element of an
 * output. The logarithm of such a cost is a sum of effects: of the kind, of the core, of the engine, of its version, of the board, and
 * of kinds on families of engines and on cores. Effects are drawn to 0, the more the less they usually differ (ridge regression: the
 * posterior mode with normal priors), so that what nothing was seen of is taken to be average.
 */

/** What is known of a result before it is measured. */
export interface System {
  readonly board: string;
  readonly core: string;
  /** Engine without version. */
  readonly family: string;
  readonly engine: string;
  readonly layers: readonly NetworkLayer[];
}

export interface Observation extends System {
  readonly cycles: number;
}

/** What costs are told apart: MACs by kind, elements of outputs. */
export const costKinds = ['first', 'conv', 'depthwise', 'pointwise', 'fc', 'outputs'] as const;

type CostKind = (typeof costKinds)[number];

/** Effects by name. */
export type KindModel = ReadonlyMap<string, number>;

/** Log cycles of an average system, a MAC of each kind and an element: one to three cycles, ten for depthwise and elements. */
const USUAL: Readonly<Record<CostKind, number>> = {
  first: Math.log(3),
  conv: Math.log(1.5),
  depthwise: Math.log(5),
  pointwise: Math.log(1.5),
  fc: Math.log(2.5),
  outputs: Math.log(12),
};

/** By how much effects of each sort usually differ, in logarithms: 0.1 is a tenth. */
const SPREAD: Readonly<Record<string, number>> = {
  kind: 0.4,
  core: 1,
  family: 0.5,
  engine: 0.25,
  board: 0.12,
  'family-kind': 0.3,
  'core-kind': 0.15,
  'board-fc': 0.2,
};

/** What an effect is drawn to instead of 0, and how strongly. */
export interface Belief {
  readonly center: number;
  readonly spread: number;
}

/** What is known beforehand of some effects. */
export type Beliefs = ReadonlyMap<string, Belief>;

/** What the best effects leave over. */
const NOISE = 0.06;

/** Effects on all costs of a system. */
const commonEffects = ({ board, core, family, engine }: System): readonly string[] => [
  `core ${core}`,
  `family ${family}`,
  `engine ${engine}`,
  `board ${board}`,
];

/** Effects on its costs of one kind. */
const kindEffects = ({ board, core, family }: System, kind: CostKind): readonly string[] => [
  `kind ${kind}`,
  `family-kind ${family} ${kind}`,
  `core-kind ${core} ${kind}`,
  // Fully connected layers read every weight once: they show the flash of a board.
  ...(kind === 'fc' ? [`board-fc ${board}`] : []),
];

const sortOf = (effect: string): string => effect.slice(0, effect.indexOf(' '));

/** How much of each kind a network has. */
export function amountsOf(layers: readonly NetworkLayer[]): ReadonlyMap<CostKind, number> {
  const amounts = new Map<CostKind, number>(costKinds.map((kind) => [kind, 0]));
  const add = (kind: CostKind, count: number) => amounts.set(kind, (amounts.get(kind) ?? 0) + count);
  for (const { kind, macs, outputs } of layers) {
    if (isCost(kind)) add(kind, macs);
    add('outputs', outputs);
  }
  return amounts;
}

const isCost = (kind: LayerKind): kind is Exclude<LayerKind, 'other'> => kind !== 'other';

/** Predicted cycles; effects that the model has not seen are 0. */
export function kindCycles(model: KindModel, system: System): number {
  return [...costsOf(model, system).values()].reduce((sum, cycles) => sum + cycles, 0);
}

function costsOf(model: KindModel, system: System): ReadonlyMap<CostKind, number> {
  const effect = (name: string) => model.get(name) ?? 0;
  const common = commonEffects(system).reduce((sum, name) => sum + effect(name), 0);
  return new Map(
    [...amountsOf(system.layers)].map(([kind, amount]) => {
      const own = kindEffects(system, kind).reduce((sum, name) => sum + effect(name), USUAL[kind]);
      return [kind, amount * Math.exp(common + own)];
    }),
  );
}

const STEPS = 12;

/** Steps end where no effect moves by more. */
const SETTLED = 1e-3;

/** Fits the effects by Gauss-Newton steps on the logarithm of cycles. */
export function fitKinds(observations: readonly Observation[], beliefs: Beliefs = new Map()): KindModel {
  const names = [
    ...new Set(
      observations.flatMap((seen) => [...commonEffects(seen), ...costKinds.flatMap((kind) => kindEffects(seen, kind))]),
    ),
  ];
  const index = new Map(names.map((name, i) => [name, i]));
  let values = new Float64Array(names.length);
  for (let step = 0; step < STEPS; step++) {
    const model: KindModel = new Map(names.map((name, i) => [name, values[i] ?? 0]));
    const matrix = names.map(() => new Float64Array(names.length));
    const right = new Float64Array(names.length);
    names.forEach((name, i) => {
      const { center, spread } = beliefs.get(name) ?? { center: 0, spread: SPREAD[sortOf(name)] ?? 1 };
      (matrix[i] ?? right)[i] = 1 / spread ** 2;
      right[i] = (center - (values[i] ?? 0)) / spread ** 2;
    });
    for (const seen of observations) {
      const gradient = gradientOf(model, seen, index);
      const error = (Math.log(seen.cycles) - Math.log(kindCycles(model, seen))) / NOISE ** 2;
      for (const [i, a] of gradient) {
        right[i] = (right[i] ?? 0) + a * error;
        const row = matrix[i] ?? right;
        for (const [j, b] of gradient) row[j] = (row[j] ?? 0) + (a * b) / NOISE ** 2;
      }
    }
    const change = solvePositive(matrix, right);
    values = values.map((value, i) => value + Math.max(-1, Math.min(1, change[i] ?? 0)));
    if (change.every((one) => Math.abs(one) < SETTLED)) break;
  }
  return new Map(names.map((name, i) => [name, values[i] ?? 0]));
}

/** Derivatives of the logarithm of cycles, by effect. */
function gradientOf(model: KindModel, system: System, index: ReadonlyMap<string, number>): ReadonlyMap<number, number> {
  const gradient = new Map<number, number>();
  const add = (name: string, share: number) => {
    const i = index.get(name) ?? 0;
    gradient.set(i, (gradient.get(i) ?? 0) + share);
  };
  const costs = costsOf(model, system);
  const all = [...costs.values()].reduce((sum, cycles) => sum + cycles, 0);
  for (const name of commonEffects(system)) add(name, 1);
  for (const [kind, cycles] of costs) for (const name of kindEffects(system, kind)) add(name, cycles / all);
  return gradient;
}

/** Solves a symmetric positive definite system by Cholesky factors, in place of `matrix`. */
function solvePositive(matrix: readonly Float64Array[], right: Float64Array): Float64Array {
  const n = right.length;
  const x = Float64Array.from(right);
  matrix.forEach((row, i) => {
    for (let j = 0; j <= i; j++) {
      const other = matrix[j] ?? row;
      const sum = (row[j] ?? 0) - dot(row, other, j);
      row[j] = i === j ? Math.sqrt(sum) : sum / (other[j] ?? 1);
    }
    x[i] = ((x[i] ?? 0) - dot(row, x, i)) / (row[i] ?? 1);
  });
  for (let i = n - 1; i >= 0; i--) {
    const row = matrix[i] ?? x;
    const value = (x[i] ?? 0) / (row[i] ?? 1);
    x[i] = value;
    for (let k = 0; k < i; k++) x[k] = (x[k] ?? 0) - (row[k] ?? 0) * value;
  }
  return x;
}

/** The sum of products of the first `count` numbers. */
function dot(a: Float64Array, b: Float64Array, count: number): number {
  let sum = 0;
  for (let k = 0; k < count; k++) sum += (a[k] ?? 0) * (b[k] ?? 0);
  return sum;
}
