import { type Problem, ProblemError } from '../../problem.ts';
import { between, missingInputs, unknownTensor, unusedInput } from '../cut.ts';
import type { ImportOptions } from '../options.ts';
import type { TfliteOperator, TfliteSubgraph } from './format/model.ts';
import { operatorPlace } from './format/place.ts';

/**
 * The part of a subgraph between the tensors named `inputs` and `outputs`; where one list is empty, it is that of the file, without
 * what is not needed. Of several tensors with one name the first that can be meant counts.
 *
 * @throws ProblemError for names that are not there, for inputs that do not suffice or do nothing, and for operators with effects
 * beside their outputs
 */
export function cutSubgraph(
  subgraph: TfliteSubgraph,
  { inputs, outputs }: Pick<ImportOptions, 'inputs' | 'outputs'>,
): TfliteSubgraph {
  if (inputs.length === 0 && outputs.length === 0) return subgraph;
  const problems: Problem[] = effects(subgraph);
  const made = new Set([...subgraph.inputs, ...subgraph.operators.flatMap((operator) => operator.outputs)]);
  const byName = new Map<string, number>();
  for (const { name, index } of subgraph.tensors.toReversed()) if (made.has(index)) byName.set(name, index);
  const starts = new Set(inputs.length > 0 ? indices('--inputs', inputs) : subgraph.inputs);
  const ends = outputs.length > 0 ? indices('--outputs', outputs) : subgraph.outputs;
  if (problems.length > 0) throw new ProblemError(problems);
  const flowOf = (operator: TfliteOperator) => ({ reads: operator.inputs, makes: operator.outputs });
  const { nodes, taken } = between(subgraph.operators, flowOf, starts, ends);
  const nameOf = (index: number) => subgraph.tensors[index]?.name ?? '';
  const missing = subgraph.inputs.filter((index) => taken.has(index) && !starts.has(index));
  if (missing.length > 0) problems.push(missingInputs(missing.map(nameOf)));
  for (const name of inputs) if (!taken.has(byName.get(name) ?? -1)) problems.push(unusedInput(name));
  const torn = nodes.find((operator) => operator.outputs.some((index) => starts.has(index)));
  if (torn !== undefined) {
    const what = 'some of its outputs are inputs of the cut, others are needed';
    problems.push({ ...cutProblem(subgraph, torn, what), advice: 'name all of its outputs that are needed' });
  }
  if (problems.length > 0) throw new ProblemError(problems);
  return { ...subgraph, operators: nodes, inputs: [...starts].filter((index) => taken.has(index)), outputs: ends };

  function indices(option: '--inputs' | '--outputs', names: readonly string[]): number[] {
    return [...new Set(names)].flatMap((name) => {
      const index = byName.get(name);
      if (index === undefined) problems.push(unknownTensor(option, name, [...byName.keys()]));
      return index ?? [];
    });
  }
}

/** Operators without outputs keep or initialize state: it cannot be told to which side of a cut they belong. */
function effects(subgraph: TfliteSubgraph): Problem[] {
  const found = subgraph.operators.find((operator) => operator.outputs.length === 0);
  return found === undefined ? [] : [cutProblem(subgraph, found, 'a model whose operators keep state cannot be cut')];
}

function cutProblem(subgraph: TfliteSubgraph, operator: TfliteOperator, what: string): Problem {
  const where = operatorPlace(operator, subgraph.tensors);
  return { code: 'cut-operator', where, what, advice: 'cut the model when exporting it' };
}
