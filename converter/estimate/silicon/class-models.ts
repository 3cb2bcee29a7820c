import { type MixClass, mixClasses } from '../instructions/mix.ts';
import type { Sourced, SourceKind } from '../sourced.ts';
import { classFits } from './class-fits.ts';
import type { ClassCost, ClassModel } from './class-model.ts';

/** Cores whose cycles can be told from a mix of instructions. */
export const coreNames = [
  ...(['cortex-m0', 'cortex-m0plus', 'cortex-m3', 'cortex-m4', 'cortex-m7', 'cortex-m33'] as const),
  ...(['cortex-m55', 'cortex-m85', 'rv32imc', 'rv32imac', 'sifive-e31', 'rv64gc'] as const),
  ...(['xtensa-lx6', 'xtensa-lx7'] as const),
] as const;

export type CoreName = (typeof coreNames)[number];

type Costs = Readonly<Partial<Record<MixClass, ClassCost>>>;

const UNIT = 'cycles/instruction';

/** Costs of several classes with one source. */
function costs(source: SourceKind, ref: string, values: Readonly<Partial<Record<MixClass, number>>>): Costs {
  return Object.fromEntries(
    mixClasses.flatMap((name) => {
      const value = values[name];
      return value === undefined ? [] : [[name, { value, unit: UNIT, source, ref }]];
    }),
  );
}

/** Later costs replace earlier ones; a class that none names takes a cycle, which is assumed. */
function modelOf(name: string, parts: readonly Costs[], overlap: Sourced<'1'> | null = null): ClassModel {
  const merged: Costs = Object.assign({}, ...parts);
  const usual: ClassCost = { value: 1, unit: UNIT, source: 'assumed', ref: 'one cycle, as most instructions' };
  const cost = (kind: MixClass): ClassCost => merged[kind] ?? usual;
  const all = {
    load: cost('load'),
    'load-multiple': cost('load-multiple'),
    store: cost('store'),
    'store-multiple': cost('store-multiple'),
    multiply: cost('multiply'),
    mac: cost('mac'),
    divide: cost('divide'),
    alu: cost('alu'),
    pack: cost('pack'),
    'branch-taken': cost('branch-taken'),
    'branch-not-taken': cost('branch-not-taken'),
    it: cost('it'),
    loop: cost('loop'),
    'vector-load': cost('vector-load'),
    'vector-store': cost('vector-store'),
    'vector-mac': cost('vector-mac'),
    'vector-multiply': cost('vector-multiply'),
    'vector-other': cost('vector-other'),
    float: cost('float'),
    'float-mac': cost('float-mac'),
    'float-divide': cost('float-divide'),
    'float-load': cost('float-load'),
    'float-store': cost('float-store'),
    other: cost('other'),
  };
  return { name, costs: all, vector: overlap === null ? null : { overlap } };
}

const FITTED = 'least squares over the layers of our kernels, timed by the block model of the core (docs/estimator.md)';

const fitted = (core: keyof typeof classFits): Costs => costs('fitted', FITTED, classFits[core]);

/** The same numbers, taken over from another core. */
function like(parts: readonly Costs[], ref: string): Costs {
  const merged: Costs = Object.assign({}, ...parts);
  return costs('assumed', ref, Object.fromEntries(Object.entries(merged).map(([name, { value }]) => [name, value])));
}

const ARMV6M = 'Arm DDI 0484C (Cortex-M0+ TRM), table 3-1; the multiplier of one cycle, which RP2040 and STM32G0 have';
const armv6m = costs('datasheet', ARMV6M, {
  ...{ alu: 1, pack: 1, multiply: 1, load: 2, store: 2 },
  ...{ 'branch-not-taken': 1, other: 3 },
});

const ARMV7M = 'Arm DDI 0439 (Cortex-M4 TRM), instruction set summary';
const armv7m = [
  costs('datasheet', ARMV7M, {
    ...{ alu: 1, pack: 1, multiply: 1, mac: 1, 'branch-not-taken': 1 },
    ...{ float: 1, 'float-mac': 3, 'float-divide': 14, 'float-load': 2, 'float-store': 2 },
  }),
  costs('assumed', `${ARMV7M}: 2 to 12`, { divide: 7 }),
];

const M33 = 'measured on an RP2350 and published with SLOTHY (slothy/targets/arm_v7m/cortex_m33.py)';
const armv8m = [
  costs('measured', M33, { alu: 1, store: 1, 'branch-not-taken': 1 }),
  costs('assumed', 'as on the Cortex-M4', {
    float: 1,
    'float-mac': 3,
    'float-divide': 14,
    'float-load': 1.5,
    divide: 6,
  }),
  fitted('cortex-m33'),
];

const M7 = 'LLVM ARMScheduleM7.td, no other instruction beside it';
const armv7m7 = [
  costs('datasheet', M7, {
    float: 1,
    'float-mac': 1,
    'float-divide': 16,
    divide: 7,
    'float-load': 1,
    'float-store': 1,
  }),
  fitted('cortex-m7'),
];

const HELIUM =
  'WikiChip, Helium; LLVM ARMScheduleM55.td: a vector instruction takes its pipe for two cycles; LE costs nothing after the first round';
const helium = costs('datasheet', HELIUM, {
  ...{ 'vector-load': 2, 'vector-store': 2, 'vector-mac': 2, 'vector-multiply': 2, 'vector-other': 2, loop: 0.3 },
});

const oneAtATime: Sourced<'1'> = {
  value: 0.75,
  unit: '1',
  source: 'assumed',
  ref: 'WikiChip, Helium: neighbours of different pipes overlap; so arranged are three of four',
};

const twoAtATime: Sourced<'1'> = {
  value: 1,
  unit: '1',
  source: 'datasheet',
  ref: 'LLVM ARMScheduleM85.td: a vector load or store and vector arithmetic begin together',
};

const CV32E40P = 'OpenHW CV32E40P user manual, pipeline details';
const rv32 = [
  costs('datasheet', CV32E40P, { store: 1, 'branch-not-taken': 1, alu: 1 }),
  costs('assumed', `${CV32E40P}: 3 to 35`, { divide: 19 }),
  fitted('rv32imc'),
];

const E31 = 'SiFive FE310-G002 manual, chapter 3: MUL 5 and no other beside it, LW 2, LB and LH 3, misprediction 3';

const XTENSA =
  'no table is published: a five-stage pipeline with single-cycle multiplication and a load delay, as that of RV32IMC';

/** The closed-form models of cores. */
export const classModels: Readonly<Record<CoreName, ClassModel>> = {
  'cortex-m0': modelOf('Cortex-M0', [
    armv6m,
    like([fitted('cortex-m0plus')], 'as on the Cortex-M0+'),
    costs('datasheet', 'Arm DDI 0432C (Cortex-M0 TRM), table 3-1: taken branch 3', { 'branch-taken': 3, other: 4 }),
  ]),
  'cortex-m0plus': modelOf('Cortex-M0+', [armv6m, fitted('cortex-m0plus')]),
  'cortex-m3': modelOf('Cortex-M3', [...armv7m, fitted('cortex-m3')]),
  'cortex-m4': modelOf('Cortex-M4', [...armv7m, fitted('cortex-m4')]),
  'cortex-m7': modelOf('Cortex-M7', armv7m7),
  'cortex-m33': modelOf('Cortex-M33', armv8m),
  'cortex-m55': modelOf(
    'Cortex-M55',
    [like(armv8m, 'scalar instructions as on the Cortex-M33; LLVM models them much alike'), helium],
    oneAtATime,
  ),
  'cortex-m85': modelOf(
    'Cortex-M85',
    [like(armv7m7, 'scalar instructions as on the Cortex-M7, which also begins two at a time'), helium],
    twoAtATime,
  ),
  rv32imc: modelOf('RV32IMC', rv32),
  rv32imac: modelOf('RV32IMAC', [like(rv32, 'as RV32IMC; atomic instructions are not used')]),
  'sifive-e31': modelOf('SiFive E31', [
    like(rv32, 'as RV32IMC'),
    costs('datasheet', E31, { multiply: 5 }),
    costs('assumed', `${E31}; half of the delays are filled`, {
      load: 2,
      'branch-taken': 1.3,
      'branch-not-taken': 1.3,
    }),
  ]),
  rv64gc: modelOf('RV64GC', [
    like(rv32, 'as RV32IMC'),
    costs('assumed', 'Rocket: loads of bytes 3, MUL 4, not overlapped by half', { load: 2, multiply: 2.5 }),
  ]),
  'xtensa-lx6': modelOf('Xtensa LX6', [like(rv32, XTENSA)]),
  'xtensa-lx7': modelOf('Xtensa LX7', [like(rv32, `${XTENSA}; its vectors are not used`)]),
};
