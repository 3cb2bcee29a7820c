import { type Graph, inputTypes, type Node, outputTypes, type State, type ValueId, valueById } from '../ir/graph.ts';
import type { Op } from '../ops/op.ts';
import { InternalError, invariant } from '../problem.ts';
import { dtypeBytes } from '../tensor/dtype.ts';
import { byteSize, type TensorType } from '../tensor/tensor.ts';
import { leastCommonMultiple } from './memory/instance.ts';
import {
  type ArenaOperand,
  type Buffer,
  type BufferId,
  bufferId,
  type Operand,
  type Program,
  type Step,
} from './program.ts';
import { type PartCopy, type ViewChoice, Views } from './views.ts';

/** What a back end's kernels ask of the memory plan. */
export interface KernelNeeds {
  /** Alignment of every buffer, a power of two; buffers of larger elements are aligned to these. */
  readonly alignment: number;
  /** Bytes of temporary memory that the kernel of `op` wants. */
  scratchBytes(op: Op, inputs: readonly TensorType[], outputs: readonly TensorType[]): number;
  /** For each input the least safe distance from output 0 to it in bytes, see `overlap.ts`; null where only disjoint memory is safe. */
  overlaps(op: Op, inputs: readonly TensorType[], outputs: readonly TensorType[]): readonly (number | null)[];
  /** Where an input overlaps output 0, it begins a multiple of so many bytes behind it, which may be any number; mostly 1. */
  overlapUnit(op: Op, inputs: readonly TensorType[], outputs: readonly TensorType[]): number;
  /**
   * Bytes of idle memory that make the kernel faster though it does without them: all that it can use with a `share` of 1, half
   * of it with 1/2.
   */
  spareBytes(op: Op, inputs: readonly TensorType[], outputs: readonly TensorType[], share: number): number;
  /** How many times the instructions the kernel takes with that many idle bytes, compared with all that it can use. */
  slowdown(op: Op, inputs: readonly TensorType[], outputs: readonly TensorType[], spareBytes: number): number;
}

/**
 * Turns a verified graph into a program: views get a place in the buffer of what they view, the rest gets buffers and steps.
 *
 * @param choice which slices and concats are views beside the reshapes
 */
export function lowerGraph(graph: Graph, needs: KernelNeeds, choice: ViewChoice = 'none'): Program {
  const lowering = new Lowering(graph, needs, choice);
  graph.nodes.forEach((node, position) => {
    lowering.node(node, position);
  });
  return lowering.finish();
}

/** A copy after the last node that gives a state what the next run begins with. */
interface StateMove {
  readonly name: string;
  readonly source: Operand;
  readonly target: ArenaOperand;
}

class Lowering {
  readonly #graph: Graph;
  readonly #needs: KernelNeeds;
  readonly #buffers: Buffer[] = [];
  readonly #views: Views;
  /** Of values that are their own roots. */
  readonly #bufferOf = new Map<ValueId, BufferId>();
  readonly #steps: Step[] = [];
  /** Position of the last node that reads any value in the memory of a root; Infinity for graph outputs. */
  readonly #lastRead = new Map<ValueId, number>();
  /** The state that a value is the next of, where it is of one alone. */
  readonly #stateNext = new Map<ValueId, State | null>();

  constructor(graph: Graph, needs: KernelNeeds, choice: ViewChoice) {
    this.#graph = graph;
    this.#needs = needs;
    this.#views = new Views(graph, needs.alignment, choice);
    const read = (id: ValueId, position: number) => this.#lastRead.set(this.#views.placeOf(id).root, position);
    graph.nodes.forEach((node, position) => {
      for (const id of node.inputs) read(id, position);
    });
    for (const port of graph.outputs) read(port.value, Number.POSITIVE_INFINITY);
    for (const { value, next } of graph.states) if (next !== value) read(next, Number.POSITIVE_INFINITY);
    for (const state of graph.states) {
      this.#newBufferFor(state.value, 'state');
      this.#stateNext.set(state.next, this.#stateNext.has(state.next) ? null : state);
    }
    for (const port of graph.inputs) this.#newBufferFor(port.value, 'activation');
  }

  node(node: Node, position: number): void {
    const copies = this.#views.copiesOf(node);
    if (copies !== null) {
      for (const copy of copies) this.#copyPart(node, copy);
      return;
    }
    const inputs = inputTypes(this.#graph, node);
    const outputs = outputTypes(this.#graph, node);
    const inputOperands = node.inputs.map((id) => this.#operand(id));
    node.outputs.forEach((id, i) => {
      const held = this.#stateWrittenBy(node, position, id, i === 0 ? inputs : null, outputs);
      if (held !== null) this.#bufferOf.set(id, held);
      else this.#newBufferFor(id, 'activation');
    });
    const scratchBytes = this.#needs.scratchBytes(node.op, inputs, outputs);
    this.#steps.push({
      index: this.#steps.length,
      name: node.name,
      op: node.op,
      inputs: inputOperands,
      outputs: node.outputs.map((id) => this.#arenaOperand(id)),
      overlaps: this.#overlaps(node, position, inputs, outputs),
      scratch: scratchBytes === 0 ? null : this.#newBuffer(`${node.name} scratch`, 'scratch', scratchBytes),
      spare: null,
    });
  }

  /** What the kernel allows, where the buffers that it applies to can be a multiple of its unit apart. */
  #overlaps(
    node: Node,
    position: number,
    inputs: readonly TensorType[],
    outputs: readonly TensorType[],
  ): readonly (number | null)[] {
    const overlaps = this.#needs.overlaps(node.op, inputs, outputs);
    const unit = this.#needs.overlapUnit(node.op, inputs, outputs);
    const [result] = node.outputs;
    if (unit === 1 || result === undefined) return overlaps;
    const output = this.#arenaOperand(result);
    return overlaps.map((bytes, i) => {
      const id = node.inputs[i];
      if (bytes === null || id === undefined || this.#isConstant(id)) return bytes;
      const input = this.#arenaOperand(id);
      if ((input.offset - output.offset) % unit !== 0) return null;
      // A buffer that is read later is never overlapped.
      if (this.#lastRead.get(this.#views.placeOf(id).root) === position) {
        this.#alignTo(input.buffer, unit);
        this.#alignTo(output.buffer, unit);
      }
      return bytes;
    });
  }

  #alignTo(id: BufferId, unit: number): void {
    const buffer = this.#buffers[id];
    if (buffer !== undefined) this.#buffers[id] = { ...buffer, unit: leastCommonMultiple(buffer.unit ?? 1, unit) };
  }

  finish(): Program {
    const graph = this.#graph;
    const moves = this.#stateMoves();
    const outputs = graph.outputs.map((port) => {
      if (this.#isConstant(port.value)) this.#copyConstant(port.value);
      const operand = this.#arenaOperand(port.value);
      const changes = moves.some(({ target }) => target.buffer === operand.buffer);
      return { name: port.name, operand: changes ? this.#copied(`output "${port.name}"`, operand) : operand };
    });
    this.#updateStates(moves);
    const inputs = graph.inputs.map((port) => ({ name: port.name, operand: this.#arenaOperand(port.value) }));
    const states = graph.states.map(({ name, value, initial }) => {
      return { name, operand: this.#arenaOperand(value), initial };
    });
    const { name, producer, rounding } = graph;
    return {
      name,
      producer,
      rounding,
      inputs,
      outputs,
      states,
      buffers: this.#buffers,
      steps: this.#steps,
      streams: [],
      fed: null,
    };
  }

  /** A graph output that is a constant is copied into the arena, by the kernel of `reshape`. */
  #copyConstant(id: ValueId): void {
    if (this.#bufferOf.has(id)) return;
    const value = valueById(this.#graph, id);
    const source = this.#operand(id);
    this.#newBufferFor(id, 'activation');
    this.#copy(`constant "${value.name}"`, source, this.#arenaOperand(id));
  }

  /** An input of a concat goes to its place in the result. */
  #copyPart(node: Node, { input, offset }: PartCopy): void {
    const [id, result] = [node.inputs[input], node.outputs[0]];
    invariant(id !== undefined && result !== undefined, `${node.name} has no input ${input}`);
    const source = this.#operand(id);
    const { name, type } = source;
    const whole = this.#arenaOperand(result);
    this.#copy(node.name, source, { ...whole, name, type, offset: whole.offset + offset });
  }

  #copy(name: string, source: Operand, target: ArenaOperand): void {
    const op: Op = { type: 'reshape', attributes: { shape: target.type.shape } };
    this.#steps.push({
      index: this.#steps.length,
      name,
      op,
      inputs: [source],
      outputs: [target],
      overlaps: [null],
      scratch: null,
      spare: null,
    });
  }

  /**
   * The buffer of the state that `id` is the next of, where the node may write it: nobody reads what the state held after this node,
   * nor this node itself, unless in place.
   *
   * @param inputs of the node, where its kernel may overwrite some with this output; else null
   */
  #stateWrittenBy(
    node: Node,
    position: number,
    id: ValueId,
    inputs: readonly TensorType[] | null,
    outputs: readonly TensorType[],
  ): BufferId | null {
    const state = this.#stateNext.get(id) ?? null;
    if (state === null) return null;
    const buffer = this.#buffer(state.value);
    if ((this.#lastRead.get(state.value) ?? -1) > position) return null;
    const readers = node.inputs.flatMap((other, i) =>
      !this.#isConstant(other) && this.#buffer(other) === buffer ? [i] : [],
    );
    if (readers.length === 0) return buffer;
    const overlaps = inputs === null ? [] : this.#needs.overlaps(node.op, inputs, outputs);
    return readers.every((i) => overlaps[i] === 0) ? buffer : null;
  }

  /** What no node has written into the buffer of its state. */
  #stateMoves(): StateMove[] {
    return this.#graph.states.flatMap(({ name, value, next }) => {
      const [target, source] = [this.#arenaOperand(value), this.#operand(next)];
      const stays = source.kind === 'arena' && source.buffer === target.buffer && source.offset === target.offset;
      return stays ? [] : [{ name: `state "${name}"`, target, source }];
    });
  }

  /** States that take from each other all read before any is written. */
  #updateStates(moves: readonly StateMove[]): void {
    const ready = moves.map((move) => {
      const { name, source } = move;
      const isHeld = source.kind === 'arena' && this.#buffers[source.buffer]?.kind === 'state';
      return isHeld ? { ...move, source: this.#copied(name, source) } : move;
    });
    for (const { name, source, target } of ready) this.#copy(name, source, target);
  }

  /** The operand in a buffer of its own. */
  #copied(name: string, operand: ArenaOperand): ArenaOperand {
    const { type } = operand;
    const buffer = this.#newBuffer(name, 'activation', byteSize(type), dtypeBytes[type.dtype]);
    const copy = { ...operand, buffer, offset: 0 };
    this.#copy(name, operand, copy);
    return copy;
  }

  #isConstant(id: ValueId): boolean {
    return valueById(this.#graph, id).data !== null;
  }

  #operand(id: ValueId): Operand {
    const { name, type, data } = valueById(this.#graph, id);
    return data === null ? this.#arenaOperand(id) : { kind: 'constant', id, name, type, data };
  }

  #arenaOperand(id: ValueId): ArenaOperand {
    const { name, type } = valueById(this.#graph, id);
    return { kind: 'arena', name, type, buffer: this.#buffer(id), offset: this.#views.placeOf(id).offset };
  }

  #buffer(id: ValueId): BufferId {
    const buffer = this.#bufferOf.get(this.#views.placeOf(id).root);
    if (buffer === undefined) throw new InternalError(`value %${id} has no buffer yet`);
    return buffer;
  }

  /** Memory for a value, and for all that it is a part of. */
  #newBufferFor(id: ValueId, kind: 'activation' | 'state'): void {
    const { root } = this.#views.placeOf(id);
    if (this.#bufferOf.has(root)) return;
    const { name, type } = valueById(this.#graph, root);
    this.#bufferOf.set(root, this.#newBuffer(name, kind, byteSize(type), dtypeBytes[type.dtype]));
  }

  #newBuffer(name: string, kind: Buffer['kind'], bytes: number, elementBytes = 1): BufferId {
    const id = bufferId(this.#buffers.length);
    const alignment = Math.max(this.#needs.alignment, elementBytes);
    this.#buffers.push({ id, name, kind, bytes, alignment });
    return id;
  }
}
