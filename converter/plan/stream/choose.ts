import { byteSize } from '../../tensor/tensor.ts';
import { aliveBySteps, lifetimesOf } from '../lifetimes.ts';
import { liveBytes } from '../live.ts';
import type { KernelNeeds } from '../lower.ts';
import type { PlanOptions } from '../options.ts';
import { quickArenaBytes } from '../plan.ts';
import { type BufferId, type Program, streamOf } from '../program.ts';
import { withMoves } from '../relocate.ts';
import { giveSpare, spareBytes } from '../spare.ts';
import { programCost, rowOverhead, stepCosts } from './cost.ts';
import { fedPrograms } from './fed.ts';
import { rowFormOf } from './row-form.ts';
import { hasRowForm, type StreamRange, withStreams } from './stream.ts';

/** What a plan should be good at. */
export interface PlanGoal extends PlanOptions {
  /** The graph input that comes row by row, or null. */
  readonly fedInput: BufferId | null;
}

/** A program with its streams, and what is known of it. */
export interface Candidate {
  readonly program: Program;
  readonly arenaBytes: number;
  /** Relative to the program without streams. */
  readonly slowdown: number;
}

/** Most that a balanced plan may cost: 3 %. */
const BALANCED_SLOWDOWN = 1.03;

/** Ranges that are looked at closely in a round, and rounds: each adds one stream. */
const MOST_RANGES = 28;
const MOST_ROUNDS = 3;

/** Steps planned in a round, all ranges together: long programs get fewer. */
const MOST_STEPS_PLANNED = 8000;

/** Longest stream that is looked at, in steps. */
const MOST_STEPS = 64;

/** Gains below this part of the arena are not worth a stream. */
const LEAST_GAIN = 0.02;

/**
 * The program with the streams and the moves that serve a goal best. Moves come before streams, behind them, or not at all: a stream cannot
 * go through a move, and may make it needless. An input that comes row by row goes into a stream before all others; a program where
 * that cannot be has no `fed`.
 */
export function chooseProgram(program: Program, needs: KernelNeeds, goal: PlanGoal): Candidate {
  const baseCost = programCost(program, needs, Number.POSITIVE_INFINITY);
  const most = goal.optimize === 'balanced' && goal.arenaBytes === null ? BALANCED_SLOWDOWN : Number.POSITIVE_INFINITY;
  const judge = (streamed: Program) => withoutLoss(streamed, needs, baseCost, most);
  if (goal.optimize === 'latency' && goal.arenaBytes === null) {
    return fedCandidate(program, needs, goal, judge) ?? judge(program);
  }
  const streamed = chooseStreams(program, needs, goal, judge);
  const behind = withMoves(streamed.program);
  const all = behind === streamed.program ? [streamed] : [streamed, judge(behind)];
  const moved = goal.fedInput === null ? withMoves(program) : program;
  if (moved !== program) all.push(chooseStreams(moved, needs, goal, judge));
  return choose(all, goal);
}

/**
 * Streams for a program: in each round the runs of layers that pass through its peak are estimated, the most promising are planned,
 * and the best one is added.
 */
function chooseStreams(program: Program, needs: KernelNeeds, goal: PlanGoal, judge: Judge): Candidate {
  let best = fedCandidate(program, needs, goal, judge) ?? judge(program);
  if (goal.fedInput !== null && best.program.fed === null) return best;
  const isEnough = () => goal.arenaBytes !== null && best.arenaBytes <= goal.arenaBytes;
  for (let round = best.program.streams.length; round < MOST_ROUNDS && !isEnough(); round++) {
    const found = rangesOf(best.program).flatMap((range) => candidates(best.program, range, needs, judge));
    const next = choose([best, ...found], goal);
    if (next === best || next.arenaBytes > best.arenaBytes * (1 - LEAST_GAIN)) break;
    best = next;
  }
  return best;
}

type Judge = (program: Program) => Candidate;

/** A program with temporary memory for the kernels that are slowest without, until it is at most `most` times as slow as the base. */
function withoutLoss(program: Program, needs: KernelNeeds, baseCost: number, most: number): Candidate {
  const arenaBytes = quickArenaBytes(program);
  const candidate = { program, arenaBytes, slowdown: programCost(program, needs, arenaBytes) / baseCost };
  if (candidate.slowdown <= most) return candidate;
  const [worst] = stepCosts(program, needs, arenaBytes)
    .filter(({ step, loss }) => loss > 0 && step.spare === null && spareBytes(step, needs, 1) > 0)
    .filter(({ step }) => streamOf(program.streams, step.index) === undefined)
    .sort((a, b) => b.loss - a.loss);
  if (worst === undefined) return candidate;
  return withoutLoss(giveSpare(program, worst.step, spareBytes(worst.step, needs, 1)), needs, baseCost, most);
}

/** The best of some candidates for a goal. */
function choose(all: readonly Candidate[], goal: PlanGoal): Candidate {
  const [first] = all;
  if (first === undefined) throw new RangeError('no candidates');
  const better = (isBetter: (a: Candidate, b: Candidate) => boolean, list: readonly Candidate[]) =>
    list.reduce((best, one) => (isBetter(one, best) ? one : best), list[0] ?? first);
  const smaller = (a: Candidate, b: Candidate) =>
    a.arenaBytes < b.arenaBytes || (a.arenaBytes === b.arenaBytes && a.slowdown < b.slowdown);
  const quicker = (a: Candidate, b: Candidate) =>
    a.slowdown < b.slowdown || (a.slowdown === b.slowdown && a.arenaBytes < b.arenaBytes);
  const { arenaBytes, optimize } = goal;
  if (arenaBytes !== null) {
    const fitting = all.filter((one) => one.arenaBytes <= arenaBytes);
    return fitting.length > 0 ? better(quicker, fitting) : better(smaller, all);
  }
  return optimize === 'sram'
    ? better(smaller, all)
    : better(
        smaller,
        all.filter((one) => one === first || one.slowdown <= BALANCED_SLOWDOWN),
      );
}

/** The best program whose input comes row by row: what others take more is counted from the quickest of them. */
function fedCandidate(program: Program, needs: KernelNeeds, goal: PlanGoal, judge: Judge): Candidate | null {
  if (goal.fedInput === null) return null;
  const fed = fedPrograms(program, goal.fedInput, needs, MOST_STEPS);
  const whole = fed.map((one) => judge(one.program));
  const [quickest] = [...whole].sort((a, b) => a.slowdown - b.slowdown || a.arenaBytes - b.arenaBytes);
  if (quickest === undefined || (goal.optimize === 'latency' && goal.arenaBytes === null)) return quickest ?? null;
  const isBalanced = goal.optimize === 'balanced' && goal.arenaBytes === null;
  const best = (all: readonly Candidate[]) => {
    if (!isBalanced) return choose(all, goal);
    const near = all.filter(({ slowdown }) => slowdown <= BALANCED_SLOWDOWN * quickest.slowdown);
    return choose(near, { ...goal, optimize: 'sram' });
  };
  const found = best(whole);
  const smaller = fed[whole.indexOf(found)]?.smaller() ?? [];
  return best([found, ...smaller.map(judge)]);
}

/** A range as a stream, with more and with less memory for its kernels. */
function candidates(program: Program, range: StreamRange, needs: KernelNeeds, judge: Judge): Candidate[] {
  const steps = program.steps.slice(range.first, range.end);
  const spareOf = (share: number) => Math.max(...steps.map((step) => spareBytes(step, needs, share)));
  const shares = [1, 1 / 2, 1 / 4].filter((share, i, all) => i === 0 || spareOf(share) < spareOf(all[i - 1] ?? 1));
  return shares.flatMap((spareShare) => {
    const streamed = withStreams(program, [range], needs, { fedInput: null, spareShare });
    if (streamed === null) return [];
    return [judge(streamed)];
  });
}

interface Estimate extends StreamRange {
  readonly bytes: number;
  readonly cost: number;
}

/** The most promising ranges of steps without streams: those with small estimates of memory, and of cost. */
function rangesOf(program: Program): StreamRange[] {
  const { steps, streams } = program;
  const isOpen = steps.map((step) => hasRowForm(step) && streamOf(streams, step.index) === undefined);
  const overhead = steps.map(rowOverhead);
  const estimates: Estimate[] = [];
  const bytesOf = estimator(program);
  for (let first = 0; first < steps.length; first++) {
    let cost = overhead[first] ?? 0;
    for (let end = first + 1; end <= Math.min(steps.length, first + MOST_STEPS) && isOpen[end - 1] === true; end++) {
      if (end > first + 1) {
        cost += overhead[end - 1] ?? 0;
        estimates.push({ first, end, bytes: bytesOf(first, end), cost });
      }
    }
  }
  const count = Math.max(4, Math.min(MOST_RANGES, Math.floor(MOST_STEPS_PLANNED / steps.length)));
  const byBytes = [...estimates].sort((a, b) => a.bytes - b.bytes || a.cost - b.cost).slice(0, count);
  const limit = (byBytes.at(-1)?.bytes ?? 0) * 1.25;
  const byCost = estimates
    .filter(({ bytes }) => bytes <= limit)
    .sort((a, b) => a.cost - b.cost || a.bytes - b.bytes)
    .slice(0, count / 2);
  return [...new Set([...byBytes, ...byCost])];
}

/** An estimate of the arena with the steps `first` to `end` as a stream: of what is alive in it and beside it. */
function estimator(program: Program): (first: number, end: number) => number {
  const lifetimes = lifetimesOf(program);
  const { steps, buffers } = program;
  const alive = aliveBySteps(lifetimes, steps.length);
  const sums = liveBytes(program);
  const windows = steps.map((step) => {
    const rows = Math.max(0, ...(rowFormOf(step)?.windows ?? []).map((window) => window?.rows ?? 0));
    const [input] = step.inputs;
    const rowBytes = input?.kind === 'arena' ? byteSize(input.type) / (input.type.shape[1] ?? 1) : 0;
    return { isTransient: rows <= 1, bytes: rows * rowBytes };
  });
  return (first, end) => {
    let [stays, dies, born] = [0, 0, 0];
    const seen = new Set<BufferId>();
    for (const id of alive.slice(first + 1, end + 1).flat()) {
      const bytes = buffers[id]?.bytes ?? 0;
      const { start, end: stop } = lifetimes.get(id) ?? { start: 0, end: 0 };
      if (seen.has(id) || (start >= first && stop <= end)) continue;
      seen.add(id);
      if (start < first && stop <= end) dies += bytes;
      else if (start >= first) born += bytes;
      else stays += bytes;
    }
    const inside = windows.slice(first, end);
    const kept = inside.reduce((sum, { isTransient, bytes }) => sum + (isTransient ? 0 : bytes), 0);
    const passing = Math.max(0, ...inside.map(({ isTransient, bytes }) => (isTransient ? bytes : 0)));
    const outside = sums.reduce((most, sum, i) => (i >= first && i < end ? most : Math.max(most, sum)), 0);
    return Math.max(outside, stays + Math.max(dies, born) + kept + passing);
  };
}
