import type { MixClass } from '../instructions/mix.ts';

/** Cycles per instruction that `node bench/estimator/fit.mjs` fitted on the layers of our own kernels, timed by the block models. */
export const classFits = {
  'cortex-m0plus': {
    'load-multiple': 4.064,
    'store-multiple': 4.147,
    'branch-taken': 2.6,
  },
  'cortex-m3': {
    load: 1.472,
    'load-multiple': 3.443,
    store: 1.054,
    'store-multiple': 3.98,
    alu: 1.182,
    'branch-taken': 3.006,
    mac: 2.193,
    multiply: 1.233,
  },
  'cortex-m4': {
    load: 1.655,
    'load-multiple': 3.192,
    store: 1.263,
    'store-multiple': 4.136,
    alu: 1.089,
    'branch-taken': 3.333,
  },
  'cortex-m33': {
    load: 1.347,
    'load-multiple': 2.102,
    'store-multiple': 2.963,
    alu: 1.08,
    pack: 1.238,
    mac: 1,
    multiply: 1.307,
    'branch-taken': 3.158,
  },
  'cortex-m7': {
    load: 0.5,
    'load-multiple': 1.343,
    store: 0.771,
    'store-multiple': 1.784,
    alu: 0.927,
    pack: 1.178,
    mac: 0.849,
    multiply: 0.897,
    it: 1.003,
    'branch-taken': 2.114,
    'branch-not-taken': 1.213,
  },
  rv32imc: {
    load: 1,
    multiply: 1,
    alu: 1.067,
    'branch-taken': 3,
  },
} as const satisfies Readonly<Record<string, Readonly<Partial<Record<MixClass, number>>>>>;
