import { predictedRun } from '../../converter/backends/c/counts/predict.ts';
import type { CountedCpu } from '../../converter/backends/c/counts/processors.ts';
import type { CPackageModel } from '../../converter/backends/c/package.ts';

/** Instructions of one run, and of each layer by the index of its step. */
export interface RunInstructions {
  readonly instructions: number;
  readonly layers: readonly number[];
}

/** Predicts the instructions of a package. */
export function runInstructions(model: CPackageModel, cpu: CountedCpu): RunInstructions {
  const { instructions, layers } = predictedRun(model, cpu);
  return { instructions, layers: model.program.steps.map(({ index }) => layers[index]?.instructions ?? 0) };
}
