import type { ValueId } from '../../../ir/graph.ts';
import { noClamp } from '../../../ops/definition.ts';
import type { ScatterReduction } from '../../../ops/scatter.ts';
import { dimension, elementCount, type Shape, shapesEqual, stridesOf } from '../../../tensor/shape.ts';
import { filled, type TensorType, tensorType } from '../../../tensor/tensor.ts';
import type { OperatorContext, TranslateOperator } from '../context.ts';
import { column, indicesFor, int32s, narrow, spread } from './indices.ts';

/** A constant of `shape` that is full of `value`. */
function full(context: OperatorContext, type: TensorType, shape: Shape, value: number): ValueId {
  if (!shape.every((size) => Number.isInteger(size) && size >= 1) || elementCount(shape) > 2 ** 24) {
    throw context.invalid(`its result cannot have the shape [${shape.join(', ')}]`);
  }
  const tensor = filled(tensorType(type.dtype, shape, type.quantization), value);
  return context.builder.constant(`${context.outputTensor(0).name}/full`, tensor);
}

/** Whether the constant tuples of indices are all different; unknown for computed ones. */
function areDistinct(context: OperatorContext, indices: ValueId, count: number): boolean {
  const tensor = context.builder.constantOf(indices);
  if (tensor === null) return false;
  const rows = Array.from({ length: tensor.data.length / count }, (_, row) =>
    tensor.data.slice(row * count, (row + 1) * count).join(),
  );
  return new Set(rows).size === rows.length;
}

/** SCATTER_ND: updates added into zeros. Numbers of 8 and 16 bits are only placed, so their places must be different. */
export const scatterNd: TranslateOperator = (context) => {
  const updates = context.input(1);
  const type = context.type(updates);
  const places = context.type(context.input(0)).shape;
  const shape = context.integers(2, 'the shape');
  const count = places.at(-1) ?? 0;
  if (count < 1 || count > shape.length) throw context.invalid(`${count} indices do not fit [${shape.join(', ')}]`);
  const indices = indicesFor(context, 0, places, shape.slice(0, count));
  const adds = type.dtype === 'float32' || type.dtype === 'int32' || type.dtype === 'int64';
  if (!adds && !areDistinct(context, indices, count)) {
    throw context.unsupported(`sums of ${type.dtype} are not supported`, 'use float32, or constant distinct indices');
  }
  const attributes = { axis: 0, count, reduction: adds ? ('add' as const) : ('none' as const) };
  context.output(0, { type: 'scatter', attributes }, [full(context, type, shape, 0), indices, updates]);
};

/** SPARSE_TO_DENSE: values at their places, the default elsewhere. */
export const sparseToDense: TranslateOperator = (context) => {
  const shape = context.integers(1, 'the shape');
  const given = context.type(context.input(0)).shape;
  const [rows, count] = given.length < 2 ? [given[0] ?? 1, 1] : [dimension(given, 0), dimension(given, 1)];
  if (given.length > 2 || count !== shape.length)
    throw context.invalid(`${given.join('x')} indices do not fit its shape`);
  const indices = indicesFor(context, 0, [rows, count], shape);
  const values = context.input(2);
  const spreadValues = spread(
    context,
    context.reshape(values, context.type(values).shape.length === 0 ? [1] : [rows]),
    [rows],
  );
  const fill = context.constant(3, 'the default').data[0];
  const data = full(context, context.type(values), shape, Number(fill ?? 0));
  const attributes = { axis: 0, count, reduction: 'none' } as const;
  context.output(0, { type: 'scatter', attributes }, [data, indices, spreadValues]);
};

const starts: { readonly [R in Exclude<ScatterReduction, 'none'>]: number } = {
  add: 0,
  mul: 1,
  // The lowest and highest number of the dtype, which a segment without elements keeps.
  max: Number.NEGATIVE_INFINITY,
  min: Number.POSITIVE_INFINITY,
};

function startOf(reduction: Exclude<ScatterReduction, 'none'>, dtype: string): number {
  const start = starts[reduction];
  if (Number.isFinite(start)) return start;
  const sign = start < 0 ? -1 : 1;
  if (dtype === 'float32') return sign * 3.4028234663852886e38;
  return dtype === 'int32' && sign > 0 ? 2 ** 31 - 1 : sign * 2 ** 31;
}

/** Rows joined by segment into `segments` rows; rows of segments that there are not count nowhere. */
function joinSegments(context: OperatorContext, reduction: Exclude<ScatterReduction, 'none'>, segments: number): void {
  const data = context.input(0);
  const type = context.type(data);
  const ids = context.type(context.input(1)).shape;
  const [rows] = type.shape;
  if (rows === undefined || !shapesEqual(ids, [rows])) throw context.invalid('it takes one segment for each row');
  if (type.dtype !== 'float32' && type.dtype !== 'int32') {
    throw context.unsupported(`segments of ${type.dtype} are not supported`, 'use float32 or int32');
  }
  const indices = context.reshape(narrow(context, context.input(1)), [rows, 1]);
  const begin = full(context, type, [segments, ...type.shape.slice(1)], startOf(reduction, type.dtype));
  context.output(0, { type: 'scatter', attributes: { axis: 0, count: 1, reduction } }, [begin, indices, data]);
}

/** SEGMENT_SUM: as many segments as the constant ids say. */
export const segmentSum: TranslateOperator = (context) => {
  joinSegments(
    context,
    'add',
    Math.max(...context.integers(1, 'the segments, which the shape of its result depends on,')) + 1,
  );
};

function unsorted(reduction: Exclude<ScatterReduction, 'none'>): TranslateOperator {
  return (context) => {
    const [segments = 0] = context.integers(2, 'the number of segments');
    joinSegments(context, reduction, segments);
  };
}

export const unsortedSegmentSum = unsorted('add');
export const unsortedSegmentProd = unsorted('mul');
export const unsortedSegmentMax = unsorted('max');
export const unsortedSegmentMin = unsorted('min');

/** DYNAMIC_UPDATE_SLICE: the update written into a copy of the operand, moved so that it lies inside. */
export const dynamicUpdateSlice: TranslateOperator = (context) => {
  const [operand, update] = [context.input(0), context.input(1)];
  const [shape, part] = [context.type(operand).shape, context.type(update).shape];
  if (part.length !== shape.length || part.some((size, axis) => size > dimension(shape, axis))) {
    throw context.invalid(`an update of ${part.join('x')} does not fit ${shape.join('x')}`);
  }
  const count = part.findLastIndex((size, axis) => size !== shape[axis]) + 1;
  if (count === 0) {
    context.input(2);
    context.output(0, { type: 'reshape', attributes: { shape } }, [update]);
    return;
  }
  const { name } = context.outputTensor(0);
  const limit = (fn: 'max' | 'min', id: ValueId, bound: readonly number[]) =>
    context.node(
      { type: 'zip', attributes: { fn, clamp: noClamp } },
      [id, int32s(context, `${name}/${fn}`, [bound.length], bound)],
      tensorType('int32', []),
      `${name}/start_${fn}`,
    );
  const given = narrow(context, context.input(2));
  const most = shape.map((size, axis) => size - dimension(part, axis));
  const inside = limit(
    'max',
    limit('min', given, most),
    shape.map(() => 0),
  );
  const type = context.type(inside);
  const cut = { type: 'slice', attributes: { begin: [0], size: [count], strides: [1] } } as const;
  const start = count === shape.length ? inside : context.node(cut, [inside], type, `${name}/start`);
  const grid = part.slice(0, count);
  const strides = stridesOf(grid);
  const steps = column(context, elementCount(grid) * count, (i) => {
    const [row, axis] = [Math.floor(i / count), i % count];
    return Math.floor(row / (strides[axis] ?? 1)) % dimension(grid, axis);
  });
  const add = { type: 'zip', attributes: { fn: 'add', clamp: noClamp } } as const;
  const places = context.node(
    add,
    [int32s(context, `${name}/steps`, [...grid, count], steps), start],
    tensorType('int32', []),
    `${name}/places`,
  );
  const attributes = { axis: 0, count, reduction: 'none' } as const;
  context.output(0, { type: 'scatter', attributes }, [operand, places, update]);
};
