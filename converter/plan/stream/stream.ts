import { InternalError, invariant } from '../../problem.ts';
import { dtypeBytes } from '../../tensor/dtype.ts';
import { zeroPointAt } from '../../tensor/quantization.ts';
import { byteSize, type TensorType } from '../../tensor/tensor.ts';
import type { KernelNeeds } from '../lower.ts';
import {
  type ArenaOperand,
  type Buffer,
  type BufferId,
  bufferId,
  type Operand,
  type Program,
  progressBytes,
  type RowAction,
  type RowStore,
  type Step,
  type Stream,
} from '../program.ts';
import { type RowForm, rowFormOf, rowsOf, rowType } from './row-form.ts';
import { type RowTask, type RowTensor, type Schedule, scheduleRows } from './schedule.ts';

/** Steps `first` to `end` (half-open) of a program, to be done row by row. */
export interface StreamRange {
  readonly first: number;
  readonly end: number;
}

/** Rows of a tensor with its padding, at most. */
const MOST_ROWS = 32767;

/** How streams are made. */
export interface StreamOptions {
  /** The graph input that comes row by row and is never in memory as a whole, or null. */
  readonly fedInput: BufferId | null;
  /** Of the temporary memory that makes kernels faster this part is given to them: 1, 1/2, 1/4 or 0. */
  readonly spareShare: number;
}

/** The program with the given ranges as streams, or null where one of them cannot be done by rows. */
export function withStreams(
  program: Program,
  ranges: readonly StreamRange[],
  needs: KernelNeeds,
  options: StreamOptions,
): Program | null {
  let result = program;
  for (const range of ranges) {
    const next = new StreamBuilder(result, range, needs, options).build();
    if (next === null) return null;
    result = next;
  }
  return result;
}

/** Whether a step can be part of a stream. */
export function hasRowForm(step: Step): boolean {
  return rowFormOf(step) !== null;
}

/** A tensor inside the stream. `copyOf` is the tensor that its rows are copied from. */
interface Tensor extends RowTensor {
  readonly name: string;
  readonly type: TensorType;
  /** The buffer of the program, for what is whole. */
  readonly buffer: BufferId | null;
  readonly copyOf: number | null;
}

class StreamBuilder {
  readonly #program: Program;
  readonly #range: StreamRange;
  readonly #needs: KernelNeeds;
  readonly #options: StreamOptions;
  readonly #steps: readonly Step[];
  readonly #forms: readonly RowForm[];
  readonly #buffers: Buffer[];
  readonly #tensors: Tensor[] = [];
  /** The tensors that hold what a buffer of the program holds: what steps read, and what they write. */
  readonly #readFrom = new Map<BufferId, number>();
  readonly #writeTo = new Map<BufferId, number>();

  constructor(program: Program, range: StreamRange, needs: KernelNeeds, options: StreamOptions) {
    this.#program = program;
    this.#range = range;
    this.#needs = needs;
    this.#options = options;
    this.#steps = program.steps.slice(range.first, range.end);
    this.#forms = this.#steps.flatMap((step) => rowFormOf(step) ?? []);
    this.#buffers = [...program.buffers];
  }

  build(): Program | null {
    if (this.#forms.length !== this.#steps.length || !this.#hasPlainBuffers()) return null;
    for (const buffer of this.#touched()) this.#addTensor(buffer);
    const tasks = [...this.#copyTasks(), ...this.#steps.map((step, i) => this.#task(step, i))];
    const goals = this.#goals();
    if (goals.length === 0 || this.#hasTooManyRows()) return null;
    const schedule = scheduleRows(this.#tensors, tasks, goals);
    const stores = this.#tensors.map((tensor, i) => this.#store(tensor, i, schedule));
    const scratch = this.#scratch();
    const { actions, order } = this.#actions(schedule, stores);
    const progress = this.#newBuffer('stream progress', 'scratch', progressBytes(stores), 4);
    const { first, end } = this.#range;
    const stream: Stream = {
      ...{ first, end, stores, actions, order, scratch, progress },
      moments: momentsOf(stores, schedule),
      overlaps: wholeOverlaps(this.#tensors, stores, tasks, schedule),
    };
    const { streams } = this.#program;
    return {
      ...this.#program,
      buffers: this.#buffers,
      streams: [...streams, stream].sort((a, b) => a.first - b.first),
    };
  }

  /** Buffers that steps of the range read or write. */
  #touched(): BufferId[] {
    const operands = this.#steps.flatMap((step, i) => [...this.#streamed(step, i), ...step.outputs]);
    return [...new Set(operands.map(({ buffer }) => buffer))];
  }

  /** The inputs of a step that have rows. */
  #streamed(step: Step, index: number): ArenaOperand[] {
    return step.inputs.filter((operand, i): operand is ArenaOperand => {
      return operand.kind === 'arena' && this.#forms[index]?.windows[i] !== null;
    });
  }

  /** Every value has a buffer of its own, of one type, without a second writer. */
  #hasPlainBuffers(): boolean {
    const types = new Map<BufferId, string>();
    const written = new Set<BufferId>();
    for (const [i, step] of this.#steps.entries()) {
      for (const operand of [...this.#streamed(step, i), ...step.outputs]) {
        const text = `${operand.type.dtype} ${operand.type.shape.join('x')}`;
        const isPart = byteSize(operand.type) !== this.#program.buffers[operand.buffer]?.bytes;
        if ((types.get(operand.buffer) ?? text) !== text || isPart) return false;
        if (this.#program.buffers[operand.buffer]?.kind !== 'activation') return false;
        types.set(operand.buffer, text);
      }
      for (const { buffer } of step.outputs) {
        if (written.has(buffer)) return false;
        written.add(buffer);
      }
    }
    return true;
  }

  /** Whether steps of the range write a buffer, and whether others, or ports, want what is in it. */
  #usesOf(buffer: BufferId): { readonly isMade: boolean; readonly isKept: boolean } {
    const holds = (operands: readonly Operand[]) =>
      operands.some((operand) => operand.kind === 'arena' && operand.buffer === buffer);
    const { steps, outputs, states } = this.#program;
    const { first, end } = this.#range;
    return {
      isMade: this.#steps.some((step) => holds(step.outputs)),
      isKept:
        [...outputs, ...states].some(({ operand }) => operand.buffer === buffer) ||
        steps.some((step) => (step.index < first || step.index >= end) && holds([...step.inputs, ...step.outputs])),
    };
  }

  #addTensor(buffer: BufferId): void {
    const { isMade, isKept } = this.#usesOf(buffer);
    const { type, name } = this.#operandOf(buffer);
    const height = rowsOf(type) ?? 1;
    const { top, bottom } = this.#paddingOf(buffer, height);
    const isFed = buffer === this.#options.fedInput;
    const isPadded = top > 0 || bottom > 0;
    const whole = { name, type, height, top: 0, bottom: 0, isWhole: true, buffer, copyOf: null };
    const rows = { name, type, height, top, bottom, isWhole: false, buffer: null, copyOf: null };
    const add = (tensor: Tensor) => this.#tensors.push(tensor) - 1;
    if (isMade && !isKept) {
      const index = add(rowsOf(type) === null ? whole : rows);
      this.#readFrom.set(buffer, index);
      this.#writeTo.set(buffer, index);
      return;
    }
    const wholeIndex = add(whole);
    this.#writeTo.set(buffer, wholeIndex);
    this.#readFrom.set(buffer, wholeIndex);
    if (!isPadded && !isFed) return;
    const rowsIndex = this.#tensors.length;
    if (isMade) {
      this.#tensors[wholeIndex] = { ...whole, copyOf: rowsIndex };
      this.#writeTo.set(buffer, rowsIndex);
      add(rows);
    } else add({ ...rows, copyOf: wholeIndex });
    this.#readFrom.set(buffer, rowsIndex);
  }

  #operandOf(buffer: BufferId): ArenaOperand {
    for (const step of this.#steps) {
      for (const operand of [...step.inputs, ...step.outputs]) {
        if (operand.kind === 'arena' && operand.buffer === buffer) return operand;
      }
    }
    throw new InternalError(`buffer ${buffer} is not in the stream`);
  }

  /** Rows outside the tensor that its readers in the range see. */
  #paddingOf(buffer: BufferId, height: number): { readonly top: number; readonly bottom: number } {
    let [top, bottom] = [0, 0];
    for (const [i, { inputs, outputs }] of this.#steps.entries()) {
      const rows = outputs[0] === undefined ? 0 : (rowsOf(outputs[0].type) ?? 0);
      for (const [k, window] of (this.#forms[i]?.windows ?? []).entries()) {
        const operand = inputs[k];
        if (window === null || operand?.kind !== 'arena' || operand.buffer !== buffer || rows === 0) continue;
        top = Math.max(top, window.top);
        bottom = Math.max(bottom, window.stride * (rows - 1) - window.top + window.rows - height);
      }
    }
    return { top, bottom };
  }

  #copyTasks(): RowTask[] {
    const window = { stride: 1, top: 0, rows: 1 };
    return this.#tensors.flatMap(({ copyOf }, output): RowTask[] =>
      copyOf === null ? [] : [{ kind: 'window', inputs: [{ tensor: copyOf, window }], output }],
    );
  }

  #task(step: Step, index: number): RowTask {
    const form = this.#forms[index];
    const [output] = step.outputs;
    invariant(form !== undefined && output !== undefined, `${step.name} has no rows`);
    const inputs = step.inputs.flatMap((operand, i) => {
      const window = form.windows[i] ?? null;
      if (window === null || operand.kind !== 'arena') return [];
      return [{ tensor: known(this.#readFrom, operand.buffer), window }];
    });
    return { kind: form.kind, inputs, output: known(this.#writeTo, output.buffer) };
  }

  /** What is wanted in the end: what others read, the output of the last step first. */
  #goals(): number[] {
    const kept = this.#steps.flatMap(({ outputs }) => outputs.filter(({ buffer }) => this.#usesOf(buffer).isKept));
    const goals = kept.reverse().map(({ buffer }) => this.#tensors.findIndex((tensor) => tensor.buffer === buffer));
    const { fedInput } = this.#options;
    const fedRows = fedInput === null ? undefined : this.#readFrom.get(fedInput);
    // All rows of a fed input are taken, those that no layer reads too.
    return fedRows === undefined || goals.length === 0 ? goals : [...goals, fedRows];
  }

  /** Whether a number of a row does not fit into the 16 bits that the progress of a stream has for it. */
  #hasTooManyRows(): boolean {
    return this.#tensors.some(({ height, top, bottom }) => top + height + bottom > MOST_ROWS);
  }

  #store(tensor: Tensor, index: number, { stores }: Schedule): RowStore {
    const { name, type, buffer, height, top } = tensor;
    const rowBytes = byteSize(type) / height;
    const zero = type.quantization.kind === 'none' ? 0 : zeroPointAt(type.quantization, 0);
    const padding = dtypeBytes[type.dtype] === 1 ? zero & 255 : 0;
    const { capacity, slide, movedRows } = stores[index] ?? { capacity: height, slide: 0, movedRows: 0 };
    const rest = { name, rowBytes, capacity, slide, movedRows, padding };
    if (buffer !== null) return { ...rest, buffer, first: 0 };
    const id = this.#newBuffer(`${name} rows`, 'activation', capacity * rowBytes, dtypeBytes[type.dtype]);
    return { ...rest, buffer: id, first: -top };
  }

  #newBuffer(name: string, kind: Buffer['kind'], bytes: number, elementBytes: number): BufferId {
    const id = bufferId(this.#buffers.length);
    this.#buffers.push({ id, name, kind, bytes, alignment: Math.max(this.#needs.alignment, elementBytes) });
    return id;
  }

  /** One scratch for all steps, large enough for what each wants. */
  #scratch(): BufferId | null {
    const bytes = this.#steps.map((step, i) => {
      const { op, inputs, outputs } = this.#rowStep(step, i, []);
      const types = [inputs.map(({ type }) => type), outputs.map(({ type }) => type)] as const;
      return Math.max(
        this.#needs.scratchBytes(op, ...types),
        this.#needs.spareBytes(op, ...types, this.#options.spareShare),
      );
    });
    const most = Math.max(0, ...bytes);
    return most === 0 ? null : this.#newBuffer('stream scratch', 'scratch', most, 1);
  }

  /** The step on rows. `stores` are null where only types matter. */
  #rowStep(step: Step, index: number, stores: readonly RowStore[]): Step {
    const form = this.#forms[index];
    invariant(form !== undefined, `${step.name} has no rows`);
    const bufferOf = (tensors: ReadonlyMap<BufferId, number>, buffer: BufferId) =>
      stores[known(tensors, buffer)]?.buffer ?? buffer;
    const inputs = step.inputs.map((operand, i): Operand => {
      const window = form.windows[i] ?? null;
      if (window === null || operand.kind !== 'arena') return operand;
      const buffer = bufferOf(this.#readFrom, operand.buffer);
      return { ...operand, type: rowType(operand.type, window.rows), buffer };
    });
    const outputs = step.outputs.map((operand) => {
      const buffer = bufferOf(this.#writeTo, operand.buffer);
      return { ...operand, type: rowsOf(operand.type) === null ? operand.type : rowType(operand.type, 1), buffer };
    });
    return { ...step, op: form.op, inputs, outputs };
  }

  #actions(schedule: Schedule, stores: readonly RowStore[]): { actions: RowAction[]; order: number[] } {
    const copies = this.#tensors.flatMap(({ copyOf }, to): RowAction[] =>
      copyOf === null ? [] : [{ kind: 'copy', from: copyOf, to }],
    );
    const layers = this.#steps.map((step, i) => this.#layerAction(step, i, stores));
    const actions = [...copies, ...layers];
    const pads = new Map<number, number>();
    const order = schedule.actions.map(({ task, tensor }) => {
      if (task !== null) return task;
      const index = pads.get(tensor) ?? actions.push({ kind: 'pad', store: tensor }) - 1;
      pads.set(tensor, index);
      return index;
    });
    return { actions, order };
  }

  #layerAction(step: Step, index: number, stores: readonly RowStore[]): RowAction {
    const form = this.#forms[index];
    const [output] = step.outputs;
    invariant(form !== undefined && output !== undefined, `${step.name} has no rows`);
    const target = known(this.#writeTo, output.buffer);
    const row = this.#rowStep(step, index, stores);
    const inputs = step.inputs.map((operand, i) => {
      const window = form.windows[i] ?? null;
      if (window === null || operand.kind !== 'arena') return null;
      return { store: known(this.#readFrom, operand.buffer), stride: window.stride, top: window.top };
    });
    if (form.kind === 'window') return { kind: 'layer', step: row, inputs, output: target };
    const [input] = inputs;
    invariant(row.op.type === 'pool-2d' && input !== null && input !== undefined, 'only pools are totals');
    const channels = output.type.shape.at(-1) ?? 1;
    const sums = this.#newBuffer(`${step.name} sums`, 'scratch', 4 * channels, 4);
    return { kind: 'total', step: { ...step, op: row.op }, input: input.store, output: target, sums };
  }
}

function known(map: ReadonlyMap<BufferId, number>, buffer: BufferId): number {
  const index = map.get(buffer);
  if (index === undefined) throw new InternalError(`buffer ${buffer} is not in the stream`);
  return index;
}

/** The sets of stores that hold something during an action. */
function momentsOf(stores: readonly RowStore[], { actions, stores: kept }: Schedule): BufferId[][] {
  const found = new Map<string, BufferId[]>();
  for (let t = 0; t < actions.length; t++) {
    const busy = stores.flatMap(({ buffer }, i) => (kept[i]?.isBusy[t] === 1 ? [buffer] : []));
    found.set(busy.join(), busy);
  }
  return [...found.values()];
}

/**
 * How far a whole output may run into a whole input: an action may write what no later action reads, and what it reads itself only
 * behind its own output.
 */
function wholeOverlaps(
  tensors: readonly Tensor[],
  stores: readonly RowStore[],
  tasks: readonly RowTask[],
  { actions, rows }: Schedule,
): Stream['overlaps'] {
  const wholes = tensors.flatMap(({ isWhole }, i) => (isWhole ? [i] : []));
  const isMade = (tensor: number) => tasks.some(({ output }) => output === tensor);
  return wholes
    .filter((tensor) => !isMade(tensor))
    .flatMap((input) =>
      wholes.filter(isMade).map((output) => {
        const [inputBytes, outputBytes] = [stores[input]?.rowBytes ?? 0, stores[output]?.rowBytes ?? 0];
        // Lowest byte of the input that this action or a later one reads.
        const lowest: number[] = [];
        let least = Number.POSITIVE_INFINITY;
        for (let t = actions.length - 1; t >= 0; t--) {
          const index = actions[t]?.task ?? null;
          const task = index === null ? undefined : tasks[index];
          for (const { tensor: from, window } of task?.inputs ?? []) {
            if (from !== input) continue;
            const row = task?.kind === 'total' ? 0 : window.stride * (rows[t] ?? 0) - window.top;
            least = Math.min(least, Math.max(0, row) * inputBytes);
          }
          lowest[t] = least;
        }
        let bytes = 0;
        actions.forEach(({ tensor }, t) => {
          if (tensor === output && lowest[t] !== undefined && lowest[t] !== Number.POSITIVE_INFINITY) {
            bytes = Math.max(bytes, ((rows[t] ?? 0) + 1) * outputBytes - lowest[t]);
          }
        });
        const { buffer: a } = stores[input] ?? { buffer: bufferId(0) };
        const { buffer: b } = stores[output] ?? { buffer: bufferId(0) };
        return { input: a, output: b, bytes };
      }),
    );
}
