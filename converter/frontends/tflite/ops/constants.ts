import { allocate } from '../../../tensor/dtype.ts';
import { elementCount } from '../../../tensor/shape.ts';
import { byteSize, storeElement, type Tensor, tensorType, zeros } from '../../../tensor/tensor.ts';
import type { OperatorContext, TranslateOperator } from '../context.ts';
import { tensorBytesLimit } from '../format/tensor.ts';

/** Operators whose results are known at conversion. */

function bindConstant(context: OperatorContext, tensor: Tensor): void {
  context.bind(0, context.builder.constant(context.outputTensor(0).name, tensor));
}

/** A type of `shape` for output 0; a problem where it has no elements or too many. */
function outputOfShape(context: OperatorContext, shape: readonly number[]) {
  const { dtype, quantization } = context.outputType(0);
  const type = tensorType(dtype, shape, quantization);
  if (!shape.every((size) => Number.isInteger(size) && size >= 1) || byteSize(type) > tensorBytesLimit) {
    throw context.invalid(`its result cannot have the shape [${shape.join(', ')}]`);
  }
  return type;
}

export const zerosLike: TranslateOperator = (context) => {
  const input = context.type(context.input(0));
  const type = outputOfShape(context, input.shape);
  if (type.quantization.kind !== 'none') {
    throw context.unsupported(`zeros of quantized ${type.dtype} are not supported`, 'use a constant tensor');
  }
  bindConstant(context, zeros(type));
};

/** FILL: a constant shape full of one value. */
export const fill: TranslateOperator = (context) => {
  const shape = context.integers(0, 'the shape');
  const value = context.input(1);
  if (elementCount(context.type(value).shape) !== 1) throw context.invalid('it takes one value');
  outputOfShape(context, shape);
  const view = context.reshape(
    value,
    shape.map(() => 1),
  );
  const attributes = { begin: shape.map(() => 0), size: shape, strides: shape.map(() => 0) };
  context.output(0, { type: 'slice', attributes }, [view]);
};

/** RANGE of constants: start, start + delta ... below (or above) the limit. */
export const range: TranslateOperator = (context) => {
  const [start = 0, limit = 0, delta = 1] = [0, 1, 2].map((index) => {
    const { data } = context.constant(index, 'a bound of the range');
    return Number(data[0] ?? 0);
  });
  const count = Math.ceil((limit - start) / delta);
  const type = outputOfShape(context, [Number.isFinite(count) ? count : 0]);
  const data = allocate(type.dtype, count);
  for (let i = 0; i < count; i++) {
    storeElement(data, i, start + i * delta);
  }
  bindConstant(context, { type, data });
};

/** RANK: the number of dimensions. */
export const rank: TranslateOperator = (context) => {
  const data = Int32Array.of(context.type(context.input(0)).shape.length);
  bindConstant(context, { type: tensorType('int32', []), data });
};
