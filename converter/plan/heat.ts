import { opCost } from '../ops/registry.ts';
import { dtypeBytes } from '../tensor/dtype.ts';
import { elementCount } from '../tensor/shape.ts';
import { byteSize, type TensorType } from '../tensor/tensor.ts';
import {
  type BufferId,
  type Operand,
  type Program,
  type RowAction,
  type Step,
  type Stream,
  workOf,
} from './program.ts';

/** Channels of an integer matrix product whose sums are made together: blocks of four in the layout of the weights. */
const BLOCK_CHANNELS = 4;

/** Channels that a tile of a convolution makes in one pass over its panel. */
const TILE_CHANNELS = 2;

/** A panel holds int16. */
const PANEL_BYTES = 2;

/** Bytes read and written in one run by one step. */
export interface StepHeat {
  /** Of each input; constants lie in flash and are not counted. */
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  /** Of the temporary memory, scratch or spare. */
  readonly scratch: number;
}

/**
 * Bytes that a run reads and writes in each buffer, estimated from the shapes: which buffers gain most by fast memory. Buffers that
 * nothing touches have none.
 */
export function heatOf(program: Program): ReadonlyMap<BufferId, number> {
  const heat = new Map<BufferId, number>();
  const add = (buffer: BufferId | null, bytes: number) => {
    if (buffer !== null) heat.set(buffer, (heat.get(buffer) ?? 0) + bytes);
  };
  const bytesOf = (id: BufferId | null) => program.buffers.find((buffer) => buffer.id === id)?.bytes ?? 0;
  for (const work of workOf(program)) {
    if (work.kind === 'stream') {
      addStream(work.stream, bytesOf(work.stream.scratch), add);
      continue;
    }
    const { step } = work;
    const temporary = step.scratch ?? step.spare;
    const { inputs, outputs, scratch } = stepHeat(step, bytesOf(temporary));
    addOperands(step.inputs, inputs, add);
    addOperands(step.outputs, outputs, add);
    add(temporary, scratch);
  }
  return heat;
}

type Add = (buffer: BufferId | null, bytes: number) => void;

function addOperands(operands: readonly Operand[], heat: readonly number[], add: Add): void {
  operands.forEach((operand, i) => {
    if (operand.kind === 'arena') add(operand.buffer, heat[i] ?? 0);
  });
}

/**
 * What one call of a step reads and writes.
 *
 * A convolution with P output pixels of O channels and T taps a pixel: int8 inputs are read once a tap, P*T, and put into a panel of
 * int16, which is read once for every two channels; other inputs are read for each channel, P*T*O. A matrix product reads its
 * input once for four channels. A pool reads T inputs for an output. Everything else reads and writes each element once, and its
 * temporary memory twice.
 */
export function stepHeat(step: Step, scratchBytes: number): StepHeat {
  const { op, inputs, outputs } = step;
  const types = inputs.map(({ type }) => type);
  const results = outputs.map(({ type }) => type);
  const once = types.map(byteSize);
  const written = results.map(byteSize);
  const { macs } = opCost(op, types, results);
  const [input, weights] = types;
  const twice = 2 * scratchBytes;
  switch (op.type) {
    case 'conv-2d': {
      const channels = weights?.shape[0] ?? 1;
      const reads = macs / channels;
      const isGathered = input?.dtype === 'int8';
      const panel = scratchBytes === 0 ? 0 : PANEL_BYTES * reads * (1 + channels / TILE_CHANNELS);
      return {
        inputs: withFirst(once, (isGathered ? reads : macs) * elementBytes(input)),
        outputs: written,
        scratch: panel,
      };
    }
    case 'depthwise-conv-2d':
      return { inputs: withFirst(once, macs * elementBytes(input)), outputs: written, scratch: twice };
    case 'fully-connected':
    case 'matmul': {
      const rows = withFirst(once, (macs / BLOCK_CHANNELS) * elementBytes(input));
      const columns = op.type === 'matmul' ? macs * elementBytes(weights) : (once[1] ?? 0);
      return { inputs: rows.map((bytes, i) => (i === 1 ? columns : bytes)), outputs: written, scratch: twice };
    }
    case 'pool-2d': {
      const [height, width] = op.attributes.kernel;
      const taps = elementCount(results[0]?.shape ?? []) * height * width;
      return { inputs: withFirst(once, taps * elementBytes(input)), outputs: written, scratch: twice };
    }
    default:
      return { inputs: once, outputs: written, scratch: twice };
  }
}

const elementBytes = (type: TensorType | undefined): number => (type === undefined ? 0 : dtypeBytes[type.dtype]);

const withFirst = (all: readonly number[], first: number): number[] => all.map((bytes, i) => (i === 0 ? first : bytes));

/** Every action as often as the order has it, and the rows that move within their stores: read and written. */
function addStream(stream: Stream, scratchBytes: number, add: Add): void {
  const { stores, actions, order, scratch, progress } = stream;
  const counts = actions.map(() => 0);
  for (const index of order) counts[index] = (counts[index] ?? 0) + 1;
  for (const { buffer, movedRows, rowBytes } of stores) add(buffer, 2 * movedRows * rowBytes);
  actions.forEach((action, index) => {
    const count = counts[index] ?? 0;
    addAction(action, stream, scratchBytes, (buffer, bytes) => add(buffer, count * bytes));
  });
  add(scratch, 0);
  add(progress, 4 * order.length);
}

function addAction(action: RowAction, { stores, scratch }: Stream, scratchBytes: number, add: Add): void {
  const storeAt = (index: number): BufferId | null => stores[index]?.buffer ?? null;
  const rowBytes = (index: number) => stores[index]?.rowBytes ?? 0;
  switch (action.kind) {
    case 'layer': {
      const heat = stepHeat(action.step, scratchBytes);
      action.inputs.forEach((read, i) => {
        if (read !== null) add(storeAt(read.store), heat.inputs[i] ?? 0);
      });
      add(storeAt(action.output), heat.outputs[0] ?? 0);
      // The scratch of the stream is there for all its steps: convolutions make their panels in it.
      if (action.step.op.type === 'conv-2d' || action.step.scratch !== null) add(scratch, heat.scratch);
      return;
    }
    case 'total':
      add(storeAt(action.input), rowBytes(action.input));
      // A sum of four bytes a channel, read and written.
      add(action.sums, 8 * (action.step.inputs[0]?.type.shape.at(-1) ?? 0));
      return;
    case 'pad':
      add(storeAt(action.store), rowBytes(action.store));
      return;
    case 'copy':
      add(storeAt(action.from), rowBytes(action.from));
      add(storeAt(action.to), rowBytes(action.from));
      return;
    default:
      action satisfies never;
  }
}
