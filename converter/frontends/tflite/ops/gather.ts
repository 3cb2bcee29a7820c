import type { ValueId } from '../../../ir/graph.ts';
import { dimension, type Shape } from '../../../tensor/shape.ts';
import { tensorType } from '../../../tensor/tensor.ts';
import type { OperatorContext, TranslateOperator } from '../context.ts';
import { resolveAxis } from './axis.ts';

/**
 * The indices behind input 1 as int32 of shape [..., sizes.length]. Constant ones are checked against the axes of sizes `sizes`;
 * computed ones must be int32.
 */
function indicesFor(context: OperatorContext, shape: Shape, sizes: readonly number[]): ValueId {
  const id = context.input(1);
  const constant = context.builder.constantOf(id);
  if (constant === null) {
    if (context.type(id).dtype === 'int32') return context.reshape(id, shape);
    throw context.unsupported(`indices of ${context.type(id).dtype} are not supported`, 'compute them in int32');
  }
  const values = context.integers(1, 'the indices');
  const wrong = values.find((value, i) => {
    const size = sizes[i % sizes.length] ?? 0;
    return value < 0 || value >= size;
  });
  if (wrong !== undefined) throw context.invalid(`the index ${wrong} lies outside of its axis`);
  const type = tensorType('int32', shape);
  return context.builder.constant(`${context.name(id)}/indices`, { type, data: Int32Array.from(values) });
}

/** GATHER along one axis. */
export const gather: TranslateOperator = (context) => {
  const options = context.options('GatherOptions');
  if (options.batch_dims !== 0) {
    throw context.unsupported('batch dimensions are not supported', 'gather from one batch, or use GATHER_ND');
  }
  const data = context.input(0);
  const { shape } = context.type(data);
  const axis = resolveAxis(context, options.axis, shape.length);
  const picked = context.type(context.input(1)).shape;
  const indices = indicesFor(context, [...picked, 1], [dimension(shape, axis)]);
  context.output(0, { type: 'gather', attributes: { axis, count: 1 } }, [data, indices]);
};

/** GATHER_ND: the last axis of the indices counts along the first axes of the data. */
export const gatherNd: TranslateOperator = (context) => {
  const data = context.input(0);
  const { shape } = context.type(data);
  const places = context.type(context.input(1)).shape;
  const count = places.at(-1) ?? 0;
  if (count < 1 || count > shape.length) throw context.invalid(`${count} indices do not fit ${shape.join('x')}`);
  const indices = indicesFor(context, places, shape.slice(0, count));
  context.output(0, { type: 'gather', attributes: { axis: 0, count } }, [data, indices]);
};
