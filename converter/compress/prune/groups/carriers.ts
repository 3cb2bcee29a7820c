import type { Graph, Node } from '../../../ir/graph.ts';
import type { AxisRelation, OperandAxis } from '../../../ops/axes/relation.ts';
import { at } from '../../../ops/definition.ts';
import type { Places } from './places.ts';
import { UnionFind } from './union-find.ts';

/** A relation with the node that states it. */
export interface Stated {
  readonly node: Node;
  readonly relation: AxisRelation;
}

/** Of several axes that a reshape joins or makes, the one whose places may leave. */
export type ChooseCarrier = (node: Node, axes: readonly OperandAxis[]) => OperandAxis;

/**
 * Chooses by what whole axes are: one that nothing fixes before others, then one along which matrices are multiplied each on its own
 * (so that heads of attention leave, and not parts of each head), then the longest (so that channels of a shuffle leave, and not its
 * groups).
 *
 * Any choice is right, for the other axes then stay whole; a bad one only finds fewer groups.
 */
export function carrierChoice(graph: Graph, places: Places, stated: readonly Stated[]): ChooseCarrier {
  const axes = new UnionFind(places.axes.length);
  const fixed: number[] = [...graph.inputs, ...graph.outputs].flatMap(({ value }) => places.axesOf(value));
  const batch: number[] = [];
  const link = (node: Node, a: OperandAxis, b: OperandAxis) =>
    axes.unite(places.operandAxis(node, a), places.operandAxis(node, b));
  for (const { node, relation } of stated) {
    if (relation.kind === 'tied' && relation.a.of !== relation.b.of) link(node, relation.a.of, relation.b.of);
    if (relation.kind === 'fixed') fixed.push(places.operandAxis(node, relation.of));
    if (relation.kind === 'batch') batch.push(places.operandAxis(node, relation.of));
    if (relation.kind !== 'regrouped') continue;
    const [a, b] = [relation.inputAxes, relation.outputAxes];
    if (a.length === 1 && b.length === 1) link(node, at(a, 0), at(b, 0));
  }
  for (const { value, next } of graph.states) {
    const after = places.axesOf(next);
    places.axesOf(value).forEach((axis, i) => {
      const other = after[i];
      if (other !== undefined) axes.unite(axis, other);
    });
  }
  const isFixed = new Set(fixed.map((axis) => axes.find(axis)));
  const isBatch = new Set(batch.map((axis) => axes.find(axis)));
  const rank = (node: Node, of: OperandAxis): number => {
    const axis = places.operandAxis(node, of);
    const kind = axes.find(axis);
    return (isFixed.has(kind) ? 0 : 2 ** 40) + (isBatch.has(kind) ? 2 ** 36 : 0) + at(places.axes, axis).size;
  };
  return (node, candidates) => candidates.reduce((best, next) => (rank(node, next) > rank(node, best) ? next : best));
}
