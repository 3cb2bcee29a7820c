import type { CpuName } from '../narrow/cpu.ts';
import type { Macros } from './source.ts';

/** Processors that instructions are counted for: those of the emulators. */
export const countedCpus = [
  ...(['cortex-m0', 'cortex-m0plus', 'cortex-m3', 'cortex-m4', 'cortex-m33', 'cortex-m7', 'cortex-m55'] as const),
  'rv32imc',
] as const satisfies readonly CpuName[];

export type CountedCpu = (typeof countedCpus)[number];

const gcc = { __GNUC__: '12', __STDC_VERSION__: '199901', __BYTE_ORDER__: '1', __ORDER_LITTLE_ENDIAN__: '1' };
const thumb = { ...gcc, __arm__: '1', __thumb__: '1' };
const thumb2 = { ...thumb, __thumb2__: '1', __ARM_FEATURE_UNALIGNED: '1' };
const dsp = { ...thumb2, __ARM_FEATURE_DSP: '1' };

/** What GCC defines for each of them, as far as the support headers ask (Arm C Language Extensions, section 4). */
const predefined: { readonly [C in CountedCpu]: Readonly<Record<string, string>> } = {
  'cortex-m0': { ...thumb, __ARM_ARCH: '6' },
  'cortex-m0plus': { ...thumb, __ARM_ARCH: '6' },
  'cortex-m3': { ...thumb2, __ARM_ARCH: '7' },
  'cortex-m4': { ...dsp, __ARM_ARCH: '7', __ARM_FP: '4' },
  'cortex-m33': { ...dsp, __ARM_ARCH: '8', __ARM_FP: '4' },
  'cortex-m7': { ...dsp, __ARM_ARCH: '7', __ARM_FP: '14' },
  'cortex-m55': { ...dsp, __ARM_ARCH: '8', __ARM_FP: '14', __ARM_FEATURE_MVE: '3' },
  rv32imc: { ...gcc, __riscv: '1', __riscv_xlen: '32' },
};

/** The macros that are defined before a source begins. */
export function macrosOf(cpu: CountedCpu): Macros {
  return new Map(Object.entries(predefined[cpu]));
}
