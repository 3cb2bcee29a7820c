import { type GroupSize, type Int4Storage, int4Storage } from '../tensor/int4.ts';
import { dimension } from '../tensor/shape.ts';
import { dataAs } from '../tensor/tensor.ts';
import type { WeightStorage } from '../tensor/weight-storage.ts';
import { type Graph, isNode, type Node, usesOf, type ValueId, valueById } from './graph.ts';

/** A node whose int8 weights may be kept in four bits: a row of weights for each output channel. */
export type Int4Node = Node<'conv-2d'> | Node<'fully-connected'>;

export function isInt4Node(node: Node): node is Int4Node {
  return isNode(node, 'conv-2d') || isNode(node, 'fully-connected');
}

/**
 * The graph with notes how int8 weights of convolutions and fully connected layers can be kept in four bits: as `isWanted` asks for, and
 * where the numbers allow it to the bit, first without groups, then with the largest of `groups`. Weights that are read elsewhere as well
 * stay as they are, and so do those with a zero point.
 */
export function storeInt4(graph: Graph, groups: readonly GroupSize[], isWanted: (node: Int4Node) => boolean): Graph {
  const { consumers } = usesOf(graph);
  const storage = new Map<ValueId, WeightStorage>(graph.storage);
  for (const node of graph.nodes) {
    const [, weights] = node.inputs;
    if (weights === undefined || !isInt4Node(node) || !isWanted(node)) continue;
    if (storage.has(weights) || consumers.get(weights)?.length !== 1) continue;
    const found = fittingStorage(graph, weights, groups);
    if (found !== null) storage.set(weights, found);
  }
  return storage.size === graph.storage.size ? graph : { ...graph, storage };
}

/** The graph after passes that made other constants of those of `before`, with notes of what still is in four bits. */
export function restoreInt4(graph: Graph, before: Graph): Graph {
  const kept = [...graph.storage].filter(([id, { kind }]) => graph.values.has(id) && kind !== 'int4');
  const wanted = new Set([...before.storage.values()].flatMap((one) => (one.kind === 'int4' ? [one.group] : [])));
  if (wanted.size === 0) return graph;
  const groups = [...wanted].flatMap((group) => (group === null ? [] : [group]));
  return storeInt4({ ...graph, storage: new Map(kept) }, groups, () => true);
}

function fittingStorage(graph: Graph, weights: ValueId, groups: readonly GroupSize[]): Int4Storage | null {
  const { type, data } = valueById(graph, weights);
  const { quantization } = type;
  const isCentred =
    quantization.kind === 'per-channel'
      ? quantization.zeroPoints.every((zero) => zero === 0)
      : quantization.kind === 'per-tensor' && quantization.zeroPoint === 0;
  if (data === null || type.dtype !== 'int8' || !isCentred) return null;
  const stored = dataAs({ type, data }, 'int8');
  const rows = dimension(type.shape, 0);
  for (const group of [null, ...[...groups].sort((a, b) => b - a)]) {
    const found = int4Storage(stored, rows, group);
    if (found !== null) return found;
  }
  return null;
}
