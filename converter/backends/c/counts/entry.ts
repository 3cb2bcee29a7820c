import type { CpuName } from '../narrow/cpu.ts';
import type { CPackageModel } from '../package.ts';
import { coefficientFile, countedAs } from './coefficients.ts';
import { predictedRun } from './predict.ts';

/** The processor that a package for all is counted for. */
const usualCpu: CpuName = 'cortex-m4';

/** Predicted instructions of a run, for `thimble.json`. */
export interface InstructionEntry {
  readonly processor: string;
  /** The compiler that the costs are of. */
  readonly compiler: string;
  readonly run: number;
  /** By layer; 0 for one that does nothing. */
  readonly layers: readonly number[];
}

/** Predicts a run on the processor that a package is for; null where there are no coefficients for it. */
export function instructionEntry(model: CPackageModel, cpu: CpuName | null): InstructionEntry | null {
  const counted = countedAs(cpu ?? usualCpu);
  if (counted === null) return null;
  const { instructions, layers } = predictedRun(model, counted);
  return {
    processor: counted,
    compiler: coefficientFile().compilers[counted] ?? '',
    run: Math.round(instructions),
    layers: model.program.steps.map(({ index }) => Math.round(layers[index]?.instructions ?? 0)),
  };
}
