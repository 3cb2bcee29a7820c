import { type CountedCpu, countedCpus } from '../../backends/c/counts/processors.ts';
import { dataRegions, type Target } from '../../plan/target.ts';
import type { McuSilicon } from '../mcu.ts';
import type { CoreName } from './class-models.ts';

/** The silicon of a target, and what its code is compiled for. */
export interface SiliconOfTarget extends McuSilicon {
  /** The processor whose instructions are counted: of the Cortex-M85 those of the M55, of cores of other instruction sets those of RV32IMC. */
  readonly countedAs: CountedCpu;
}

const ARM: Readonly<Partial<Record<string, CoreName>>> = {
  'Cortex-M0': 'cortex-m0',
  'Cortex-M0+': 'cortex-m0plus',
  'Cortex-M3': 'cortex-m3',
  'Cortex-M4': 'cortex-m4',
  'Cortex-M7': 'cortex-m7',
  'Cortex-M33': 'cortex-m33',
  'Cortex-M55': 'cortex-m55',
  'Cortex-M85': 'cortex-m85',
};

const OTHERS: Readonly<Partial<Record<string, CoreName>>> = {
  RV32IMC: 'rv32imc',
  RV32IMAC: 'rv32imac',
  RV64GC: 'rv64gc',
  'Xtensa LX6': 'xtensa-lx6',
  'Xtensa LX7': 'xtensa-lx7',
};

/** The core model for the first core of a target; undefined for phones and cores that have none. */
export function coreOfTarget({ name, kind, cores: [core] }: Target): CoreName | undefined {
  if (kind !== 'mcu') return undefined;
  if (name.startsWith('fe310')) return 'sifive-e31';
  return ARM[core.name] ?? OTHERS[core.isa] ?? (core.isa.startsWith('RV32') ? 'rv32imac' : undefined);
}

/**
 * What {@link estimateMcu} needs to know of a target, at the clock of its profile: the arena in the largest region of data memory.
 * Undefined where there is no core model.
 */
export function siliconOfTarget(target: Target): SiliconOfTarget | undefined {
  const core = coreOfTarget(target);
  if (core === undefined || target.flash === null) return undefined;
  const [largest] = dataRegions(target);
  const bank = target.banks.find(({ use, region }) => use === 'data' && region === largest?.name);
  return {
    core,
    clockMHz: target.cores[0].clockHz / 1e6,
    flash: target.flash,
    ram: { accessCycles: bank?.accessCycles ?? 1 },
    countedAs: countedCpuOf(core),
  };
}

/** The processor whose predicted instructions stand for those of a core. */
export function countedCpuOf(core: CoreName): CountedCpu {
  if (core === 'cortex-m85') return 'cortex-m55';
  return countedCpus.find((name) => name === core) ?? 'rv32imc';
}
