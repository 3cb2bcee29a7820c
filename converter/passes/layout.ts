import { type Graph, isNode, typeOf } from '../ir/graph.ts';
import { type RewriteResult, rewrite } from '../ir/rewrite.ts';
import { elementCount } from '../tensor/shape.ts';
import { eliminateDeadNodes } from './dead-code.ts';
import { eliminateIdentity } from './eliminate-identity.ts';
import { foldConstants } from './fold-constants.ts';
import { hoistTranspose } from './layout/hoist.ts';
import { movesNothing } from './layout/permutation.ts';
import { sinkRules } from './layout/sink.ts';
import { mergeTransposes } from './merge-movement.ts';

const cleaning = [eliminateDeadNodes, foldConstants, eliminateIdentity, mergeTransposes] as const;

/**
 * Removes transposes: first all move towards the outputs and cancel where opposite ones meet, then those that are left behind
 * padding and the like at an input move up to it. What a model computes stays the same; a product with permuted weights adds in
 * another order. Where no fewer elements would be moved than before, the graph stays as it is.
 */
export function removeTransposes(graph: Graph): RewriteResult {
  if (!graph.nodes.some((node) => node.op.type === 'transpose')) return { graph, applied: [] };
  const sunk = rewrite(graph, [...cleaning, ...sinkRules]);
  const hoisted = rewrite(sunk.graph, [...cleaning, hoistTranspose]);
  if (movedElements(hoisted.graph) >= movedElements(graph)) return { graph, applied: [] };
  return { graph: hoisted.graph, applied: [...sunk.applied, ...hoisted.applied] };
}

/** Elements that transposes bring to another place in one inference. */
function movedElements(graph: Graph): number {
  let elements = 0;
  for (const node of graph.nodes) {
    const [input] = node.inputs;
    if (!isNode(node, 'transpose') || input === undefined) continue;
    const { shape } = typeOf(graph, input);
    if (!movesNothing(shape, node.op.attributes.permutation)) elements += elementCount(shape);
  }
  return elements;
}
