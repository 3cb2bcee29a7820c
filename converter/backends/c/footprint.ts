import type { MemoryNeed } from '../../plan/fit.ts';
import type { MemoryPlan } from '../../plan/plan.ts';
import type { Program } from '../../plan/program.ts';
import type { Target } from '../../plan/target.ts';
import { extraBankBytes } from './banks.ts';
import { type KernelChoices, usualChoices } from './choice.ts';
import { type CMemoryUse, memoryUse } from './memory-use.ts';
import { type CpuName, cpuOfTarget } from './narrow/cpu.ts';
import { type CPackageModel, packageModel } from './package.ts';
import { codeSizes } from './sizes/predict.ts';

/** What the C package of a program takes, whatever it runs on. */
export interface CPackageUse {
  readonly memory: CMemoryUse;
  /** What of the variables holds tensors: memories beside the arena. */
  readonly bankBytes: number;
  /** Whether the plan lies in several memories of a target. */
  readonly isDivided: boolean;
  /** Machine code on a processor, predicted: functions of the C library that it calls, and tables of streams, included. */
  readonly codeBytesOn: (cpu: CpuName) => number;
  /** Weights and other tables on a processor; exact. */
  readonly constantBytesOn: (cpu: CpuName) => number;
}

/** What the C package of a program takes on a microcontroller, in bytes. The application's own memory comes on top. */
export interface CFootprint {
  /** States, inputs, outputs, activations and scratch, in whatever memory; exact. */
  readonly arenaBytes: number;
  /** Variables; exact where the stack is a bound, else a part of the margin. */
  readonly staticBytes: number;
  readonly stackBytes: number;
  /** `bound`: what a run takes at most. `margin`: {@link stackMarginBytes}, since the frames of this processor are not known. */
  readonly stackKind: 'bound' | 'margin';
  /** Weights, biases, multipliers and other tables; exact. */
  readonly constantBytes: number;
  /** Machine code, predicted from what such code took as linked. */
  readonly codeBytes: number;
}

/**
 * What one run is taken to need besides its arena, where no bound is known: stack, with library functions and the caller's frame, and
 * variables of the C library. Twelve models in QEMU (mps2-an386) painted from 116 to 920 bytes of stack; those in float had 104 bytes of
 * variables.
 */
export const stackMarginBytes = 2048;

/** Footprint of the package that `emitPackage` writes. Steps without a C kernel must have been refused. */
export function packageUse(
  program: Program,
  plan: MemoryPlan,
  choices: KernelChoices = usualChoices,
  cpu: CpuName | null = null,
): CPackageUse {
  return useOf(packageModel(program, plan, 'm', choices), cpu);
}

/** {@link packageUse} of a package whose layers are emitted. */
export function useOf(model: CPackageModel, cpu: CpuName | null = null): CPackageUse {
  const { plan } = model;
  return {
    memory: memoryUse(model, cpu),
    bankBytes: extraBankBytes(plan),
    isDivided: plan.banks.length > 1,
    codeBytesOn: once((one) => codeSizes(model, one).bytes),
    constantBytesOn: (one) => memoryUse(model, one).constantBytes,
  };
}

/** The processor that sizes are those of where no target is named. */
export const usualCpu: CpuName = 'cortex-m4';

/** A function of the processor that is computed once for each. */
function once(of: (cpu: CpuName) => number): (cpu: CpuName) => number {
  const known = new Map<CpuName, number>();
  return (cpu) => {
    const found = known.get(cpu) ?? of(cpu);
    known.set(cpu, found);
    return found;
  };
}

/** Instruction sets of the processors whose frames `stack/frames.ts` bounds: Cortex-M3, M4, M7 and M33. Helium has frames of its own. */
const boundedSets: ReadonlySet<string> = new Set(['Armv7-M', 'Armv7E-M', 'Armv8-M Main']);

/** The footprint on the first core of a target; without a target on one whose stack is bounded. */
export function footprintOn(use: CPackageUse, target: Pick<Target, 'cores'> | null): CFootprint {
  const { memory, bankBytes } = use;
  const { stackBoundBytes } = memory;
  const cpu = target === null ? usualCpu : cpuOfTarget(target);
  const [constantBytes, codeBytes] = [use.constantBytesOn(cpu), use.codeBytesOn(cpu)];
  const [arenaBytes, staticBytes] = [memory.arenaBytes + bankBytes, memory.staticBytes - bankBytes];
  if (target === null || boundedSets.has(target.cores[0].isa)) {
    return { arenaBytes, staticBytes, stackBytes: stackBoundBytes, stackKind: 'bound', constantBytes, codeBytes };
  }
  const stackBytes = Math.max(stackMarginBytes, stackBoundBytes + staticBytes);
  return { arenaBytes, staticBytes: 0, stackBytes, stackKind: 'margin', constantBytes, codeBytes };
}

/**
 * What a target must hold for this package. The arena is one piece, the stack another.
 *
 * @param isDivided whether the plan was made for the memories of this target and lies in several of them
 */
export function memoryNeedOf(footprint: CFootprint, isDivided = false): MemoryNeed {
  const { arenaBytes, staticBytes, stackBytes, constantBytes, codeBytes } = footprint;
  return {
    sramBytes: arenaBytes + staticBytes + stackBytes,
    blockBytes: isDivided ? null : arenaBytes,
    flashBytes: constantBytes + codeBytes,
  };
}
