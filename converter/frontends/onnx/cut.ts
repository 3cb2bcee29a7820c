import { type Problem, ProblemError } from '../../problem.ts';
import type { TensorType } from '../../tensor/tensor.ts';
import { between, missingInputs, unknownTensor, unusedInput } from '../cut.ts';
import type { ImportOptions } from '../options.ts';
import { readsOf } from './format/check-flow.ts';
import type { OnnxDtype, OnnxGraph, OnnxValueInfo } from './format/model.ts';

type CutOptions = Pick<ImportOptions, 'inputs' | 'outputs'>;

/**
 * The part of a graph between the tensors `inputs` and `outputs`; where one list is empty, it is that of the file, without what is
 * not needed. Inputs that the file does not have as such get their type from `value_info`, or none.
 *
 * @throws ProblemError for names that are not there, for inputs that do not suffice, and for those that do nothing
 */
export function cutGraph(graph: OnnxGraph, { inputs, outputs }: CutOptions): OnnxGraph {
  const made = graph.nodes.flatMap((node) => node.outputs.filter((name) => name !== ''));
  const fed = graph.inputs.map(({ name }) => name);
  const known = new Set([...fed, ...made]);
  const unknown = (option: '--inputs' | '--outputs', names: readonly string[]) =>
    names.filter((name) => !known.has(name)).map((name) => unknownTensor(option, name, [...known]));
  const problems: Problem[] = [...unknown('--inputs', inputs), ...unknown('--outputs', outputs)];
  if (problems.length > 0) throw new ProblemError(problems);
  const starts = new Set(inputs.length > 0 ? inputs : fed);
  const ends = outputs.length > 0 ? [...new Set(outputs)] : graph.outputs.map(({ name }) => name);
  const flowOf = (node: OnnxGraph['nodes'][number]) => ({ reads: readsOf(node), makes: node.outputs });
  const { nodes, taken } = between(graph.nodes, flowOf, starts, ends);
  const missing = fed.filter((name) => taken.has(name) && !starts.has(name));
  if (missing.length > 0) problems.push(missingInputs(missing));
  for (const name of inputs) if (!taken.has(name)) problems.push(unusedInput(name));
  if (problems.length > 0) throw new ProblemError(problems);
  const info = new Map([
    ...graph.valueInfo,
    ...[...graph.outputs, ...graph.inputs].map((one) => [one.name, one] as const),
  ]);
  const typed = (name: string): OnnxValueInfo => info.get(name) ?? { name, dtype: 'float', shape: null };
  return {
    ...graph,
    inputs: [...starts].filter((name) => taken.has(name)).map(typed),
    outputs: ends.map(typed),
    // A node that makes a start beside something that is needed: the start is what the user feeds.
    nodes: nodes.map((node) => ({ ...node, outputs: node.outputs.map((name) => (starts.has(name) ? '' : name)) })),
  };
}

/** The inputs of a cut with the types that were found by translating what lies before them. */
export function withTypes(graph: OnnxGraph, found: ReadonlyMap<string, TensorType>): OnnxGraph {
  const inputs = graph.inputs.map((input): OnnxValueInfo => {
    const type = found.get(input.name);
    if (type === undefined) return input;
    return { name: input.name, dtype: fileDtypes[type.dtype] ?? 'float', shape: type.shape };
  });
  return { ...graph, inputs };
}

/** The file's name of each dtype that a tensor of a translated model can have. */
const fileDtypes: Readonly<Record<string, OnnxDtype>> = {
  float32: 'float',
  int8: 'int8',
  uint8: 'uint8',
  int16: 'int16',
  int32: 'int32',
  int64: 'int64',
  bool: 'bool',
};
