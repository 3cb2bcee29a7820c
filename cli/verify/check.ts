import { compareTensors, type Difference } from '../../converter/compare.ts';
import type { Graph } from '../../converter/ir/graph.ts';
import { type Problem, ProblemError } from '../../converter/problem.ts';
import type { Tensor } from '../../converter/tensor/tensor.ts';
import type { Engine, LazySample, TargetName } from '../engine/engine.ts';
import { firstWrongTensor, type WrongTensor } from './locate.ts';
import { outputUnits } from './unit.ts';

/** What a check compared with: the reference evaluator on the model as imported, or outputs of another runtime. */
export type Judge = 'reference' | 'golden';

/** The first output that differs. */
export interface WrongOutput extends Difference {
  readonly sample: string;
  readonly output: string;
}

/** One target against one judge. */
export interface Check {
  readonly target: TargetName;
  /** Whether the passes ran before. */
  readonly passes: boolean;
  readonly against: Judge;
  readonly status: 'equal' | 'differs' | 'skipped' | 'refused';
  readonly samples: number;
  /** Largest error of a float output as a share of the largest expected value; 0 where integers are equal. */
  readonly largestRelativeError: number;
  /** Values that differ from a golden of onnxruntime by one unit of their scale, which is no fault, and how many there are in all. */
  readonly withinOneUnit: { readonly count: number; readonly of: number } | null;
  readonly wrongOutput: WrongOutput | null;
  readonly wrongTensor: WrongTensor | null;
  /** Why the check was skipped. */
  readonly reason: string | null;
  /** Why the target cannot take the model. */
  readonly problems: readonly Problem[];
}

/** A sample with what should come out; null for outputs that nobody knows. */
export interface ExpectedSample {
  readonly name: string;
  readonly sample: LazySample;
  readonly expected: readonly (Tensor | null)[];
}

/** All samples of one judge. */
export interface Judgement {
  readonly against: Judge;
  readonly samples: readonly ExpectedSample[];
}

const clean = {
  largestRelativeError: 0,
  withinOneUnit: null,
  wrongOutput: null,
  wrongTensor: null,
  reason: null,
  problems: [],
} as const;

/**
 * Runs `engine` on the samples of all judges, and gives one check for each of them. A model with state runs anew for each judge, since
 * its outputs depend on the samples before.
 */
export async function checkEngine(
  engine: Engine,
  graph: Graph,
  judgements: readonly Judgement[],
  passes: boolean,
  onDone: (count: number) => void,
): Promise<readonly Check[]> {
  if (graph.states.length > 0 && judgements.length > 1) {
    const checks: Check[] = [];
    for (const judgement of judgements) checks.push(...(await checkEngine(engine, graph, [judgement], passes, onDone)));
    return checks;
  }
  const about = judgements.map(({ against, samples }) => {
    return { target: engine.target, passes, against, samples: samples.length };
  });
  const reason = engine.missing();
  if (reason !== null) return about.map((head) => ({ ...head, ...clean, status: 'skipped' as const, reason }));
  // Judges may share samples; each runs once.
  const all = [...new Set(judgements.flatMap(({ samples }) => samples.map(({ sample }) => sample)))];
  try {
    const { inferences } = await engine.run(graph, all, onDone);
    const actual = new Map(all.map((sample, i) => [sample, inferences[i]?.outputs ?? []] as const));
    const checks: Check[] = [];
    for (const [i, judgement] of judgements.entries()) {
      const head = about[i];
      if (head !== undefined) checks.push({ ...clean, ...head, ...(await judge(engine, graph, judgement, actual)) });
    }
    return checks;
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    return about.map((head) => ({ ...head, ...clean, status: 'refused' as const, problems: error.problems }));
  }
}

type Verdict = Pick<Check, 'status' | 'largestRelativeError' | 'withinOneUnit' | 'wrongOutput' | 'wrongTensor'>;

/** More than a unit by no more than this part of it is the rounding of the scale itself. */
const unitSlack = 1e-4;

async function judge(
  engine: Engine,
  graph: Graph,
  { against, samples }: Judgement,
  actual: ReadonlyMap<LazySample, readonly Tensor[]>,
): Promise<Verdict> {
  const units = against === 'golden' ? outputUnits(graph) : [];
  let largestRelativeError = 0;
  let offByOne = 0;
  let values = 0;
  let wrong: { readonly output: WrongOutput; readonly item: ExpectedSample } | null = null;
  for (const item of samples) {
    for (const [i, expected] of item.expected.entries()) {
      const found = actual.get(item.sample)?.[i];
      if (expected === null || found === undefined) continue;
      const { difference, largestError, largestExpected } = compareTensors(expected, found);
      if (largestError > 0) {
        largestRelativeError = Math.max(largestRelativeError, largestError / largestExpected);
      }
      const unit = units[i] ?? 0;
      values += unit > 0 ? expected.data.length : 0;
      if (difference !== null && largestError <= unit * (1 + unitSlack)) {
        offByOne += difference.count;
        continue;
      }
      if (difference === null || wrong !== null) continue;
      const output = graph.outputs[i]?.name ?? '';
      wrong = { output: { ...difference, sample: item.name, output }, item };
    }
  }
  const withinOneUnit = offByOne > 0 ? { count: offByOne, of: values } : null;
  const common = { largestRelativeError, withinOneUnit };
  if (wrong === null) return { ...common, status: 'equal', wrongOutput: null, wrongTensor: null };
  // The tensors between are known of the reference only, and of a model with state those of the first run.
  const isKnown = against === 'reference' && (graph.states.length === 0 || wrong.item === samples[0]);
  const wrongTensor = isKnown ? await firstWrongTensor(engine, graph, wrong.item.sample) : null;
  return { ...common, status: 'differs', wrongOutput: wrong.output, wrongTensor };
}
