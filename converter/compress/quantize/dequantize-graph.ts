import { type Graph, isNode, type Node, type State, typeOf, type Value, type ValueId } from '../../ir/graph.ts';
import { nodeFaults, verifyGraph } from '../../ir/verify.ts';
import type { Clamp } from '../../ops/definition.ts';
import type { Op } from '../../ops/op.ts';
import { binary, constant, theVariable } from '../../ops/scalar-expression.ts';
import { type Problem, ProblemError } from '../../problem.ts';
import { integerRange, isQuantizedDType } from '../../tensor/dtype.ts';
import { type Quantization, scaleAt, zeroPointAt } from '../../tensor/quantization.ts';
import { elementCount } from '../../tensor/shape.ts';
import { numericData, type Tensor, type TensorType, tensorType } from '../../tensor/tensor.ts';
import { channelIndex } from './lower/weights.ts';
import { withRealWeights } from './real-weights.ts';

/** How much of a model computes on stored integers. */
export interface Storedness {
  /** Layers with a result of stored integers. */
  readonly stored: number;
  /** Layers with a result of real numbers, conversions left out. */
  readonly real: number;
}

const isConversion = (node: Node) =>
  isNode(node, 'quantize') || isNode(node, 'dequantize') || isNode(node, 'requantize');

/** Counts the layers of a graph on integers and on real numbers. */
export function storednessOf(graph: Graph): Storedness {
  let [stored, real] = [0, 0];
  for (const node of graph.nodes) {
    if (isConversion(node)) continue;
    const types = node.outputs.map((id) => typeOf(graph, id));
    if (types.some(isStored)) stored++;
    else if (types.some(({ dtype }) => dtype === 'float32')) real++;
  }
  return { stored, real };
}

/**
 * The float graph that a quantized one stands for: weights and biases are the real numbers of their integers, conversions are gone, and
 * layers compute in float32. What the integers of a result cannot say below 0 stays a clamp at 0: files leave a ReLU out where the zero
 * point does it. The upper end of a range is taken for a bound of the calibration, not of the model.
 *
 * Throws ProblemError with every layer that has no real form.
 */
export function dequantizeGraph(source: Graph): Graph {
  const graph = withRealWeights(source);
  const same = identities(graph);
  const root = (id: ValueId): ValueId => same.get(id) ?? id;
  const values = new Map<ValueId, Value>();
  for (const [id, value] of graph.values) if (root(id) === id) values.set(id, realValue(graph, value));
  const kept = graph.nodes.filter((node) => !isConversion(node) || rectifies(graph, node));
  const nodes = kept.map((node): Node => ({ ...node, op: realOp(graph, node), inputs: node.inputs.map(root) }));
  const problems = nodes.flatMap((node): Problem[] => {
    const typesOf = (ids: readonly ValueId[]) => ids.flatMap((id) => values.get(id)?.type ?? []);
    const faults = nodeFaults(node.op, typesOf(node.inputs), typesOf(node.outputs));
    if (faults.length === 0) return [];
    const advice = 'leave --requantize out: the model stays as it is';
    return [{ code: 'requantize', where: node.name, what: `it has no real form: ${faults.join('; ')}`, advice }];
  });
  if (problems.length > 0) throw new ProblemError(problems);
  const port = <P extends { readonly value: ValueId }>(one: P): P => ({ ...one, value: root(one.value) });
  const result: Graph = {
    ...graph,
    rounding: 'single',
    inputs: graph.inputs.map(port),
    outputs: graph.outputs.map(port),
    states: graph.states.map((state) => realState(graph, state, root)),
    values,
    nodes,
    storage: new Map([...graph.storage].filter(([id]) => !isStored(typeOf(graph, id)))),
  };
  verifyGraph(result, 'requantize');
  return result;
}

function isStored({ dtype, quantization }: TensorType): boolean {
  return isQuantizedDType(dtype) && quantization.kind !== 'none';
}

/** For the result of every conversion the value that it converts, through chains of them. */
function identities(graph: Graph): ReadonlyMap<ValueId, ValueId> {
  const same = new Map<ValueId, ValueId>();
  for (const node of graph.nodes) {
    const [input] = node.inputs;
    const [output] = node.outputs;
    if (!isConversion(node) || rectifies(graph, node) || input === undefined || output === undefined) continue;
    same.set(output, same.get(input) ?? input);
  }
  return same;
}

/** Whether a conversion cuts off what is below 0. */
function rectifies(graph: Graph, node: Node): boolean {
  const [input] = node.inputs;
  const [output] = node.outputs;
  if (!isConversion(node) || input === undefined || output === undefined) return false;
  return endsAtZero(typeOf(graph, output)) && !endsAtZero(typeOf(graph, input));
}

function realValue(graph: Graph, value: Value): Value {
  const { type, data } = value;
  if (data !== null && type.dtype === 'int32') return realBias(graph, value);
  if (!isStored(type)) return value;
  const real = tensorType('float32', type.shape);
  return { ...value, type: real, data: data === null ? null : realNumbers({ type, data }, type.quantization) };
}

/** The bias of an integer product, whose scale is that of its products; other int32 constants are indices or shapes. */
function realBias(graph: Graph, value: Value): Value {
  const { id, type, data } = value;
  const reader = graph.nodes.find((node) => node.inputs[2] === id && isProductOp(node.op));
  const [input, weights] = reader?.inputs ?? [];
  if (data === null || input === undefined || weights === undefined) return value;
  const [of, by] = [typeOf(graph, input), typeOf(graph, weights)];
  if (!isStored(of) || !isStored(by)) return value;
  const scales = Array.from({ length: elementCount(type.shape) }, (_, c) => {
    return scaleAt(of.quantization, 0) * scaleAt(by.quantization, c);
  });
  const quantization = { kind: 'per-channel', axis: 0, scales, zeroPoints: scales.map(() => 0) } as const;
  const flat = { ...type, shape: [elementCount(type.shape)] };
  const real = realNumbers({ type: flat, data }, quantization);
  return { ...value, type: tensorType('float32', type.shape), data: real };
}

function realNumbers(tensor: Tensor, quantization: Quantization): Float32Array {
  const channelOf = quantization.kind === 'per-channel' ? channelIndex(tensor.type, quantization.axis) : () => 0;
  return Float32Array.from(numericData(tensor), (stored, i) => {
    return (stored - zeroPointAt(quantization, channelOf(i))) * scaleAt(quantization, channelOf(i));
  });
}

function realState(graph: Graph, state: State, root: (id: ValueId) => ValueId): State {
  const type = typeOf(graph, state.value);
  const [value, next] = [root(state.value), root(state.next)];
  if (state.initial === null || !isStored(type)) return { ...state, value, next };
  return { ...state, value, next, initial: realNumbers({ type, data: state.initial }, type.quantization) };
}

function isProductOp({ type }: Op): boolean {
  return type === 'conv-2d' || type === 'depthwise-conv-2d' || type === 'fully-connected';
}

/** The operator with a clamp at 0 where the integers of its result have nothing below 0. */
function realOp(graph: Graph, { op, outputs }: Node): Op {
  const [output] = outputs;
  if (output === undefined) return op;
  const type = typeOf(graph, output);
  if (!endsAtZero(type)) return op;
  const rectified = (clamp: Clamp): Clamp => ({ min: Math.max(0, clamp.min), max: clamp.max });
  switch (op.type) {
    case 'quantize':
    case 'requantize':
      return { type: 'map', attributes: { expression: binary('max', theVariable, constant(0)) } };
    case 'conv-2d':
      return { type: op.type, attributes: { ...op.attributes, clamp: rectified(op.attributes.clamp) } };
    case 'depthwise-conv-2d':
      return { type: op.type, attributes: { ...op.attributes, clamp: rectified(op.attributes.clamp) } };
    case 'fully-connected':
      return { type: op.type, attributes: { ...op.attributes, clamp: rectified(op.attributes.clamp) } };
    case 'zip':
      return { type: op.type, attributes: { ...op.attributes, clamp: rectified(op.attributes.clamp) } };
    default:
      return op;
  }
}

function endsAtZero({ dtype, quantization }: TensorType): boolean {
  if (!isQuantizedDType(dtype) || quantization.kind !== 'per-tensor') return false;
  return quantization.zeroPoint === integerRange[dtype].min;
}
