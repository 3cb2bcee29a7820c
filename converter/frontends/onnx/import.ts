import { type Graph, typeOf } from '../../ir/graph.ts';
import { type Note, type Problem, ProblemError } from '../../problem.ts';
import { formatShape } from '../../tensor/shape.ts';
import { type TensorType, tensorType, zeros } from '../../tensor/tensor.ts';
import { type Imported, type ImportOptions, noImportOptions } from '../options.ts';
import { weightsMetadata, withWrittenInt4 } from '../weights-metadata.ts';
import type { Translation } from './context.ts';
import { cutGraph, withTypes } from './cut.ts';
import { computedAs, internalDtype } from './dtype.ts';
import { fixedInputs } from './fixed-inputs.ts';
import type { OnnxDtype, OnnxGraph, OnnxModel, OnnxValueInfo } from './format/model.ts';
import { tensorPlace } from './format/problems.ts';
import { readOnnxModel } from './format/read.ts';
import { inputShapes } from './input-shapes.ts';
import { opsetProblems } from './opset.ts';
import { expandQuantized } from './quantized/expand.ts';
import { onIntegers } from './quantized/finish.ts';
import { inputQuantizations } from './quantized/inputs.ts';
import { Scope } from './scope.ts';
import { boundOf, translateGraph, translateNodes } from './translate.ts';
import { unknownOperators } from './unknown-operators.ts';
import { UnrollBudget } from './unroll-budget.ts';
import { isOperand } from './value.ts';
import { OnnxWriter, type Operand } from './writer.ts';
import { writtenIntegers } from './written.ts';

/** {@link importOnnxWithNotes} without the notes. */
export function importOnnx(bytes: Uint8Array, name: string, options: ImportOptions = noImportOptions): Graph {
  return importOnnxWithNotes(bytes, name, options).graph;
}

/**
 * Reads an ONNX file and translates its graph. Inputs and outputs keep the layout of the file.
 *
 * Throws ProblemError with everything that is missing or wrong: first the file's structure, then all operators that are not
 * supported together with open shapes, then all operators whose attributes or operands are not.
 */
export function importOnnxWithNotes(bytes: Uint8Array, name: string, options: ImportOptions): Imported {
  const model = readOnnxModel(bytes, options.sideFile);
  if (options.inputs.length === 0 && options.outputs.length === 0)
    return importGraph(model, model.graph, name, options);
  const part = cutGraph(model.graph, options);
  return importGraph(model, withTypes(part, typesBefore(model, part, options)), name, options);
}

/**
 * Types of those inputs of `part` that are no inputs of the file, found by translating what makes them; none where that is not
 * possible, or where the user gives the shape.
 */
function typesBefore(model: OnnxModel, part: OnnxGraph, options: ImportOptions): ReadonlyMap<string, TensorType> {
  const fed = new Set(model.graph.inputs.map(({ name }) => name));
  const open = part.inputs.map(({ name }) => name).filter((name) => !fed.has(name) && !options.shapes.has(name));
  if (open.length === 0) return new Map();
  const shapes = new Map([...options.shapes].filter(([name]) => fed.has(name)));
  try {
    const before = cutGraph(model.graph, { inputs: [], outputs: open });
    const { graph } = importGraph(model, before, 'before', { ...options, shapes });
    return new Map(graph.outputs.map(({ name, value }) => [name, typeOf(graph, value)]));
  } catch (error) {
    if (error instanceof ProblemError) return new Map();
    throw error;
  }
}

/** Translates a graph of the model: the main one, or a part of it. */
function importGraph(model: OnnxModel, given: OnnxGraph, name: string, options: ImportOptions): Imported {
  const { functions } = model;
  const outputs = given.outputs.map((output) => output.name);
  const { nodes, places } = expandQuantized(given.nodes, outputs, model.opsets.get('') ?? 1);
  const graph = { ...given, nodes };
  const problems: Problem[] = opsetProblems(model.opsets, 'the model');
  const notes: Note[] = [];
  const scope = new Scope(graph, { tag: '', place: '', outer: null });
  problems.push(...unknownOperators(scope.nodes, functions));
  const translation: Translation = {
    writer: new OnnxWriter(),
    functions,
    loaded: new Map(),
    narrowed: new Set(),
    places,
    budget: new UnrollBudget(),
    translateGraph,
  };
  const empty = addInputs(graph, model.graph.inputs, scope, translation, options, problems, notes);
  if (problems.length > 0) throw new ProblemError(problems);
  translateNodes(scope, translation, problems);
  if (problems.length === 0) problems.push(...addOutputs(graph, scope, translation));
  if (problems.length > 0) throw new ProblemError([...problems, ...empty]);
  const producer = model.producer === '' ? 'ONNX' : `ONNX, ${model.producer}`;
  const built = onIntegers(translation.writer.build(name, producer), writtenIntegers(model, graph.nodes));
  const stored = withWrittenInt4(built, model.metadata.get(weightsMetadata) ?? null);
  return { graph: stored, notes: [...notes, ...narrowingNotes(translation)] };
}

/** Gives the inputs their values; the result are problems of those without elements, which matter only where something fails. */
function addInputs(
  graph: OnnxGraph,
  declared: readonly OnnxValueInfo[],
  scope: Scope,
  { writer, narrowed }: Translation,
  options: ImportOptions,
  problems: Problem[],
  notes: Note[],
): Problem[] {
  const empty: Problem[] = [];
  const constants = fixedInputs(declared, options, problems);
  const open = graph.inputs.filter(({ name, dtype }) => !constants.has(name) && dtype !== 'not a tensor');
  const shapes = inputShapes(open, declared, options, problems, notes);
  const quantizations = inputQuantizations(graph, scope.nodes);
  for (const { name: input, dtype } of graph.inputs) {
    const internal = internalDtype(dtype);
    const fixed = constants.get(input);
    if (fixed !== undefined && fixed.type.dtype === internal) {
      scope.set(input, writer.constant(input, fixed));
      continue;
    }
    const shape = shapes.get(input);
    if (dtype !== 'not a tensor' && computedAs(dtype) !== null) narrowed.add(dtype);
    if (internal === null) problems.push(unsupportedInput(input, dtype));
    else if (shape?.includes(0)) {
      // It has no elements, so its value is known, and nothing has to be passed when the model runs.
      scope.set(input, writer.constant(input, zeros(tensorType(internal, shape))));
      empty.push(emptyInput(input));
    } else if (shape !== undefined)
      scope.set(input, writer.input(input, tensorType(internal, shape, quantizations.get(input))));
  }
  return empty;
}

function addOutputs(graph: OnnxGraph, scope: Scope, translation: Translation): Problem[] {
  const problems: Problem[] = [];
  for (const { name } of graph.outputs) {
    const value = outputOf(name, scope, translation);
    if (value === null || value.type.shape.includes(0)) problems.push(unsupportedOutput(name, value));
    else translation.writer.output(name, value);
  }
  return problems;
}

function outputOf(name: string, scope: Scope, translation: Translation): Operand | null {
  try {
    const value = boundOf(name, scope, translation);
    return value !== null && isOperand(value) ? value : null;
  } catch (error) {
    if (error instanceof ProblemError) return null;
    throw error;
  }
}

function narrowingNotes({ narrowed }: Translation): Note[] {
  return [...narrowed].map((dtype: OnnxDtype) => ({
    code: 'onnx-narrowed',
    where: 'the model',
    what: `it has tensors of ${dtype}; they are float32 here, inputs and outputs included`,
  }));
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
      ? 'it is an output of the model that is no tensor, or of a dtype that is not supported'
      : `it is an output of the model without elements: its shape is ${formatShape(operand.type.shape)}`;
  return { code: 'onnx-output', where: tensorPlace(name), what, advice: 'leave the output out' };
}
