import { type Graph, type Node, type Value, type ValueId, valueById } from '../../ir/graph.ts';
import type { Op } from '../../ops/op.ts';
import { outputShapes } from '../../ops/registry.ts';
import type { TensorType } from '../../tensor/tensor.ts';

/** New types of the operands of a node, and the operator for them. */
export interface RetypedNode {
  readonly op: Op;
  readonly inputs: readonly TensorType[];
}

/**
 * A graph of other shapes: `types` has those of its inputs and states, `retype` tells the constants and attributes of each node, and
 * the shapes of the outputs follow. It is there to be planned and cannot be run: constants keep the elements of the old shape.
 *
 * @returns null where the operators do not take the new shapes
 */
export function retypedGraph(
  graph: Graph,
  inputs: ReadonlyMap<ValueId, TensorType>,
  retype: (node: Node, inputs: readonly TensorType[]) => RetypedNode,
): Graph | null {
  const types = new Map(inputs);
  const nodes: Node[] = [];
  for (const node of graph.nodes) {
    const old = node.inputs.map((id) => types.get(id) ?? valueById(graph, id).type);
    const { op, inputs: given } = retype(node, old);
    const shapes = shapesOf(op, given);
    if (shapes === null) return null;
    given.forEach((type, i) => {
      const id = node.inputs[i];
      if (id !== undefined && valueById(graph, id).data !== null) types.set(id, type);
    });
    node.outputs.forEach((id, i) => {
      const { type } = valueById(graph, id);
      types.set(id, { ...type, shape: shapes[i] ?? type.shape });
    });
    nodes.push({ ...node, op });
  }
  const values = [...graph.values].map(([id, value]): [ValueId, Value] => {
    return [id, { ...value, type: types.get(id) ?? value.type }];
  });
  return { ...graph, nodes, values: new Map(values) };
}

/** Shapes of the outputs; null where the inputs do not go together. */
function shapesOf(op: Op, inputs: readonly TensorType[]): ReturnType<typeof outputShapes> | null {
  try {
    return outputShapes(op, inputs);
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}
