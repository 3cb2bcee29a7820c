import { type Effect, effectOf } from './cost.ts';
import { type Effort, type Frontier, orderTo, Walk } from './frontier.ts';
import type { Task } from './work.ts';

/** An order of the tasks and the peak of its activations. */
export interface Found {
  readonly order: readonly number[];
  readonly peakBytes: number;
}

export const foundAt = (frontier: Frontier): Found => ({ order: orderTo(frontier), peakBytes: frontier.peakBytes });

/** A frontier and a task that is ready there. */
export interface Choice {
  readonly from: Frontier;
  readonly task: Task;
  readonly effect: Effect;
}

/** The ways one task further that stay below the given peak. */
export function nextOf(effort: Effort, from: Frontier, belowBytes: number): Choice[] {
  const choices: Choice[] = [];
  for (const index of from.ready) {
    const task = effort.work.tasks[index];
    if (task === undefined) continue;
    effort.steps++;
    const effect = effectOf(task, from, effort.work.unit);
    if (effect.duringBytes < belowBytes) choices.push({ from, task, effect });
  }
  return choices;
}

export function taken(effort: Effort, { from, task, effect }: Choice): Frontier {
  const walk = new Walk(effort, from);
  walk.run(task, effect);
  return walk.here();
}
