import type { Op, OpType } from '../ops/op.ts';
import { InternalError } from '../problem.ts';
import type { TensorData } from '../tensor/dtype.ts';
import type { Rounding } from '../tensor/requantize.ts';
import type { Tensor, TensorType } from '../tensor/tensor.ts';
import type { WeightStorage } from '../tensor/weight-storage.ts';

/** Identity of a value within one graph. */
export type ValueId = number & { readonly brand: 'value' };

/** Identity of a node within one graph. */
export type NodeId = number & { readonly brand: 'node' };

export const valueId = (index: number): ValueId => index as ValueId;
export const nodeId = (index: number): NodeId => index as NodeId;

/** A tensor of the graph: an input, a constant (then it has data) or the result of exactly one node. */
export interface Value {
  readonly id: ValueId;
  /** The user's own name of the tensor, or one derived from it. */
  readonly name: string;
  readonly type: TensorType;
  readonly data: TensorData | null;
}

/** One operator applied to values. */
export interface Node<T extends OpType = OpType> {
  readonly id: NodeId;
  /** The operator and place in the user's own words, for messages and comments: `CONV_2D #3 "block3/conv"`. */
  readonly name: string;
  readonly op: Op<T>;
  readonly inputs: readonly ValueId[];
  readonly outputs: readonly ValueId[];
}

/** A named input or output of the model. The name is the user's and survives every pass. */
export interface Port {
  readonly name: string;
  readonly value: ValueId;
}

/**
 * What a model remembers from one run to the next. `value` is what it holds when a run begins and is read like an input; `next` is what
 * it holds when the run has ended. Before the first run, and after a reset, it holds `initial`, or zeros where that is null.
 */
export interface State {
  readonly name: string;
  readonly value: ValueId;
  readonly next: ValueId;
  readonly initial: TensorData | null;
}

/** A model as a directed acyclic graph. Nodes stand in an order in which they can be executed. Never changed in place. */
export interface Graph {
  readonly name: string;
  /** Who made the model file, for the head of generated files. */
  readonly producer: string;
  readonly rounding: Rounding;
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  /** Empty for a model that computes the same whenever it gets the same. */
  readonly states: readonly State[];
  readonly values: ReadonlyMap<ValueId, Value>;
  readonly nodes: readonly Node[];
  /** Constants that are kept in fewer bytes than their elements have; `passes/narrow-weights` has rounded them. */
  readonly storage: ReadonlyMap<ValueId, WeightStorage>;
}

export function valueById(graph: Graph, id: ValueId): Value {
  const value = graph.values.get(id);
  if (value === undefined) throw new InternalError(`graph "${graph.name}" has no value %${id}`);
  return value;
}

export function typeOf(graph: Graph, id: ValueId): TensorType {
  return valueById(graph, id).type;
}

/** The constant behind `id`, or null where the value is computed or an input. */
export function constantOf(graph: Graph, id: ValueId): Tensor | null {
  const value = valueById(graph, id);
  return value.data === null ? null : { type: value.type, data: value.data };
}

export function inputTypes(graph: Graph, node: Node): TensorType[] {
  return node.inputs.map((id) => typeOf(graph, id));
}

export function outputTypes(graph: Graph, node: Node): TensorType[] {
  return node.outputs.map((id) => typeOf(graph, id));
}

/** Whether the node applies the operator `type`. */
export function isNode<T extends OpType>(node: Node | undefined, type: T): node is Node<T> {
  return node !== undefined && node.op.type === type;
}

/** Whether `id` is read by `node` alone and is no output of the graph. */
export function isOnlyUse(uses: Uses, id: ValueId, node: Node): boolean {
  const consumers = uses.consumers.get(id) ?? [];
  return consumers.length === 1 && consumers[0]?.id === node.id && !uses.outputs.has(id);
}

/** Who makes and who reads each value. */
export interface Uses {
  readonly producer: ReadonlyMap<ValueId, Node>;
  readonly consumers: ReadonlyMap<ValueId, readonly Node[]>;
  /** Values that outlive a run: outputs of the graph and what its states hold next. */
  readonly outputs: ReadonlySet<ValueId>;
  readonly nodes: ReadonlyMap<NodeId, Node>;
}

export function usesOf(graph: Graph): Uses {
  const producer = new Map<ValueId, Node>();
  const consumers = new Map<ValueId, Node[]>();
  for (const node of graph.nodes) {
    for (const id of node.outputs) producer.set(id, node);
    for (const id of new Set(node.inputs)) {
      const list = consumers.get(id);
      if (list === undefined) consumers.set(id, [node]);
      else list.push(node);
    }
  }
  return {
    producer,
    consumers,
    outputs: new Set([...graph.outputs.map((port) => port.value), ...graph.states.map((state) => state.next)]),
    nodes: new Map(graph.nodes.map((node) => [node.id, node])),
  };
}
