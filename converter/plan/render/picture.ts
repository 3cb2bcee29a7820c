import { byteSize } from '../../tensor/tensor.ts';
import type { MemoryPlan } from '../plan.ts';
import { type BufferId, type Program, streamOf, workOf } from '../program.ts';
import { shortStep, stepText } from './names.ts';

/** What is drawn: a plan, and what its steps and buffers are called. */
export interface PlanPicture {
  readonly plan: MemoryPlan;
  /** The name of each step. */
  readonly steps: readonly string[];
  /** Steps that are done row by row, as one piece of work: half-open ranges in order. */
  readonly streams: readonly { readonly first: number; readonly end: number }[];
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
  for (const work of workOf(program)) {
    if (work.kind === 'stream') {
      for (const { buffer, name, rowBytes, capacity } of work.stream.stores) {
        add(buffer, { name, step: work.stream.first, bytes: rowBytes * capacity });
      }
      continue;
    }
    const { index, outputs } = work.step;
    for (const { name, type, buffer } of outputs) add(buffer, { name, step: index, bytes: byteSize(type) });
  }
  const streams = program.streams.map(({ first, end }) => ({ first, end }));
  return { plan, steps: program.steps.map(({ name }) => name), streams, tensors };
}

/**
 * What a buffer is called at a step: the last tensor written that fills it, in the user's own name; else the buffer's name, as that of
 * the rows of a stream.
 */
export function nameAt({ plan, tensors, streams }: PlanPicture, id: BufferId, step: number): string {
  const buffer = plan.placements.find((placement) => placement.buffer.id === id)?.buffer;
  const stream = streamOf(streams, step);
  const filling = (tensors.get(id) ?? []).filter((span) => span.step <= step && span.bytes === buffer?.bytes);
  return (stream === undefined ? filling.at(-1)?.name : undefined) ?? buffer?.name ?? `b${id}`;
}

/** A piece of work, or the time before the first or after the last: steps from `first` to `end`, half-open. */
export interface WorkSpan {
  readonly first: number;
  readonly end: number;
  /** `start` and `end`, the name of a step, or how long a stream is. */
  readonly name: string;
}

/** What is done at a step. */
export function spanAt({ steps, streams }: PlanPicture, step: number): WorkSpan {
  if (step < 0) return { first: -1, end: 0, name: 'start' };
  const stream = streamOf(streams, step);
  if (stream !== undefined) return { ...stream, name: `stream of ${stream.end - stream.first} steps` };
  return { first: step, end: step + 1, name: steps[step] ?? 'end' };
}

/** When that is, and what: `step 3, CONV_2D #3 "conv"`. Long names are cut. */
export function momentText(picture: PlanPicture, step: number, width: number): string {
  const { first, end, name } = spanAt(picture, step);
  if (first < 0 || first >= picture.steps.length) return `the ${name}`;
  if (end === first + 1) return `step ${step}, ${stepText(name, width)}`;
  const [from = '', to = ''] = [picture.steps[first], picture.steps[end - 1]].map((text) =>
    shortStep(text ?? '', width),
  );
  return `steps ${first}-${end - 1}, row by row from ${from} to ${to}`;
}
