import type { CoreModel } from './core.ts';
import { cortexM0Plus } from './cortex-m0plus.ts';
import { cortexM3 } from './cortex-m3.ts';
import { cortexM4 } from './cortex-m4.ts';
import { cortexM7 } from './cortex-m7.ts';
import { cortexM33 } from './cortex-m33.ts';
import { rv32imc } from './rv32imc.ts';

/** The core models by the name of the processor that code is compiled for. */
export const coreModels = {
  'cortex-m0plus': cortexM0Plus,
  'cortex-m3': cortexM3,
  'cortex-m4': cortexM4,
  'cortex-m33': cortexM33,
  'cortex-m7': cortexM7,
  rv32imc,
} as const satisfies Readonly<Record<string, CoreModel>>;

/** A processor with a core model. */
export type ModelledCpu = keyof typeof coreModels;
