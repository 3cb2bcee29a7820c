import { readFileSync } from 'node:fs';
import { invariant } from '../../../problem.ts';
import type { CpuName } from '../narrow/cpu.ts';
import { type CountedCpu, countedCpus } from './processors.ts';

/** Instructions by class, such as `load` or `branch-taken`: the names of `estimate/instructions`. */
export type ClassCounts = ReadonlyMap<string, number>;

/** What things cost on one processor, in instructions. */
export interface Coefficients {
  /** Of the kinds of things that statements are made of. */
  readonly kinds: ReadonlyMap<string, ClassCounts>;
  /** Of one execution of a statement, a round of a loop, or a part of a function in assembly, where it has a cost of its own; by `hashOf`. */
  readonly statements: ReadonlyMap<string, ClassCounts>;
}

/** A cost in the file: the number of a class and its instructions, alternating. */
export type CostEntry = readonly number[];

/** The file of the coefficients; `bench/counts/fit-main.ts` writes it. */
export interface CoefficientFile {
  /** How the numbers were found. */
  readonly source: string;
  /** The compiler and its options. */
  readonly compilers: Readonly<Record<string, string>>;
  /** The names of the classes. */
  readonly classes: readonly string[];
  /** All statements by `hashOf` their names, in the order of the costs. */
  readonly statements: readonly string[];
  readonly processors: Readonly<Record<string, ProcessorCoefficients>>;
}

/** A statement without a cost of its own on this processor has 0 in place of one. */
export interface ProcessorCoefficients {
  readonly kinds: Readonly<Record<string, CostEntry>>;
  readonly statements: readonly (CostEntry | 0)[];
}

/** Where there are no coefficients of a processor's own: one that gets the same text of C, and almost the same instructions. */
const sameText: ReadonlyMap<CpuName, CountedCpu> = new Map([
  ['cortex-m0', 'cortex-m0plus'],
  ['cortex-m7', 'cortex-m4'],
  ['cortex-m33', 'cortex-m4'],
  ['cortex-m85', 'cortex-m55'],
]);

/** The processor whose coefficients are those of `cpu`; null where there are none. */
export function countedAs(cpu: CpuName): CountedCpu | null {
  const { processors } = coefficientFile();
  const own = countedCpus.find((name) => name === cpu);
  if (own !== undefined && processors[own] !== undefined) return own;
  const other = sameText.get(cpu);
  return other !== undefined && processors[other] !== undefined ? other : null;
}

const read = new Map<CountedCpu, Coefficients>();

/** The coefficients of a processor. */
export function coefficientsOf(cpu: CountedCpu): Coefficients {
  const found = read.get(cpu);
  if (found !== undefined) return found;
  const name = countedAs(cpu) ?? cpu;
  const coefficients = coefficientsIn(coefficientFile(), name);
  read.set(cpu, coefficients);
  return coefficients;
}

/** The coefficients of a processor in a file. */
export function coefficientsIn({ classes, statements, processors }: CoefficientFile, cpu: string): Coefficients {
  const own = processors[cpu];
  invariant(own !== undefined, `no coefficients for ${cpu}`);
  return {
    kinds: new Map(Object.entries(own.kinds).map(([kind, cost]) => [kind, classCounts(cost, classes)])),
    statements: new Map(
      statements.flatMap((statement, i): [string, ClassCounts][] => {
        const cost = own.statements[i] ?? 0;
        return cost === 0 ? [] : [[statement, classCounts(cost, classes)]];
      }),
    ),
  };
}

function classCounts(cost: CostEntry, classes: readonly string[]): ClassCounts {
  const counts = new Map<string, number>();
  for (let i = 0; i + 1 < cost.length; i += 2) counts.set(classes[cost[i] ?? 0] ?? '', cost[i + 1] ?? 0);
  return counts;
}

let file: CoefficientFile | undefined;

/** The whole file, as it lies beside this source. */
export function coefficientFile(): CoefficientFile {
  file ??= JSON.parse(readFileSync(new URL('./coefficients.json', import.meta.url), 'utf8')) as CoefficientFile;
  return file;
}
