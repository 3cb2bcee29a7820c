import { opCost } from '../../ops/registry.ts';
import { dimension } from '../../tensor/shape.ts';
import { byteSize } from '../../tensor/tensor.ts';
import { liveBytes } from '../live.ts';
import type { KernelNeeds } from '../lower.ts';
import { type BufferId, type Operand, type Program, type Step, type Stream, streamOf } from '../program.ts';
import { rowFormOf, rowsOf } from './row-form.ts';

/**
 * Instructions, roughly: what our kernels of Armv7E-M take, measured in the emulator. Only ratios of sums of them are used, to judge
 * what a stream costs.
 */
const instructions = {
  perMac: 1.25,
  /** A depthwise layer, by product. */
  perDepthwiseMac: 2.2,
  perElement: 10,
  /** One call of a layer function for one row. */
  perRow: 160,
  /** A byte that moves within a store, or is copied. */
  perMovedByte: 0.16,
} as const;

/**
 * A convolution makes four pixels at a time, and what is left over of a row in a tile of 1, 2 or 3. What such a tile takes, in pixels
 * of a tile of four: counted in the emulator on 1x1 convolutions of 64 channels to 64, 5614, 9280, 12582 and 15880 instructions for
 * 1, 2, 3 and 4 pixels.
 */
const TILE_PIXELS = 4;
const LEFT_OVER = [0, 1.41, 2.34, 3.17] as const;

/** What each step takes when it runs as a whole. */
export function stepCost(step: Step): number {
  const { macs, elements } = opCost(step.op, typesOf(step.inputs), typesOf(step.outputs));
  if (step.op.type === 'reshape') return movedBytes(step) * instructions.perMovedByte;
  const perMac = step.op.type === 'depthwise-conv-2d' ? instructions.perDepthwiseMac : instructions.perMac;
  return macs === 0 ? elements * instructions.perElement : macs * perMac;
}

function movedBytes({ outputs }: Step): number {
  return outputs.reduce((sum, { type }) => sum + byteSize(type), 0);
}

/** What it takes more row by row. */
export function rowOverhead(step: Step): number {
  const [output] = step.outputs;
  const form = rowFormOf(step);
  if (output === undefined || form === null) return 0;
  const height = rowsOf(output.type) ?? 1;
  const calls = height * instructions.perRow;
  if (step.op.type !== 'conv-2d') return calls;
  const width = dimension(output.type.shape, 2);
  return calls + stepCost(step) * (tiled(width) / width / (tiled(width * height) / (width * height)) - 1);
}

/** What a convolution of so many pixels takes, in pixels of a tile of four. */
function tiled(pixels: number): number {
  const left = pixels % TILE_PIXELS;
  return pixels - left + (LEFT_OVER[left] ?? 0);
}

/** What the rows of a stream take that move. */
export function moveCost({ stores, actions, order }: Stream): number {
  const moved = stores.reduce((sum, { movedRows, rowBytes }) => sum + movedRows * rowBytes, 0);
  const copied = order.reduce((sum, index) => {
    const action = actions[index];
    return action?.kind === 'copy' ? sum + (stores[action.from]?.rowBytes ?? 0) : sum;
  }, 0);
  return (moved + copied) * instructions.perMovedByte;
}

/** What a program takes, in the same unit, in an arena of so many bytes. */
export function programCost(program: Program, needs: KernelNeeds, arenaBytes: number): number {
  const moves = program.streams.reduce((sum, stream) => sum + moveCost(stream), 0);
  return stepCosts(program, needs, arenaBytes).reduce((sum, { cost }) => sum + cost, moves);
}

/** What a step takes, and how much of it is lost for want of temporary memory. */
export interface StepCost {
  readonly step: Step;
  readonly cost: number;
  readonly loss: number;
}

export function stepCosts(program: Program, needs: KernelNeeds, arenaBytes: number): StepCost[] {
  const { steps, streams, buffers } = program;
  const live = liveBytes(program);
  const bytesOf = (buffer: BufferId | null) => buffers.find(({ id }) => id === buffer)?.bytes ?? 0;
  return steps.map((step) => {
    const stream = streamOf(streams, step.index);
    const idle = Math.max(bytesOf(step.spare), arenaBytes - (live[step.index] ?? 0));
    const spare = stream === undefined ? idle : bytesOf(stream.scratch);
    const least = stepCost(step) + (stream === undefined ? 0 : rowOverhead(step));
    const cost = least * needs.slowdown(step.op, typesOf(step.inputs), typesOf(step.outputs), spare);
    return { step, cost, loss: cost - least };
  });
}

function typesOf(operands: readonly Operand[]) {
  return operands.map(({ type }) => type);
}
