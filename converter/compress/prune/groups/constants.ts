import { type Graph, type Node, type NodeId, type Value, type ValueId, valueById, valueId } from '../../../ir/graph.ts';
import type { Tensor } from '../../../tensor/tensor.ts';
import type { WeightStorage } from '../../../tensor/weight-storage.ts';

/** What a constant becomes at one place where it is read. */
export interface NewConstant {
  readonly tensor: Tensor;
  readonly storage: WeightStorage | null;
}

/** Other constants for some of the inputs of nodes: key of {@link constantKey}. */
export type NewConstants = ReadonlyMap<string, NewConstant>;

export const constantKey = (node: NodeId, input: number): string => `${node},${input}`;

/**
 * The nodes of a graph on new constants. A constant keeps its id where nobody reads the old one any more; equal new constants must be
 * one object to stay one. Values of constants that nobody reads leave.
 */
export function withConstants(
  graph: Graph,
  nodes: readonly Node[],
  changed: NewConstants,
): Pick<Graph, 'values' | 'nodes' | 'storage'> {
  const kept = new Set([...graph.outputs.map(({ value }) => value), ...graph.states.map(({ next }) => next)]);
  for (const node of nodes)
    node.inputs.forEach((id, input) => {
      if (!changed.has(constantKey(node.id, input))) kept.add(id);
    });
  const values = new Map<ValueId, Value>();
  const storage = new Map(graph.storage);
  for (const [id, value] of graph.values) if (value.data === null || kept.has(id)) values.set(id, value);
  let nextId = [...graph.values.keys()].reduce((a, b) => Math.max(a, b), -1) + 1;
  const placed = new Map<Tensor, ValueId>();
  const place = (old: ValueId, { tensor, storage: stored }: NewConstant): ValueId => {
    const known = placed.get(tensor);
    if (known !== undefined) return known;
    const id = values.has(old) ? valueId(nextId++) : old;
    values.set(id, { id, name: valueById(graph, old).name, type: tensor.type, data: tensor.data });
    placed.set(tensor, id);
    storage.delete(id);
    if (stored !== null) storage.set(id, stored);
    return id;
  };
  const rewired = nodes.map((node): Node => {
    if (!node.inputs.some((_, input) => changed.has(constantKey(node.id, input)))) return node;
    const inputs = node.inputs.map((id, input) => {
      const fresh = changed.get(constantKey(node.id, input));
      return fresh === undefined ? id : place(id, fresh);
    });
    return { ...node, inputs };
  });
  for (const id of storage.keys()) if (!values.has(id)) storage.delete(id);
  return { values, nodes: rewired, storage };
}
