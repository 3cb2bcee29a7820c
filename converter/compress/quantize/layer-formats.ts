import type { Graph, Node, ValueId } from '../../ir/graph.ts';
import { isInt4Node } from '../../ir/store-int4.ts';
import { isProduct } from '../product.ts';
import type { NumberFormat } from './format.ts';
import type { QuantizeOptions } from './options.ts';

/**
 * The wished format of each node, by its own name or that of one of its outputs. Where all weights are to have 4 bits, layers
 * that have no such weights keep 8, and so do the first layers, which see the model's inputs, unless they are asked for by name.
 */
export function layerFormats(
  graph: Graph,
  { layers, format }: Pick<QuantizeOptions, 'layers' | 'format'>,
): (node: Node) => NumberFormat {
  const patterns = layers.map((layer) => ({ ...layer, expression: wildcard(layer.pattern) }));
  const first = firstLayers(graph);
  const usual = (node: Node): NumberFormat =>
    format === 'int4' && (!isInt4Node(node) || first.has(node.id)) ? 'int8' : format;
  return (node) => {
    const names = layerNames(graph, node);
    return patterns.find(({ expression }) => names.some((name) => expression.test(name)))?.format ?? usual(node);
  };
}

/** The names by which a layer can be asked for: that in the file, with its operator (`Conv "block3/conv"`) and without, and those of its outputs. */
export function layerNames(graph: Graph, node: Node): readonly string[] {
  return [fileName(node), node.name, ...node.outputs.map((id) => graph.values.get(id)?.name ?? '')];
}

/** `block3/conv` of `Conv "block3/conv"`. */
function fileName({ name }: Node): string {
  return /"(.+)"$/s.exec(name)?.[1] ?? name;
}

/** Products with no other product between them and an input of the model. */
function firstLayers(graph: Graph): ReadonlySet<Node['id']> {
  const behindProduct = new Set<ValueId>();
  const first = new Set<Node['id']>();
  for (const node of graph.nodes) {
    const isBehind = node.inputs.some((id) => behindProduct.has(id));
    if (isProduct(node) && !isBehind) first.add(node.id);
    if (isBehind || isProduct(node)) for (const id of node.outputs) behindProduct.add(id);
  }
  return first;
}

export function wildcard(pattern: string): RegExp {
  const parts = pattern.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 's');
}
