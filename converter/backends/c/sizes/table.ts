import { readFileSync } from 'node:fs';
import { invariant } from '../../../problem.ts';
import type { CountedCpu } from '../counts/processors.ts';
import type { CpuName } from '../narrow/cpu.ts';

/** Code that layers share: a function of a support header, or of the C library. */
export interface SharedCode {
  readonly symbol: string;
  readonly bytes: number;
  /** It is there where one of these is named; `always` stands for every package. */
  readonly when: readonly string[];
}

/** What machine code takes on one processor, in bytes. */
export interface SizeTable {
  /** Of what functions of layers are made of. */
  readonly layers: Readonly<Record<string, number>>;
  /** Of what the functions beside the layers are made of. */
  readonly frame: Readonly<Record<string, number>>;
  readonly shared: readonly SharedCode[];
}

/** The file of the sizes; `bench/flash/fit.ts` writes it. */
export interface SizeFile {
  /** How the numbers were found. */
  readonly source: string;
  /** The compilers and their options. */
  readonly compilers: Readonly<Record<string, string>>;
  readonly processors: Readonly<Record<string, SizeTable>>;
}

/** The processor with measured sizes whose code is nearest to that of each: the same text of C, and almost the same instructions. */
const sizedAs: { readonly [C in CpuName]: CountedCpu } = {
  generic: 'rv32imc',
  avr: 'rv32imc',
  'cortex-m0': 'cortex-m0plus',
  'cortex-m0plus': 'cortex-m0plus',
  'cortex-m3': 'cortex-m3',
  'cortex-m4': 'cortex-m4',
  'cortex-m7': 'cortex-m4',
  'cortex-m33': 'cortex-m4',
  'cortex-m55': 'cortex-m55',
  'cortex-m85': 'cortex-m55',
  rv32imc: 'rv32imc',
};

/** The processor whose sizes stand for those of `cpu`. */
export const sizedCpu = (cpu: CpuName): CountedCpu => sizedAs[cpu];

let file: SizeFile | undefined;

/** The whole file, as it lies beside this source. */
export function sizeFile(): SizeFile {
  file ??= JSON.parse(readFileSync(new URL('./sizes.json', import.meta.url), 'utf8')) as SizeFile;
  return file;
}

/** The sizes on a processor. */
export function sizesOf(cpu: CountedCpu): SizeTable {
  const table = sizeFile().processors[cpu];
  invariant(table !== undefined, `no sizes for ${cpu}`);
  return table;
}
