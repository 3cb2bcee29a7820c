import type { Graph } from '../../ir/graph.ts';
import { type Problem, ProblemError } from '../../problem.ts';
import { formatShape } from '../../tensor/shape.ts';
import { tensorType, zeros } from '../../tensor/tensor.ts';
import { type ImportOptions, noImportOptions } from '../options.ts';
import { OperatorContext, type Translation } from './context.ts';
import { internalDtype, internalTensor } from './dtype.ts';
import type { OnnxGraph, OnnxModel, OnnxNode } from './format/model.ts';
import { nodePlace, operatorName, tensorPlace } from './format/problems.ts';
import { readOnnxModel } from './format/read.ts';
import { inputShapes } from './input-shapes.ts';
import { adviceFor, translations } from './ops/table.ts';
import { expandQuantized } from './quantized/expand.ts';
import { onIntegers } from './quantized/finish.ts';
import { inputQuantizations } from './quantized/inputs.ts';
import { GraphWriter, type Operand } from './writer.ts';

/** Operator sets of the default domain whose meaning is known here. */
const opsets = { first: 1, last: 26 } as const;

/**
 * Reads an ONNX file and translates its graph. Inputs and outputs keep the layout of the file.
 *
 * Throws ProblemError with everything that is missing or wrong: first the file's structure, then all operators that are not
 * supported together with open shapes, then all operators whose attributes or operands are not.
 */
export function importOnnx(bytes: Uint8Array, name: string, options: ImportOptions = noImportOptions): Graph {
  const model = readOnnxModel(bytes);
  const problems: Problem[] = [];
  const empty: Problem[] = [];
  checkOpset(model, problems);
  const { nodes, places } = expandQuantized(
    model.graph.nodes,
    model.graph.outputs.map((output) => output.name),
    model.opsets.get('') ?? opsets.first,
  );
  const live = liveNodes({ ...model.graph, nodes });
  problems.push(...unknownOperators(live, model.functions));
  const open = model.graph.inputs.filter((input) => !options.constants.has(input.name));
  const shapes = inputShapes(open, options, problems);
  const writer = new GraphWriter();
  const operands = new Map<string, Operand>();
  const quantizations = inputQuantizations(model.graph, live);
  for (const { name: input, dtype } of model.graph.inputs) {
    const internal = internalDtype(dtype);
    const fixed = options.constants.get(input);
    if (fixed !== undefined && fixed.type.dtype === internal) {
      operands.set(input, writer.constant(input, fixed));
      continue;
    }
    const shape = shapes.get(input);
    if (internal === null) problems.push(unsupportedInput(input, dtype));
    else if (shape?.includes(0)) {
      // It has no elements, so its value is known, and nothing has to be passed when the model runs.
      operands.set(input, writer.constant(input, zeros(tensorType(internal, shape))));
      empty.push(emptyInput(input));
    } else if (shape !== undefined)
      operands.set(input, writer.input(input, tensorType(internal, shape, quantizations.get(input))));
  }
  if (problems.length > 0) throw new ProblemError(problems);
  const read = new Set([...live.flatMap((node) => node.inputs), ...model.graph.outputs.map((output) => output.name)]);
  const translation: Translation = { writer, operands, initializers: model.graph.initializers, read, places };
  translate(live, translation, problems);
  if (problems.length === 0) problems.push(...addOutputs(model.graph, translation));
  if (problems.length > 0) throw new ProblemError([...problems, ...empty]);
  return onIntegers(writer.build(name, model.producer === '' ? 'ONNX' : `ONNX, ${model.producer}`));
}

function checkOpset(model: OnnxModel, problems: Problem[]): void {
  const version = model.opsets.get('');
  // Files before IR version 3 import nothing and mean version 1. A model of other domains alone is refused by operator names.
  if (version === undefined || (version >= opsets.first && version <= opsets.last)) return;
  problems.push({
    code: 'onnx-opset',
    where: 'the model',
    what: `operator set ${version} is not supported`,
    advice: `convert it to one from 7 to 22 (onnx.version_converter)`,
  });
}

/** The nodes that some output of the model needs; the others are left out without being understood. */
function liveNodes(graph: OnnxGraph): OnnxNode[] {
  const wanted = new Set(graph.outputs.map((output) => output.name));
  const live: OnnxNode[] = [];
  for (const node of [...graph.nodes].reverse()) {
    if (!node.outputs.some((name) => wanted.has(name))) continue;
    for (const name of node.inputs) wanted.add(name);
    live.push(node);
  }
  return live.reverse();
}

function unknownOperators(nodes: readonly OnnxNode[], functions: readonly string[]): Problem[] {
  const problems: Problem[] = [];
  for (const node of nodes) {
    const isFunction = functions.includes(`${node.domain}:${node.opType}`);
    if (!isFunction && translations.has(operatorName(node))) continue;
    const type = operatorName(node);
    problems.push({
      code: 'unsupported-operator',
      where: nodePlace(node),
      what: isFunction
        ? `${type} is a function of the model, which is not supported`
        : `the operator ${type} is not supported`,
      advice: isFunction ? 'inline the functions (onnx.inliner)' : adviceFor(node),
    });
  }
  return problems;
}

function translate(nodes: readonly OnnxNode[], translation: Translation, problems: Problem[]): void {
  const { operands, initializers } = translation;
  const known = (name: string) => name === '' || operands.has(name) || initializers.has(name);
  for (const node of nodes) {
    if (!node.inputs.every(known)) continue; // follows a node in `problems`
    try {
      const context = new OperatorContext(node, translation);
      translations.get(operatorName(node))?.(context);
      context.checkUsed();
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      problems.push(...error.problems);
    }
  }
}

function addOutputs(graph: OnnxGraph, { operands, initializers, writer }: Translation): Problem[] {
  const problems: Problem[] = [];
  for (const { name } of graph.outputs) {
    const stored = initializers.get(name);
    const tensor = stored === undefined ? null : internalTensor(stored);
    const operand = operands.get(name) ?? (tensor === null ? null : writer.constant(name, tensor));
    if (operand === null || operand.type.shape.includes(0)) problems.push(unsupportedOutput(name, operand));
    else writer.output(name, operand);
  }
  return problems;
}

function unsupportedInput(name: string, dtype: string): Problem {
  return {
    code: 'onnx-dtype',
    where: `input "${name}"`,
    what: dtype === 'not a tensor' ? 'it is not a tensor of a known dtype' : `the dtype ${dtype} is not supported`,
    advice: 'export the model with float32 inputs',
  };
}

function emptyInput(name: string): Problem {
  return {
    code: 'onnx-open-shape',
    where: `input "${name}"`,
    what: 'the file gives it a dimension of 0, so it has no elements',
    advice: 'export the model with the shape that is used',
  };
}

function unsupportedOutput(name: string, operand: Operand | null): Problem {
  const what =
    operand === null
      ? 'it is an output of the model of a dtype that is not supported'
      : `it is an output of the model without elements: its shape is ${formatShape(operand.type.shape)}`;
  return { code: 'onnx-output', where: tensorPlace(name), what, advice: 'leave the output out' };
}
