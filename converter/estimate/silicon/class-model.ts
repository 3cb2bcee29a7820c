import { invariant } from '../../problem.ts';
import { type MixClass, mixClasses } from '../instructions/mix.ts';
import { type Sourced, type SourceKind, weakestOf } from '../sourced.ts';

/** Cycles of one instruction of a class, its average waiting included. */
export type ClassCost = Sourced<'cycles/instruction'>;

/**
 * A core as far as cycles can be told from how many instructions of each class it executes: the closed form of the block models in
 * `../cores`. Memories answer at once.
 */
export interface ClassModel {
  readonly name: string;
  readonly costs: Readonly<Record<MixClass, ClassCost>>;
  /** For cores with Helium; null elsewhere. */
  readonly vector: VectorPipes | null;
}

/**
 * Vector loads and stores use one pipe, vector arithmetic another; instructions of different pipes overlap. The pipe that is busy longer
 * takes its time, of the other one only what does not overlap. (WikiChip, Helium; LLVM ARMScheduleM55.td.)
 */
export interface VectorPipes {
  /** The part of the less busy pipe that hides behind the busier one, 0 to 1. */
  readonly overlap: Sourced<'1'>;
}

/** What cycles of a mix are spent on. */
export const mixParts = ['memory', 'products', 'lanes', 'arithmetic', 'branches', 'vectors'] as const;

export type MixPart = (typeof mixParts)[number];

/** Cycles of a mix of instructions. */
export interface MixCycles {
  readonly cycles: number;
  /** They add up to `cycles`. */
  readonly breakdown: Readonly<Record<MixPart, number>>;
  /** The weakest source of what went into `cycles`. */
  readonly weakestSource: SourceKind;
}

const PARTS: Readonly<Partial<Record<MixClass, MixPart>>> = {
  load: 'memory',
  'load-multiple': 'memory',
  store: 'memory',
  'store-multiple': 'memory',
  'float-load': 'memory',
  'float-store': 'memory',
  multiply: 'products',
  mac: 'products',
  'float-mac': 'products',
  pack: 'lanes',
  'branch-taken': 'branches',
  'branch-not-taken': 'branches',
  loop: 'branches',
  'vector-load': 'vectors',
  'vector-store': 'vectors',
  'vector-mac': 'vectors',
  'vector-multiply': 'vectors',
  'vector-other': 'vectors',
};

const known: ReadonlySet<string> = new Set(mixClasses);

/** Predicted or measured instructions by class; the names are those of {@link MixClass}. */
export type ClassMix = ReadonlyMap<string, number>;

/** The cycles of a mix on a core, without wait states of memories. */
export function mixCycles(core: ClassModel, mix: ClassMix): MixCycles {
  for (const name of mix.keys()) invariant(known.has(name), `no class of instructions: ${name}`);
  const breakdown = { memory: 0, products: 0, lanes: 0, arithmetic: 0, branches: 0, vectors: 0 };
  const used = new Set<SourceKind>();
  const spent = (name: MixClass): number => {
    const count = mix.get(name) ?? 0;
    if (count === 0) return 0;
    used.add(core.costs[name].source);
    return count * core.costs[name].value;
  };
  for (const name of mixClasses) {
    const part = PARTS[name] ?? 'arithmetic';
    if (part !== 'vectors') breakdown[part] += spent(name);
  }
  const memory = spent('vector-load') + spent('vector-store');
  const arithmetic = spent('vector-mac') + spent('vector-multiply') + spent('vector-other');
  const overlapped = core.vector === null ? 0 : core.vector.overlap.value * Math.min(memory, arithmetic);
  if (core.vector !== null && overlapped > 0) used.add(core.vector.overlap.source);
  breakdown.vectors = memory + arithmetic - overlapped;
  const cycles = mixParts.reduce((sum, part) => sum + breakdown[part], 0);
  return { cycles, breakdown, weakestSource: weakestOf(used) };
}
