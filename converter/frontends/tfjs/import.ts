import type { Graph } from '../../ir/graph.ts';
import { type Problem, ProblemError } from '../../problem.ts';
import { tensorType } from '../../tensor/tensor.ts';
import { GraphWriter, type Operand } from '../graph-writer.ts';
import { closedShape, dimensionLimit, unknownShapeOptions } from '../input-shape.ts';
import { layerLimits } from '../layer-writer.ts';
import type { ImportOptions } from '../options.ts';
import { NodeContext } from './context.ts';
import { type ManifestWeight, tfjsProblem } from './manifest.ts';
import { type GraphNode, type NodeOutput, nodeOutput, readNodes, wholeAttribute } from './node.ts';
import { translations } from './ops/table.ts';
import type { TfjsModel } from './read.ts';

/**
 * Translates a TensorFlow.js graph model. Throws ProblemError first with all operators that are not known, then with everything
 * that is wrong with the others.
 */
export function importTfjsGraph(
  model: Extract<TfjsModel, { kind: 'graph' }>,
  name: string,
  options: ImportOptions,
): Graph {
  const nodes = readNodes(model.topology);
  const outputs = outputsOf(model, nodes);
  const live = liveNodes(
    nodes,
    outputs.map(({ output }) => output),
  );
  const problems: Problem[] = live
    .filter(({ op }) => !translations.has(op) && op !== 'Placeholder' && op !== 'Const')
    .map(({ place, op }) => ({
      code: 'unsupported-operator',
      where: place,
      what: `the operator ${op} is not supported`,
      advice: 'replace it in the model, or convert the model it was made of to TFLite or ONNX',
    }));
  if (problems.length > 0) throw new ProblemError(problems);
  const writer = new GraphWriter(layerLimits);
  const weights = new Map(model.weights.map((weight) => [weight.name, weight]));
  const known = new Map<string, readonly (Operand | null)[]>();
  for (const node of live) {
    const result = collected(problems, () => {
      const inputs = node.inputs.map((input) => operandOf(input, known, node.place));
      const present = inputs.filter((input) => input !== null);
      if (present.length < inputs.length) return null;
      return translateNode(node, present, writer, weights, options);
    });
    known.set(node.name, result ?? new Array<null>(64).fill(null));
  }
  const names = live.filter(({ op }) => op === 'Placeholder').map((node) => node.name);
  problems.push(...unknownShapeOptions(names, options, 'tfjs'));
  if (problems.length > 0) throw new ProblemError(problems);
  for (const { name: output, output: key } of outputs) {
    const operand = operandOf(key, known, `output "${output}"`);
    if (operand !== null) writer.output(output, operand);
  }
  return writer.build(name, 'TensorFlow.js');
}

function translateNode(
  node: GraphNode,
  inputs: readonly Operand[],
  writer: GraphWriter,
  weights: ReadonlyMap<string, ManifestWeight>,
  options: ImportOptions,
): readonly Operand[] {
  if (node.op === 'Placeholder') return [placeholder(node, writer, options)];
  if (node.op === 'Const') {
    const weight = weights.get(node.name);
    if (weight === undefined)
      throw tfjsProblem('tfjs-damaged', node.place, 'its value is not among the weights', 'convert the model again');
    return [writer.constant(node.name, weight.read())];
  }
  const context = new NodeContext(writer, node, inputs);
  const result = translations.get(node.op)?.(context) ?? [];
  context.checkUsed();
  return Array.isArray(result) ? (result as readonly Operand[]) : [result as Operand];
}

function placeholder({ name, place, attributes }: GraphNode, writer: GraphWriter, options: ImportOptions): Operand {
  const stated = attributes.get('dtype').get('type').textOr('DT_FLOAT');
  const dtype = stated === 'DT_FLOAT' ? 'float32' : stated === 'DT_INT32' ? 'int32' : null;
  if (dtype === null)
    throw tfjsProblem('tfjs-dtype', place, `an input of ${stated}`, 'use float32 (int32 for indices)');
  const fixed = options.constants.get(name);
  if (fixed !== undefined && fixed.type.dtype === dtype) return writer.constant(name, fixed);
  const shape = attributes.get('shape').get('shape');
  const dim = shape.get('dim').items();
  const sizes = dim?.map((view) => {
    const size = wholeAttribute(view.get('size'));
    return size === -1 ? null : view.get('size').isNull || size < 1 || size > dimensionLimit ? Number.NaN : size;
  });
  if (sizes?.some(Number.isNaN))
    throw tfjsProblem('tfjs-damaged', place, 'its shape has a dimension below 1', 'convert the model again');
  const closed = closedShape(name, sizes ?? null, options, 'tfjs');
  if (closed.length > 8)
    throw tfjsProblem('tfjs-input', place, `an input of ${closed.length} dimensions`, 'use up to 8 of them');
  return writer.input(name, tensorType(dtype, closed));
}

interface NamedOutput {
  readonly name: string;
  readonly output: NodeOutput;
}

/** The outputs of the signature; without one, of the nodes that no other reads. */
function outputsOf({ signature }: Extract<TfjsModel, { kind: 'graph' }>, nodes: readonly GraphNode[]): NamedOutput[] {
  const listed = signature.get('outputs');
  const keys = listed.keys();
  if (keys.length > 0) {
    return keys.map((key) => {
      const name = listed.get(key).get('name').textOr(key);
      return { name: name.replace(/:0$/, ''), output: nodeOutput(name) };
    });
  }
  const read = new Set(nodes.flatMap(({ inputs }) => inputs.map(({ name }) => name)));
  const last = nodes.filter(
    ({ name, op }) => !read.has(name) && op !== 'Placeholder' && op !== 'Const' && op !== 'NoOp',
  );
  if (last.length === 0) throw tfjsProblem('tfjs-damaged', 'the graph', 'it has no outputs', 'convert the model again');
  return last.map(({ name }) => ({ name, output: { name, index: 0 } }));
}

/** The nodes that the outputs need, each behind its inputs. */
function liveNodes(nodes: readonly GraphNode[], outputs: readonly NodeOutput[]): GraphNode[] {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const state = new Map<string, 'open' | 'done'>();
  const order: GraphNode[] = [];
  const stack = outputs.map(({ name }) => ({ name, from: `output "${name}"` })).reverse();
  while (stack.length > 0) {
    const top = stack.at(-1);
    if (top === undefined) break;
    const node = byName.get(top.name);
    if (node === undefined)
      throw tfjsProblem(
        'tfjs-damaged',
        top.from,
        `it reads "${top.name}", which is not there`,
        'convert the model again',
      );
    if (state.get(top.name) === 'done') {
      stack.pop();
      continue;
    }
    const waiting = node.inputs.filter(({ name }) => state.get(name) !== 'done');
    if (waiting.length === 0) {
      state.set(top.name, 'done');
      order.push(node);
      stack.pop();
      continue;
    }
    if (state.get(top.name) === 'open')
      throw tfjsProblem('tfjs-damaged', node.place, 'it is computed from itself', 'convert the model again');
    state.set(top.name, 'open');
    for (const { name } of waiting) stack.push({ name, from: node.place });
  }
  return order;
}

function operandOf(
  { name, index }: NodeOutput,
  known: ReadonlyMap<string, readonly (Operand | null)[]>,
  where: string,
): Operand | null {
  const operand = known.get(name)?.[index];
  if (operand !== undefined) return operand;
  throw tfjsProblem(
    'tfjs-damaged',
    where,
    `it reads output ${index} of "${name}", which is not there`,
    'convert the model again',
  );
}

function collected<T>(problems: Problem[], work: () => T): T | null {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    problems.push(...error.problems);
    return null;
  }
}
