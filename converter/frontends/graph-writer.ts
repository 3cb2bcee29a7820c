import { GraphBuilder } from '../ir/builder.ts';
import { mayFold } from '../ir/fold.ts';
import type { Graph, ValueId } from '../ir/graph.ts';
import { nodeFaults } from '../ir/verify.ts';
import type { Op, OpType } from '../ops/op.ts';
import { evaluateOp, opCost, outputShapes } from '../ops/registry.ts';
import type { DType } from '../tensor/dtype.ts';
import { notQuantized, type Quantization } from '../tensor/quantization.ts';
import { formatShape, type Shape } from '../tensor/shape.ts';
import { byteSize, type Tensor, type TensorType, tensorType } from '../tensor/tensor.ts';

/** A tensor while a model is translated: a constant, or something computed. Its shape is always known. */
export interface Operand {
  readonly name: string;
  readonly type: TensorType;
  /** The elements of a constant; null for what is computed at run time. */
  readonly tensor: Tensor | null;
}

/** What is wrong with a node that should be written, as one sentence. */
export class WriteFault extends Error {}

/** How large what a small file unfolds into may become. */
export interface WriterLimits {
  /** Bytes of one result. */
  readonly tensorBytes: number;
  /** Bytes of all results together. */
  readonly resultBytes: number;
  /** Multiply-accumulates and elements of all constants that are computed at conversion. */
  readonly foldedWork: number;
  /** Elements of one constant that the translation makes, and of all of them with those that are computed. */
  readonly constantElements: number;
  readonly addedElements: number;
}

/** Work that is not counted: the arithmetic of shapes is always done. */
const smallWork = 2 ** 12;

/** Writes the graph of a model. Nodes of constants are computed at once, and constants enter the graph when a node reads them. */
export class GraphWriter {
  protected readonly builder = new GraphBuilder();
  readonly #limits: WriterLimits;
  readonly #ids = new Map<Operand, ValueId>();
  #addedElements = 0;
  #foldedWork = 0;
  #resultBytes = 0;

  constructor(limits: WriterLimits) {
    this.#limits = limits;
  }

  input(name: string, type: TensorType): Operand {
    return this.#computed(name, type, this.builder.input(name, type));
  }

  output(name: string, operand: Operand): void {
    this.builder.output(name, this.#id(operand));
  }

  constant(name: string, tensor: Tensor): Operand {
    return { name, type: tensor.type, tensor };
  }

  /**
   * Adds a node of one output; the shape follows from the operands, and where elements only move, their quantization too.
   *
   * @throws WriteFault where the operator does not take these operands
   */
  node(
    place: string,
    op: Op,
    operands: readonly Operand[],
    dtype: DType,
    name: string,
    quantization = keptQuantization(op.type, operands, dtype),
  ): Operand {
    const [shape] = shapesOf(op, operands);
    if (shape === undefined) throw new WriteFault('the operator has no output');
    const type = tensorType(dtype, shape, quantization);
    this.#check(op, operands, [type]);
    if (type.shape.includes(0)) return this.withoutElements(name, type);
    const folded = this.#fold(op, operands, type);
    if (folded !== null) return this.folded(name, op, operands, folded);
    return this.#computed(name, type, this.builder.node(place, op, this.#idsOf(operands), type, name));
  }

  /**
   * Adds a node of several outputs, one for each of `results`; the shapes follow from the operands. It is never folded.
   *
   * @throws WriteFault where the operator does not take these operands
   */
  nodeOfMany(
    place: string,
    op: Op,
    operands: readonly Operand[],
    results: readonly { readonly name: string; readonly dtype: DType }[],
  ): Operand[] {
    const shapes = shapesOf(op, operands);
    const outputs = results.map(({ name, dtype }, i) => ({ name, type: tensorType(dtype, shapes[i] ?? []) }));
    this.#check(
      op,
      operands,
      outputs.map(({ type }) => type),
    );
    const ids = this.builder.nodeOfMany(place, op, this.#idsOf(operands), outputs);
    return outputs.map(({ name, type }, i) => this.#computed(name, type, ids[i]));
  }

  build(name: string, producer: string): Graph {
    return this.builder.build(name, producer, 'exact');
  }

  /** Counts a constant of so many elements that the translation makes; whether they are few enough. */
  mayAdd(elements: number): boolean {
    this.#addedElements += elements;
    return elements <= this.#limits.constantElements && this.#addedElements <= this.#limits.addedElements;
  }

  /** What stands for a result without elements. @throws WriteFault where nothing can */
  protected withoutElements(_name: string, { shape }: TensorType): Operand {
    throw new WriteFault(`its result has no elements: the shape is ${formatShape(shape)}`);
  }

  /** The constant that a node of constants gave. */
  protected folded(name: string, _op: Op, _operands: readonly Operand[], result: Tensor): Operand {
    return this.constant(name, result);
  }

  /** Puts a constant into the graph. */
  protected written({ name }: Operand, tensor: Tensor): ValueId {
    return this.builder.constant(name, tensor);
  }

  #check(op: Op, operands: readonly Operand[], results: readonly TensorType[]): void {
    const { tensorBytes, resultBytes } = this.#limits;
    for (const type of results) {
      if (!(byteSize(type) <= tensorBytes)) {
        throw new WriteFault(`its result of ${formatShape(type.shape)} needs more than ${tensorBytes} bytes`);
      }
      this.#resultBytes += byteSize(type);
    }
    if (this.#resultBytes > resultBytes) throw new WriteFault('the results of the model are too large together');
    const types = operands.map(({ type }) => type);
    const faults = nodeFaults(op, types, results);
    if (faults.length > 0) throw new WriteFault(faults.join('; '));
  }

  #fold(op: Op, operands: readonly Operand[], type: TensorType): Tensor | null {
    const known = operands.map((operand) => operand.tensor).filter((tensor) => tensor !== null);
    if (known.length < operands.length) return null;
    const types = known.map((tensor) => tensor.type);
    if (!mayFold(op, types, [type], this.builder.constantElements + this.#addedElements)) return null;
    const { macs, elements } = opCost(op, types, [type]);
    const work = macs + elements;
    if (work > smallWork) {
      if (this.#foldedWork + work > this.#limits.foldedWork) return null;
      this.#foldedWork += work;
    }
    const result = evaluateOp(op, known, [type], 'exact')[0] ?? null;
    // What replaces a constant of the same size adds nothing to what the file brings.
    this.#addedElements += Math.max(0, (result?.data.length ?? 0) - Math.max(...known.map(({ data }) => data.length)));
    return result;
  }

  #computed(name: string, type: TensorType, id: ValueId | undefined): Operand {
    const operand = { name, type, tensor: null };
    if (id !== undefined) this.#ids.set(operand, id);
    return operand;
  }

  #idsOf(operands: readonly Operand[]): ValueId[] {
    return operands.map((operand) => this.#id(operand));
  }

  #id(operand: Operand): ValueId {
    const known = this.#ids.get(operand);
    if (known !== undefined) return known;
    if (operand.tensor === null) throw new WriteFault(`"${operand.name}" belongs to another graph`);
    const id = this.written(operand, operand.tensor);
    this.#ids.set(operand, id);
    return id;
  }
}

/** Operators that give stored elements of their first operand again: the result keeps its scale. */
const keepers: ReadonlySet<OpType> = new Set<OpType>([
  'reshape',
  'transpose',
  'slice',
  'pad',
  'concat',
  'gather',
  'pool-2d',
]);

function keptQuantization(op: OpType, [first]: readonly Operand[], dtype: DType): Quantization {
  return first !== undefined && keepers.has(op) && first.type.dtype === dtype ? first.type.quantization : notQuantized;
}

function shapesOf(op: Op, operands: readonly Operand[]): readonly Shape[] {
  try {
    return outputShapes(
      op,
      operands.map(({ type }) => type),
    );
  } catch (error) {
    if (error instanceof RangeError) throw new WriteFault(error.message);
    throw error;
  }
}
