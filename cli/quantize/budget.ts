import type { Limit } from '../../converter/compress/quantize/search/limit.ts';
import { type BudgetResult, searchGraph, usualPoints } from '../../converter/compress/quantize/search/search-graph.ts';
import type { Graph } from '../../converter/ir/graph.ts';
import { type Problem, ProblemError } from '../../converter/problem.ts';
import type { CommandIo } from '../io.ts';
import { parseBudget } from '../options/budget.ts';
import { costOf } from './cost.ts';
import { type LatencyTarget, latencyTarget } from './latency.ts';
import type { MakeQuantized } from './quantize-model.ts';
import type { NamedSample } from './samples.ts';

/** What `--budget` asks for, with the processors that it names. */
export interface Budget {
  readonly limits: readonly Limit[];
  readonly targets: readonly LatencyTarget[];
}

/** The budget of the command line; null without one. Throws ProblemError with everything that is wrong with it. */
export async function givenBudget(texts: readonly string[] | undefined, io: CommandIo): Promise<Budget | null> {
  if (texts === undefined || texts.length === 0) return null;
  const limits = parseBudget(texts);
  const names = [...new Set(limits.flatMap((limit) => (limit.kind === 'latency' ? [limit.target] : [])))];
  const targets: LatencyTarget[] = [];
  const problems: Problem[] = [];
  for (const name of names) {
    try {
      targets.push(await latencyTarget(name, io));
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      problems.push(...error.problems);
    }
  }
  if (problems.length > 0) throw new ProblemError(problems);
  return { limits, targets };
}

/** A way to make the quantized graph that looks for a budget, with what it found. */
export interface SearchWithin {
  readonly make: MakeQuantized;
  /** Null before anything was made. */
  readonly result: () => BudgetResult | null;
}

/** Looks for the cheapest model within the budget. */
export function searchWithin(budget: Budget): SearchWithin {
  const { limits, targets } = budget;
  let found: BudgetResult | null = null;
  const make: MakeQuantized = (source, samples, judged, options, { execute, onProgress, memo }) => {
    checkClasses(limits, judged);
    const task = { limits, costOf: (graph: Graph) => costOf(graph, limits, targets), mostPoints: usualPoints };
    const loads = samples.map(({ load }) => load);
    found = searchGraph(source, loads, judged, execute, options, task, onProgress, memo);
    return found.quantized;
  };
  return { make, result: () => found };
}

function checkClasses(limits: readonly Limit[], judged: readonly NamedSample[]): void {
  const nameless = judged.find(({ label }) => label === null);
  if (nameless === undefined || limits.every(({ kind }) => kind !== 'accuracy-drop')) return;
  throw new ProblemError({
    code: 'budget-classes',
    where: '--budget accuracy-drop',
    what: `the class of sample ${JSON.stringify(nameless.name)} is not known, so right answers cannot be counted`,
    advice: 'give samples whose files or folders name their class with --test, or ask for agreement>=99% instead',
  });
}
