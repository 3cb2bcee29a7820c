import { type Graph, type Node, type NodeId, typeOf, type ValueId } from '../../../ir/graph.ts';
import type { OpType } from '../../../ops/op.ts';
import type { ActivationFormat } from '../format.ts';
import type { QuantizationRule } from '../rules/rule.ts';
import { quantizationRules } from '../rules/table.ts';

/** The format in which each node computes. */
export type NodeFormats = ReadonlyMap<NodeId, ActivationFormat>;

/** For each float32 value one member of its group: values of a group share scale and zero point. */
export type Groups = ReadonlyMap<ValueId, ValueId>;

export function ruleOf<T extends OpType>(node: Node<T>): QuantizationRule<Node<T>['op']['attributes']> {
  // The table has a rule for each operator's own attributes; an index by a union of operators loses that.
  return quantizationRules[node.op.type] as QuantizationRule<Node<T>['op']['attributes']>;
}

/** Operands of `node` that are stored with a scale: float32 data. */
export function dataOperands(graph: Graph, node: Node): readonly ValueId[] {
  const rule = ruleOf(node);
  return node.inputs.filter((id, i) => rule.role(i) === 'data' && typeOf(graph, id).dtype === 'float32');
}

/** Results of `node` that are stored with a scale. */
export function realOutputs(graph: Graph, node: Node): readonly ValueId[] {
  return node.outputs.filter((id) => typeOf(graph, id).dtype === 'float32');
}

/** Values that must share scale and zero point, because an operator moves or compares stored integers, or a state keeps them. */
export function tieValues(graph: Graph, formats: NodeFormats): Groups {
  const parent = new Map<ValueId, ValueId>();
  const find = (id: ValueId): ValueId => {
    const next = parent.get(id) ?? id;
    if (next === id) return id;
    const root = find(next);
    parent.set(id, root);
    return root;
  };
  const join = (ids: readonly ValueId[]) => {
    const [first, ...others] = ids.map(find);
    if (first === undefined) return;
    for (const other of others) if (other !== first) parent.set(find(other), find(first));
  };
  for (const node of graph.nodes) {
    if (formats.get(node.id) === 'float32' || !ruleOf(node).isTied(node.op.attributes)) continue;
    join([...dataOperands(graph, node), ...realOutputs(graph, node)]);
  }
  for (const { value, next } of graph.states) {
    if (typeOf(graph, value).dtype === 'float32') join([value, next]);
  }
  return new Map([...graph.values.keys()].map((id) => [id, find(id)]));
}
