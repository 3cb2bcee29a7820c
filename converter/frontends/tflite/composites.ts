import { ProblemError } from '../../problem.ts';
import type { TfliteModel, TfliteOperator, TfliteSubgraph, TfliteTensor } from './format/model.ts';
import { optionsOf } from './format/operator.ts';
import { operatorPlace } from './format/place.ts';

/** How deep composites may lie within composites, and how much a model may have when all are written out. */
const limits = { depth: 16, operators: 100_000, tensors: 1_000_000 } as const;

/**
 * The subgraph with the decomposition of every STABLEHLO_COMPOSITE in its place: what a composite stands for is the subgraph that it
 * names, whatever it is called.
 *
 * @throws ProblemError where a decomposition is missing, contains itself or does not fit
 */
export function withoutComposites(model: TfliteModel, subgraph: TfliteSubgraph): TfliteSubgraph {
  if (subgraph.operators.every(({ name }) => name !== 'STABLEHLO_COMPOSITE')) return subgraph;
  const tensors: TfliteTensor[] = [...subgraph.tensors];
  const operators: TfliteOperator[] = [];
  const write = (inner: TfliteSubgraph, place: (index: number) => number, depth: number) => {
    for (const operator of inner.operators) {
      const outer = { ...operator, inputs: operator.inputs.map(place), outputs: operator.outputs.map(place) };
      if (operators.length >= limits.operators) throw damaged(outer, tensors, 'the composites of the model do not end');
      if (operator.name !== 'STABLEHLO_COMPOSITE') operators.push(outer);
      else expand(outer, depth);
    }
  };
  const expand = (operator: TfliteOperator, depth: number) => {
    const body = decompositionOf(model, operator, tensors);
    if (tensors.length + body.tensors.length > limits.tensors)
      throw damaged(operator, tensors, 'the composites of the model do not end');
    if (depth >= limits.depth) throw damaged(operator, tensors, 'composites lie within composites too deeply');
    const places = new Map<number, number>();
    body.inputs.forEach((index, i) => {
      places.set(index, operator.inputs[i] ?? -1);
    });
    body.outputs.forEach((index, i) => {
      places.set(index, operator.outputs[i] ?? -1);
    });
    for (const tensor of body.tensors) {
      if (places.has(tensor.index)) continue;
      places.set(tensor.index, tensors.length);
      tensors.push({ ...tensor, index: tensors.length });
    }
    write(body, (index) => (index < 0 ? index : (places.get(index) ?? -1)), depth + 1);
  };
  write(subgraph, (index) => index, 0);
  return { ...subgraph, tensors, operators };
}

/** The subgraph of a composite, of which every output is computed by one of its operators and leaves it once. */
function decompositionOf(
  model: TfliteModel,
  operator: TfliteOperator,
  tensors: readonly TfliteTensor[],
): TfliteSubgraph {
  const { decomposition_subgraph_index: index } = optionsOf(operator, 'StableHLOCompositeOptions', tensors);
  const body = model.subgraphs[index];
  if (body === undefined || index === 0) throw damaged(operator, tensors, `there is no decomposition ${index}`);
  const computed = new Set(body.operators.flatMap(({ outputs }) => outputs));
  const fits =
    body.inputs.length === operator.inputs.length &&
    body.outputs.length === operator.outputs.length &&
    new Set(body.inputs).size === body.inputs.length &&
    new Set(body.outputs).size === body.outputs.length &&
    body.outputs.every((output) => computed.has(output)) &&
    operator.inputs.every((input) => input >= 0);
  if (fits) return body;
  throw new ProblemError({
    code: 'unsupported-operator',
    where: operatorPlace(operator, tensors),
    what: 'its decomposition does not fit its operands',
    advice: 'export the model without composites',
  });
}

function damaged(operator: TfliteOperator, tensors: readonly TfliteTensor[], what: string): ProblemError {
  return new ProblemError({
    code: 'tflite-index',
    where: operatorPlace(operator, tensors),
    what,
    advice: 'the file is damaged: download or export it again',
  });
}
