import { GraphBuilder } from '../ir/builder.ts';
import { mayFold } from '../ir/fold.ts';
import type { Graph, ValueId } from '../ir/graph.ts';
import { nodeFaults } from '../ir/verify.ts';
import type { Op } from '../ops/op.ts';
import { evaluateOp, outputShapes } from '../ops/registry.ts';
import type { DType } from '../tensor/dtype.ts';
import { formatShape } from '../tensor/shape.ts';
import { byteSize, type Tensor, type TensorType, tensorType } from '../tensor/tensor.ts';

/** A tensor while a model is translated: a constant, or something computed. Its shape is always known. */
export interface Operand {
  readonly name: string;
  readonly type: TensorType;
  /** The elements of a constant; null for what is computed at run time. */
  readonly tensor: Tensor | null;
}

/** What is wrong with a node that should be written, as one sentence. */
export class OperandFault extends Error {}

/** Largest tensor in bytes, and most bytes of all results of a graph together. */
const tensorLimitBytes = 2 ** 30;
const graphLimitBytes = 2 ** 33;

/** Writes the graph of a Keras or TensorFlow model. Nodes of constants are computed at once; constants enter the graph when a node reads them. */
export class OperandWriter {
  readonly #builder = new GraphBuilder();
  readonly #ids = new Map<Operand, ValueId>();
  #addedElements = 0;
  #resultBytes = 0;

  input(name: string, type: TensorType): Operand {
    const operand = { name, type, tensor: null };
    this.#ids.set(operand, this.#builder.input(name, type));
    return operand;
  }

  output(name: string, operand: Operand): void {
    this.#builder.output(name, this.#id(operand));
  }

  constant(name: string, tensor: Tensor): Operand {
    return { name, type: tensor.type, tensor };
  }

  /**
   * Adds a node of one output; the shape follows from the operands.
   *
   * @throws OperandFault where the operator does not take these operands
   */
  node(place: string, op: Op, operands: readonly Operand[], dtype: DType, name: string): Operand {
    const types = operands.map((operand) => operand.type);
    const type = tensorType(dtype, shapeOf(op, types));
    this.#claimResult(type);
    const faults = nodeFaults(op, types, [type]);
    if (faults.length > 0) throw new OperandFault(faults.join('; '));
    if (type.shape.includes(0)) {
      throw new OperandFault(`its result has no elements: the shape is ${formatShape(type.shape)}`);
    }
    const folded = this.#fold(op, operands, type);
    if (folded !== null) return this.constant(name, folded);
    const operand = { name, type, tensor: null };
    const inputs = operands.map((input) => this.#id(input));
    this.#ids.set(operand, this.#builder.node(place, op, inputs, type, name));
    return operand;
  }

  /**
   * Adds a node of several outputs, one for each name, of the dtype of its first operand. It is never folded.
   *
   * @throws OperandFault where the operator does not take these operands
   */
  nodeOfMany(place: string, op: Op, operands: readonly Operand[], names: readonly string[]): Operand[] {
    const types = operands.map((operand) => operand.type);
    const shapes = shapesOf(op, types);
    const dtype = types[0]?.dtype ?? 'float32';
    const outputs = names.map((name, i) => ({ name, type: tensorType(dtype, shapes[i] ?? []) }));
    const outputTypes = outputs.map(({ type }) => type);
    for (const type of outputTypes) this.#claimResult(type);
    const faults = nodeFaults(op, types, outputTypes);
    if (faults.length > 0) throw new OperandFault(faults.join('; '));
    const inputs = operands.map((input) => this.#id(input));
    const ids = this.#builder.nodeOfMany(place, op, inputs, outputs);
    return outputs.map((output, i) => {
      const operand = { ...output, tensor: null };
      const id = ids[i];
      if (id !== undefined) this.#ids.set(operand, id);
      return operand;
    });
  }

  /** Counts a constant of so many elements that the translation makes. @throws OperandFault where they are too many */
  claim(elements: number): void {
    this.#addedElements += elements;
    if (!(this.#addedElements <= 2 ** 27)) throw new OperandFault('the constants of the model are too large together');
  }

  build(name: string, producer: string): Graph {
    return this.#builder.build(name, producer, 'exact');
  }

  #claimResult(type: TensorType): void {
    if (!(byteSize(type) <= tensorLimitBytes)) {
      throw new OperandFault(`its result of ${formatShape(type.shape)} needs more than ${tensorLimitBytes} bytes`);
    }
    this.#resultBytes += byteSize(type);
    if (this.#resultBytes > graphLimitBytes) throw new OperandFault('the results of the model are too large together');
  }

  #fold(op: Op, operands: readonly Operand[], type: TensorType): Tensor | null {
    const known = operands.map((operand) => operand.tensor).filter((tensor) => tensor !== null);
    if (known.length < operands.length) return null;
    const types = known.map((tensor) => tensor.type);
    if (!mayFold(op, types, [type], this.#builder.constantElements + this.#addedElements)) return null;
    const result = evaluateOp(op, known, [type], 'exact')[0] ?? null;
    this.#addedElements += Math.max(0, (result?.data.length ?? 0) - Math.max(...known.map(({ data }) => data.length)));
    return result;
  }

  #id(operand: Operand): ValueId {
    const known = this.#ids.get(operand);
    if (known !== undefined) return known;
    if (operand.tensor === null) throw new OperandFault(`"${operand.name}" belongs to another graph`);
    const id = this.#builder.constant(operand.name, operand.tensor);
    this.#ids.set(operand, id);
    return id;
  }
}

function shapesOf(op: Op, types: readonly TensorType[]) {
  try {
    return outputShapes(op, types);
  } catch (error) {
    if (error instanceof RangeError) throw new OperandFault(error.message);
    throw error;
  }
}

function shapeOf(op: Op, types: readonly TensorType[]) {
  const [shape] = shapesOf(op, types);
  if (shape !== undefined) return shape;
  throw new OperandFault('the operator has no output');
}
