import { noClamp } from '../ops/definition.ts';
import type { Op } from '../ops/op.ts';
import type { ReduceAttributes } from '../ops/reduce.ts';
import type { ScalarExpression } from '../ops/scalar-expression.ts';
import type { ZipFunction } from '../ops/zip.ts';
import { ProblemError } from '../problem.ts';
import type { DType } from '../tensor/dtype.ts';
import { type Shape, shapesEqual } from '../tensor/shape.ts';
import { tensorType } from '../tensor/tensor.ts';
import { type GraphWriter, type Operand, WriteFault, type WriterLimits } from './graph-writer.ts';

/** How large a Keras or TensorFlow model may unfold. */
export const layerLimits: WriterLimits = {
  tensorBytes: 2 ** 30,
  resultBytes: 2 ** 33,
  foldedWork: Number.POSITIVE_INFINITY,
  constantElements: 2 ** 27,
  addedElements: 2 ** 27,
};

/** Writes the nodes of one layer of a Keras model, or one node of a TensorFlow graph; its problems name the layer. */
export class LayerWriter {
  readonly place: string;
  readonly #writer: GraphWriter;
  readonly #name: string;
  readonly #code: string;
  #written = 0;

  /**
   * @param place the layer in the user's words: `Conv2D "block3/conv"`
   * @param name begins the names of what the layer computes
   * @param code begins the codes of problems: `keras` gives `keras-invalid-layer`
   */
  constructor(writer: GraphWriter, place: string, name: string, code: string) {
    this.#writer = writer;
    this.place = place;
    this.#name = name;
    this.#code = code;
  }

  /** Adds a node; dtype is that of the first operand where none is given. */
  write(op: Op, operands: readonly Operand[], dtype: DType = operands[0]?.type.dtype ?? 'float32'): Operand {
    return this.#checked(() => this.#writer.node(this.place, op, operands, dtype, this.#nextName(op.type)));
  }

  /** Adds a node of `count` outputs, all of the dtype of the first operand. */
  writeMany(op: Op, operands: readonly Operand[], count: number): Operand[] {
    const dtype = operands[0]?.type.dtype ?? 'float32';
    const results = Array.from({ length: count }, () => ({ name: this.#nextName(op.type), dtype }));
    return this.#checked(() => this.#writer.nodeOfMany(this.place, op, operands, results));
  }

  map(operand: Operand, expression: ScalarExpression): Operand {
    if (expression.kind === 'x') return operand;
    this.floatOnly(operand);
    return this.write({ type: 'map', attributes: { expression } }, [operand]);
  }

  zip(fn: ZipFunction, a: Operand, b: Operand): Operand {
    return this.write({ type: 'zip', attributes: { fn, clamp: noClamp } }, [a, b]);
  }

  reduce(kind: ReduceAttributes['kind'], operand: Operand, axes: readonly number[], keepDims: boolean): Operand {
    if (axes.length === 0) return operand;
    return this.write({ type: 'reduce', attributes: { kind, axes, keepDims } }, [operand]);
  }

  reshape(operand: Operand, shape: Shape): Operand {
    if (shapesEqual(operand.type.shape, shape)) return operand;
    return this.write({ type: 'reshape', attributes: { shape } }, [operand]);
  }

  transpose(operand: Operand, permutation: readonly number[]): Operand {
    if (permutation.every((axis, i) => axis === i)) return operand;
    return this.write({ type: 'transpose', attributes: { permutation } }, [operand]);
  }

  /** A constant of our own making. */
  floats(values: ArrayLike<number>, shape: Shape): Operand {
    this.#claim(values.length);
    const tensor = { type: tensorType('float32', shape), data: Float32Array.from(values) };
    return this.#writer.constant(this.#nextName('constant'), tensor);
  }

  indices(values: readonly number[], shape: Shape): Operand {
    this.#claim(values.length);
    const tensor = { type: tensorType('int32', shape), data: Int32Array.from(values) };
    return this.#writer.constant(this.#nextName('indices'), tensor);
  }

  floatOnly(...operands: readonly Operand[]): void {
    const other = operands.find((operand) => operand.type.dtype !== 'float32');
    if (other !== undefined) throw this.unsupported(`its input has the dtype ${other.type.dtype}`, 'use float32 here');
  }

  /** An axis that may count from the end; a problem where `rank` dimensions have none. */
  axis(axis: number, rank: number): number {
    if (Number.isInteger(axis) && axis >= -rank && axis < rank) return axis < 0 ? axis + rank : axis;
    throw this.invalid(`axis ${axis} does not exist in ${rank} dimensions`);
  }

  /** Distinct axes, ascending. */
  axes(axes: readonly number[], rank: number): number[] {
    const found = axes.map((axis) => this.axis(axis, rank)).sort((a, b) => a - b);
    if (new Set(found).size < found.length) throw this.invalid(`an axis is listed twice: ${axes.join(', ')}`);
    return found;
  }

  invalid(what: string): ProblemError {
    return this.problem(`${this.#code}-invalid-layer`, what, 'check the layer in the original model, or save it again');
  }

  unsupported(what: string, advice: string): ProblemError {
    return this.problem('unsupported-attribute', what, advice);
  }

  problem(code: string, what: string, advice: string): ProblemError {
    return new ProblemError({ code, where: this.place, what, advice });
  }

  #claim(elements: number): void {
    if (!this.#writer.mayAdd(elements)) throw this.invalid('the constants of the model are too large together');
  }

  #nextName(type: string): string {
    return `${this.#name}/${type}${this.#written++ === 0 ? '' : `_${this.#written}`}`;
  }

  #checked<T>(write: () => T): T {
    try {
      return write();
    } catch (error) {
      if (error instanceof WriteFault) throw this.invalid(error.message);
      throw error;
    }
  }
}
