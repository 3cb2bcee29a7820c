import { coreModels, type ModelledCpu } from '../../converter/estimate/cores/cores.ts';
import type { MixClass } from '../../converter/estimate/instructions/mix.ts';
import { type ClassMix, type ClassModel, mixCycles } from '../../converter/estimate/silicon/class-model.ts';
import { nonNegativeLeastSquares, type Row } from '../counts/least-squares.ts';
import type { TableRow } from './table.ts';
import { mixOf } from './table.ts';

/** Cores that have a block model. */
export const timedCpus = Object.keys(coreModels).filter((name): name is ModelledCpu => name in coreModels);

/** A layer of one of our packages: what it executed, and its cycles by the block model. */
export interface TimedLayer {
  readonly core: string;
  readonly model: string;
  readonly mix: ClassMix;
  readonly cycles: number;
}

/** The layers in `data/kernel-layers.csv`. */
export function timedLayers(rows: readonly TableRow[]): readonly TimedLayer[] {
  return rows.map((row) => ({
    core: row.get('core') ?? '',
    model: row.get('model') ?? '',
    mix: mixOf(row),
    cycles: Number(row.get('cycles')),
  }));
}

/** What a cost is before the fit, and between which bounds it stays: those of a single instruction. */
interface Prior {
  readonly usual: number;
  readonly least: number;
  readonly most: number;
}

const prior = (usual: number, least: number, most: number): Prior => ({ usual, least, most });

type Priors = Readonly<Partial<Record<MixClass, Prior>>>;

const sequential: Priors = {
  load: prior(1.6, 1, 3),
  'load-multiple': prior(3.5, 3, 10),
  store: prior(1.1, 1, 2),
  'store-multiple': prior(4, 3, 10),
  alu: prior(1.02, 1, 1.2),
  'branch-taken': prior(3, 3, 4),
};

/** The costs that are fitted on each core, because they are averages over what surrounds an instruction. */
export const fittedClasses: Readonly<Record<ModelledCpu, Priors>> = {
  'cortex-m0plus': {
    'load-multiple': prior(4, 3, 12),
    'store-multiple': prior(4, 3, 12),
    'branch-taken': prior(2.2, 2, 4),
  },
  'cortex-m3': { ...sequential, mac: prior(2.2, 2, 6), multiply: prior(1.2, 1, 4) },
  'cortex-m4': sequential,
  'cortex-m33': {
    load: prior(1.4, 1, 2),
    'load-multiple': prior(2.3, 2, 8),
    'store-multiple': prior(2.8, 2, 8),
    alu: prior(1.02, 1, 1.08),
    pack: prior(1.2, 1, 2),
    mac: prior(1.1, 1, 2),
    multiply: prior(1.3, 1, 2),
    'branch-taken': prior(3, 3, 4),
  },
  'cortex-m7': {
    load: prior(0.8, 0.5, 2),
    'load-multiple': prior(1.3, 1, 5),
    store: prior(0.7, 0.5, 2),
    'store-multiple': prior(1.7, 1, 5),
    alu: prior(0.7, 0.5, 1.2),
    pack: prior(0.9, 0.5, 1.5),
    mac: prior(0.9, 0.5, 1.5),
    multiply: prior(0.9, 0.5, 2),
    it: prior(1, 0.5, 1.5),
    'branch-taken': prior(2, 1, 4),
    'branch-not-taken': prior(1.2, 0.5, 3),
  },
  rv32imc: {
    load: prior(1.2, 1, 2),
    multiply: prior(1.05, 1, 2),
    alu: prior(1.01, 1, 1.2),
    'branch-taken': prior(2.8, 2, 3),
  },
};

/** Costs of the fitted classes of one core. */
export type FittedCosts = Readonly<Partial<Record<MixClass, number>>>;

/** How strongly a cost is drawn to what is usual: so strongly as a model of which that part is of the class draws it to the data. */
const STRENGTH = 0.003;

/**
 * Costs with the least squares of relative errors over layers, each weighted by its share of the cycles of its model, each class drawn towards
 * what is usual and kept between its bounds. `base` supplies the costs that are not fitted.
 */
export function fitCosts(cpu: ModelledCpu, base: ClassModel, layers: readonly TimedLayer[]): FittedCosts {
  const priors = fittedClasses[cpu];
  const names = Object.keys(priors).filter((name): name is MixClass => name in priors);
  const lowest = (name: MixClass) => priors[name]?.least ?? 0;
  const ofModel = new Map<string, number>();
  for (const { model, cycles } of layers) ofModel.set(model, (ofModel.get(model) ?? 0) + cycles);
  const rows = layers.flatMap(({ model, mix, cycles }): Row[] => {
    if (cycles === 0) return [];
    const rest = new Map([...mix].filter(([name]) => !(name in priors)));
    const least = names.reduce((sum, name) => sum + lowest(name) * (mix.get(name) ?? 0), 0);
    const target = cycles - mixCycles(base, rest).cycles - least;
    return [
      {
        indices: names.map((_, i) => i),
        factors: names.map((name) => mix.get(name) ?? 0),
        target,
        weight: Math.sqrt(cycles / (ofModel.get(model) ?? cycles)) / cycles,
      },
    ];
  });
  // The unknowns are what costs have above their least, so that none falls below; one that exceeds its most is held there.
  const held = new Set<MixClass>();
  for (;;) {
    const pulls = names.map((name) => {
      const { usual, least, most } = priors[name] ?? prior(0, 0, 0);
      return held.has(name) ? { center: most - least, strength: HELD } : { center: usual - least, strength: STRENGTH };
    });
    const values = nonNegativeLeastSquares(rows, pulls).map((above, i) => above + lowest(names[i] ?? 'other'));
    const over = names.filter((name, i) => !held.has(name) && (values[i] ?? 0) > (priors[name]?.most ?? Infinity));
    if (over.length === 0) {
      return Object.fromEntries(names.map((name, i) => [name, Math.round((values[i] ?? 0) * 1000) / 1000]));
    }
    for (const name of over) held.add(name);
  }
}

/** Holds an unknown where it is. */
const HELD = 1e6;
