import { type Graph, isNode, type Node, typeOf, type ValueId } from '../../ir/graph.ts';
import type { TensorType } from '../../tensor/tensor.ts';
import { type RetypedNode, retypedGraph } from './retype.ts';

/** A graph with another height and width of its input; for planning only, see {@link retypedGraph}. */
export interface SmallerInput {
  readonly graph: Graph;
  readonly height: number;
  readonly width: number;
}

/**
 * The graph with `share` of the height and width of its one input [N,H,W,C]. Pools over whole pictures stay such. Null where the
 * layers do not take another size: those that flatten what has a place, for instance.
 */
export function withSmallerInput(graph: Graph, share: number): SmallerInput | null {
  const [input, ...others] = graph.inputs;
  if (input === undefined || others.length > 0 || graph.states.length > 0) return null;
  const type = typeOf(graph, input.value);
  const [batch, oldHeight, oldWidth, channels, ...more] = type.shape;
  if (batch === undefined || oldHeight === undefined || oldWidth === undefined || channels === undefined) return null;
  const [height, width] = [Math.round(oldHeight * share), Math.round(oldWidth * share)];
  if (more.length > 0 || oldHeight === 1 || height < 1 || width < 1) return null;
  const smaller = { ...type, shape: [batch, height, width, channels] };
  const retyped = retypedGraph(graph, new Map([[input.value, smaller]]), (node, inputs) => {
    return withWholePool(graph, node, inputs);
  });
  if (retyped === null || !isSameOutside(graph, retyped, input.value)) return null;
  return { graph: retyped, height, width };
}

/** A pool whose window is all of its input before is one after. */
function withWholePool(graph: Graph, node: Node, inputs: readonly TensorType[]): RetypedNode {
  if (!isNode(node, 'pool-2d')) return { op: node.op, inputs };
  const [id] = node.inputs;
  const [, oldHeight, oldWidth] = id === undefined ? [] : typeOf(graph, id).shape;
  const [, height, width] = inputs[0]?.shape ?? [];
  const { attributes } = node.op;
  const isWhole = attributes.kernel[0] === oldHeight && attributes.kernel[1] === oldWidth;
  if (!isWhole || height === undefined || width === undefined) return { op: node.op, inputs };
  return { op: { type: 'pool-2d', attributes: { ...attributes, kernel: [height, width] } }, inputs };
}

/** Whether outputs of as many dimensions are still there: an output may be a smaller picture, but no other thing. */
function isSameOutside(before: Graph, after: Graph, input: ValueId): boolean {
  return before.outputs.every(({ value }) => {
    return value !== input && typeOf(before, value).shape.length === typeOf(after, value).shape.length;
  });
}
