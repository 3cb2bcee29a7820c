import { aliveBySteps, buffersOf, type Lifetime } from './lifetimes.ts';
import { leastCommonMultiple } from './memory/instance.ts';
import type { SeparatedPair, SeparationProblem } from './memory/separation.ts';
import { type ArenaOperand, type Buffer, type BufferId, type Program, type Step, workOf } from './program.ts';

/** Two buffers that may overlap: the input must begin `bytes` or more behind the start of the output. */
export interface Overlap {
  readonly input: BufferId;
  readonly output: BufferId;
  readonly bytes: number;
}

/** The offset problem of some buffers of a program, with everything that its kernels and streams allow. */
export function separationProblem(
  program: Program,
  buffers: readonly Buffer[],
  lifetimes: ReadonlyMap<BufferId, Lifetime>,
): SeparationProblem {
  const overlaps = new Map(overlapsOf(program, lifetimes).map((overlap) => [pairKey(overlap), overlap]));
  const isApart = apartIn(program);
  const conflicts: SeparatedPair[] = [];
  for (const [a, b] of pairsAlive(buffers, lifetimes)) {
    const [one, other] = [buffers[a], buffers[b]];
    if (one === undefined || other === undefined || isApart(one.id, other.id)) continue;
    const aBelow = overlaps.get(`${other.id}>${one.id}`)?.bytes ?? one.bytes;
    const bBelow = overlaps.get(`${one.id}>${other.id}`)?.bytes ?? other.bytes;
    const isFree = aBelow === Number.NEGATIVE_INFINITY || bBelow === Number.NEGATIVE_INFINITY;
    if (!isFree) conflicts.push({ a, b, aBelow, bBelow });
  }
  return {
    buffers: buffers.map(({ id, bytes, alignment, unit = 1 }) => {
      return { id, size: bytes, alignment: leastCommonMultiple(alignment, unit) };
    }),
    conflicts,
    forbidden: [],
    moments: momentsOf(program, buffers, lifetimes),
  };
}

const pairKey = ({ input, output }: Overlap) => `${input}>${output}`;

/** Pairs of buffers, as indices, the lower first, that are alive together. */
function* pairsAlive(
  buffers: readonly Buffer[],
  lifetimes: ReadonlyMap<BufferId, Lifetime>,
): Generator<readonly [number, number]> {
  const known = buffers.flatMap(({ id }, index) => {
    const lifetime = lifetimes.get(id);
    return lifetime === undefined ? [] : [{ index, ...lifetime }];
  });
  known.sort((a, b) => a.start - b.start || a.index - b.index);
  let open: typeof known = [];
  for (const one of known) {
    open = open.filter(({ end }) => end > one.start);
    for (const { index } of open) yield [Math.min(index, one.index), Math.max(index, one.index)];
    open.push(one);
  }
}

/** What may overlap: an input that is read for the last time by what writes the output for the first time. */
export function overlapsOf(program: Program, lifetimes: ReadonlyMap<BufferId, Lifetime>): Overlap[] {
  return workOf(program).flatMap((work) => {
    const [first, end] =
      work.kind === 'step' ? [work.step.index, work.step.index + 1] : [work.stream.first, work.stream.end];
    const all = work.kind === 'step' ? stepOverlaps(work.step, program) : work.stream.overlaps;
    return all.filter(({ input, output, bytes }) => {
      const size = program.buffers[output]?.bytes ?? 0;
      return lifetimes.get(input)?.end === end && lifetimes.get(output)?.start === first && bytes < size;
    });
  });
}

/**
 * The overlaps of a step with output 0, as distances between buffers: one that several inputs lie in has the largest distance of
 * them. What else there is in the buffers does not matter, since the one ends with the step and the other begins with it.
 */
function stepOverlaps({ inputs, outputs, overlaps }: Step, { buffers }: Program): Overlap[] {
  const [output, ...others] = outputs;
  if (output === undefined || others.some(({ buffer }) => buffer === output.buffer)) return [];
  const found = new Map<BufferId, number | null>();
  inputs.forEach((operand, i) => {
    if (operand.kind !== 'arena') return;
    const distance = bufferDistance(overlaps[i] ?? null, operand, output);
    const known = found.get(operand.buffer);
    const both =
      known === undefined ? distance : known === null || distance === null ? null : Math.max(known, distance);
    found.set(operand.buffer, both);
  });
  return [...found].flatMap(([input, bytes]): Overlap[] => {
    const isOther = input !== output.buffer && others.every(({ buffer }) => buffer !== input);
    const isActivation = buffers[input]?.kind === 'activation';
    return bytes === null || !isOther || !isActivation ? [] : [{ input, output: output.buffer, bytes }];
  });
}

/** The distance of the buffers of an input and of the output, where `distance` is that of the tensors in them. */
export function bufferDistance(distance: number | null, input: ArenaOperand, output: ArenaOperand): number | null {
  if (distance === null || distance === Number.NEGATIVE_INFINITY) return distance;
  return Math.max(0, distance - input.offset + output.offset);
}

/** Whether two buffers belong to one stream and never hold something at the same time. */
function apartIn({ streams }: Program): (a: BufferId, b: BufferId) => boolean {
  const groups = streams.map(({ stores, moments }) => {
    const members = new Set(stores.map(({ buffer }) => buffer));
    const together = new Set(moments.flatMap((all) => all.flatMap((a) => all.map((b) => `${a}+${b}`))));
    return { members, together };
  });
  return (a, b) =>
    groups.some(({ members, together }) => members.has(a) && members.has(b) && !together.has(`${a}+${b}`));
}

/** Sets of buffers alive together, as indices. */
function momentsOf(
  program: Program,
  buffers: readonly Buffer[],
  lifetimes: ReadonlyMap<BufferId, Lifetime>,
): readonly (readonly number[])[] {
  const indices = new Map(buffers.map(({ id }, i) => [id, i]));
  const alive = aliveBySteps(lifetimes, program.steps.length);
  const sets = workOf(program).flatMap((work): (readonly BufferId[])[] => {
    if (work.kind === 'step') return [alive[work.step.index + 1] ?? []];
    const { first, end, moments, stores } = work.stream;
    const own = new Set(buffersOf(work.stream));
    const rows = new Set(stores.map(({ buffer }) => buffer));
    const others = [...new Set(alive.slice(first + 1, end + 1).flat())].filter((id) => !own.has(id));
    const always = [...own].filter((id) => !rows.has(id));
    return moments.map((moment) => [...moment, ...always, ...others]);
  });
  return [alive[0] ?? [], ...sets, alive.at(-1) ?? []].map((ids) => ids.flatMap((id) => indices.get(id) ?? []));
}
