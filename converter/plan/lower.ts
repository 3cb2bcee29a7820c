import { type Graph, inputTypes, isNode, type Node, outputTypes, type ValueId, valueById } from '../ir/graph.ts';
import type { Op } from '../ops/op.ts';
import { InternalError, invariant } from '../problem.ts';
import { dtypeBytes } from '../tensor/dtype.ts';
import { byteSize, type TensorType } from '../tensor/tensor.ts';
import {
  type ArenaOperand,
  type Buffer,
  type BufferId,
  bufferId,
  type Operand,
  type Program,
  type Step,
} from './program.ts';

/** What a back end's kernels ask of the memory plan. */
export interface KernelNeeds {
  /** Alignment of every buffer, a power of two; buffers of larger elements are aligned to these. */
  readonly alignment: number;
  /** Bytes of temporary memory that the kernel of `op` wants. */
  scratchBytes(op: Op, inputs: readonly TensorType[], outputs: readonly TensorType[]): number;
  /** Inputs whose memory output 0 may take over: each element is read before, or when, it is overwritten. */
  inPlaceInputs(op: Op, inputs: readonly TensorType[], outputs: readonly TensorType[]): readonly number[];
}

/** Turns a verified graph into a program: views get the buffer of what they view, the rest gets buffers and steps. */
export function lowerGraph(graph: Graph, needs: KernelNeeds): Program {
  const lowering = new Lowering(graph, needs);
  graph.nodes.forEach((node, position) => {
    lowering.node(node, position);
  });
  return lowering.finish();
}

class Lowering {
  readonly #graph: Graph;
  readonly #needs: KernelNeeds;
  readonly #buffers: Buffer[] = [];
  readonly #bufferOf = new Map<ValueId, BufferId>();
  readonly #steps: Step[] = [];
  /** Position of the last node that reads any value in the buffer; Infinity for graph outputs. */
  readonly #lastRead = new Map<ValueId, number>();
  readonly #bufferLastRead = new Map<BufferId, number>();

  constructor(graph: Graph, needs: KernelNeeds) {
    this.#graph = graph;
    this.#needs = needs;
    graph.nodes.forEach((node, position) => {
      for (const id of node.inputs) this.#lastRead.set(id, position);
    });
    for (const port of graph.outputs) this.#lastRead.set(port.value, Number.POSITIVE_INFINITY);
    for (const port of graph.inputs) this.#newActivation(port.value);
  }

  node(node: Node, position: number): void {
    const [first] = node.inputs;
    const [result] = node.outputs;
    if (isNode(node, 'reshape') && first !== undefined && result !== undefined && !this.#isConstant(first)) {
      this.#share(result, this.#buffer(first));
      return;
    }
    const inputs = inputTypes(this.#graph, node);
    const outputs = outputTypes(this.#graph, node);
    const inputOperands = node.inputs.map((id) => this.#operand(id));
    const reused = this.#reusableInput(node, position, inputs, outputs);
    node.outputs.forEach((id, i) => {
      if (i === 0 && reused !== null) this.#share(id, reused);
      else this.#newActivation(id);
    });
    const scratchBytes = this.#needs.scratchBytes(node.op, inputs, outputs);
    this.#steps.push({
      index: this.#steps.length,
      name: node.name,
      op: node.op,
      inputs: inputOperands,
      outputs: node.outputs.map((id) => this.#arenaOperand(id)),
      scratch: scratchBytes === 0 ? null : this.#newBuffer(`${node.name} scratch`, 'scratch', scratchBytes),
    });
  }

  finish(): Program {
    const graph = this.#graph;
    const outputs = graph.outputs.map((port) => {
      if (this.#isConstant(port.value)) this.#copyConstant(port.value);
      return { name: port.name, operand: this.#arenaOperand(port.value) };
    });
    const inputs = graph.inputs.map((port) => ({ name: port.name, operand: this.#arenaOperand(port.value) }));
    const { name, producer, rounding } = graph;
    return { name, producer, rounding, inputs, outputs, buffers: this.#buffers, steps: this.#steps };
  }

  /** A graph output that is a constant is copied into the arena, by the kernel of `reshape`. */
  #copyConstant(id: ValueId): void {
    if (this.#bufferOf.has(id)) return;
    const value = valueById(this.#graph, id);
    const source = this.#operand(id);
    this.#newActivation(id);
    this.#steps.push({
      index: this.#steps.length,
      name: `constant "${value.name}"`,
      op: { type: 'reshape', attributes: { shape: value.type.shape } },
      inputs: [source],
      outputs: [this.#arenaOperand(id)],
      scratch: null,
    });
  }

  /** The buffer of an input that dies here and that the kernel may overwrite, or null. */
  #reusableInput(
    node: Node,
    position: number,
    inputs: readonly TensorType[],
    outputs: readonly TensorType[],
  ): BufferId | null {
    const [output] = outputs;
    invariant(output !== undefined, `${node.name} has no output`);
    const allowed = this.#needs.inPlaceInputs(node.op, inputs, outputs);
    for (const index of allowed) {
      const id = node.inputs[index];
      if (id === undefined || this.#isConstant(id)) continue;
      const buffer = this.#buffer(id);
      const dies = (this.#bufferLastRead.get(buffer) ?? -1) <= position;
      const shared = node.inputs.every((other, i) => {
        return allowed.includes(i) || this.#isConstant(other) || this.#buffer(other) !== buffer;
      });
      if (dies && shared && byteSize(output) <= this.#bytes(buffer)) return buffer;
    }
    return null;
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
    return { kind: 'arena', name, type, buffer: this.#buffer(id) };
  }

  #buffer(id: ValueId): BufferId {
    const buffer = this.#bufferOf.get(id);
    if (buffer === undefined) throw new InternalError(`value %${id} has no buffer yet`);
    return buffer;
  }

  #bytes(id: BufferId): number {
    const buffer = this.#buffers[id];
    invariant(buffer !== undefined, `no buffer ${id}`);
    return buffer.bytes;
  }

  #newActivation(id: ValueId): void {
    const { name, type } = valueById(this.#graph, id);
    this.#share(id, this.#newBuffer(name, 'activation', byteSize(type), dtypeBytes[type.dtype]));
  }

  #share(id: ValueId, buffer: BufferId): void {
    this.#bufferOf.set(id, buffer);
    const last = Math.max(this.#bufferLastRead.get(buffer) ?? -1, this.#lastRead.get(id) ?? -1);
    this.#bufferLastRead.set(buffer, last);
  }

  #newBuffer(name: string, kind: Buffer['kind'], bytes: number, elementBytes = 1): BufferId {
    const id = bufferId(this.#buffers.length);
    const alignment = Math.max(this.#needs.alignment, elementBytes);
    this.#buffers.push({ id, name, kind, bytes, alignment });
    return id;
  }
}
