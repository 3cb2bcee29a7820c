import { constantOf, type Graph, type Node, typeOf, type ValueId, valueById } from '../../../ir/graph.ts';
import { nodeGraph, subgraph } from '../../../ir/subgraph.ts';
import { dataAs, numericData, type Tensor } from '../../../tensor/tensor.ts';
import type { Executor, RunGraph } from '../../executor.ts';
import { isProduct, withConstants } from '../../product.ts';
import type { Trace } from '../../trace.ts';
import { dequantizeGraph } from '../dequantize-graph.ts';
import { type Encoding, fakeQuantize, type IntegerFormat } from '../format.ts';
import { ruleOf } from '../lower/ties.ts';
import { relativeError } from '../relative-error.ts';

/** Weights and bias by the name of their layer. */
export type Constants = ReadonlyMap<string, readonly Float32Array[]>;

/** Weights and bias of every layer of a quantized graph, as the real numbers that its integers stand for, by the layer's name. */
export function constantsByLayer(graph: Graph): Constants {
  const real = dequantizeGraph(graph);
  return new Map(
    real.nodes.filter(isProduct).map(({ name, inputs }) => {
      const constants = inputs.slice(1).flatMap((id) => constantOf(real, id) ?? []);
      return [name, constants.map((tensor) => dataAs(tensor, 'float32'))];
    }),
  );
}

/**
 * The layer's result with rounded weights, and rounded itself, on inputs that are right.
 *
 * @param node null for an input of the model
 */
export function remakeOf(
  graph: Graph,
  { node, value }: { readonly node: Node | null; readonly value: ValueId },
  { format, encoding }: { readonly format: IntegerFormat; readonly encoding: Encoding },
  constants: Constants,
  execute: Executor,
): (tensorOf: Trace) => Tensor {
  const recompute = recomputed(graph, node, constants, execute);
  return (tensorOf) => {
    const { type, data } = recompute?.(tensorOf) ?? tensorOf(value);
    const rounded = Float32Array.from(numericData({ type, data }), (one) => fakeQuantize(one, encoding, format));
    return { type, data: rounded };
  };
}

/** The layer with the given constants; null where it has no weights. */
function recomputed(graph: Graph, node: Node | null, constants: Constants, execute: Executor) {
  if (node === null || !isProduct(node)) return null;
  const stored = constants.get(node.name) ?? [];
  const ids = node.inputs.slice(1);
  const changed = new Map(
    ids.flatMap((id, i) => {
      const data = stored[i];
      return data === undefined || data.length !== valueById(graph, id).data?.length ? [] : [[id, data] as const];
    }),
  );
  if (changed.size === 0) return null;
  const part = nodeGraph(withConstants(graph, changed), node);
  const run = execute(part);
  return (tensorOf: Trace) => run(part.inputs.map(({ value }) => tensorOf(value)))[0];
}

/** How far a changed tensor is followed: to what the operators that compute with it make of it, or to the outputs of the model. */
export type Reach = 'readers' | 'outputs';

/** The squared error that a changed tensor makes there, relative to the size of what is changed, added up. */
export function effectOf(
  graph: Graph,
  value: ValueId,
  reach: Reach,
  execute: Executor,
): (changed: Tensor, tensorOf: Trace) => number {
  const after = new Set([value]);
  const readers: Node[] = [];
  const ends = new Set<ValueId>(reach === 'outputs' ? graph.outputs.map((port) => port.value) : []);
  for (const node of graph.nodes) {
    if (!node.inputs.some((id) => after.has(id))) continue;
    // What reads another reader's result as well feels more than this tensor.
    if (reach === 'readers' && node.inputs.some((id) => ends.has(id))) continue;
    readers.push(node);
    // Operators that only move elements leave the judgement to their own readers.
    const isEnd = reach === 'readers' && !ruleOf(node).isTied(node.op.attributes);
    for (const id of node.outputs) (isEnd ? ends : after).add(id);
  }
  const states = new Set(graph.states.map((state) => state.value));
  const needed = [...new Set(readers.flatMap((node) => node.inputs))];
  const beside = needed.filter((id) => id !== value && !after.has(id) && valueById(graph, id).data === null);
  const made = new Set([value, ...readers.flatMap((node) => node.outputs)]);
  const outputs = [...ends].filter((id) => made.has(id) && isReal(graph, id));
  const computed = outputs.filter((id) => id !== value);
  // Where nothing real follows, or a state would have to be known, the tensor is judged by itself.
  if (computed.length === 0 || beside.some((id) => states.has(id))) {
    return (changed, tensorOf) => relativeError(tensorOf(value), changed);
  }
  const run: RunGraph = execute(subgraph(graph, [value, ...beside], computed));
  return (changed, tensorOf) => {
    const results = run([changed, ...beside.map(tensorOf)]);
    const direct = outputs.includes(value) ? relativeError(tensorOf(value), changed) : 0;
    return computed.reduce((sum, id, i) => sum + relativeError(tensorOf(id), results[i]), direct);
  };
}

const isReal = (graph: Graph, id: ValueId) => typeOf(graph, id).dtype === 'float32';
