import { readFileSync } from 'node:fs';
import { invariant } from '../../../problem.ts';
import type { CpuName } from '../narrow/cpu.ts';
import { type CountedCpu, countedCpus } from './processors.ts';

/** Instructions by class, such as `load` or `branch-taken`: the names of `estimate/instructions`. */
export type ClassCounts = ReadonlyMap<string, number>;

/** What things cost on one processor, in instructions. */
export interface Coefficients {
  /** Of the kinds of things that statements are made of, and of the parts of functions in assembly. */
  readonly kinds: ReadonlyMap<string, ClassCounts>;
  /** All instructions of one execution of a statement, a round of a loop, or a part, where it was seen in the fit. */
  readonly statements: ReadonlyMap<string, number>;
}

/** The file of the coefficients; `bench/counts/fit.ts` writes it. */
export interface CoefficientFile {
  /** How the numbers were found. */
  readonly source: string;
  /** The compiler and its options. */
  readonly compilers: Readonly<Record<string, string>>;
  /** The names of all statements, in the order of the costs. */
  readonly statements: readonly string[];
  readonly processors: Readonly<Record<string, ProcessorCoefficients>>;
}

/** A cost of -1 stands for a statement that was not seen on this processor. */
export interface ProcessorCoefficients {
  readonly kinds: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly statements: readonly number[];
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
  const file = coefficientFile();
  const own = file.processors[name];
  invariant(own !== undefined, `no coefficients for ${name}`);
  const coefficients = {
    kinds: new Map(Object.entries(own.kinds).map(([kind, classes]) => [kind, new Map(Object.entries(classes))])),
    statements: new Map(
      file.statements.flatMap((statement, i): [string, number][] => {
        const cost = own.statements[i] ?? -1;
        return cost < 0 ? [] : [[statement, cost]];
      }),
    ),
  };
  read.set(cpu, coefficients);
  return coefficients;
}

let file: CoefficientFile | undefined;

/** The whole file, as it lies beside this source. */
export function coefficientFile(): CoefficientFile {
  file ??= JSON.parse(readFileSync(new URL('./coefficients.json', import.meta.url), 'utf8')) as CoefficientFile;
  return file;
}
