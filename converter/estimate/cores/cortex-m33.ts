import { decodeArm } from '../instructions/arm.ts';
import type { CoreModel } from './core.ts';

/** Cortex-M33 with the DSP extension and its float unit. Arm publishes no table. */
export const cortexM33: CoreModel = {
  name: 'Cortex-M33',
  decode: decodeArm,
  pipeline: {
    kind: 'in-order',
    width: 1,
    busy: { divide: 6, 'float-mac': 3, 'float-divide': 14 },
    busyRules: [],
    wordsPerCycle: 1,
    latency: { load: 2, 'load-multiple': 2, multiply: 2, mac: 2, pack: 2, 'float-load': 2, float: 2, 'float-mac': 2 },
    latencyRules: [{ pattern: /^(?:[su]xt[bh]|vmov)/, cycles: 1 }],
    accumulatorLate: 1,
    addressEarly: 0,
    taken: { jump: 2, conditional: 2, register: 2, loaded: 2 },
    mispredicted: 0,
    split: 1,
  },
  sources: [
    'Measured on an RP2350 and published with the scheduler SLOTHY (slothy/targets/arm_v7m/cortex_m33.py): one instruction per cycle; loads latency 2; two words 2 cycles, several one each; multiplication latency 2, into the accumulator 1; packing and halfword arithmetic latency 2; a taken branch 3',
    'MLPerf Tiny 1.1 to 1.3: the same engine takes 0.88 times the cycles of a Cortex-M4',
  ],
  assumed: [
    'SXTB16 and saturation have the latency of the other instructions on lanes',
    'divisions take 6, floating point as long as on the Cortex-M4',
    'shifted operands cost nothing',
  ],
};
