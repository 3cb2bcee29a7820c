import type { Graph } from '../../ir/graph.ts';
import { type Problem, ProblemError } from '../../problem.ts';
import type { ChannelGroups } from './groups/types.ts';
import { scoreNames, scores } from './importance/table.ts';
import type { PruneOptions } from './options.ts';
import { tuneProblems } from './tune/tune.ts';

/** Scores that work on the model alone. */
export const scoresWithoutSamples = scoreNames.filter((name) => !scores[name].needsSamples);

/** Throws ProblemError with everything that speaks against pruning a model so. */
export function refusePruning(graph: Graph, groups: ChannelGroups, samples: number, options: PruneOptions): void {
  const problems = [
    ...quantizedProblems(graph),
    ...sampleProblems(samples, options),
    ...scoreProblems(graph, groups, options),
    ...(options.tuneSteps > 0 ? tuneProblems(graph) : []),
  ];
  if (problems.length === 0 && groups.groups.length === 0) problems.push(nothingToPrune(groups));
  if (problems.length > 0) throw new ProblemError(problems);
}

function quantizedProblems(graph: Graph): Problem[] {
  const stored = [...graph.values.values()].filter(({ type }) => type.quantization.kind !== 'none');
  const [first] = stored;
  if (first === undefined) return [];
  return [
    {
      code: 'prune-quantized',
      where: `model "${graph.name}"`,
      what: `it is quantized: ${stored.length} tensors are stored integers, "${first.name}" among them`,
      advice: 'prune the float model and quantize what is left: thimble convert --prune ... --quantize int8',
    },
  ];
}

function sampleProblems(
  samples: number,
  { scores: wanted, repairPasses, tuneSteps, allocation }: PruneOptions,
): Problem[] {
  if (samples > 0) return [];
  const needy = wanted.filter(({ name }) => scores[name].needsSamples).map(({ name }) => name);
  const without = scoresWithoutSamples.join(', ');
  const advice = `give some 100 inputs with --samples, or take --importance ${without}, which look at weights alone, with --no-repair`;
  const whats = [
    ...(needy.length > 0
      ? [`the importance by ${needy.join(' and ')} is measured on samples, and there are none`]
      : []),
    ...(repairPasses > 0 ? ['repair fits weights to samples, and there are none'] : []),
    ...(tuneSteps > 0 ? ['tuning runs on samples, and there are none'] : []),
    ...(allocation === 'measured' ? ['trials that compare layers run on samples, and there are none'] : []),
  ];
  const [what] = whats;
  return what === undefined ? [] : [{ code: 'prune-samples', where: '--samples', what, advice }];
}

function scoreProblems(graph: Graph, groups: ChannelGroups, { scores: wanted }: PruneOptions): Problem[] {
  return wanted.flatMap(({ name }) => {
    const reason = scores[name].refuses({ graph, groups });
    if (reason === null) return [];
    return [
      {
        code: 'prune-score',
        where: `--importance ${name}`,
        what: `it says nothing about this model: ${reason}`,
        advice: 'take another one, or leave the option out',
      },
    ];
  });
}

function nothingToPrune({ barriers }: ChannelGroups): Problem {
  const [first] = barriers;
  const why =
    first === undefined ? 'no layer with weights feeds another one' : `channels of ${first.name} stay: ${first.reason}`;
  return {
    code: 'prune-nothing',
    where: 'the model',
    what: `no channels can leave; ${why}`,
    advice: 'see thimble prune --list for every barrier',
  };
}
