import { extraBankBytes } from '../../converter/backends/c/banks.ts';
import { type CPackageUse, footprintOn, memoryNeedOf } from '../../converter/backends/c/footprint.ts';
import { cKernelNeeds } from '../../converter/backends/c/kernels.ts';
import { measurePlan } from '../../converter/backends/c/plan-sram.ts';
import type { Graph } from '../../converter/ir/graph.ts';
import { typeOf } from '../../converter/ir/graph.ts';
import { fitOf } from '../../converter/plan/fit.ts';
import { latencyPlan, type PlanOptions } from '../../converter/plan/options.ts';
import { planningOf } from '../../converter/plan/outcome.ts';
import { planProgram } from '../../converter/plan/plan-program.ts';
import { withFewerChannels } from '../../converter/plan/remedies/fewer-channels.ts';
import { asInt8 } from '../../converter/plan/remedies/int8.ts';
import { withSmallerInput } from '../../converter/plan/remedies/smaller-input.ts';
import type { Target } from '../../converter/plan/target.ts';
import { ProblemError } from '../../converter/problem.ts';
import { summarize } from '../../converter/summary.ts';

/** Something that makes a model smaller, with what it needs then. */
export interface Remedy {
  /** What to do: `int8 instead of float`. */
  readonly what: string;
  /** Options that do it, or that the numbers were planned with. */
  readonly options: string;
  /** Arena, variables and stack. */
  readonly sramBytes: number;
  /** Constants and code; the code is always an estimate. */
  readonly flashBytes: number;
  readonly macs: number;
  /** Instructions relative to the same model without want of memory; null where it is not known. */
  readonly slowdown: number | null;
  /** Whether everything is within the limits then. */
  readonly fits: boolean;
  /** Whether it is the plan of a model that is yet to be made. */
  readonly isEstimate: boolean;
}

/** Where a model should go: into a target, within so many bytes of SRAM, or both. */
export interface MemoryLimits {
  readonly target: Target | null;
  readonly sramBytes: number | null;
}

/** A package that does not fit. */
export interface Misfit {
  readonly graph: Graph;
  /** How its memory was planned; null for the usual way. */
  readonly options: PlanOptions | null;
  readonly use: CPackageUse;
  readonly limits: MemoryLimits;
}

/** Whether a package is within the limits, and whether its flash is. */
export function isWithin(use: CPackageUse, { target, sramBytes }: MemoryLimits): { sram: boolean; flash: boolean } {
  const need = memoryNeedOf(footprintOn(use, target), use.isDivided);
  const rows = target === null ? [] : fitOf(target, need).rows.filter(({ missingBytes }) => missingBytes > 0);
  return {
    sram: rows.every(({ memory }) => memory === 'flash') && (sramBytes === null || need.sramBytes <= sramBytes),
    flash: rows.every(({ memory }) => memory !== 'flash'),
  };
}

/** The smallest plan, in the memories that the package was planned for. */
const smallestPlan = ({ options }: Misfit): PlanOptions => {
  return { ...latencyPlan, optimize: 'sram', banks: options?.banks ?? null };
};

/**
 * What would make a model fit, each planned and not guessed. What cannot help the memory that is too small is left out, what helps
 * too little is not.
 */
export function remedies(misfit: Misfit): readonly Remedy[] {
  const { sram, flash } = isWithin(misfit.use, misfit.limits);
  const options = { ...smallestPlan(misfit), feedRows: misfit.options?.feedRows ?? false };
  const base = { ...misfit, use: possible(() => measurePlan(misfit.graph, options)) ?? misfit.use };
  return [
    ...(sram ? [] : [streamed(misfit), fed(misfit)]),
    ...(sram ? [] : [3 / 4, 1 / 2].map((share) => smaller(base, share, options))),
    quantized(base, options),
    pruned(base, options),
    ...(flash ? [] : [externalFlash(misfit)]),
  ].filter((row) => row !== null);
}

function remedy(
  { limits }: Misfit,
  graph: Graph,
  use: CPackageUse,
  head: Pick<Remedy, 'what' | 'options' | 'slowdown' | 'isEstimate'>,
): Remedy {
  const { sramBytes, flashBytes } = memoryNeedOf(footprintOn(use, limits.target));
  const { sram, flash } = isWithin(use, limits);
  return { ...head, sramBytes, flashBytes, macs: summarize(graph).macs, fits: sram && flash };
}

/** The plan of a graph that is there, as `convert` makes it with the options. */
function planned(
  misfit: Misfit,
  graph: Graph,
  options: PlanOptions,
  head: Pick<Remedy, 'what' | 'options' | 'isEstimate'>,
) {
  const measured = possible(() => measurePlan(graph, options));
  if (measured === null) return null;
  const { slowdown } = planningOf(measured.planned, cKernelNeeds, options);
  return remedy(misfit, graph, measured, { ...head, slowdown });
}

function streamed(misfit: Misfit): Remedy | null {
  const { options, graph } = misfit;
  if (options?.optimize === 'sram' || options?.feedRows === true) return null;
  const head = { what: 'layers row by row', options: '--optimize sram', isEstimate: false };
  return planned(misfit, graph, smallestPlan(misfit), head);
}

function fed(misfit: Misfit): Remedy | null {
  if (misfit.options?.feedRows === true && misfit.options.optimize === 'sram') return null;
  const head = { what: 'input fed by rows', options: '--optimize sram --feed-rows', isEstimate: false };
  return planned(misfit, misfit.graph, { ...smallestPlan(misfit), feedRows: true }, head);
}

function smaller(misfit: Misfit, share: number, options: PlanOptions): Remedy | null {
  const found = withSmallerInput(misfit.graph, share);
  const [input] = misfit.graph.inputs;
  if (found === null || input === undefined) return null;
  const [, height, width] = typeOf(misfit.graph, input.value).shape;
  const use = shapeUse(misfit, found.graph, options);
  if (use === null) return null;
  const what = `input of ${found.height}x${found.width} instead of ${height}x${width}`;
  return remedy(misfit, found.graph, use, { what, options: wordsOf(options), slowdown: null, isEstimate: true });
}

function quantized(misfit: Misfit, options: PlanOptions): Remedy | null {
  const graph = asInt8(misfit.graph);
  const use = graph === null ? null : shapeUse(misfit, graph, options);
  if (graph === null || use === null) return null;
  const head = { what: 'int8 instead of float', options: wordsOf(options), slowdown: null, isEstimate: true };
  return remedy(misfit, graph, use, head);
}

/** Shares of the channels that pruning is tried with, in eighths. */
const eighths = 8;

/** The most channels that fit; where none do, the fewest that are looked at. */
function pruned(misfit: Misfit, options: PlanOptions): Remedy | null {
  const keep = (count: number): Remedy | null => {
    const graph = withFewerChannels(misfit.graph, count / eighths);
    const use = graph === null ? null : shapeUse(misfit, graph, options);
    if (graph === null || use === null) return null;
    const what = `pruning to ${(100 * count) / eighths} % of the channels`;
    return remedy(misfit, graph, use, { what, options: wordsOf(options), slowdown: null, isEstimate: true });
  };
  let best = keep(1);
  if (best === null || !best.fits) return best;
  let [low, high] = [2, eighths - 1];
  while (low <= high) {
    const middle = (low + high) >> 1;
    const row = keep(middle);
    if (row?.fits) [best, low] = [row, middle + 1];
    else high = middle - 1;
  }
  return best;
}

function externalFlash(misfit: Misfit): Remedy | null {
  const { use, limits, graph } = misfit;
  if (limits.target?.flash?.kind !== 'internal') return null;
  const outside: CPackageUse = { ...use, memory: { ...use.memory, constantBytes: 0 }, constantBytesOn: () => 0 };
  const head = { what: 'weights in external flash, mapped into memory', options: '', slowdown: null, isEstimate: true };
  return remedy(misfit, graph, outside, head);
}

/**
 * What a graph of other shapes or dtypes takes: its arena is planned, its weights counted, the rest (stack, code) is that of the package
 * as `use` says, which is to be planned with the same options.
 */
function shapeUse({ graph: old, use }: Misfit, graph: Graph, options: PlanOptions): CPackageUse | null {
  const found = possible(() => planProgram(graph, cKernelNeeds, options));
  if (found === null) return null;
  const { arenaBytes, stateBytes } = found.plan;
  const { memory, codeBytesOn } = use;
  const [bankBytes, isDivided] = [extraBankBytes(found.plan), found.plan.banks.length > 1];
  const staticBytes = memory.staticBytes - use.bankBytes + bankBytes;
  const moreBytes = summarize(graph).parameterBytes - summarize(old).parameterBytes;
  const changedBytes = (constantBytes: number) => Math.max(0, constantBytes + moreBytes);
  const constantBytes = changedBytes(memory.constantBytes);
  const sramBytes = arenaBytes + staticBytes + memory.stackBoundBytes;
  const changed = { arenaBytes, stateBytes, staticBytes, sramBytes, constantBytes };
  const constantBytesOn: CPackageUse['constantBytesOn'] = (cpu) => changedBytes(use.constantBytesOn(cpu));
  return { memory: { ...memory, ...changed }, bankBytes, isDivided, codeBytesOn, constantBytesOn };
}

/** Null where the model cannot be made so. */
function possible<T>(work: () => T): T | null {
  try {
    return work();
  } catch (error) {
    if (error instanceof ProblemError || error instanceof RangeError) return null;
    throw error;
  }
}

function wordsOf({ optimize, feedRows }: PlanOptions): string {
  return `--optimize ${optimize}${feedRows ? ' --feed-rows' : ''}`;
}
