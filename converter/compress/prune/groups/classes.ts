import type { Graph, Node, ValueId } from '../../../ir/graph.ts';
import type { AxisRelation, OperandAxis } from '../../../ops/axes/relation.ts';
import { axisRelations } from '../../../ops/axes/rules.ts';
import { at } from '../../../ops/definition.ts';
import { carrierChoice, type Stated } from './carriers.ts';
import { type Axis, operandsOf, Places } from './places.ts';
import { UnionFind } from './union-find.ts';

/** Places of an axis that stay for a reason. */
export interface Mark {
  readonly axis: Axis;
  readonly from: number;
  readonly step: number;
  readonly count: number;
  readonly reason: string;
}

/** A node that makes, carries or sums over channels, with the axes concerned. */
export interface Role {
  readonly kind: 'makes' | 'carries' | 'sums';
  readonly node: Node;
  readonly weights: Axis;
  /** Which input of the node has the weights. */
  readonly weightsInput: number;
  /** The axis of the output (makes, carries) or of the input (sums) and which of them. */
  readonly data: Axis;
  readonly dataInput: number;
}

/** Which places of which axes leave together. */
export interface Classes {
  readonly places: Places;
  /** The class of place `index` of a followed axis. */
  classOf(axis: Axis, index: number): number;
  readonly marks: readonly Mark[];
  readonly roles: readonly Role[];
}

/** Larger tables of places in a reshape are not followed. */
const longestTable = 2 ** 22;

/** Unites the places of all axes as the operators of the graph relate them. */
export function channelClasses(graph: Graph): Classes {
  const places = new Places(graph);
  const stated = graph.nodes.flatMap((node): Stated[] => {
    const { inputs, outputs } = operandsOf(graph, node);
    return axisRelations(node.op, inputs, outputs).map((relation) => ({ node, relation }));
  });
  const chooseCarrier = carrierChoice(graph, places, stated);
  const sets = new UnionFind(places.elements);
  const marks: Mark[] = [];
  const roles: Role[] = [];

  const axisOf = (node: Node, of: OperandAxis) => at(places.axes, places.operandAxis(node, of));
  const fix = (axis: Axis, reason: string) => marks.push({ axis, from: 0, step: 1, count: axis.size, reason });
  const tie = (a: Axis, aFrom: number, aStep: number, b: Axis, bFrom: number, bStep: number, count: number) => {
    if (a.start >= 0 && b.start >= 0) {
      for (let i = 0; i < count; i++) sets.unite(a.start + aFrom + i * aStep, b.start + bFrom + i * bStep);
      return;
    }
    const reason = (other: Axis) => (other.size === 1 ? 'one of them alone is a tensor' : 'there are too many of them');
    if (a.start >= 0) marks.push({ axis: a, from: aFrom, step: aStep, count, reason: reason(b) });
    if (b.start >= 0) marks.push({ axis: b, from: bFrom, step: bStep, count, reason: reason(a) });
  };
  const regroup = (node: Node, relation: AxisRelation & { readonly kind: 'regrouped' }) => {
    const sides = [relation.inputAxes, relation.outputAxes].map((list) => {
      const carrier = chooseCarrier(node, list);
      const axes = list.map((of) => axisOf(node, of));
      list.forEach((of, i) => {
        if (of !== carrier) fix(at(axes, i), 'a reshape joins or divides them together with others');
      });
      const position = list.indexOf(carrier);
      const product = (part: readonly Axis[]) => part.reduce((all, axis) => all * axis.size, 1);
      return { axis: at(axes, position), inner: product(axes.slice(position + 1)), total: product(axes) };
    });
    const [a, b] = [at(sides, 0), at(sides, 1)];
    if (a.total > longestTable || a.axis.start < 0 || b.axis.start < 0) {
      for (const { axis } of sides) fix(axis, 'there are too many of them');
      return;
    }
    for (let i = 0; i < a.total; i++) {
      const [left, right] = [Math.floor(i / a.inner) % a.axis.size, Math.floor(i / b.inner) % b.axis.size];
      sets.unite(a.axis.start + left, b.axis.start + right);
    }
  };

  for (const { node, relation } of stated) {
    switch (relation.kind) {
      case 'tied': {
        const { a, b, count } = relation;
        tie(axisOf(node, a.of), a.from, a.step, axisOf(node, b.of), b.from, b.step, count);
        break;
      }
      case 'fixed':
        fix(axisOf(node, relation.of), relation.reason);
        break;
      case 'regrouped':
        regroup(node, relation);
        break;
      case 'batch':
        break;
      case 'makes':
      case 'carries':
      case 'sums': {
        const data = relation.kind === 'sums' ? relation.input : relation.output;
        const axes = { weights: axisOf(node, relation.weights), data: axisOf(node, data) };
        roles.push({ kind: relation.kind, node, ...axes, weightsInput: relation.weights.index, dataInput: data.index });
        break;
      }
      default:
        relation satisfies never;
    }
  }
  for (const { value, next } of graph.states) {
    const after = places.axesOf(next);
    const before = places.axesOf(value);
    before.forEach((axis, i) => {
      const [a, b] = [at(places.axes, axis), places.axes[after[i] ?? -1]];
      if (b === undefined) fix(a, 'a state becomes a constant');
      else tie(a, 0, 1, b, 0, 1, a.size);
    });
  }
  const fixAll = (value: ValueId, reason: string) => {
    for (const axis of places.axesOf(value)) fix(at(places.axes, axis), reason);
  };
  for (const { value, name } of graph.inputs) fixAll(value, `they are those of the model's input "${name}"`);
  for (const { value, name } of graph.outputs) fixAll(value, `they are those of the model's output "${name}"`);
  return { places, marks, roles, classOf: ({ start }, index) => sets.find(start + index) };
}
