import type { Graph, Node, NodeId, ValueId } from '../../../ir/graph.ts';
import { isInt4Node } from '../../../ir/store-int4.ts';
import { activationsOf, type NumberFormat } from '../format.ts';
import { dataOperands, realOutputs, ruleOf } from '../lower/ties.ts';
import type { QuantizedGraph } from '../quantize-graph.ts';
import { type Choice, choices } from './choice.ts';
import type { Assignment } from './search.ts';

/** A layer that can be kept in several ways, or an input of the model, which has no node. */
export interface SearchedLayer {
  readonly node: Node | null;
  /** Its result: what is stored. */
  readonly value: ValueId;
  readonly name: string;
  /** Positions among {@link choices}. */
  readonly options: readonly number[];
}

/**
 * The layers and inputs that a search may decide over: those on integers at the start, but for those that the user decided.
 *
 * @param isSmall whether weights of 4 bits are among the choices
 */
export function searchedLayers(
  { prepared: { graph }, formats, stored }: QuantizedGraph,
  isDecided: (node: Node) => boolean,
  isSmall: boolean,
): readonly SearchedLayer[] {
  const all = choices.map((_, i) => i);
  const withoutWeights = all.filter((i) => choices[i]?.format !== 'int4');
  const inputs = graph.inputs.flatMap(({ name, value }): SearchedLayer[] => {
    if (!stored.has(value)) return [];
    return [{ node: null, value, name: `input "${name}"`, options: withoutWeights }];
  });
  const layers = graph.nodes.flatMap((node): SearchedLayer[] => {
    const [value] = realOutputs(graph, node);
    const rule = ruleOf(node);
    if (value === undefined || isTied(node) || isDecided(node) || formats.get(node.id) === 'float32') return [];
    const options = (isSmall && isInt4Node(node) ? all : withoutWeights).filter((i) => {
      const format = activationsOf(choices[i]?.format ?? 'float32');
      return format === 'float32' || rule.formats.includes(format);
    });
    return [{ node, value, name: node.name, options }];
  });
  return [...inputs, ...layers];
}

function isTied(node: Node): boolean {
  return ruleOf(node).isTied(node.op.attributes);
}

/**
 * The format of every node. A tensor is only worth more bits where they are made and read, so a layer computes in the widest of its own
 * choice and those of its operands, which may come through layers that only move elements.
 *
 * @param decided the format of nodes that are no searched layers
 */
export function formatsOf(
  graph: Graph,
  layers: readonly SearchedLayer[],
  assignment: Assignment,
  decided: (node: Node) => NumberFormat,
): (node: Node) => NumberFormat {
  const own = new Map(layers.map(({ node }, i) => [node?.id, choices[assignment[i] ?? 0]]));
  const widest = new Map<ValueId, Choice>(
    layers.flatMap(({ value }, i) => {
      const choice = choices[assignment[i] ?? 0];
      return choice === undefined ? [] : [[value, choice]];
    }),
  );
  const formats = new Map<NodeId, NumberFormat>();
  for (const node of graph.nodes) {
    const operands = dataOperands(graph, node).flatMap((id) => widest.get(id) ?? []);
    const choice = own.get(node.id);
    if (choice === undefined && !(isTied(node) && operands.length > 0)) continue;
    const usual = choice?.format ?? decided(node);
    const found = operands.reduce((best, { format }) => (rank(format) > rank(best) ? format : best), usual);
    const rule = ruleOf(node);
    const stored = activationsOf(found);
    formats.set(node.id, stored === 'float32' || rule.formats.includes(stored) ? found : usual);
    if (choice === undefined) for (const id of realOutputs(graph, node)) widest.set(id, { name: found, format: found });
  }
  return (node) => formats.get(node.id) ?? decided(node);
}

/** By how tensors are stored: weights do not matter to those who read a result. */
const order: readonly NumberFormat[] = ['int8', 'int16', 'float32'];
const rank = (format: NumberFormat) => order.indexOf(activationsOf(format));
