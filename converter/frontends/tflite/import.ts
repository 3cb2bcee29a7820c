import { GraphBuilder } from '../../ir/builder.ts';
import type { Graph, ValueId } from '../../ir/graph.ts';
import { type Problem, ProblemError } from '../../problem.ts';
import { OperatorContext } from './context.ts';
import type { TfliteModel, TfliteSubgraph, TfliteTensor } from './format/model.ts';
import { operatorPlace, tensorPlace } from './format/place.ts';
import { readTfliteModel } from './format/read.ts';
import { translations } from './ops/table.ts';
import { fileType, internalConstant, internalType, isQuantizedUint8 } from './tensor-type.ts';

/**
 * Reads a TFLite file and translates its main subgraph. Rounding is `exact`.
 *
 * Throws ProblemError with everything that is missing or wrong: first the file's structure, then all operators that are not
 * supported, then all operators whose options or operands are not.
 */
export function importTflite(bytes: Uint8Array, name: string): Graph {
  const model = readTfliteModel(bytes);
  const [main] = model.subgraphs;
  if (main === undefined) {
    throw new ProblemError({
      code: 'tflite-no-subgraph',
      where: 'the model',
      what: 'it has no subgraph',
      advice: 'export the model again',
    });
  }
  refuseUnknownOperators(main);
  return translate(model, main, name);
}

function refuseUnknownOperators(subgraph: TfliteSubgraph): void {
  const problems: Problem[] = [];
  for (const operator of subgraph.operators) {
    if (translations.has(operator.name)) continue;
    problems.push({
      code: 'unsupported-operator',
      where: operatorPlace(operator, subgraph.tensors),
      what: `the operator ${operator.customCode ?? operator.name} is not supported`,
      advice: 'replace it in the model, or cut the model before it',
    });
  }
  if (problems.length > 0) throw new ProblemError(problems);
}

function translate(model: TfliteModel, subgraph: TfliteSubgraph, name: string): Graph {
  const builder = new GraphBuilder();
  const values = new Map<number, ValueId>();
  const problems: Problem[] = [];
  addInputs(builder, subgraph, values, problems);
  addConstants(builder, subgraph, values, problems);
  if (problems.length > 0) throw new ProblemError(problems);
  for (const operator of subgraph.operators) {
    if (operator.inputs.some((index) => index >= 0 && !values.has(index))) continue; // follows an operator in `problems`
    try {
      translations.get(operator.name)?.(new OperatorContext(builder, subgraph, operator, values));
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      problems.push(...error.problems);
    }
  }
  if (problems.length > 0) throw new ProblemError(problems);
  addOutputs(builder, subgraph, values);
  return builder.build(name, producerOf(model), 'exact');
}

/** Quantized uint8 inputs stay uint8 for the user; a requantize makes them int8 inside. */
function addInputs(
  builder: GraphBuilder,
  subgraph: TfliteSubgraph,
  values: Map<number, ValueId>,
  problems: Problem[],
): void {
  for (const index of subgraph.inputs) {
    const tensor = subgraph.tensors[index];
    if (tensor === undefined || tensor.data !== null || values.has(index)) continue;
    const type = fileType(tensor);
    if (type === null) {
      problems.push(unsupportedDtype(tensor));
      continue;
    }
    const port = builder.input(tensor.name, type);
    const id = isQuantizedUint8(type)
      ? builder.node(`input ${tensor.name}`, requantize, [port], internalType(type), `${tensor.name}/int8`)
      : port;
    values.set(index, id);
  }
}

const requantize = { type: 'requantize', attributes: {} } as const;

function addConstants(
  builder: GraphBuilder,
  subgraph: TfliteSubgraph,
  values: Map<number, ValueId>,
  problems: Problem[],
): void {
  const read = new Set(subgraph.operators.flatMap((operator) => operator.inputs));
  for (const index of subgraph.outputs) read.add(index);
  for (const tensor of subgraph.tensors) {
    if (tensor.data === null || !read.has(tensor.index)) continue;
    const type = fileType(tensor);
    if (type === null || tensor.sparsity) problems.push(unsupportedDtype(tensor));
    else values.set(tensor.index, builder.constant(tensor.name, internalConstant(type, tensor.data)));
  }
}

function addOutputs(builder: GraphBuilder, subgraph: TfliteSubgraph, values: ReadonlyMap<number, ValueId>): void {
  for (const index of subgraph.outputs) {
    const tensor = subgraph.tensors[index];
    const id = values.get(index);
    if (tensor === undefined || id === undefined) continue;
    const type = fileType(tensor);
    const shape = builder.typeOf(id).shape;
    const port =
      type !== null && isQuantizedUint8(type)
        ? builder.node(`output ${tensor.name}`, requantize, [id], { ...type, shape }, tensor.name)
        : id;
    builder.output(tensor.name, port);
  }
}

function unsupportedDtype(tensor: TfliteTensor): Problem {
  return {
    code: 'tflite-dtype',
    where: tensorPlace(tensor),
    what: tensor.sparsity ? 'sparse tensors are not supported' : `the dtype ${tensor.dtype} is not supported`,
    advice: tensor.sparsity ? 'export the model with dense weights' : 'export the model with float32 or int8 tensors',
  };
}

function producerOf(model: TfliteModel): string {
  return model.description === '' ? 'TFLite' : `TFLite, ${model.description}`;
}
