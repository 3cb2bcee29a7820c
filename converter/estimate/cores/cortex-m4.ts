import { decodeArm } from '../instructions/arm.ts';
import type { CoreModel, SequentialPipeline } from './core.ts';

/** What the cores M3 and M4 have in common. */
export const armv7mPipeline: SequentialPipeline = {
  kind: 'sequential',
  cycles: {
    load: 2,
    'load-multiple': 2,
    store: 1,
    'store-multiple': 2,
    divide: 7,
    'float-mac': 3,
    'float-divide': 14,
    'float-load': 2,
    'float-store': 2,
    other: 1,
  },
  rules: [{ pattern: /^tb[bh]/, cycles: 4 }],
  loadsOverlap: true,
  addressStall: 1,
  floatStall: 1,
  taken: { jump: 2, conditional: 2, register: 2, loaded: 2 },
  split: 1,
};

/** Cortex-M4 with its float unit. */
export const cortexM4: CoreModel = {
  name: 'Cortex-M4',
  decode: decodeArm,
  pipeline: armv7mPipeline,
  sources: [
    'Arm DDI 0439 (Cortex-M4 TRM), instruction set summary: data processing, multiplications and SIMD 1; LDR 2; LDM, STM, LDRD 1 + N; B 1 + P, P = 1 to 3; divide 2 to 12',
    'Arm DDI 0337I 3.3.2 and TI SWCU185, load/store timings: LDR after LDR overlaps by one cycle unless it needs its result; LDRD and LDM do not overlap; STR with an offset 1; address from the instruction before 1 more; unaligned words 1 or 2 more',
    'Arm DDI 0337, load/store timings: a load that moves its base does not overlap',
    'Arm DDI 0439 7.2.3, floating point: add and multiply 1, multiply-accumulate 3, divide and square root 14, VLDR 2, VLDM 1 + N, one more when the next instruction reads the result',
  ],
  assumed: [
    'a taken branch costs 3 (P = 2)',
    'divisions take 7 of their 2 to 12 cycles',
    'IT takes a cycle; instructions that it switches off take one like the others',
    'a base moved by one load may be the address of the next without loss',
  ],
};
