import { decodeArm } from '../instructions/arm.ts';
import type { CoreModel } from './core.ts';
import { armv7mPipeline, cortexM4 } from './cortex-m4.ts';

/** Cortex-M3: the pipeline of the Cortex-M4 with a slower multiplier. */
export const cortexM3: CoreModel = {
  name: 'Cortex-M3',
  decode: decodeArm,
  pipeline: {
    ...armv7mPipeline,
    rules: [
      ...armv7mPipeline.rules,
      { pattern: /^ml[as]/, cycles: 2 },
      { pattern: /^[su]mull/, cycles: 4 },
      { pattern: /^[su]mlal/, cycles: 6 },
    ],
  },
  sources: [
    'Arm DDI 0337 (Cortex-M3 TRM), instruction set summary: MUL 1; MLA and MLS 2; SMULL and UMULL 3 to 5; SMLAL and UMLAL 4 to 7; the rest as on the Cortex-M4',
    ...cortexM4.sources.slice(1, 3),
  ],
  assumed: ['long multiplications take 4, with addition 6', ...cortexM4.assumed],
};
