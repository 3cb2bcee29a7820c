import { GraphBuilder } from '../../ir/builder.ts';
import { mayFold } from '../../ir/fold.ts';
import type { Graph, ValueId } from '../../ir/graph.ts';
import { nodeFaults } from '../../ir/verify.ts';
import type { Op, OpType } from '../../ops/op.ts';
import { evaluateOp, opCost, outputShapes } from '../../ops/registry.ts';
import { notQuantized, type Quantization } from '../../tensor/quantization.ts';
import { formatShape, type Shape } from '../../tensor/shape.ts';
import { byteSize, type Tensor, type TensorType, tensorType, zeros } from '../../tensor/tensor.ts';
import { tensorBytesLimit } from './format/tensor.ts';
import { movedQuantization } from './quantized/moved.ts';

/** A tensor of the model as the translation sees it: a constant, or something computed. Its shape is always known. */
export interface Operand {
  readonly name: string;
  readonly type: TensorType;
  /** The elements of a constant; null for what is computed at run time. */
  readonly tensor: Tensor | null;
}

/** What is wrong with a node that should be written, as one sentence. */
export class WriteFault extends Error {}

/** Multiply-accumulates and elements of all constants that are computed at conversion: some seconds of reference evaluation. */
const workLimit = 2 ** 26;

/** Work that is not counted. */
const smallWork = 2 ** 12;

/** Writes the graph. Nodes of constants are computed at once, and constants enter the graph when a node reads them. */
export class GraphWriter {
  readonly #builder = new GraphBuilder();
  readonly #ids = new Map<Operand, ValueId>();
  readonly #stored = new Map<Operand, Tensor>();
  #foldedElements = 0;
  #foldedWork = 0;

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
   * A float32 constant that the file has as integers with scales. It enters the graph as those integers and a `dequantize`, moved as the
   * constant was moved.
   */
  dequantized(name: string, real: Tensor, stored: Tensor): Operand {
    const operand = this.constant(name, real);
    this.#stored.set(operand, stored);
    return operand;
  }

  /**
   * Adds a node of one output; the shape follows from the operands, and where elements only move, their quantization too. A result
   * without elements is a constant.
   *
   * @throws WriteFault where the operator does not take these operands
   */
  node(
    place: string,
    op: Op,
    operands: readonly Operand[],
    dtype: TensorType['dtype'],
    name: string,
    quantization = keptQuantization(op.type, operands, dtype),
  ): Operand {
    const types = operands.map((operand) => operand.type);
    const type = tensorType(dtype, shapeOf(op, types), quantization);
    if (!(byteSize(type) <= tensorBytesLimit)) {
      throw new WriteFault(`its result of ${formatShape(type.shape)} needs more than ${tensorBytesLimit} bytes`);
    }
    const faults = nodeFaults(op, types, [type]);
    if (faults.length > 0) throw new WriteFault(faults.join('; '));
    const folded = this.#fold(op, operands, type);
    if (folded !== null) return this.#movedConstant(name, op, operands, folded);
    if (type.shape.includes(0)) return this.constant(name, zeros(type));
    const operand = { name, type, tensor: null };
    const inputs = operands.map((input) => this.#id(input));
    this.#ids.set(operand, this.#builder.node(place, op, inputs, type, name));
    return operand;
  }

  /**
   * Adds a node of several outputs, one for each dtype; the shapes follow from the operands. It is never folded.
   *
   * @throws WriteFault where the operator does not take these operands
   */
  nodeOfMany(
    place: string,
    op: Op,
    operands: readonly Operand[],
    results: readonly { readonly name: string; readonly dtype: TensorType['dtype'] }[],
  ): Operand[] {
    const types = operands.map((operand) => operand.type);
    const shapes = shapesOf(op, types);
    const outputs = results.map(({ name, dtype }, i) => ({ name, type: tensorType(dtype, shapes[i] ?? []) }));
    const large = outputs.find(({ type }) => !(byteSize(type) <= tensorBytesLimit));
    if (large !== undefined) {
      throw new WriteFault(`its result of ${formatShape(large.type.shape)} needs more than ${tensorBytesLimit} bytes`);
    }
    const outputTypes = outputs.map(({ type }) => type);
    const faults = nodeFaults(op, types, outputTypes);
    if (faults.length > 0) throw new WriteFault(faults.join('; '));
    const inputs = operands.map((input) => this.#id(input));
    const ids = this.#builder.nodeOfMany(place, op, inputs, outputs);
    return outputs.map((output, i) => {
      const operand = { ...output, tensor: null };
      const id = ids[i];
      if (id !== undefined) this.#ids.set(operand, id);
      return operand;
    });
  }

  build(name: string, producer: string): Graph {
    return this.#builder.build(name, producer, 'exact');
  }

  /** Whether a constant of so many elements may be made while translating. */
  mayAdd(elements: number): boolean {
    this.#foldedElements += elements;
    return elements <= 2 ** 25 && this.#foldedElements <= 2 ** 26;
  }

  #fold(op: Op, operands: readonly Operand[], type: TensorType): Tensor | null {
    const known = operands.map((operand) => operand.tensor).filter((tensor) => tensor !== null);
    if (known.length < operands.length) return null;
    const types = known.map((tensor) => tensor.type);
    if (!mayFold(op, types, [type], this.#builder.constantElements + this.#foldedElements)) return null;
    const { macs, elements } = opCost(op, types, [type]);
    const work = macs + elements;
    // The arithmetic of shapes is always done.
    if (work > smallWork) {
      if (this.#foldedWork + work > workLimit) return null;
      this.#foldedWork += work;
    }
    const result = evaluateOp(op, known, [type], 'exact')[0] ?? null;
    // What replaces a constant of the same size adds nothing to what the file brings.
    this.#foldedElements += Math.max(0, (result?.data.length ?? 0) - Math.max(...known.map(({ data }) => data.length)));
    return result;
  }

  /** The constant `folded`, with the integers behind it where `op` only moved them. */
  #movedConstant(name: string, op: Op, operands: readonly Operand[], folded: Tensor): Operand {
    const [operand] = operands;
    const stored = operand === undefined ? undefined : this.#stored.get(operand);
    if (stored === undefined || operands.length !== 1) return this.constant(name, folded);
    const quantization = movedQuantization(op, stored.type, folded.type.shape);
    if (quantization === null) return this.constant(name, folded);
    const type = tensorType(stored.type.dtype, folded.type.shape, quantization);
    const bare = { type: tensorType(stored.type.dtype, stored.type.shape), data: stored.data };
    const [moved] = evaluateOp(op, [bare], [{ ...type, quantization: notQuantized }], 'exact');
    if (moved === undefined) return this.constant(name, folded);
    return this.dequantized(name, folded, { type, data: moved.data });
  }

  #id(operand: Operand): ValueId {
    const known = this.#ids.get(operand);
    if (known !== undefined) return known;
    if (operand.tensor === null) throw new WriteFault(`"${operand.name}" belongs to another graph`);
    const stored = this.#stored.get(operand);
    const id =
      stored === undefined
        ? this.#builder.constant(operand.name, operand.tensor)
        : this.#builder.node(
            `constant "${operand.name}"`,
            { type: 'dequantize', attributes: {} },
            [this.#builder.constant(operand.name, stored)],
            operand.type,
            `${operand.name}/real`,
          );
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

function keptQuantization(op: OpType, [first]: readonly Operand[], dtype: TensorType['dtype']): Quantization {
  return first !== undefined && keepers.has(op) && first.type.dtype === dtype ? first.type.quantization : notQuantized;
}

function shapeOf(op: Op, types: readonly TensorType[]): Shape {
  const [shape] = shapesOf(op, types);
  if (shape !== undefined) return shape;
  throw new WriteFault('the operator has no output');
}

function shapesOf(op: Op, types: readonly TensorType[]): readonly Shape[] {
  try {
    return outputShapes(op, types);
  } catch (error) {
    if (error instanceof RangeError) throw new WriteFault(error.message);
    throw error;
  }
}
