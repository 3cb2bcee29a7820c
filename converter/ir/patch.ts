import type { Op } from '../ops/op.ts';
import { invariant } from '../problem.ts';
import type { Tensor, TensorType } from '../tensor/tensor.ts';
import { type Graph, type Node, type NodeId, nodeId, type Value, type ValueId, valueId } from './graph.ts';

/** A local change of a graph, with the reason in words for the log of `--emit` and of error messages. */
export interface Patch {
  readonly reason: string;
  readonly values: readonly Value[];
  /** New nodes, put in the place of the first removed node, or of `anchor`. */
  readonly nodes: readonly Node[];
  readonly anchor: NodeId;
  readonly removed: ReadonlySet<NodeId>;
  /** Every later use of the key becomes a use of the value, graph outputs included. */
  readonly replaced: ReadonlyMap<ValueId, ValueId>;
}

/** Writes a patch step by step. New nodes stand before `anchor`, so they may read whatever it may read. */
export class PatchBuilder {
  readonly #graph: Graph;
  readonly #anchor: NodeId;
  readonly #values: Value[] = [];
  readonly #nodes: Node[] = [];
  readonly #removed = new Set<NodeId>();
  readonly #replaced = new Map<ValueId, ValueId>();
  #nextValue: number;
  #nextNode: number;

  constructor(graph: Graph, anchor: Node) {
    this.#graph = graph;
    this.#anchor = anchor.id;
    this.#nextValue = largest(graph.values.keys()) + 1;
    this.#nextNode = largest(graph.nodes.map((node) => node.id)) + 1;
  }

  constant(name: string, tensor: Tensor): ValueId {
    return this.#value(name, tensor.type, tensor.data);
  }

  node(name: string, op: Op, inputs: readonly ValueId[], type: TensorType, outputName: string): ValueId {
    const output = this.#value(outputName, type, null);
    this.#nodes.push({ id: nodeId(this.#nextNode++), name, op, inputs, outputs: [output] });
    return output;
  }

  nodeOfMany(
    name: string,
    op: Op,
    inputs: readonly ValueId[],
    results: readonly { readonly name: string; readonly type: TensorType }[],
  ): ValueId[] {
    const outputs = results.map((result) => this.#value(result.name, result.type, null));
    this.#nodes.push({ id: nodeId(this.#nextNode++), name, op, inputs, outputs });
    return outputs;
  }

  /** Removes a node; its outputs must be replaced or unused. */
  remove(node: Node): this {
    this.#removed.add(node.id);
    return this;
  }

  replace(from: ValueId, to: ValueId): this {
    this.#replaced.set(from, to);
    return this;
  }

  finish(reason: string): Patch {
    return {
      reason,
      values: this.#values,
      nodes: this.#nodes,
      anchor: this.#anchor,
      removed: this.#removed,
      replaced: this.#replaced,
    };
  }

  get graph(): Graph {
    return this.#graph;
  }

  #value(name: string, type: TensorType, data: Value['data']): ValueId {
    const id = valueId(this.#nextValue++);
    this.#values.push({ id, name, type, data });
    return id;
  }
}

function largest(ids: Iterable<number>): number {
  let max = -1;
  for (const id of ids) if (id > max) max = id;
  return max;
}

/** The graph with the patch applied. Values that only removed nodes produced disappear; other unused values stay. */
export function applyPatch(graph: Graph, patch: Patch): Graph {
  const rewire = (id: ValueId): ValueId => {
    let current = id;
    let steps = 0;
    for (let next = patch.replaced.get(current); next !== undefined; next = patch.replaced.get(current)) {
      invariant(steps++ < patch.replaced.size, `patch (${patch.reason}) replaces %${id} by itself`);
      current = next;
    }
    return current;
  };
  const values = new Map(graph.values);
  for (const value of patch.values) values.set(value.id, value);
  const nodes: Node[] = [];
  for (const node of graph.nodes) {
    if (node.id === patch.anchor) nodes.push(...patch.nodes);
    if (patch.removed.has(node.id)) {
      for (const id of node.outputs) values.delete(id);
      continue;
    }
    const changed = node.inputs.some((id) => patch.replaced.has(id));
    nodes.push(changed ? { ...node, inputs: node.inputs.map(rewire) } : node);
  }
  const outputs = graph.outputs.map((port) => ({ name: port.name, value: rewire(port.value) }));
  const states = graph.states.map((state) => ({ ...state, next: rewire(state.next) }));
  return { ...graph, values, nodes, outputs, states };
}
