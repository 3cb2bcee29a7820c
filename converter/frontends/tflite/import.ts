import { GraphBuilder } from '../../ir/builder.ts';
import type { Graph, ValueId } from '../../ir/graph.ts';
import { nodeFaults } from '../../ir/verify.ts';
import { invariant, type Problem, ProblemError } from '../../problem.ts';
import { type ImportOptions, noImportOptions } from '../options.ts';
import { weightsMetadata, withWrittenInt4 } from '../weights-metadata.ts';
import { withoutComposites } from './composites.ts';
import { OperatorContext, type Translation, variableName } from './context.ts';
import { cutSubgraph } from './cut.ts';
import type { TfliteModel, TfliteSubgraph, TfliteTensor } from './format/model.ts';
import { optionsOf } from './format/operator.ts';
import { operatorPlace, tensorPlace } from './format/place.ts';
import { readTfliteModel } from './format/read.ts';
import { refusalOf } from './ops/refused.ts';
import { translations } from './ops/table.ts';
import { roundingOf } from './rounding.ts';
import { constantType, fileType, internalConstant, internalType, isQuantizedUint8 } from './tensor-type.ts';
import { Variables } from './variables.ts';

/**
 * Reads a TFLite file and translates its main subgraph, or the part of it that `options` name. Rounding is `exact`, but
 * in files that we wrote and that say otherwise.
 *
 * Throws ProblemError with everything that is missing or wrong: first the file's structure, then all operators that are not
 * supported, then all operators whose options or operands are not.
 */
export function importTflite(bytes: Uint8Array, name: string, options: ImportOptions = noImportOptions): Graph {
  const model = readTfliteModel(bytes);
  const [first] = model.subgraphs;
  if (first === undefined) {
    throw new ProblemError({
      code: 'tflite-no-subgraph',
      where: 'the model',
      what: 'it has no subgraph',
      advice: 'export the model again',
    });
  }
  const main = cutSubgraph(withoutComposites(model, first), options);
  const initializations = initializationsOf(model, main);
  refuseUnknownOperators([main, ...initializations]);
  return translate(model, main, initializations, name);
}

/** The subgraphs that CALL_ONCE operators name, each once. */
function initializationsOf(model: TfliteModel, main: TfliteSubgraph): readonly TfliteSubgraph[] {
  const found = new Set<TfliteSubgraph>();
  for (const operator of main.operators.filter(({ name }) => name === 'CALL_ONCE')) {
    const index = optionsOf(operator, 'CallOnceOptions', main.tensors).init_subgraph_index;
    const subgraph = model.subgraphs[index];
    if (subgraph === undefined || index === 0) {
      throw new ProblemError({
        code: 'tflite-index',
        where: operatorPlace(operator, main.tensors),
        what: `it calls subgraph ${index}, which is the one that it belongs to`,
        advice: 'the file is damaged: download or export it again',
      });
    }
    found.add(subgraph);
  }
  return [...found];
}

function refuseUnknownOperators(subgraphs: readonly TfliteSubgraph[]): void {
  const problems: Problem[] = [];
  const operators = subgraphs.flatMap((subgraph) => subgraph.operators.map((operator) => ({ operator, subgraph })));
  for (const { operator, subgraph } of operators) {
    if (translations.has(operator.name)) continue;
    const name = operator.customCode ?? operator.name;
    const refusal = refusalOf(name);
    problems.push({
      code: 'unsupported-operator',
      where: operatorPlace(operator, subgraph.tensors),
      what: `the operator ${name} is not supported${refusal === null ? '' : `: ${refusal.what}`}`,
      advice: refusal?.advice ?? 'replace it in the model, or cut the model before it',
    });
  }
  if (problems.length > 0) throw new ProblemError(problems);
}

function translate(
  model: TfliteModel,
  subgraph: TfliteSubgraph,
  initializations: readonly TfliteSubgraph[],
  name: string,
): Graph {
  const builder = new GraphBuilder();
  const variables = new Variables(builder);
  const problems: Problem[] = [];
  for (const initialization of initializations) {
    const values = new Map<number, ValueId>();
    addConstants(builder, initialization, values, problems);
    const once = { builder, subgraph: initialization, values, variables, isInitialization: true };
    translateOperators(once, problems);
    variables.leaveSubgraph();
  }
  const values = new Map<number, ValueId>();
  addInputs(builder, subgraph, values, problems);
  addConstants(builder, subgraph, values, problems);
  addVariableTensors(subgraph, values, variables, problems);
  problems.push(...outputProblems(subgraph));
  if (problems.length > 0) throw new ProblemError(problems);
  translateOperators({ builder, subgraph, values, variables, isInitialization: false }, problems);
  if (problems.length > 0) throw new ProblemError(problems);
  problems.push(...variables.finish().map(changedVariable));
  addOutputs(builder, subgraph, values, problems);
  if (problems.length > 0) throw new ProblemError(problems);
  return withWrittenInt4(builder.build(name, producerOf(model), roundingOf(model)), int4TextOf(model, subgraph));
}

/** What the file says of weights of 4 bits; those of dtype int4 say it themselves. */
function int4TextOf({ metadata }: TfliteModel, { tensors }: TfliteSubgraph): string | null {
  const entry = metadata.find(({ name }) => name === weightsMetadata);
  if (entry !== undefined) return new TextDecoder().decode(entry.data);
  return tensors.some(({ dtype, data }) => dtype === 'int4' && data !== null) ? 'none' : null;
}

function translateOperators(translation: Translation, problems: Problem[]): void {
  const { subgraph, values, variables } = translation;
  const known = (index: number) => index < 0 || values.has(index) || variables.nameOf(index) !== null;
  for (const operator of subgraph.operators) {
    if (!operator.inputs.every(known)) continue; // follows an operator in `problems`
    try {
      const context = new OperatorContext(operator, translation);
      translations.get(operator.name)?.(context);
      context.checkOperands();
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      problems.push(...error.problems);
    }
  }
}

function changedVariable(name: string): Problem {
  return {
    code: 'tflite-variable',
    where: `variable "${name}"`,
    what: 'the model assigns another dtype or another number of elements to it than it begins with',
    advice: 'give the variable a fixed shape when exporting the model',
  };
}

/** Variable tensors keep their value between inferences: what operators read of them is the value of a state. */
function addVariableTensors(
  subgraph: TfliteSubgraph,
  values: Map<number, ValueId>,
  variables: Variables,
  problems: Problem[],
): void {
  const read = new Set([...subgraph.operators.flatMap((operator) => operator.inputs), ...subgraph.outputs]);
  for (const tensor of subgraph.tensors) {
    const { index, isVariable, data } = tensor;
    if (!isVariable || data !== null || !read.has(index) || subgraph.inputs.includes(index)) continue;
    const type = fileType(tensor);
    if (type === null) problems.push(unsupportedDtype(tensor));
    else values.set(index, variables.read(variableName(subgraph, index), internalType(type)));
  }
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
    const type = constantType(tensor);
    if (type === null || tensor.sparsity) problems.push(unsupportedDtype(tensor));
    else values.set(tensor.index, builder.constant(tensor.name, internalConstant(type, tensor.data, tensor.dtype)));
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
