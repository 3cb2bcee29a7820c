import { decodeRiscv } from '../instructions/riscv.ts';
import type { CoreModel } from './core.ts';

/** A RISC-V core of four stages; Espressif publishes no table for the one of the ESP32-C3, so that this is the CV32E40P. */
export const rv32imc: CoreModel = {
  name: 'RV32IMC',
  decode: decodeRiscv,
  pipeline: {
    kind: 'in-order',
    width: 1,
    busy: { divide: 19, other: 1 },
    busyRules: [{ pattern: /^mulh/, cycles: 5 }],
    wordsPerCycle: 1,
    latency: { load: 2 },
    latencyRules: [],
    accumulatorLate: 0,
    addressEarly: 0,
    taken: { jump: 1, conditional: 2, register: 1, loaded: 1 },
    mispredicted: 0,
    split: 0,
  },
  sources: [
    'OpenHW CV32E40P user manual, pipeline details: arithmetic and MUL 1; MULH 5; divide 3 to 35; loads and stores 1, one more when the next instruction needs the word; jumps 2; branches 1, taken 3',
  ],
  assumed: ['the core of the ESP32-C3, also of four stages, takes the same', 'divisions take 19'],
};
