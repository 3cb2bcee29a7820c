import {
  constantOf,
  type Graph,
  inputTypes,
  type Node,
  type NodeId,
  outputTypes,
  typeOf,
  type ValueId,
} from '../../../ir/graph.ts';
import type { Operand, OperandAxis } from '../../../ops/axes/relation.ts';
import { at } from '../../../ops/definition.ts';
import { InternalError } from '../../../problem.ts';
import { elementCount, type Shape } from '../../../tensor/shape.ts';

/** Axes with more places are not followed: they are long vectors, and a damaged file could ask for billions. */
export const longestAxis = 65536;

/** Where a tensor stands: a computed value, or a constant at the input of a node. */
export interface Place {
  readonly value: ValueId;
  /** Who reads the constant: one reader, but all of them of a matrix. Empty for what is computed. */
  readonly uses: readonly Use[];
  readonly shape: Shape;
  /** Number of its first axis among all axes of the graph; the others follow. */
  readonly firstAxis: number;
}

/** A constant at an input of a node. */
export interface Use {
  readonly node: NodeId;
  readonly input: number;
}

/** One axis of one place. */
export interface Axis {
  readonly place: Place;
  readonly axis: number;
  readonly size: number;
  /** Number of its first element among all elements of axes; -1 for axes that are not followed: longer than {@link longestAxis}, or 1. */
  readonly start: number;
}

/**
 * All axes of all tensors of a graph, numbered, and their elements, numbered on.
 *
 * A constant that two nodes read stands at two places, so that exporters which keep equal vectors only once do not couple what has
 * nothing to do with each other. A shared matrix stands at one: nobody wants to store it twice.
 */
export class Places {
  readonly axes: readonly Axis[];
  readonly elements: number;
  readonly #computed: ReadonlyMap<ValueId, Place>;
  readonly #constants: ReadonlyMap<string, Place>;

  constructor(graph: Graph) {
    const axes: Axis[] = [];
    let elements = 0;
    const place = (value: ValueId, uses: readonly Use[]): Place => {
      const { shape } = typeOf(graph, value);
      const made = { value, uses, shape, firstAxis: axes.length };
      shape.forEach((size, axis) => {
        const followed = size > 1 && size <= longestAxis;
        axes.push({ place: made, axis, size, start: followed ? elements : -1 });
        if (followed) elements += size;
      });
      return made;
    };
    const computed = new Map<ValueId, Place>();
    for (const { value } of [...graph.inputs, ...graph.states]) computed.set(value, place(value, []));
    const constants = new Map<string, Place>();
    const matrices = new Map<ValueId, Place>();
    const uses = usesOfConstants(graph);
    for (const node of graph.nodes) {
      node.inputs.forEach((value, input) => {
        if (constantOf(graph, value) === null) return;
        const isShared = isMatrix(typeOf(graph, value).shape);
        const readers = isShared ? (uses.get(value) ?? []) : [{ node: node.id, input }];
        const made = matrices.get(value) ?? place(value, readers);
        if (isShared) matrices.set(value, made);
        constants.set(useKey(node, input), made);
      });
      for (const value of node.outputs) computed.set(value, place(value, []));
    }
    this.axes = axes;
    this.elements = elements;
    this.#computed = computed;
    this.#constants = constants;
  }

  /** Number of an axis of a node's operand. */
  operandAxis(node: Node, { side, index, axis }: OperandAxis): number {
    const value = at(side === 'input' ? node.inputs : node.outputs, index);
    const place = this.#constants.get(side === 'input' ? useKey(node, index) : '') ?? this.#computed.get(value);
    if (place === undefined || axis < 0 || axis >= place.shape.length)
      throw new InternalError(`${node.name} has no axis ${axis} of ${side} ${index}`);
    return place.firstAxis + axis;
  }

  /** Numbers of the axes of a value that is computed, an input or a state. */
  axesOf(value: ValueId): readonly number[] {
    const place = this.#computed.get(value);
    return place === undefined ? [] : place.shape.map((_, axis) => place.firstAxis + axis);
  }
}

const useKey = (node: Node, input: number) => `${node.id},${input}`;

/** Every use of every constant. */
export function usesOfConstants(graph: Graph): ReadonlyMap<ValueId, readonly Use[]> {
  const uses = new Map<ValueId, Use[]>();
  for (const node of graph.nodes) {
    node.inputs.forEach((value, input) => {
      if (constantOf(graph, value) === null) return;
      const list = uses.get(value);
      if (list === undefined) uses.set(value, [{ node: node.id, input }]);
      else list.push({ node: node.id, input });
    });
  }
  return uses;
}

const isMatrix = (shape: Shape) => elementCount(shape) > Math.max(1, ...shape);

/** What axis rules want to know of a node's operands. */
export function operandsOf(graph: Graph, node: Node): { readonly inputs: Operand[]; readonly outputs: Operand[] } {
  return {
    inputs: inputTypes(graph, node).map((type, i) => ({
      type,
      constant: constantOf(graph, at(node.inputs, i)) !== null,
    })),
    outputs: outputTypes(graph, node).map((type) => ({ type, constant: false })),
  };
}
