import { noClamp } from '../../converter/ops/definition.ts';
import type { Op, OpType } from '../../converter/ops/op.ts';
import { evaluateOp, opViolations, outputShapes } from '../../converter/ops/registry.ts';
import { noPadding, type Window } from '../../converter/ops/window.ts';
import { allocate, type DType } from '../../converter/tensor/dtype.ts';
import { notQuantized, perTensor, type Quantization } from '../../converter/tensor/quantization.ts';
import type { Rounding } from '../../converter/tensor/requantize.ts';
import { elementCount, type Shape } from '../../converter/tensor/shape.ts';
import { storeElement, type Tensor, tensorType } from '../../converter/tensor/tensor.ts';

/** A tensor from plain numbers. */
export function tensor(
  dtype: DType,
  shape: Shape,
  values: readonly number[],
  quantization: Quantization = notQuantized,
): Tensor {
  if (values.length !== elementCount(shape)) throw new Error(`${values.length} values for shape ${shape}`);
  const data = allocate(dtype, values.length);
  values.forEach((value, i) => {
    storeElement(data, i, value);
  });
  return { type: tensorType(dtype, shape, quantization), data };
}

export const float = (shape: Shape, values: readonly number[]): Tensor => tensor('float32', shape, values);

export const int8 = (shape: Shape, values: readonly number[], scale: number, zeroPoint = 0): Tensor =>
  tensor('int8', shape, values, perTensor(scale, zeroPoint));

export const plainWindow: Window = { strides: [1, 1], dilations: [1, 1], padding: noPadding };

/** Attributes of a convolution or fully connected layer without frills. */
export const plain = { clamp: noClamp, hybrid: 'none' } as const;

/** Evaluates `op` after its own checks, with the output dtype and quantization given, and returns plain numbers. */
export function run<T extends OpType>(
  op: Op<T>,
  inputs: readonly Tensor[],
  output: { readonly dtype: DType; readonly quantization: Quantization },
  rounding: Rounding = 'exact',
): number[] {
  const types = inputs.map((input) => input.type);
  const outputTypes = outputShapes(op, types).map((shape) => tensorType(output.dtype, shape, output.quantization));
  const wrong = opViolations(op, types, outputTypes);
  if (wrong.length > 0) throw new Error(wrong.join('; '));
  const [result] = evaluateOp(op, inputs, outputTypes, rounding);
  return Array.from(result?.data ?? [], Number);
}

export const asFloat = { dtype: 'float32', quantization: notQuantized } as const;

export const asInt8 = (scale: number, zeroPoint = 0) =>
  ({ dtype: 'int8', quantization: perTensor(scale, zeroPoint) }) as const;
