import type { Op } from '../../ops/op.ts';
import type { KernelNeeds } from '../../plan/lower.ts';
import { disjoint } from '../../plan/overlap.ts';
import type { Program, Step } from '../../plan/program.ts';
import type { Problem } from '../../problem.ts';
import type { TensorType } from '../../tensor/tensor.ts';
import { dtypeProblem } from '../dtypes.ts';
import type { Unsupported } from '../kernel.ts';
import { alignmentBytes } from './kernel.ts';
import { kernelOf } from './kernels/table.ts';

/** What the WASM kernels ask of the memory plan. Operators without a kernel ask for nothing; see {@link wasmProblems}. */
export const wasmKernelNeeds: KernelNeeds = {
  alignment: alignmentBytes,
  scratchBytes(op: Op, inputs: readonly TensorType[], outputs: readonly TensorType[]): number {
    const kernel = kernelOf(op.type);
    return 'unsupported' in kernel ? 0 : kernel.scratchBytes(op, inputs, outputs);
  },
  overlaps(op: Op, inputs: readonly TensorType[], outputs: readonly TensorType[]): readonly (number | null)[] {
    const kernel = kernelOf(op.type);
    return 'unsupported' in kernel ? disjoint(inputs) : kernel.overlaps(op, inputs, outputs);
  },
  overlapUnit: () => 1,
  spareBytes: () => 0,
  slowdown: () => 1,
};

/** Everything in `program` that this back end cannot emit, in the user's names; empty when it can emit all. */
export function wasmProblems(program: Program): Problem[] {
  if (program.fed !== null) return [fedProblem(program.fed.name)];
  return program.steps.flatMap((step) => {
    const reason = reasonAgainst(step);
    if (reason === null) return [];
    return [{ code: 'wasm-unsupported', where: step.name, what: reason.unsupported, advice: reason.advice }];
  });
}

function fedProblem(name: string): Problem {
  const what = 'a WASM bundle takes its input as a whole';
  const advice = 'convert to a C package, or leave the option out';
  return { code: 'feed-rows', where: `--feed-rows with ${JSON.stringify(name)}`, what, advice };
}

function reasonAgainst(step: Step): Unsupported | null {
  const kernel = kernelOf(step.op.type);
  if ('unsupported' in kernel) return kernel;
  return dtypeProblem(step) ?? kernel.problem(step);
}
