import type { Graph, Node, ValueId } from '../../../ir/graph.ts';
import type { AxisRelation, OperandAxis } from '../../../ops/axes/relation.ts';
import { axisRelations } from '../../../ops/axes/rules.ts';
import { at } from '../../../ops/definition.ts';
import { type ChooseCarrier, carrierChoice, type Stated } from './carriers.ts';
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
  const classes = new ClassBuilder(places, carrierChoice(graph, places, stated));
  for (const { node, relation } of stated) classes.state(node, relation);
  for (const { value, next } of graph.states) classes.tieValues(value, next);
  for (const { value, name } of graph.inputs) classes.fixValue(value, `they are those of the model's input "${name}"`);
  for (const { value, name } of graph.outputs)
    classes.fixValue(value, `they are those of the model's output "${name}"`);
  return classes.finish();
}

class ClassBuilder {
  readonly #places: Places;
  readonly #chooseCarrier: ChooseCarrier;
  readonly #sets: UnionFind;
  readonly #marks: Mark[] = [];
  readonly #roles: Role[] = [];

  constructor(places: Places, chooseCarrier: ChooseCarrier) {
    this.#places = places;
    this.#chooseCarrier = chooseCarrier;
    this.#sets = new UnionFind(places.elements);
  }

  finish(): Classes {
    const [places, marks, roles] = [this.#places, this.#marks, this.#roles];
    return { places, marks, roles, classOf: ({ start }, index) => this.#sets.find(start + index) };
  }

  state(node: Node, relation: AxisRelation): void {
    switch (relation.kind) {
      case 'tied':
        this.#tie(
          { ...relation.a, axis: this.#axis(node, relation.a.of) },
          { ...relation.b, axis: this.#axis(node, relation.b.of) },
          relation.count,
        );
        break;
      case 'fixed':
        this.#fix(this.#axis(node, relation.of), relation.reason);
        break;
      case 'regrouped':
        this.#regroup(this.#carrier(node, relation.inputAxes), this.#carrier(node, relation.outputAxes));
        break;
      case 'batch':
        break;
      case 'makes':
      case 'carries':
      case 'sums': {
        const data = relation.kind === 'sums' ? relation.input : relation.output;
        const axes = { weights: this.#axis(node, relation.weights), data: this.#axis(node, data) };
        const inputs = { weightsInput: relation.weights.index, dataInput: data.index };
        this.#roles.push({ kind: relation.kind, node, ...axes, ...inputs });
        break;
      }
      default:
        relation satisfies never;
    }
  }

  /** A state and what it becomes. */
  tieValues(value: ValueId, next: ValueId): void {
    const after = this.#places.axesOf(next);
    this.#places.axesOf(value).forEach((axis, i) => {
      const [a, b] = [at(this.#places.axes, axis), this.#places.axes[after[i] ?? -1]];
      if (b === undefined) this.#fix(a, 'a state becomes a constant');
      else this.#tie({ axis: a, from: 0, step: 1 }, { axis: b, from: 0, step: 1 }, a.size);
    });
  }

  fixValue(value: ValueId, reason: string): void {
    for (const axis of this.#places.axesOf(value)) this.#fix(at(this.#places.axes, axis), reason);
  }

  #axis(node: Node, of: OperandAxis): Axis {
    return at(this.#places.axes, this.#places.operandAxis(node, of));
  }

  #fix(axis: Axis, reason: string): void {
    this.#marks.push({ axis, from: 0, step: 1, count: axis.size, reason });
  }

  /** Places that meet an axis that is not followed stay. */
  #tie(a: RunOf, b: RunOf, count: number): void {
    if (a.axis.start >= 0 && b.axis.start >= 0) {
      for (let i = 0; i < count; i++)
        this.#sets.unite(a.axis.start + a.from + i * a.step, b.axis.start + b.from + i * b.step);
      return;
    }
    const reason = (other: Axis) => (other.size === 1 ? 'one of them alone is a tensor' : tooMany);
    if (a.axis.start >= 0) this.#marks.push({ ...a, count, reason: reason(b.axis) });
    if (b.axis.start >= 0) this.#marks.push({ ...b, count, reason: reason(a.axis) });
  }

  /** The axis that may lose places of those that a reshape joins or makes; the others stay. */
  #carrier(node: Node, list: readonly OperandAxis[]): Carrier {
    const axes = list.map((of) => this.#axis(node, of));
    const position = list.indexOf(this.#chooseCarrier(node, list));
    axes.forEach((axis, i) => {
      if (i !== position) this.#fix(axis, 'a reshape joins or divides them together with others');
    });
    const product = (part: readonly Axis[]) => part.reduce((all, axis) => all * axis.size, 1);
    return { axis: at(axes, position), inner: product(axes.slice(position + 1)), total: product(axes) };
  }

  /** Every element lies at one place of each carrier, and these leave together. */
  #regroup(a: Carrier, b: Carrier): void {
    if (a.total > longestTable || a.axis.start < 0 || b.axis.start < 0) {
      for (const { axis } of [a, b]) this.#fix(axis, tooMany);
      return;
    }
    for (let i = 0; i < a.total; i++) {
      const [left, right] = [Math.floor(i / a.inner) % a.axis.size, Math.floor(i / b.inner) % b.axis.size];
      this.#sets.unite(a.axis.start + left, b.axis.start + right);
    }
  }
}

interface RunOf {
  readonly axis: Axis;
  readonly from: number;
  readonly step: number;
}

/** One of several adjacent axes of `total` elements, `inner` of them behind each place. */
interface Carrier {
  readonly axis: Axis;
  readonly inner: number;
  readonly total: number;
}

const tooMany = 'there are too many of them';
