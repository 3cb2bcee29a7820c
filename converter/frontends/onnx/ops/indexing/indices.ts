import { dimension, elementCount, type Shape } from '../../../../tensor/shape.ts';
import type { OperatorContext } from '../../context.ts';
import type { Operand } from '../../writer.ts';

/**
 * Indices as the canonical gather and scatter take them: int32, from 0 on, in tuples along the last axis. The int64 of the file lose
 * their upper half, which only indices outside of every axis have; ONNX calls those an error.
 */

const int32Limit = 2 ** 31;

/**
 * `indices` as int32 from 0 on: where they are negative, the size of their axis is added. `sizes` has one size for all, or one for each
 * place of the last axis. Constant indices outside of their axis are a problem.
 */
export function fromEnd(context: OperatorContext, indices: Operand, sizes: readonly number[]): Operand {
  const { dtype } = indices.type;
  if (dtype !== 'int32' && dtype !== 'int64') context.dtypeRefused(dtype, 'int32 or int64');
  if (sizes.some((size) => size >= int32Limit)) throw context.unsupported('an axis of 2^31 elements', 'use fewer');
  if (indices.tensor !== null) return constantFromEnd(context, indices, sizes);
  const narrow = context.cast(indices, 'int32');
  const added = context.zip('add', narrow, context.int32s(sizes, sizes.length === 1 ? [] : [sizes.length]));
  return context.select(context.compare('less', narrow, context.int32s([0], [])), added, narrow);
}

function constantFromEnd(context: OperatorContext, { type, tensor }: Operand, sizes: readonly number[]): Operand {
  const given = Array.from<number | bigint, number>(tensor?.data ?? [], Number);
  const values = given.map((value, i) => (value < 0 ? value + (sizes[i % sizes.length] ?? 0) : value));
  const wrong = values.findIndex((value, i) => value < 0 || value >= (sizes[i % sizes.length] ?? 0));
  if (wrong >= 0)
    throw context.invalid(`the index ${given[wrong]} lies outside of an axis of ${sizes[wrong % sizes.length]}`);
  return context.int32s(values, type.shape);
}

/** Tuples of a constant number or an operand of `rows` numbers per place, as int32 [rows, places]. */
export function tuples(context: OperatorContext, rows: number, columns: readonly (Operand | Int32Array)[]): Operand {
  const parts = columns.map((column) =>
    column instanceof Int32Array ? context.int32s(column, [rows, 1]) : context.reshape(column, [rows, 1]),
  );
  const [only] = parts;
  if (only !== undefined && parts.length === 1) return only;
  context.claim(rows * columns.length);
  return context.write({ type: 'concat', attributes: { axis: 1 } }, parts);
}

/** A constant column of tuples: `f(row)` for each of `rows`. */
export function column(context: OperatorContext, rows: number, f: (row: number) => number): Int32Array {
  context.claim(rows);
  return Int32Array.from({ length: rows }, (_, row) => f(row));
}

/** Data as [before, along, after] an axis, without the outer ones where they are 1, and tuples of places in this view. */
export interface ElementPlaces {
  readonly view: Shape;
  readonly places: Operand;
  readonly rows: number;
}

/**
 * The places of elements along one axis: `indices` (int32 from 0 on) has the rank of the data, and no more elements along other axes.
 * Element [.., i, ..] of the indices stands for element [.., indices, ..] of the data.
 */
export function elementPlaces(context: OperatorContext, data: Shape, indices: Operand, axis: number): ElementPlaces {
  const { shape } = indices.type;
  const fits = shape.length === data.length && shape.every((n, i) => i === axis || n <= dimension(data, i));
  if (!fits) throw context.invalid(`indices of ${shape.join('x')} do not fit data of ${data.join('x')}`);
  const rows = elementCount(shape);
  const [before, after] = [elementCount(data.slice(0, axis)), elementCount(data.slice(axis + 1))];
  const along = dimension(data, axis);
  context.claim(rows);
  const columns: (Operand | Int32Array)[] = [indices];
  if (before > 1) columns.unshift(coordinates(shape, data, [...data.keys()].slice(0, axis)));
  if (after > 1) columns.push(coordinates(shape, data, [...data.keys()].slice(axis + 1)));
  const view = [...(before > 1 ? [before] : []), along, ...(after > 1 ? [after] : [])];
  return { view, places: tuples(context, rows, columns), rows };
}

/** For every index of `shape`, the position within the axes `axes` of a tensor of shape `data`. */
function coordinates(shape: Shape, data: Shape, axes: readonly number[]): Int32Array {
  const result = new Int32Array(elementCount(shape));
  const index = shape.map(() => 0);
  for (let i = 0; i < result.length; i++) {
    result[i] = axes.reduce((position, axis) => position * dimension(data, axis) + (index[axis] ?? 0), 0);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis] = (index[axis] ?? 0) + 1;
      if ((index[axis] ?? 0) < dimension(shape, axis)) break;
      index[axis] = 0;
    }
  }
  return result;
}

/** The elements of `data` at `indices` along `axis`, of the shape of the indices. */
export function elementsAt(context: OperatorContext, data: Operand, indices: Operand, axis: number): Operand {
  const { view, places } = elementPlaces(context, data.type.shape, indices, axis);
  const attributes = { axis: 0, count: view.length };
  const picked = context.write({ type: 'gather', attributes }, [context.reshape(data, view), places]);
  return context.reshape(picked, indices.type.shape);
}

/** 0, 1, ... along one axis of `rank`, the others of size 1. */
export function counting(context: OperatorContext, count: number, axis: number, rank: number): Operand {
  context.claim(count);
  const shape = Array.from({ length: rank }, (_, i) => (i === axis ? count : 1));
  return context.int32s(
    Int32Array.from({ length: count }, (_, i) => i),
    shape,
  );
}

/** `operand` repeated along axes of size 1 until it has `shape`. */
export function spread(context: OperatorContext, operand: Operand, shape: Shape): Operand {
  const own = operand.type.shape;
  const strides = shape.map((size, axis) => (own[axis] === size ? 1 : 0));
  if (strides.every((stride) => stride === 1)) return operand;
  if (operand.tensor !== null) context.claim(elementCount(shape));
  return context.write({ type: 'slice', attributes: { begin: shape.map(() => 0), size: shape, strides } }, [operand]);
}
