import { InternalError } from '../../problem.ts';
import type { RowWindow } from './row-form.ts';

/** A tensor of a stream as the schedule sees it. */
export interface RowTensor {
  /** Rows of the whole tensor. */
  readonly height: number;
  /** Rows of padding that readers want before the first and after the last. */
  readonly top: number;
  readonly bottom: number;
  /** All rows lie in memory: what comes from before the stream, or stays after it. Such a tensor has no padding. */
  readonly isWhole: boolean;
}

/** Makes the next row of `output`, or, as a `total`, adds to it. */
export interface RowTask {
  /** `total`: is done once per row of its input. */
  readonly kind: 'window' | 'total';
  readonly inputs: readonly { readonly tensor: number; readonly window: RowWindow }[];
  readonly output: number;
}

/** One action: task `task` once more, or, with null, a row of padding at the end of `tensor`. */
export interface RowAction {
  readonly task: number | null;
  readonly tensor: number;
}

/** How a tensor of a stream is kept: rows `first` and on, at most `capacity` of them. */
export interface RowStore {
  readonly capacity: number;
  /** Rows that leave at a time when the store is full. */
  readonly slide: number;
  /** Rows moved within the store in one run. */
  readonly movedRows: number;
  /** Of each action, whether the store holds something during it. */
  readonly isBusy: Uint8Array;
}

/** In which order rows are made, and how many rows each tensor has to keep for that. */
export interface Schedule {
  readonly actions: readonly RowAction[];
  readonly stores: readonly RowStore[];
  /** Of each action the row that it makes: counts from 0, padding after the last. */
  readonly rows: readonly number[];
}

/**
 * Orders the rows of a stream: each row is made as late as those who read it allow, so that few rows are alive. `goals` are the
 * tensors that are wanted in the end, in the order in which they are completed; the first leads.
 */
export function scheduleRows(
  tensors: readonly RowTensor[],
  tasks: readonly RowTask[],
  goals: readonly number[],
): Schedule {
  const makers = new Map(tasks.map((task, index) => [task.output, index]));
  const made = tensors.map(() => 0);
  const actions: RowAction[] = [];
  const rows: number[] = [];
  const lastRead = tensors.map(({ height, top, bottom }) => new Int32Array(top + height + bottom).fill(-1));
  const read = (tensor: number, from: number, to: number) => {
    const reads = lastRead[tensor];
    const top = tensors[tensor]?.top ?? 0;
    for (let row = from; row < to; row++) if (reads !== undefined) reads[row + top] = actions.length;
  };
  const push = (action: RowAction, row: number) => {
    actions.push(action);
    rows.push(row);
  };
  const need = (tensor: number, count: number): void => {
    const maker = makers.get(tensor);
    const height = tensors[tensor]?.height ?? 0;
    if (maker === undefined) return;
    for (let next = made[tensor] ?? 0; next < count; next = made[tensor] ?? 0) {
      if (next >= height) push({ task: null, tensor }, next);
      else perform(maker, tensor, next);
      made[tensor] = next + 1;
    }
  };
  const perform = (index: number, tensor: number, row: number): void => {
    const task = tasks[index];
    if (task === undefined) throw new InternalError(`no task ${index}`);
    if (task.kind === 'total') {
      for (const { tensor: input } of task.inputs) {
        const { height } = tensors[input] ?? { height: 0 };
        for (let y = 0; y < height; y++) {
          need(input, y + 1);
          read(input, y, y + 1);
          push({ task: index, tensor }, row);
        }
      }
      return;
    }
    for (const { tensor: input, window } of task.inputs) need(input, window.stride * row - window.top + window.rows);
    for (const { tensor: input, window } of task.inputs) {
      const from = window.stride * row - window.top;
      read(input, from, from + window.rows);
    }
    push({ task: index, tensor }, row);
  };
  for (const goal of goals) need(goal, tensors[goal]?.height ?? 0);
  const stores = tensors.map((tensor, index) =>
    storeOf(tensor, index, actions, rows, lastRead[index] ?? new Int32Array()),
  );
  return { actions, rows, stores };
}

/** The smallest store of a tensor, and the largest slide that it allows. */
function storeOf(
  { height, top, isWhole }: RowTensor,
  tensor: number,
  actions: readonly RowAction[],
  rows: readonly number[],
  lastRead: Int32Array,
): RowStore {
  const isBusy = new Uint8Array(actions.length);
  if (isWhole) return { capacity: height, slide: 0, movedRows: 0, isBusy: isBusy.fill(1) };
  // Times at which rows are written, rows of padding in front at the very start.
  const writes: { readonly time: number; readonly row: number }[] = [];
  actions.forEach((action, time) => {
    if (action.tensor === tensor) writes.push({ time, row: rows[time] ?? 0 });
  });
  for (let row = -top; row < 0; row++) mark(isBusy, 0, lastRead[row + top] ?? -1);
  for (const { time, row } of writes) mark(isBusy, time, Math.max(time, lastRead[row + top] ?? -1));
  let capacity = Math.max(1, top);
  const oldest: number[] = [];
  let lowest = -top;
  for (const { time, row } of writes) {
    while (lowest < row && (lastRead[lowest + top] ?? -1) < time) lowest++;
    oldest.push(lowest);
    capacity = Math.max(capacity, row - lowest + 1);
  }
  for (let slide = capacity; slide > 1; slide--) {
    const moved = movedBy(slide, capacity, top, writes, oldest);
    if (moved !== null) return { capacity, slide, movedRows: moved, isBusy };
  }
  return { capacity, slide: 1, movedRows: movedBy(1, capacity, top, writes, oldest) ?? 0, isBusy };
}

function mark(isBusy: Uint8Array, from: number, to: number): void {
  isBusy.fill(1, from, to + 1);
}

/** Rows that are moved with a slide of that many, or null where rows that are still read would leave. */
function movedBy(
  slide: number,
  capacity: number,
  top: number,
  writes: readonly { readonly row: number }[],
  oldest: readonly number[],
): number | null {
  let first = -top;
  let moved = 0;
  for (const [i, { row }] of writes.entries()) {
    if (row - first < capacity) continue;
    if (first + slide > (oldest[i] ?? 0)) return null;
    first += slide;
    moved += capacity - slide;
  }
  return moved;
}
