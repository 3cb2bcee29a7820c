import type { Effect } from './cost.ts';
import { type Effort, type Frontier, Walk } from './frontier.ts';
import type { Task } from './work.ts';

/** A run that goes up for longer than this is not followed to see whether it comes down again. */
const longestRun = 64;

/**
 * The frontier after all *calm* runs: tasks that, one after the other, never need more than the peak so far and leave no more alive
 * than there was. Running them at once is never worse than running them later. What is alive is a submodular function of the set of
 * tasks that ran, so what a run adds to a larger set is no more than what it adds here; and since each run is cut off at the first
 * place where it has come down to where it began, what is left of it never adds anything. (Compare the hills and valleys of Liu, "An
 * application of generalized tree pebbling to sparse matrix factorization", SIAM J. Alg. Disc. Meth. 8(3), 1987.) Nor
 * does what ran before make a task need more while it runs: more of what its result may overlap dies with it.
 *
 * It needs that no piece is put into worse memory by going first: tasks that could do that are not part of a calm run.
 */
export function calmed(effort: Effort, frontier: Frontier): Frontier {
  const walk = new Walk(effort, frontier);
  for (;;) {
    const run = firstCalmRun(effort, walk);
    if (run.length === 0) return walk.hasMoved ? walk.here() : frontier;
    for (const { task, effect } of run) walk.run(task, effect);
  }
}

interface CalmStep {
  readonly task: Task;
  readonly effect: Effect;
}

/** Nothing too where the search is at its end: no calm run has to be made. */
function firstCalmRun(effort: Effort, walk: Walk): readonly CalmStep[] {
  for (const index of walk.ready) {
    if (effort.steps > effort.limit) return [];
    const run = calmRun(effort, walk, index);
    if (run.length > 0) return run;
  }
  return [];
}

/** The calm run that begins with the given task, or nothing. */
function calmRun(effort: Effort, from: Walk, begin: number): readonly CalmStep[] {
  const steps: CalmStep[] = [];
  let at = from;
  let index = begin;
  while (steps.length < longestRun) {
    const task = effort.work.tasks[index];
    if (task === undefined) return [];
    const effect = at.effect(task);
    if (effect.duringBytes > from.peakBytes || !isWellPlaced(task, at, effect)) return [];
    steps.push({ task, effect });
    if (effect.afterBytes <= from.liveBytes) return steps;
    if (at === from) at = new Walk(effort, from);
    const [next, ...others] = at.run(task, effect);
    if (next === undefined || others.length > 0) return [];
    index = next;
  }
  return [];
}

/** Whether what the task reads and makes lies in its best place. */
function isWellPlaced({ inputs, outputs }: Task, at: Walk, effect: Effect): boolean {
  if (at.misplaced.length === 0 && effect.misplaced.length === 0) return true;
  return (
    inputs.every(({ index }) => !at.misplaced.includes(index)) &&
    outputs.every(({ index }) => !effect.misplaced.includes(index))
  );
}
