import { constantOf, type Graph, type Node, type NodeId, usesOf } from '../../../ir/graph.ts';
import type { ActivationFormat } from '../format.ts';
import type { KeptReal } from './lowering.ts';
import { dataOperands, realOutputs, ruleOf } from './ties.ts';

/**
 * The format in which each node computes: the wished one where the operator has it. Operators that only move elements stay real between
 * real neighbours, so that nothing is converted to and fro. Reasons go to `keptReal`.
 */
export function chooseFormats(
  graph: Graph,
  wish: (node: Node) => ActivationFormat,
  keptReal: KeptReal[],
): Map<NodeId, ActivationFormat> {
  const formats = new Map<NodeId, ActivationFormat>();
  const { producer } = usesOf(graph);
  for (const node of graph.nodes) {
    const isReal = [...dataOperands(graph, node), ...realOutputs(graph, node)].length > 0;
    const format = wish(node);
    const reason = isReal ? whyNot(graph, node, format) : null;
    if (reason !== null) keptReal.push({ node, reason });
    const moved = dataOperands(graph, node).map((id) => producer.get(id));
    const followsReal =
      ruleOf(node).isTied(node.op.attributes) &&
      moved.length > 0 &&
      moved.every((from) => from !== undefined && formats.get(from.id) === 'float32');
    formats.set(node.id, !isReal || reason !== null || followsReal ? 'float32' : format);
  }
  return formats;
}

/** Why a node cannot compute in `format`, or null where it can or nobody asked. */
function whyNot(graph: Graph, node: Node, format: ActivationFormat): string | null {
  if (format === 'float32') return 'asked to stay real';
  const rule = ruleOf(node);
  if (rule.formats.length === 0) return `${node.op.type} computes with real numbers`;
  if (!rule.formats.includes(format)) return `${node.op.type} has no ${format} form`;
  const computed = node.inputs.findIndex((id, i) => {
    const role = rule.role(i);
    return (role === 'weights' || role === 'bias') && constantOf(graph, id)?.type.dtype !== 'float32';
  });
  return computed === -1 ? null : `its ${rule.role(computed)} is computed, not a constant`;
}
