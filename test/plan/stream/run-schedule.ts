import type { RowStore, RowTensor, Schedule } from '../../../converter/plan/stream/schedule.ts';
import type { RowNetwork } from './row-network.ts';

/** How a run goes differently from the schedule. */
export interface Deviation {
  /** Another store for one tensor. */
  readonly store?: { readonly tensor: number; readonly capacity: number; readonly slide: number };
  /** Whether what a tensor's store holds is destroyed before an action. */
  readonly destroys?: (tensor: number, time: number) => boolean;
}

export interface ScheduleRun {
  readonly faults: readonly string[];
  /** Of each tensor the rows that moved within its store. */
  readonly moved: readonly number[];
}

/** A store with the numbers of the rows that it holds. */
interface LiveStore {
  readonly capacity: number;
  readonly slide: number;
  held: (number | null)[];
  first: number;
  next: number;
  moved: number;
}

/** Does what a schedule says with stores that hold the numbers of their rows, and lists everything that goes wrong. */
export function runSchedule(network: RowNetwork, schedule: Schedule, deviation: Deviation = {}): ScheduleRun {
  const { tensors, tasks, goals } = network;
  const faults: string[] = [];
  const isMade = new Set(tasks.map(({ output }) => output));
  const stores = tensors.map((tensor, i) => {
    const planned = schedule.stores[i];
    const other = deviation.store?.tensor === i ? deviation.store : planned;
    if (other === undefined) throw new RangeError('a tensor without store');
    if (tensor.top > other.capacity) faults.push(`tensor ${i}: no room for the padding in front`);
    return liveStore(tensor, other, !isMade.has(i));
  });
  const totals = tasks.map(() => 0);
  const expectRow = (tensor: number, row: number, time: number) => {
    const store = stores[tensor];
    if (store?.held[row - store.first] !== row) faults.push(`action ${time}: tensor ${tensor} has no row ${row}`);
  };
  schedule.actions.forEach((action, time) => {
    stores.forEach((store, i) => {
      if (deviation.destroys?.(i, time)) store.held = store.held.map(() => null);
    });
    const store = stores[action.tensor];
    const task = action.task === null ? null : tasks[action.task];
    if (store === undefined || task === undefined) throw new RangeError('an action on nothing');
    const { height } = tensors[action.tensor] ?? { height: 0 };
    if (task?.kind === 'total') {
      const count = totals[action.task ?? 0] ?? 0;
      for (const { tensor } of task.inputs) expectRow(tensor, count, time);
      totals[action.task ?? 0] = count + 1;
      if (count + 1 < (tensors[task.inputs[0]?.tensor ?? 0]?.height ?? 0)) return;
    }
    const row = store.next;
    if (schedule.rows[time] !== row) faults.push(`action ${time}: makes row ${row}, not ${schedule.rows[time]}`);
    if ((task === null) !== row >= height) faults.push(`action ${time}: row ${row} of ${height} is padding or is not`);
    if (task?.kind === 'window') {
      for (const { tensor, window } of task.inputs) {
        for (let k = 0; k < window.rows; k++) expectRow(tensor, window.stride * row - window.top + k, time);
      }
    }
    append(store, () => faults.push(`action ${time}: no room in tensor ${action.tensor}`));
  });
  for (const goal of goals) {
    if ((stores[goal]?.next ?? 0) !== tensors[goal]?.height) faults.push(`goal ${goal} is not complete`);
    if (stores[goal]?.held.some((row, i) => row !== i)) faults.push(`goal ${goal} is not whole`);
  }
  return { faults, moved: stores.map(({ moved }) => moved) };
}

function liveStore(
  { height, top }: RowTensor,
  { capacity, slide }: Pick<RowStore, 'capacity' | 'slide'>,
  isInput: boolean,
): LiveStore {
  if (isInput) {
    return { capacity, slide, held: Array.from({ length: height }, (_, i) => i), first: 0, next: height, moved: 0 };
  }
  const held = Array.from({ length: capacity }, (_, i) => (i < top ? i - top : null));
  return { capacity, slide, held, first: -top, next: 0, moved: 0 };
}

function append(store: LiveStore, onFull: () => void): void {
  if (store.next - store.first === store.capacity) {
    store.held = [...store.held.slice(store.slide), ...Array.from({ length: store.slide }, () => null)];
    store.moved += store.capacity - store.slide;
    store.first += store.slide;
  }
  const slot = store.next - store.first;
  if (slot >= store.capacity) onFull();
  else store.held[slot] = store.next;
  store.next++;
}
