import { buffersOf, type Lifetime } from './lifetimes.ts';
import type { SeparatedPair, SeparationProblem } from './memory/separation.ts';
import { type Buffer, type BufferId, type Program, type Step, workOf } from './program.ts';

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
  buffers.forEach((one, a) => {
    for (let b = a + 1; b < buffers.length; b++) {
      const other = buffers[b];
      if (other === undefined || !meet(lifetimes.get(one.id), lifetimes.get(other.id))) continue;
      if (isApart(one.id, other.id)) continue;
      const aBelow = overlaps.get(`${other.id}>${one.id}`)?.bytes ?? one.bytes;
      const bBelow = overlaps.get(`${one.id}>${other.id}`)?.bytes ?? other.bytes;
      const isFree = aBelow === Number.NEGATIVE_INFINITY || bBelow === Number.NEGATIVE_INFINITY;
      if (!isFree) conflicts.push({ a, b, aBelow, bBelow });
    }
  });
  return {
    buffers: buffers.map(({ id, bytes, alignment }) => ({ id, size: bytes, alignment })),
    conflicts,
    forbidden: [],
    moments: momentsOf(program, buffers, lifetimes),
  };
}

const pairKey = ({ input, output }: Overlap) => `${input}>${output}`;

function meet(a: Lifetime | undefined, b: Lifetime | undefined): boolean {
  return a !== undefined && b !== undefined && a.start < b.end && b.start < a.end;
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

/** The overlaps of a step with output 0: a buffer that several inputs share has the largest distance of them. */
function stepOverlaps({ inputs, outputs, overlaps }: Step, { buffers }: Program): Overlap[] {
  const [output] = outputs;
  if (output === undefined) return [];
  const found = new Map<BufferId, number | null>();
  inputs.forEach((operand, i) => {
    if (operand.kind !== 'arena') return;
    const distance = overlaps[i] ?? null;
    const known = found.get(operand.buffer);
    const both =
      known === undefined ? distance : known === null || distance === null ? null : Math.max(known, distance);
    found.set(operand.buffer, both);
  });
  return [...found].flatMap(([input, bytes]): Overlap[] => {
    const isOther = input !== output.buffer && outputs.every(({ buffer }, i) => i === 0 || buffer !== input);
    const isActivation = buffers[input]?.kind === 'activation';
    return bytes === null || !isOther || !isActivation ? [] : [{ input, output: output.buffer, bytes }];
  });
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
  const aliveAt = (from: number, end: number) =>
    buffers.filter(({ id }) => meet(lifetimes.get(id), { start: from, end })).map(({ id }) => id);
  const sets = workOf(program).flatMap((work): BufferId[][] => {
    if (work.kind === 'step') return [aliveAt(work.step.index, work.step.index + 1)];
    const { first, end, moments, stores } = work.stream;
    const own = new Set(buffersOf(work.stream));
    const rows = new Set(stores.map(({ buffer }) => buffer));
    const others = aliveAt(first, end).filter((id) => !own.has(id));
    const always = [...own].filter((id) => !rows.has(id));
    return moments.map((moment) => [...moment, ...always, ...others]);
  });
  return [aliveAt(-1, 0), ...sets, aliveAt(program.steps.length, program.steps.length + 1)].map((ids) =>
    ids.flatMap((id) => indices.get(id) ?? []),
  );
}
