import { decodeArm } from '../instructions/arm.ts';
import type { CoreModel } from './core.ts';

/** Cortex-M0+ with the multiplier of one cycle. */
export const cortexM0Plus: CoreModel = {
  name: 'Cortex-M0+',
  decode: decodeArm,
  pipeline: {
    kind: 'sequential',
    cycles: { load: 2, 'load-multiple': 2, store: 2, 'store-multiple': 2, other: 3 },
    rules: [
      { pattern: /^nop/, cycles: 1 },
      { pattern: /^bl$/, cycles: 2 },
    ],
    loadsOverlap: false,
    addressStall: 0,
    floatStall: 0,
    taken: { jump: 1, conditional: 1, register: 1, loaded: 2 },
    split: 0,
  },
  sources: [
    'Arm DDI 0484C (Cortex-M0+ TRM), table 3-1: arithmetic 1; MULS 1 or 32; LDR and STR 2; LDM, STM, PUSH and POP 1 + N; POP with return 3 + N; B 2, not taken 1; BL 3; BX and BLX 2; barriers, MRS and MSR 3',
  ],
  assumed: [
    'the multiplier of one cycle; with that of 32 each MULS costs 31 more',
    'no memory on the single-cycle port',
  ],
};
