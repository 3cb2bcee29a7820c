import { opCost } from '../../ops/registry.ts';
import { dimension } from '../../tensor/shape.ts';
import { liveBytes } from '../live.ts';
import type { KernelNeeds } from '../lower.ts';
import type { BufferId, Operand, Program, Step, Stream } from '../program.ts';
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

/** Pixels that a convolution makes at a time; what is left over of a row takes as long as a whole tile. */
const TILE_PIXELS = 4;

/** What each step takes when it runs as a whole. */
export function stepCost(step: Step): number {
  const { macs, elements } = opCost(step.op, typesOf(step.inputs), typesOf(step.outputs));
  const perMac = step.op.type === 'depthwise-conv-2d' ? instructions.perDepthwiseMac : instructions.perMac;
  return macs === 0 ? elements * instructions.perElement : macs * perMac;
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

const tiled = (pixels: number) => Math.ceil(pixels / TILE_PIXELS) * TILE_PIXELS;

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
    const stream = streams.find(({ first, end }) => first <= step.index && step.index < end);
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
