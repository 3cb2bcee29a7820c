import type { CoreName } from './class-models.ts';

/** Cores whose errors are looked at together. */
export type CoreClass = 'armv6-m' | 'armv7-m' | 'cortex-m33' | 'cortex-m7' | 'helium' | 'risc-v' | 'xtensa';

/** The class of each core. */
export const coreClasses: Readonly<Record<CoreName, CoreClass>> = {
  'cortex-m0': 'armv6-m',
  'cortex-m0plus': 'armv6-m',
  'cortex-m3': 'armv7-m',
  'cortex-m4': 'armv7-m',
  'cortex-m33': 'cortex-m33',
  'cortex-m7': 'cortex-m7',
  'cortex-m55': 'helium',
  'cortex-m85': 'helium',
  rv32imc: 'risc-v',
  rv32imac: 'risc-v',
  'sifive-e31': 'risc-v',
  rv64gc: 'risc-v',
  'xtensa-lx6': 'xtensa',
  'xtensa-lx7': 'xtensa',
};

/** The error bar of an estimate. */
export interface EstimateError {
  /** Of published results that a fit without their board predicts: root of the mean square, of 1. */
  readonly relative: number;
  /** What it was computed from. */
  readonly source: string;
  /** Published results that it was computed from. */
  readonly n: number;
}
