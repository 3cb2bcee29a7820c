import { compareTensors } from '../../converter/compare.ts';
import { shapesEqual } from '../../converter/tensor/shape.ts';
import type { Tensor } from '../../converter/tensor/tensor.ts';
import type { Job, Outcome, RunOutcome } from './job.ts';

/** Judges the outputs of a run: dtypes, shapes and integers must be equal, floats within the tolerance of the job. */
export function judge(job: Job, ran: RunOutcome): Outcome {
  if (ran.kind !== 'ran') return ran;
  for (const [s, { expected }] of job.steps.entries()) {
    if (expected.every((want) => want === null)) return { kind: 'wrong', why: `step ${s} has no expected output` };
    for (const [i, want] of expected.entries()) {
      if (want === null) continue;
      const name = job.graph.outputs[i]?.name ?? String(i);
      const why = differs(want, ran.outputs[s]?.[i], job.tolerance);
      if (why !== null) return { kind: 'wrong', why: `step ${s}, output ${name}${why}` };
    }
  }
  return { kind: 'pass' };
}

function differs(want: Tensor, got: Tensor | undefined, tolerance: number): string | null {
  if (got === undefined) return ' is missing';
  if (got.type.dtype !== want.type.dtype || !shapesEqual(got.type.shape, want.type.shape)) {
    return ` is ${got.type.dtype} ${got.type.shape.join('x')}, not ${want.type.dtype} ${want.type.shape.join('x')}`;
  }
  const { difference, largestError, largestExpected } = compareTensors(want, got, tolerance);
  if (difference === null) return null;
  const { index, actual, expected, count } = difference;
  const scale = `largest error ${largestError}, largest expected ${largestExpected}`;
  return `[${index}] is ${actual}, not ${expected} (${count} of ${want.data.length} differ; ${scale})`;
}
