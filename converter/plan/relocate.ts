import type { Op } from '../ops/op.ts';
import { byteSize } from '../tensor/tensor.ts';
import { lifetimesOf } from './lifetimes.ts';
import { quickArenaBytes } from './plan.ts';
import {
  type ArenaOperand,
  type Buffer,
  type BufferId,
  bufferId,
  type Operand,
  type Program,
  type RowAction,
  type Step,
  streamOf,
} from './program.ts';

/** Moves are added where each gains at least this part of the arena. */
const LEAST_GAIN = 0.01;

/** The most moves of a program. */
const MOST_MOVES = 8;

/**
 * An output that overlaps its input begins in front of it, so that the tensors of a chain of such layers wander towards the start of
 * the arena and need room for it. A move brings one back: a copy whose result may lie anywhere over its source.
 *
 * @returns the program with the moves that make its arena smaller, each by itself; the program itself where none does
 */
export function withMoves(program: Program): Program {
  const all = wanderers(program);
  if (all.length === 0 || all.length > 4 * MOST_MOVES) return program;
  // All of them tell what can be gained; then they leave one by one.
  const whole = all.reduce((moved, id) => moveAfter(moved, id), program);
  const target = quickArenaBytes(whole);
  if (target > quickArenaBytes(program) * (1 - LEAST_GAIN)) return program;
  let kept = all;
  for (const id of all) {
    const fewer = kept.filter((other) => other !== id);
    const moved = fewer.reduce((sum, other) => moveAfter(sum, other), program);
    if (quickArenaBytes(moved) <= target) kept = fewer;
  }
  return kept.length > MOST_MOVES ? program : kept.reduce((moved, id) => moveAfter(moved, id), program);
}

/** Outputs that begin in front of an input that they overlap, and that are overlapped in turn. */
function wanderers(program: Program): BufferId[] {
  const lifetimes = lifetimesOf(program);
  const isOverlapped = (buffer: BufferId) =>
    program.steps.some(({ inputs, overlaps }) =>
      inputs.some(
        (operand, i) => operand.kind === 'arena' && operand.buffer === buffer && (overlaps[i] ?? null) !== null,
      ),
    );
  return program.steps.flatMap(({ index, outputs, overlaps }) => {
    const [output] = outputs;
    if (output === undefined || outputs.length !== 1 || streamOf(program.streams, index) !== undefined) return [];
    const { start, end } = lifetimes.get(output.buffer) ?? { start: 0, end: 0 };
    const wanders = overlaps.some(
      (bytes) => bytes !== null && bytes > 0 && bytes < (program.buffers[output.buffer]?.bytes ?? 0),
    );
    const buffer = program.buffers[output.buffer];
    const isWhole = buffer?.kind === 'activation' && buffer.bytes === byteSize(output.type);
    const isPlain = isWhole && start === index && end > index + 1;
    return wanders && isPlain && isOverlapped(output.buffer) ? [output.buffer] : [];
  });
}

/** A copy of a buffer after the step that makes it, which everything later reads instead. */
function moveAfter(program: Program, id: BufferId): Program {
  const maker = program.steps.find(({ outputs }) => outputs.some(({ buffer }) => buffer === id));
  const old = program.buffers[id];
  const operand = maker?.outputs.find(({ buffer }) => buffer === id);
  if (maker === undefined || old === undefined || operand === undefined) return program;
  const copy: Buffer = { ...old, id: bufferId(program.buffers.length), name: `${old.name} moved` };
  const renamed = <T extends Operand>(one: T): T =>
    one.kind === 'arena' && one.buffer === id ? { ...one, buffer: copy.id } : one;
  const target: ArenaOperand = { ...operand, buffer: copy.id };
  const op: Op = { type: 'reshape', attributes: { shape: operand.type.shape } };
  const move: Step = {
    ...{ index: 0, name: `move of ${maker.name}`, op, inputs: [operand], outputs: [target] },
    ...{ overlaps: [Number.NEGATIVE_INFINITY], scratch: null, spare: null },
  };
  const before = program.steps.slice(0, maker.index + 1);
  const after = program.steps.slice(maker.index + 1).map((step) => {
    return { ...step, inputs: step.inputs.map(renamed), outputs: step.outputs.map(renamed) };
  });
  const shift = (index: number) => (index > maker.index ? index + 1 : index);
  return {
    ...program,
    buffers: [...program.buffers, copy],
    steps: [...before, move, ...after].map((step, index) => ({ ...step, index })),
    outputs: program.outputs.map((port) => ({ ...port, operand: renamed(port.operand) })),
    streams: program.streams.map((stream) => ({
      ...stream,
      first: shift(stream.first),
      end: shift(stream.end - 1) + 1,
      stores: stream.stores.map((store) => (store.buffer === id ? { ...store, buffer: copy.id } : store)),
      moments: stream.moments.map((moment) => moment.map((buffer) => (buffer === id ? copy.id : buffer))),
      overlaps: stream.overlaps.map((overlap) => (overlap.input === id ? { ...overlap, input: copy.id } : overlap)),
      actions: stream.actions.map((action): RowAction => {
        if (action.kind === 'layer') return { ...action, step: { ...action.step, index: shift(action.step.index) } };
        if (action.kind === 'total') return { ...action, step: { ...action.step, index: shift(action.step.index) } };
        return action;
      }),
    })),
  };
}
