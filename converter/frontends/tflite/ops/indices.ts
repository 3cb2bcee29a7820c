import type { ValueId } from '../../../ir/graph.ts';
import { elementCount, type Shape } from '../../../tensor/shape.ts';
import { tensorType } from '../../../tensor/tensor.ts';
import type { OperatorContext } from '../context.ts';

/**
 * The indices behind input `index` as int32 of `shape`, whose last axis counts along axes of sizes `sizes`. Constant ones are checked
 * against these sizes; of computed int64 the lower half is taken, which holds every index of a tensor.
 */
export function indicesFor(context: OperatorContext, index: number, shape: Shape, sizes: readonly number[]): ValueId {
  const id = context.input(index);
  const { dtype } = context.type(id);
  if (context.builder.constantOf(id) === null) {
    if (dtype === 'int32' || dtype === 'int64' || dtype === 'int16') return context.reshape(narrow(context, id), shape);
    throw context.unsupported(`indices of ${dtype} are not supported`, 'compute them in int32');
  }
  const values = context.integers(index, 'the indices');
  const wrong = values.find((value, i) => {
    const size = sizes[i % sizes.length] ?? 0;
    return value < 0 || value >= size;
  });
  if (wrong !== undefined) throw context.invalid(`the index ${wrong} lies outside of its axis`);
  return int32s(context, `${context.name(id)}/indices`, shape, values);
}

/** Whole numbers as int32. */
export function narrow(context: OperatorContext, id: ValueId): ValueId {
  if (context.type(id).dtype === 'int32') return id;
  const type = tensorType('int32', []);
  return context.node({ type: 'cast', attributes: {} }, [id], type, `${context.name(id)}/int32`);
}

export function int32s(context: OperatorContext, name: string, shape: Shape, values: ArrayLike<number>): ValueId {
  return context.builder.constant(name, { type: tensorType('int32', shape), data: Int32Array.from(values) });
}

/** So many places at most are listed at conversion. */
const mostRows = 2 ** 22;

/** A constant column of tuples: `f(row)` for each of `rows`. */
export function column(context: OperatorContext, rows: number, f: (row: number) => number): Int32Array {
  if (rows > mostRows) throw context.unsupported(`${rows} places`, `use at most ${mostRows}`);
  return Int32Array.from({ length: rows }, (_, row) => f(row));
}

/** Columns of `rows` numbers each, a constant or computed ones, as int32 [rows, columns]. */
export function tuples(context: OperatorContext, rows: number, columns: readonly (ValueId | Int32Array)[]): ValueId {
  const { name } = context.outputTensor(0);
  const parts = columns.map((column, i) =>
    column instanceof Int32Array
      ? int32s(context, `${name}/places_${i}`, [rows, 1], column)
      : context.reshape(column, [rows, 1]),
  );
  const [only] = parts;
  if (only !== undefined && parts.length === 1) return only;
  return context.node({ type: 'concat', attributes: { axis: 1 } }, parts, tensorType('int32', []), `${name}/places`);
}

/** `id` repeated along axes of size 1 until it has `shape`. */
export function spread(context: OperatorContext, id: ValueId, shape: Shape): ValueId {
  const type = context.type(id);
  const strides = shape.map((size, axis) => (type.shape[axis] === size ? 1 : 0));
  const attributes = { begin: shape.map(() => 0), size: shape, strides };
  if (elementCount(type.shape) === elementCount(shape)) return context.reshape(id, shape);
  return context.node({ type: 'slice', attributes }, [id], type, `${context.name(id)}/spread`);
}
