import { decodeArm } from '../instructions/arm.ts';
import type { CoreModel } from './core.ts';

/** Cortex-M7 with its float unit, code and data in the caches or tightly coupled memories. Arm publishes no table. */
export const cortexM7: CoreModel = {
  name: 'Cortex-M7',
  decode: decodeArm,
  pipeline: {
    kind: 'in-order',
    width: 2,
    busy: { divide: 7, 'float-divide': 14 },
    busyRules: [],
    wordsPerCycle: 2,
    latency: { multiply: 2, mac: 2, float: 3, 'float-mac': 6, 'float-divide': 16 },
    latencyRules: [
      { pattern: /^ldrs?[bh]/, cycles: 2 },
      { pattern: /^[su]sat/, cycles: 2 },
      { pattern: /^vmov/, cycles: 1 },
    ],
    accumulatorLate: 1,
    addressEarly: 1,
    taken: { jump: 1, conditional: 1, register: 2, loaded: 2 },
    mispredicted: 4,
    split: 0,
  },
  sources: [
    'LLVM ARMScheduleM7.td: two instructions per cycle, two arithmetic units, two loads, one store, one multiplier, one shifter; multiplication latency 2, into the accumulator 1; bytes and halfwords one cycle later than words; addresses one cycle earlier; LDM, LDRD and divisions alone; instructions on lanes first of two; misprediction 4',
    'Measurements of dual issue on an STM32H730, quinapalus.com/cm7cycles.html',
  ],
  assumed: [
    'LDM, LDRD and their stores move two words per cycle',
    'a predicted taken branch costs one cycle more; a branch is mispredicted as often as it goes the rarer way',
    'unaligned loads cost nothing',
  ],
};
