import { byteSize } from '../../tensor/tensor.ts';
import type { MemoryPlan } from '../plan.ts';
import type { BufferId, Program } from '../program.ts';

/** What is drawn: a plan, and what its steps and buffers are called. */
export interface PlanPicture {
  readonly plan: MemoryPlan;
  /** The name of each step. */
  readonly steps: readonly string[];
  /** The tensors that lie in each buffer, in the order in which they are written. */
  readonly tensors: ReadonlyMap<BufferId, readonly TensorSpan[]>;
}

/** A tensor in a buffer, from the step that writes it. */
export interface TensorSpan {
  readonly name: string;
  /** -1 for what is there before the first step. */
  readonly step: number;
  readonly bytes: number;
}

/** The picture of a program's plan. */
export function pictureOf(program: Program, plan: MemoryPlan): PlanPicture {
  const tensors = new Map<BufferId, TensorSpan[]>();
  const add = (buffer: BufferId, span: TensorSpan) => {
    const spans = tensors.get(buffer) ?? [];
    if (spans.every(({ name }) => name !== span.name)) tensors.set(buffer, [...spans, span]);
  };
  for (const { name, operand } of [...program.inputs, ...program.states]) {
    add(operand.buffer, { name, step: -1, bytes: byteSize(operand.type) });
  }
  for (const { index, outputs } of program.steps) {
    for (const { name, type, buffer } of outputs) add(buffer, { name, step: index, bytes: byteSize(type) });
  }
  return { plan, steps: program.steps.map(({ name }) => name), tensors };
}

/** What a buffer is called at a step: the last tensor written that fills it, in the user's own name; else the buffer's name. */
export function nameAt({ plan, tensors }: PlanPicture, id: BufferId, step: number): string {
  const buffer = plan.placements.find((placement) => placement.buffer.id === id)?.buffer;
  const filling = (tensors.get(id) ?? []).filter((span) => span.step <= step && span.bytes === buffer?.bytes);
  return filling.at(-1)?.name ?? buffer?.name ?? `b${id}`;
}

/** What a step is called: `start` and `end` before the first and after the last. */
export function stepName({ steps }: PlanPicture, step: number): string {
  return step < 0 ? 'start' : (steps[step] ?? 'end');
}
