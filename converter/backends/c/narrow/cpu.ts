import type { Target } from '../../../plan/target.ts';

/** What decides between texts of a package: macros of integer.h, without their prefix. */
export type CpuFeature = 'DSP' | 'DSP_FLOAT' | 'HELIUM' | 'HELIUM_FLOAT' | 'SHORT';

/** Processors that a package can be narrowed to. */
export const cpuNames = [
  ...(['generic', 'cortex-m0', 'cortex-m0plus', 'cortex-m3', 'cortex-m4', 'cortex-m7', 'cortex-m33'] as const),
  ...(['cortex-m55', 'cortex-m85', 'rv32imc', 'avr'] as const),
] as const;

export type CpuName = (typeof cpuNames)[number];

/** What is known of a processor: 1 it has the feature, 0 it has not. A unit for float is an option of most: the compiler decides. */
export type CpuFeatures = Readonly<Partial<Record<CpuFeature, 0 | 1>>>;

const plain: CpuFeatures = { DSP: 0, DSP_FLOAT: 0, HELIUM: 0, HELIUM_FLOAT: 0, SHORT: 0 };
const short: CpuFeatures = { ...plain, SHORT: 1 };
const dsp: CpuFeatures = { DSP: 1, HELIUM: 0, HELIUM_FLOAT: 0, SHORT: 0 };
const helium: CpuFeatures = { DSP: 1, HELIUM: 1, SHORT: 0 };

/** The features of each processor. Armv6-M has short instructions, Armv7E-M and Armv8-M with DSP pairs of products, Armv8.1-M vectors. */
export const cpuFeatures: { readonly [C in CpuName]: CpuFeatures } = {
  generic: plain,
  'cortex-m0': short,
  'cortex-m0plus': short,
  'cortex-m3': plain,
  'cortex-m4': dsp,
  'cortex-m7': dsp,
  'cortex-m33': dsp,
  'cortex-m55': helium,
  'cortex-m85': helium,
  rv32imc: plain,
  avr: plain,
};

/** The features that a compiler has to find, or it refuses the package. */
export function requiredFeatures(cpu: CpuName): readonly CpuFeature[] {
  const features = cpuFeatures[cpu];
  return (['DSP', 'DSP_FLOAT', 'HELIUM', 'HELIUM_FLOAT', 'SHORT'] as const).filter((name) => features[name] === 1);
}

/** The processor whose code is right for the first core of a target. */
export function cpuOfTarget({ cores: [{ name, isa, extensions }] }: Pick<Target, 'cores'>): CpuName {
  if (isa === 'Armv6-M') return 'cortex-m0plus';
  if (isa === 'Armv7-M') return 'cortex-m3';
  if (isa === 'Armv7E-M') return name === 'Cortex-M7' ? 'cortex-m7' : 'cortex-m4';
  if (isa === 'Armv8-M Main') return extensions.includes('dsp') ? 'cortex-m33' : 'cortex-m3';
  if (isa === 'Armv8.1-M') return extensions.includes('mve') ? 'cortex-m55' : 'cortex-m33';
  if (isa.startsWith('AVR')) return 'avr';
  return isa.startsWith('RV32') ? 'rv32imc' : 'generic';
}

/** Whether code for `cpu` runs on a processor whose own code is that for `other`. */
export function runsOn(cpu: CpuName, other: CpuName): boolean {
  if (cpu === 'avr' || other === 'avr') return cpu === other;
  return requiredFeatures(cpu).every((feature) => cpuFeatures[other][feature] === 1);
}
