import { InternalError } from '../problem.ts';
import { keptBuffers } from './kept.ts';
import { type Lifetime, lifetimesOf } from './lifetimes.ts';
import { roundUp } from './memory/instance.ts';
import { type SeparatedPair, type SeparationProblem, solveSeparations } from './memory/separation.ts';
import { validateSeparations } from './memory/separation-validate.ts';
import type { MemoryPlan, Placement } from './plan.ts';
import type { PlannedProgram } from './plan-program.ts';
import { type Buffer, type BufferId, bufferId, type Program } from './program.ts';
import { separationProblem } from './separate.ts';

/**
 * How programs share one arena. `exclusive`: one of them is in use, the others hold nothing. `concurrent`: each keeps its state and its
 * outputs while the others run, one run after the other.
 */
export type Sharing = 'exclusive' | 'concurrent';

/** Programs in one arena. */
export interface JointPlan {
  readonly arenaBytes: number;
  readonly arenaAlignment: number;
  /** No placement of these buffers is smaller. */
  readonly lowerBoundBytes: number;
  /** Of each program: its buffers in the one arena, and what others keep there, which no kernel may use as temporary memory. */
  readonly plans: readonly MemoryPlan[];
  /** Of each program, the bytes that no other one touches. */
  readonly keptBytes: readonly number[];
}

/** Places programs in one arena, none of them in several memories. `keepInputs`: inputs, too, stay while others run. */
export function planTogether(planned: readonly PlannedProgram[], sharing: Sharing, keepInputs = false): JointPlan {
  if (planned.some(({ plan }) => plan.banks.length > 0)) throw new InternalError('a joint plan has one memory');
  return sharing === 'exclusive' ? oneAtATime(planned) : sideBySide(planned, keepInputs);
}

/** Each where it lies alone: the largest decides. */
function oneAtATime(planned: readonly PlannedProgram[]): JointPlan {
  const plans = planned.map(({ plan }) => plan);
  const largest = (numbers: readonly number[]) => Math.max(0, ...numbers);
  const arenaBytes = largest(plans.map((plan) => plan.arenaBytes));
  const arenaAlignment = Math.max(1, ...plans.map((plan) => plan.arenaAlignment));
  return {
    ...{ arenaBytes, arenaAlignment },
    lowerBoundBytes: largest(plans.map((plan) => plan.lowerBoundBytes)),
    plans: plans.map((plan) => ({ ...plan, arenaBytes, arenaAlignment })),
    keptBytes: plans.map(() => 0),
  };
}

/** A program with what it keeps. */
interface Member {
  readonly program: Program;
  readonly lifetimes: ReadonlyMap<BufferId, Lifetime>;
  readonly states: readonly Buffer[];
  readonly moving: readonly Buffer[];
  readonly kept: ReadonlySet<BufferId>;
}

function sideBySide(planned: readonly PlannedProgram[], keepInputs: boolean): JointPlan {
  const members = planned.map(({ program }): Member => {
    const lifetimes = lifetimesOf(program);
    const used = program.buffers.filter(({ id }) => lifetimes.has(id));
    return {
      ...{ program, lifetimes },
      states: used.filter(({ kind }) => kind === 'state'),
      moving: used.filter(({ kind }) => kind !== 'state'),
      kept: keptBuffers(program, lifetimes, keepInputs),
    };
  });
  const arenaAlignment = Math.max(1, ...planned.map(({ plan }) => plan.arenaAlignment));
  const states = placeStates(members);
  const stateBytes = roundUp(states.bytes, arenaAlignment);
  const problem = jointProblem(members);
  const solution = solveSeparations(problem);
  const faults = validateSeparations(problem, solution.offsets, solution.height);
  if (faults.length > 0) throw new InternalError(`joint memory plan: ${faults.join('; ')}`);
  const starts = firstIds(members);
  const placements = members.map(({ states: own, moving, lifetimes }, i): Placement[] =>
    [...own, ...moving].map((buffer) => {
      const moved = solution.offsets.get((starts[i] ?? 0) + moving.indexOf(buffer));
      const offset = states.offsets[i]?.get(buffer.id) ?? stateBytes + (moved ?? 0);
      const lifetime = lifetimes.get(buffer.id) ?? { start: -1, end: -1 };
      return { buffer, lifetime, offset, bank: 0 };
    }),
  );
  const arenaBytes = stateBytes + solution.height;
  const lowerBoundBytes = stateBytes + solution.lowerBound;
  const plans = members.map((_, i) => {
    const others = foreign(members, placements, i);
    const all = [...(placements[i] ?? []), ...others];
    return { arenaBytes, stateBytes, arenaAlignment, lowerBoundBytes, placements: all, banks: [] };
  });
  checkApart(members, placements);
  return {
    arenaBytes,
    arenaAlignment,
    lowerBoundBytes,
    plans,
    keptBytes: members.map((member, i) => bytesKept(member, placements[i] ?? [])),
  };
}

/** Bytes of the arena that kept buffers lie in; rows of a stream may share some. */
function bytesKept({ kept }: Member, placements: readonly Placement[]): number {
  const spans = placements
    .filter(({ buffer }) => kept.has(buffer.id))
    .map(({ offset, buffer }) => ({ start: offset, end: offset + buffer.bytes }))
    .sort((x, y) => x.start - y.start);
  let [bytes, reached] = [0, 0];
  for (const { start, end } of spans) {
    bytes += Math.max(0, end - Math.max(start, reached));
    reached = Math.max(reached, end);
  }
  return bytes;
}

/** States of all programs side by side, at the start of the arena. */
function placeStates(members: readonly Member[]): {
  readonly offsets: readonly ReadonlyMap<BufferId, number>[];
  readonly bytes: number;
} {
  let bytes = 0;
  const offsets = members.map(({ states }) => {
    const own = new Map<BufferId, number>();
    for (const { id, bytes: size, alignment } of states) {
      bytes = roundUp(bytes, alignment);
      own.set(id, bytes);
      bytes += size;
    }
    return own;
  });
  return { offsets, bytes };
}

/** Of each program the index of its first moving buffer among those of all. */
function firstIds(members: readonly Member[]): readonly number[] {
  let sum = 0;
  return members.map(({ moving }) => {
    sum += moving.length;
    return sum - moving.length;
  });
}

/**
 * The problems of all programs in one: buffers of different programs conflict where one of them is kept, since then it lives while the
 * other program runs. Ids are indices.
 */
function jointProblem(members: readonly Member[]): SeparationProblem {
  const starts = firstIds(members);
  const problems = members.map(({ program, moving, lifetimes }) => separationProblem(program, moving, lifetimes));
  const buffers = problems.flatMap((problem) => problem.buffers).map((buffer, id) => ({ ...buffer, id }));
  const own = problems.flatMap(({ conflicts }, i) => {
    const first = starts[i] ?? 0;
    return conflicts.map((pair) => ({ ...pair, a: first + pair.a, b: first + pair.b }));
  });
  const keptOf = members.map(({ moving, kept }, i) =>
    moving.flatMap(({ id }, at) => (kept.has(id) ? [(starts[i] ?? 0) + at] : [])),
  );
  const allKept = new Set(keptOf.flat());
  const ownerOf = members.flatMap(({ moving }, i) => moving.map(() => i));
  const crossed: SeparatedPair[] = [];
  for (let a = 0; a < buffers.length; a++) {
    for (let b = a + 1; b < buffers.length; b++) {
      if (ownerOf[a] === ownerOf[b] || !(allKept.has(a) || allKept.has(b))) continue;
      crossed.push({ a, b, aBelow: buffers[a]?.size ?? 0, bBelow: buffers[b]?.size ?? 0 });
    }
  }
  const moments = problems.flatMap(({ moments }, i) => {
    const others = keptOf.flatMap((kept, j) => (j === i ? [] : kept));
    return moments.map((moment) => [...moment.map((index) => (starts[i] ?? 0) + index), ...others]);
  });
  return { buffers, conflicts: [...own, ...crossed], forbidden: [], moments };
}

/** What the other programs keep, as buffers that live all the time; ids behind those of the program. */
function foreign(
  members: readonly Member[],
  placements: readonly (readonly Placement[])[],
  index: number,
): Placement[] {
  const { program } = members[index] ?? { program: { buffers: [], steps: [] } };
  const lifetime = { start: -1, end: program.steps.length + 1 };
  const kept = members.flatMap((other, j) => {
    const own = j === index ? [] : (placements[j] ?? []).filter(({ buffer }) => other.kept.has(buffer.id));
    return own.map(({ buffer, offset }) => ({ buffer, offset, owner: other.program.name }));
  });
  return kept.map(({ buffer, offset, owner }, i): Placement => {
    const id = bufferId(program.buffers.length + i);
    return { buffer: { ...buffer, id, name: `${owner}: ${buffer.name}` }, lifetime, offset, bank: 0 };
  });
}

/** The judge: no byte that a program keeps is one that another program uses. Looks at every pair. */
function checkApart(members: readonly Member[], placements: readonly (readonly Placement[])[]): void {
  members.forEach(({ kept, program }, i) => {
    for (const own of (placements[i] ?? []).filter(({ buffer }) => kept.has(buffer.id))) {
      const shared = placements
        .filter((_, j) => j !== i)
        .flat()
        .find(({ offset, buffer }) => offset < own.offset + own.buffer.bytes && own.offset < offset + buffer.bytes);
      if (shared === undefined) continue;
      throw new InternalError(`"${own.buffer.name}" of ${program.name} is kept where "${shared.buffer.name}" lies`);
    }
  });
}
