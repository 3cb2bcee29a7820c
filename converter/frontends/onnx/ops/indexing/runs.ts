import type { OperatorContext } from '../../context.ts';
import type { Operand } from '../../writer.ts';
import { concatenated, partOf } from '../movement/along-axis.ts';

interface Run {
  readonly start: number;
  step: number;
  count: number;
}

/** Indices as runs of even steps, a step of 0 among them. */
function runsOf(indices: readonly number[]): Run[] {
  const runs: Run[] = [];
  for (const index of indices) {
    const run = runs.at(-1);
    if (run !== undefined && run.count === 1) {
      run.step = index - run.start;
      run.count = 2;
    } else if (run !== undefined && index === run.start + run.count * run.step) run.count++;
    else runs.push({ start: index, step: 1, count: 1 });
  }
  return runs;
}

/** So many slices are joined rather than gathered. */
const mostRuns = 64;

/** The elements of `input` along `axis` at constant indices that lie inside, as slices that are joined; null where it takes too many. */
export function pickRuns(
  context: OperatorContext,
  input: Operand,
  axis: number,
  indices: readonly number[],
): Operand | null {
  const runs = runsOf(indices);
  if (runs.length > mostRuns || runs.length === 0) return null;
  const cuts = runs.map(({ start, count, step }) => partOf(context, input, axis, start, count, step));
  return concatenated(context, cuts, axis);
}
