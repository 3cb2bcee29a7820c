import type { Graph, Node } from '../../ir/graph.ts';
import type { ActivationFormat } from './format.ts';
import type { QuantizeOptions } from './options.ts';

/** The wished format of each node, by its own name or that of one of its outputs. */
export function layerFormats(
  graph: Graph,
  { layers, format }: Pick<QuantizeOptions, 'layers' | 'format'>,
): (node: Node) => ActivationFormat {
  const patterns = layers.map((layer) => ({ ...layer, expression: wildcard(layer.pattern) }));
  return (node) => {
    const names = [node.name, ...node.outputs.map((id) => graph.values.get(id)?.name ?? '')];
    return patterns.find(({ expression }) => names.some((name) => expression.test(name)))?.format ?? format;
  };
}

function wildcard(pattern: string): RegExp {
  const parts = pattern.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 's');
}
