import { GraphBuilder } from '../../ir/builder.ts';
import type { Graph, ValueId } from '../../ir/graph.ts';
import { nodeFaults } from '../../ir/verify.ts';
import { invariant, type Problem, ProblemError } from '../../problem.ts';
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
  problems.push(...variableProblems(subgraph), ...outputProblems(subgraph));
  if (problems.length > 0) throw new ProblemError(problems);
  for (const operator of subgraph.operators) {
    if (operator.inputs.some((index) => index >= 0 && !values.has(index))) continue; // follows an operator in `problems`
    try {
      const context = new OperatorContext(builder, subgraph, operator, values);
      translations.get(operator.name)?.(context);
      context.checkOperands();
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      problems.push(...error.problems);
    }
  }
  if (problems.length > 0) throw new ProblemError(problems);
  addOutputs(builder, subgraph, values, problems);
  if (problems.length > 0) throw new ProblemError(problems);
  return builder.build(name, producerOf(model), 'exact');
}

/** State that lives from one inference to the next is refused where an operator or an output of the model reads it. */
function variableProblems(subgraph: TfliteSubgraph): Problem[] {
  const read = new Set([...subgraph.operators.flatMap((operator) => operator.inputs), ...subgraph.outputs]);
  const variables = subgraph.tensors.filter(({ index, isVariable, data }) => {
    return isVariable && data === null && read.has(index) && !subgraph.inputs.includes(index);
  });
  return variables.map((tensor) => ({
    code: 'tflite-variable',
    where: tensorPlace(tensor),
    what: 'it is a variable, which keeps its value between inferences; state is not supported',
    advice: 'export the model with its state as inputs and outputs',
  }));
}

function outputProblems(subgraph: TfliteSubgraph): Problem[] {
  if (subgraph.outputs.length > 0) return [];
  const advice = 'mark the results as outputs when exporting the model';
  return [
    { code: 'tflite-no-output', where: 'the model', what: 'it has no outputs, so there is nothing to compute', advice },
  ];
}

/** Quantized uint8 inputs stay uint8 for the user; a requantize makes them int8 inside. */
function addInputs(
  builder: GraphBuilder,
  subgraph: TfliteSubgraph,
  values: Map<number, ValueId>,
  problems: Problem[],
): void {
  const nameOf = portNames('input');
  for (const index of subgraph.inputs) {
    const tensor = subgraph.tensors[index];
    if (tensor === undefined || tensor.data !== null || values.has(index)) continue;
    const type = fileType(tensor);
    if (type === null) {
      problems.push(unsupportedDtype(tensor));
      continue;
    }
    if (isQuantizedUint8(type) && type.quantization.kind !== 'per-tensor') {
      problems.push(perChannelPort(tensor));
      continue;
    }
    const port = builder.input(nameOf(tensor), type);
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

function addOutputs(
  builder: GraphBuilder,
  subgraph: TfliteSubgraph,
  values: ReadonlyMap<number, ValueId>,
  problems: Problem[],
): void {
  const nameOf = portNames('output');
  for (const index of subgraph.outputs) {
    const tensor = subgraph.tensors[index];
    const id = values.get(index);
    invariant(tensor !== undefined && id !== undefined, `output tensor ${index} was read and computed`);
    const type = fileType(tensor);
    if (type === null || !isQuantizedUint8(type)) {
      builder.output(nameOf(tensor), id);
      continue;
    }
    const outside = { ...type, shape: builder.typeOf(id).shape };
    if (nodeFaults(requantize, [builder.typeOf(id)], [outside]).length > 0) problems.push(perChannelPort(tensor));
    else builder.output(nameOf(tensor), builder.node(`output ${tensor.name}`, requantize, [id], outside, tensor.name));
  }
}

/** Names ports after their tensors; a tensor without a name becomes `input_0`, a second port of one name gets a number. */
function portNames(kind: 'input' | 'output'): (tensor: TfliteTensor) => string {
  const taken = new Set<string>();
  return (tensor) => {
    const base = tensor.name === '' ? `${kind}_${taken.size}` : tensor.name;
    let name = base;
    for (let i = 1; taken.has(name); i++) name = `${base}_${i}`;
    taken.add(name);
    return name;
  };
}

function perChannelPort(tensor: TfliteTensor): Problem {
  return {
    code: 'tflite-quantization',
    where: tensorPlace(tensor),
    what: 'an input or output of the model has a scale per channel',
    advice: 'quantize activations per tensor',
  };
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
  const description = model.description.replace(/\.+$/, '');
  return description === '' ? 'TFLite' : `TFLite, ${description}`;
}
