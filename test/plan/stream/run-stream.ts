import { lifetimesOf } from '../../../converter/plan/lifetimes.ts';
import type { BufferId, Operand, Program, RowAction, Step, Stream } from '../../../converter/plan/program.ts';
import { zeroPointAt } from '../../../converter/tensor/quantization.ts';
import { dimension } from '../../../converter/tensor/shape.ts';
import { byteSize } from '../../../converter/tensor/tensor.ts';

/** Bytes from the start of the arena. */
export type Offsets = (buffer: BufferId) => number;

/** Most bytes of a row that have marks of their own. */
const MOST_BYTES = 1 << 12;

/**
 * Does what a stream says in an arena whose bytes are marks: each says of which row of which tensor it is which byte. A kernel is
 * taken to be as bad as it may: it spoils its scratch and its output row before it reads. Gives everything that goes wrong.
 */
export function runStream(program: Program, stream: Stream, offsets: Offsets): string[] {
  return new StreamRun(program, stream, offsets).run();
}

class StreamRun {
  readonly #program: Program;
  readonly #stream: Stream;
  readonly #offsets: Offsets;
  readonly #arena: Int32Array;
  readonly #keys = new Map<string, number>();
  readonly #faults: string[] = [];
  readonly #states: { first: number; next: number }[];
  readonly #counts = new Map<number, number>();
  #garbage = 0;

  constructor(program: Program, stream: Stream, offsets: Offsets) {
    this.#program = program;
    this.#stream = stream;
    this.#offsets = offsets;
    const used = [...lifetimesOf(program).keys()];
    const end = Math.max(...used.map((id) => offsets(id) + this.#bytesOf(id)));
    this.#arena = new Int32Array(end).fill(-1);
    this.#states = stream.stores.map(({ first }) => ({ first, next: 0 }));
  }

  run(): string[] {
    const { stores, order, actions, first, end } = this.#stream;
    const lifetimes = [...lifetimesOf(this.#program)];
    for (const [id, { start }] of lifetimes) if (start < first) this.#fill(id);
    for (const store of stores) {
      const start = this.#offsets(store.buffer);
      for (let row = store.first; row < 0; row++) {
        this.#mark(start + (row - store.first) * store.rowBytes, store.rowBytes, `padding ${store.padding}`);
      }
    }
    this.#mark(this.#offsets(this.#stream.progress), this.#bytesOf(this.#stream.progress), 'progress');
    order.forEach((index, time) => {
      const action = actions[index];
      if (action !== undefined) this.#act(action, index, `action ${time}`);
    });
    for (const [id, lifetime] of lifetimes) if (lifetime.end > end && lifetime.start < end) this.#expectWhole(id);
    return this.#faults;
  }

  #act(action: RowAction, index: number, when: string): void {
    const { progress, scratch } = this.#stream;
    switch (action.kind) {
      case 'pad':
        this.#mark(
          this.#next(action.store),
          this.#rowBytes(action.store),
          `padding ${this.#store(action.store).padding}`,
        );
        break;
      case 'copy': {
        const row = this.#state(action.to).next;
        const from = this.#rowAt(action.from, row);
        const whole = [action.from, action.to].map((one) => this.#store(one).buffer).find((id) => this.#isWhole(id));
        this.#expect(from, this.#rowBytes(action.from), `${whole} ${row}`, when);
        const to = this.#next(action.to);
        this.#arena.copyWithin(to, from, from + this.#rowBytes(action.from));
        break;
      }
      case 'total':
        this.#total(action, index, when);
        break;
      case 'layer': {
        const row = this.#state(action.output).next;
        const starts = action.inputs.map((read) =>
          read === null ? null : this.#rowAt(read.store, read.stride * row - read.top),
        );
        const to = this.#next(action.output);
        this.#spoil(to, this.#rowBytes(action.output));
        if (scratch !== null) this.#spoil(this.#offsets(scratch), this.#bytesOf(scratch));
        const whole = this.#stepAt(action.step.index);
        whole.inputs.forEach((operand, k) => {
          const start = starts[k] ?? null;
          if (start !== null) this.#expectWindow(whole, operand, { start, row }, `${when}, input ${k}`);
        });
        this.#mark(to, this.#rowBytes(action.output), rowKey(whole.outputs[0], row));
        break;
      }
    }
    this.#expect(this.#offsets(progress), this.#bytesOf(progress), 'progress', when);
  }

  #total({ step, input, output, sums }: Extract<RowAction, { kind: 'total' }>, index: number, when: string): void {
    const count = this.#counts.get(index) ?? 0;
    this.#counts.set(index, count + 1);
    const whole = this.#stepAt(step.index);
    const [operand] = whole.inputs;
    const height = dimension(operand?.type.shape ?? [], 1);
    const sumsAt = [this.#offsets(sums), this.#bytesOf(sums)] as const;
    if (count > 0) this.#expect(...sumsAt, `sums ${index} ${count}`, when);
    this.#expect(this.#rowAt(input, count), this.#rowBytes(input), rowKey(operand, count), when);
    this.#mark(...sumsAt, `sums ${index} ${count + 1}`);
    if (count + 1 === height) this.#mark(this.#next(output), this.#rowBytes(output), rowKey(whole.outputs[0], 0));
  }

  #expectWindow(
    { op, inputs }: Step,
    operand: Operand,
    { start, row }: { readonly start: number; readonly row: number },
    when: string,
  ): void {
    const height = dimension(operand.type.shape, 1);
    const rowBytes = byteSize(operand.type) / height;
    const { stride, top, rows } = windowOf(op, inputs);
    const zero = operand.type.quantization.kind === 'none' ? 0 : zeroPointAt(operand.type.quantization, 0) & 255;
    for (let k = 0; k < rows; k++) {
      const y = stride * row - top + k;
      const key = y < 0 || y >= height ? `padding ${zero}` : rowKey(operand, y);
      this.#expect(start + k * rowBytes, rowBytes, key, when);
    }
  }

  /** Room for the next row of a store. */
  #next(index: number): number {
    const { buffer, rowBytes, capacity, slide } = this.#store(index);
    const state = this.#state(index);
    if (state.next - state.first === capacity) {
      const start = this.#offsets(buffer);
      this.#arena.copyWithin(start, start + slide * rowBytes, start + capacity * rowBytes);
      state.first += slide;
    }
    if (state.next - state.first >= capacity) this.#faults.push(`store ${index} is full`);
    return this.#rowAt(index, state.next++);
  }

  #rowAt(index: number, row: number): number {
    return this.#offsets(this.#store(index).buffer) + (row - this.#state(index).first) * this.#rowBytes(index);
  }

  /** A whole tensor as its maker, which is not in the stream, left it. */
  #fill(id: BufferId): void {
    this.#wholeRows(id, (start, bytes, key) => this.#mark(start, bytes, key));
  }

  #expectWhole(id: BufferId): void {
    this.#wholeRows(id, (start, bytes, key) => this.#expect(start, bytes, key, 'at the end'));
  }

  /** Whether a buffer is of the program without streams. */
  #isWhole(id: BufferId): boolean {
    return this.#program.steps.some(({ inputs, outputs }) =>
      [...inputs, ...outputs].some((one) => one.kind === 'arena' && one.buffer === id),
    );
  }

  #wholeRows(id: BufferId, visit: (start: number, bytes: number, key: string) => void): void {
    const all = this.#program.steps.flatMap(({ inputs, outputs }) => [...inputs, ...outputs]);
    const operand = all.find((one) => one.kind === 'arena' && one.buffer === id);
    const height = operand?.type.shape.length === 4 ? dimension(operand.type.shape, 1) : 1;
    const bytes = this.#bytesOf(id) / height;
    for (let row = 0; row < height; row++) visit(this.#offsets(id) + row * bytes, bytes, `${id} ${row}`);
  }

  #mark(start: number, bytes: number, key: string): void {
    const base = this.#base(key);
    for (let i = 0; i < bytes; i++) this.#arena[start + i] = base + i;
  }

  #spoil(start: number, bytes: number): void {
    this.#arena.fill(-2 - this.#garbage++, start, start + bytes);
  }

  #expect(start: number, bytes: number, key: string, when: string): void {
    const base = this.#base(key);
    for (let i = 0; i < bytes; i++) {
      if (this.#arena[start + i] === base + i) continue;
      this.#faults.push(`${when}: no ${key}`);
      return;
    }
  }

  #base(key: string): number {
    const known = this.#keys.get(key) ?? this.#keys.size * MOST_BYTES;
    this.#keys.set(key, known);
    return known;
  }

  #bytesOf(id: BufferId): number {
    return this.#program.buffers[id]?.bytes ?? 0;
  }

  #store(index: number) {
    return present(this.#stream.stores[index]);
  }

  #state(index: number) {
    return present(this.#states[index]);
  }

  #rowBytes(index: number): number {
    return this.#store(index).rowBytes;
  }

  #stepAt(index: number): Step {
    return present(this.#program.steps[index]);
  }
}

function present<T>(value: T | undefined): T {
  if (value === undefined) throw new RangeError('the stream refers to nothing');
  return value;
}

function rowKey(operand: Operand | undefined, row: number): string {
  if (operand?.kind !== 'arena') throw new RangeError('rows of a constant');
  return `${operand.buffer} ${row}`;
}

/** The rows of any input that make output row r of an operator on whole tensors: `rows` from `stride * r - top` on. */
function windowOf(op: Step['op'], inputs: readonly Operand[]) {
  switch (op.type) {
    case 'conv-2d':
    case 'depthwise-conv-2d': {
      const { strides, dilations, padding } = op.attributes;
      const taps = dimension(inputs[1]?.type.shape ?? [], 1);
      return { stride: strides[0], top: padding.top, rows: 1 + dilations[0] * (taps - 1) };
    }
    case 'pool-2d':
      return { stride: op.attributes.strides[0], top: op.attributes.padding.top, rows: op.attributes.kernel[0] };
    default:
      return { stride: 1, top: 0, rows: 1 };
  }
}
