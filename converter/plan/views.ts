import { type Graph, isNode, type Node, type ValueId, valueById } from '../ir/graph.ts';
import type { SliceAttributes } from '../ops/slice.ts';
import { dtypeBytes } from '../tensor/dtype.ts';
import { elementCount, type Shape, stridesOf } from '../tensor/shape.ts';
import { byteSize } from '../tensor/tensor.ts';

/**
 * Which slices and concats are views where they can be. A concat without copies gives its inputs memory in one piece from the first
 * of them on, and a slice keeps alive what it is a part of, so that views may need more memory.
 */
export type ViewChoice = 'all' | 'none' | ReadonlyMap<Node, ViewForm>;

/** Of a concat, whether all inputs that can are written into its memory, or only the one that is made last; the rest is copied. */
export type ViewForm = 'whole' | 'last';

/** Where a value lies: so many bytes behind the beginning of another one, which has memory of its own. */
export interface Place {
  readonly root: ValueId;
  readonly offset: number;
}

/** An input of a concat that has to be copied to its place, `offset` bytes behind the beginning of the result. */
export interface PartCopy {
  readonly input: number;
  readonly offset: number;
}

/**
 * The values of a graph that lie in the memory of others.
 *
 * - A reshape of what is not constant, always.
 * - A slice that is contiguous in memory, of what is neither constant nor a state (whose memory is written again in the same run),
 *   and that is not the next value of a state (whose memory it is written into).
 * - What goes into a concat along an axis with nothing but ones before it: it is written where the result lies. This holds for what
 *   a node makes, as a whole, once, and not as the next value of a state; the other inputs are copied.
 *
 * All of them begin at multiples of the alignment that the kernels ask for, and of their elements' size.
 */
export class Views {
  readonly #graph: Graph;
  readonly #alignment: number;
  readonly #placeOf = new Map<ValueId, Place>();
  /** Of all nodes that are views. */
  readonly #copiesOf = new Map<Node, readonly PartCopy[]>();
  /** Position of the node that makes a value. */
  readonly #madeAt = new Map<ValueId, number>();
  readonly #states: ReadonlySet<ValueId>;
  readonly #nextStates: ReadonlySet<ValueId>;

  constructor(graph: Graph, alignment: number, choice: ViewChoice) {
    this.#graph = graph;
    this.#alignment = alignment;
    graph.nodes.forEach(({ outputs }, position) => {
      for (const id of outputs) this.#madeAt.set(id, position);
    });
    this.#states = new Set(graph.states.map(({ value }) => value));
    this.#nextStates = new Set(graph.states.map(({ next }) => next));
    for (const node of graph.nodes) {
      const [input] = node.inputs;
      const [output] = node.outputs;
      if (input === undefined || output === undefined) continue;
      if (isNode(node, 'reshape') && !this.#isConstant(input)) this.#addView(node, input, output, 0);
      const form = choice === 'all' ? 'whole' : choice === 'none' ? undefined : choice.get(node);
      if (form === undefined) continue;
      if (isNode(node, 'slice')) this.#slice(node, input, output);
      if (isNode(node, 'concat')) this.#concat(node, output, form);
    }
  }

  /** Where a value lies; a value with memory of its own is its own root. */
  placeOf(id: ValueId): Place {
    let [root, offset] = [id, 0];
    for (let place = this.#placeOf.get(id); place !== undefined; place = this.#placeOf.get(root)) {
      root = place.root;
      offset += place.offset;
    }
    return { root, offset };
  }

  /** What has to be copied before the result of a view is complete; null for a node that is no view. */
  copiesOf(node: Node): readonly PartCopy[] | null {
    return this.#copiesOf.get(node) ?? null;
  }

  #addView(node: Node, input: ValueId, output: ValueId, offset: number): void {
    const place = this.placeOf(input);
    this.#placeOf.set(output, { root: place.root, offset: place.offset + offset });
    this.#copiesOf.set(node, []);
  }

  #slice(node: Node<'slice'>, input: ValueId, output: ValueId): void {
    if (this.#isConstant(input) || this.#states.has(this.placeOf(input).root) || this.#nextStates.has(output)) return;
    const { type } = valueById(this.#graph, input);
    const first = contiguousStart(node.op.attributes, type.shape);
    if (first === null) return;
    const offset = first * dtypeBytes[type.dtype];
    if (this.#isAligned(offset, output)) this.#addView(node, input, output, offset);
  }

  #concat(node: Node<'concat'>, output: ValueId, form: ViewForm): void {
    const { type } = valueById(this.#graph, output);
    const isInPieces = elementCount(type.shape.slice(0, node.op.attributes.axis)) === 1;
    if (!isInPieces || byteSize(type) === 0 || this.#nextStates.has(output)) return;
    const madeAt = (id: ValueId) => this.#madeAt.get(this.placeOf(id).root) ?? -1;
    const last = node.inputs.reduce((most, id) => (this.#isMovable(id) ? Math.max(most, madeAt(id)) : most), -1);
    const moved = new Map<ValueId, number>();
    const copies: PartCopy[] = [];
    let [offset, movedBytes] = [0, 0];
    node.inputs.forEach((id, input) => {
      const bytes = this.#bytesOf(id);
      const { root } = this.placeOf(id);
      const isChosen = form === 'whole' || madeAt(id) === last;
      if (isChosen && this.#isMovable(id) && !moved.has(root) && this.#isAligned(offset, id)) {
        moved.set(root, offset);
        movedBytes += bytes;
      } else if (bytes > 0) copies.push({ input, offset });
      offset += bytes;
    });
    // What is copied has memory of its own beside the result: not worth it for the larger part.
    if (movedBytes === 0 || 2 * movedBytes < byteSize(type)) return;
    for (const [root, place] of moved) this.#placeOf.set(root, { root: output, offset: place });
    this.#copiesOf.set(node, copies);
  }

  /** Whether a value, with all that lies in its memory, can lie anywhere. */
  #isMovable(id: ValueId): boolean {
    const { root } = this.placeOf(id);
    const isWhole = this.#bytesOf(id) === this.#bytesOf(root);
    return isWhole && this.#madeAt.has(root) && !this.#isConstant(root) && !this.#nextStates.has(root);
  }

  #isAligned(offset: number, id: ValueId): boolean {
    const { dtype } = valueById(this.#graph, id).type;
    return offset % Math.max(this.#alignment, dtypeBytes[dtype]) === 0;
  }

  #isConstant(id: ValueId): boolean {
    return valueById(this.#graph, id).data !== null;
  }

  #bytesOf(id: ValueId): number {
    return byteSize(valueById(this.#graph, id).type);
  }
}

/**
 * Index of the first element of a slice whose elements follow each other in a tensor of `shape`, or null for other slices: one
 * element along the first axes, a range along one, and everything along the rest.
 */
function contiguousStart({ begin, size, strides }: SliceAttributes, shape: Shape): number | null {
  const ranged = size.findIndex((count) => count !== 1);
  const isContiguous = size.every((count, axis) => {
    if (axis < ranged || ranged === -1) return true;
    return strides[axis] === 1 && count > 0 && (axis === ranged || count === shape[axis]);
  });
  if (!isContiguous) return null;
  const own = stridesOf(shape);
  return begin.reduce((sum, first, axis) => sum + first * (own[axis] ?? 0), 0);
}
