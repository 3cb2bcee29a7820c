import { nearest } from '../../frontends/nearest-name.ts';
import { constantOf, type Graph, type Node } from '../../ir/graph.ts';
import { isInt4Node } from '../../ir/store-int4.ts';
import { type Problem, ProblemError } from '../../problem.ts';
import { productOf } from '../product.ts';
import { layerNames, wildcard } from './layer-formats.ts';
import type { LayerFormat, QuantizeOptions } from './options.ts';

const shownNames = 5;

/** Throws ProblemError with every pattern that fits no layer, or none that can have its format. */
export function checkLayers(graph: Graph, { layers }: Pick<QuantizeOptions, 'layers'>): void {
  const problems = layers.flatMap((layer) => layerProblem(graph, layer));
  if (problems.length > 0) throw new ProblemError(problems);
}

function layerProblem(graph: Graph, { pattern, format }: LayerFormat): Problem[] {
  const expression = wildcard(pattern);
  const found = graph.nodes.filter((node) => layerNames(graph, node).some((name) => expression.test(name)));
  const where = `--layer ${pattern}=${format}`;
  if (found.length === 0) {
    return [{ code: 'layer-unmatched', where, what: 'no layer has this name', advice: namesAdvice(graph, pattern) }];
  }
  const reasons = found.map((node) => whyNot(graph, node, format));
  const [reason] = reasons;
  if (reason === null || reason === undefined || reasons.includes(null)) return [];
  return [{ code: 'layer-weights', where, what: reason, advice: 'name a layer that has them, or another format' }];
}

/** Why the weights of a node cannot be what `format` asks for; null where they can, or where it asks nothing of them. */
function whyNot(graph: Graph, node: Node, format: LayerFormat['format']): string | null {
  if (format === 'int4') {
    if (!isInt4Node(node))
      return `${node.op.type} "${node.name}" has no weights of 4 bits; convolutions and fully connected layers do`;
    if (productOf(graph, node) === null) return `the weights of "${node.name}" are computed, or no real numbers`;
  }
  if (format === 'float16' && !node.inputs.some((id) => constantOf(graph, id)?.type.dtype === 'float32'))
    return `"${node.name}" has no real weights`;
  return null;
}

function namesAdvice(graph: Graph, pattern: string): string {
  const named = graph.nodes.filter((node) => productOf(graph, node) !== null);
  const names = [...new Set(named.flatMap((node) => layerNames(graph, node)))].filter((name) => name !== '');
  const near = nearest(pattern.replaceAll('*', ''), names);
  if (near !== null) return `did you mean "${near}"? * stands for anything`;
  const known = named.map((node) => layerNames(graph, node)[0] ?? node.name);
  const more = known.length > shownNames ? ` and ${known.length - shownNames} more` : '';
  return `layers with weights are ${known
    .slice(0, shownNames)
    .map((name) => `"${name}"`)
    .join(', ')}${more}; * stands for anything`;
}
