import { binary, constant, type ScalarExpression, unary, theVariable as x } from '../../../ops/scalar-expression.ts';
import { allocate, integerRange, isQuantizedDType, type QuantizedDType } from '../../../tensor/dtype.ts';
import { notQuantized, quantizationsEqual } from '../../../tensor/quantization.ts';
import { roundHalfEven } from '../../../tensor/round-half-even.ts';
import { dimension, elementCount, type Shape } from '../../../tensor/shape.ts';
import { type Tensor, tensorType } from '../../../tensor/tensor.ts';
import type { OperatorContext, TranslateOperator } from '../context.ts';
import { onnxDtype } from '../format/model.ts';
import type { Operand } from '../writer.ts';
import { quantizationFrom } from './moved.ts';

/** QuantizeLinear and DequantizeLinear (ONNX operators, sets 10 to 25), of float32 on the real side. */

/** Scale and zero point as constants, each expanded to one number per element where there are blocks. */
interface Parameters {
  readonly scales: readonly number[];
  readonly zeroPoints: readonly number[];
  readonly axis: number;
  /** Elements that share a scale along `axis`; 0 where scales are not given in blocks. */
  readonly block: number;
}

/** The scales where they are constants; null where one of the parameters is computed at run time. */
function constantParameters(context: OperatorContext, shape: Shape): Parameters | null {
  const [scale, zero] = [context.input(1), context.optional(2)];
  const block = context.int('block_size', 0);
  const given = context.int('axis', 1);
  const [scaleCount, zeroCount] = [scale, zero ?? scale].map(({ type }) => elementCount(type.shape));
  const count = Math.max(scaleCount ?? 1, zeroCount ?? 1);
  const isScalar = count === 1 && block === 0;
  const axis = isScalar ? 0 : context.axis(given, shape.length);
  if (zeroCount !== scaleCount && scaleCount !== 1) throw context.invalid('scale and zero point have different sizes');
  if (!isScalar && block === 0 && count !== dimension(shape, axis)) {
    throw context.invalid(`${count} scales do not fit axis ${axis} of ${shape.join('x')}`);
  }
  if (block > 0) checkBlocks(context, scale.type.shape, shape, axis, block);
  if (scale.tensor === null || (zero !== null && zero.tensor === null)) return null;
  const scales = realList(context, scale.tensor);
  if (!scales.every((value) => value > 0 && value < Number.POSITIVE_INFINITY))
    throw context.invalid('a scale is not a positive number');
  const all = scales.length < count ? new Array<number>(count).fill(scales[0] ?? 1) : scales;
  const zeroPoints =
    zero?.tensor == null ? all.map(() => 0) : Array.from(zero.tensor.data as ArrayLike<number>, Number);
  return { scales: all, zeroPoints, axis, block };
}

function checkBlocks(context: OperatorContext, scales: Shape, shape: Shape, axis: number, block: number): void {
  const fits =
    scales.length === shape.length &&
    scales.every((size, i) => size === (i === axis ? Math.ceil(dimension(shape, i) / block) : shape[i]));
  if (!fits) throw context.invalid(`scales of ${scales.join('x')} do not fit blocks of ${block} in ${shape.join('x')}`);
}

function realList(context: OperatorContext, { data, type }: Tensor): number[] {
  if (data instanceof Float32Array) return Array.from(data);
  return context.dtypeRefused(type.dtype, 'float32 scales');
}

/** For each element of `shape` the index of its scale. */
function scaleIndices(shape: Shape, { scales, axis, block }: Parameters): Int32Array {
  if (scales.length === 1) return new Int32Array(elementCount(shape));
  const size = dimension(shape, axis);
  const inner = elementCount(shape.slice(axis + 1));
  if (block === 0) return Int32Array.from({ length: elementCount(shape) }, (_, i) => Math.floor(i / inner) % size);
  const blocks = Math.ceil(size / block);
  return Int32Array.from({ length: elementCount(shape) }, (_, i) => {
    const row = Math.floor(i / (inner * size));
    return (row * blocks + Math.floor((Math.floor(i / inner) % size) / block)) * inner + (i % inner);
  });
}

/** A constant or run-time operand of scales or zero points, as one that broadcasts to `shape`. */
function alongAxis(context: OperatorContext, operand: Operand, shape: Shape): Operand {
  if (context.int('block_size', 0) > 0) {
    throw context.unsupported('block_size with elements or scales computed at run time', 'use one scale per axis');
  }
  if (elementCount(operand.type.shape) === 1) return context.reshape(operand, []);
  const axis = context.axis(context.int('axis', 1), shape.length);
  return context.reshape(
    operand,
    shape.slice(axis).map((_, i) => (i === 0 ? dimension(shape, axis) : 1)),
  );
}

export const dequantizeLinear: TranslateOperator = (context) => {
  const input = context.input(0);
  context.ignore('axis', 'block_size');
  const output = context.int('output_dtype', 0);
  if (output !== 0 && output !== 1) throw context.unsupported(`output_dtype ${output}`, 'use float32');
  const parameters = constantParameters(context, input.type.shape);
  if (parameters !== null && input.tensor !== null) {
    context.bind(dequantizedConstant(context, input.tensor, parameters));
    return;
  }
  const { quantization } = input.type;
  const wanted =
    parameters === null ? notQuantized : quantizationFrom(parameters.scales, parameters.zeroPoints, parameters.axis);
  if (wanted.kind !== 'none' && parameters?.block === 0 && quantizationsEqual(quantization, wanted)) {
    context.bind(context.writeQuantized({ type: 'dequantize', attributes: {} }, [input], 'float32', notQuantized));
    return;
  }
  const { shape } = input.type;
  const zero = context.optional(2);
  const stored = storedNumbers(context, input);
  const centred =
    zero === null ? stored : context.zip('sub', stored, alongAxis(context, storedNumbers(context, zero), shape));
  context.bind(context.zip('mul', centred, alongAxis(context, context.input(1), shape)));
};

/** scale * (x - zero point), with the integers kept beside it where one type can hold their scales. */
function dequantizedConstant(context: OperatorContext, { data, type }: Tensor, parameters: Parameters): Operand {
  if (!isQuantizedDType(type.dtype)) context.dtypeRefused(type.dtype, 'integers of 4 to 32 bits');
  const { scales, zeroPoints, axis, block } = parameters;
  const index = scaleIndices(type.shape, parameters);
  const real = Float32Array.from(data as ArrayLike<number>, (value, i) => {
    return (value - (zeroPoints[index[i] ?? 0] ?? 0)) * (scales[index[i] ?? 0] ?? 0);
  });
  const tensor = { type: tensorType('float32', type.shape), data: real };
  if (block > 0) return context.literal(tensor);
  const quantization = quantizationFrom(scales, zeroPoints, axis);
  return context.dequantized(tensor, { type: { ...type, quantization }, data });
}

/** The stored integers as float32 numbers. */
function storedNumbers(context: OperatorContext, operand: Operand): Operand {
  const { dtype, quantization } = operand.type;
  if (dtype === 'float32') return operand;
  if (quantization.kind === 'none')
    return context.writeQuantized({ type: 'cast', attributes: {} }, [operand], 'float32', notQuantized);
  if (quantization.kind === 'per-channel')
    throw context.unsupported('a tensor with scales along an axis', 'use one scale');
  const real = context.writeQuantized({ type: 'dequantize', attributes: {} }, [operand], 'float32', notQuantized);
  const steps = unary('round', binary('div', x, constant(quantization.scale)));
  return context.map(real, binary('add', steps, constant(quantization.zeroPoint)));
}

export const quantizeLinear: TranslateOperator = (context) => {
  const input = context.input(0);
  context.ignore('axis', 'block_size', 'saturate');
  if (context.int('precision', 0) > 1) throw context.unsupported('a precision other than float32', 'use float32');
  if (input.type.dtype !== 'float32') context.dtypeRefused(input.type.dtype, 'float32');
  const dtype = quantizedDtype(context);
  const { shape } = input.type;
  const parameters = constantParameters(context, shape);
  if (parameters !== null && input.tensor !== null) {
    context.bind(context.literal(quantizedConstant(input.tensor, parameters, dtype)));
    return;
  }
  if (parameters !== null && parameters.block === 0 && parameters.scales.length === 1 && dtype !== 'int32') {
    const quantization = quantizationFrom(parameters.scales, parameters.zeroPoints, 0);
    context.bind(context.writeQuantized({ type: 'quantize', attributes: {} }, [input], dtype, quantization));
    return;
  }
  const zero = context.optional(2);
  const scaled = context.zip('div', input, alongAxis(context, context.input(1), shape));
  const steps = context.map(scaled, unary('round', x));
  const moved =
    zero === null ? steps : context.zip('add', steps, alongAxis(context, storedNumbers(context, zero), shape));
  context.bind(context.writeQuantized({ type: 'cast', attributes: {} }, [moved], dtype, notQuantized));
};

function quantizedDtype(context: OperatorContext): QuantizedDType {
  const zero = context.optional(2);
  const code = context.int('output_dtype', 0);
  const named = code === 0 ? null : onnxDtype(code);
  const dtype: string = zero?.type.dtype ?? named ?? 'uint8';
  if (dtype === 'int8' || dtype === 'uint8' || dtype === 'int16' || dtype === 'int32') return dtype;
  throw context.problem('onnx-dtype', `quantizing to ${dtype} is not supported`, 'use int8, uint8 or int16');
}

function quantizedConstant({ data, type }: Tensor, parameters: Parameters, dtype: QuantizedDType): Tensor {
  const index = scaleIndices(type.shape, parameters);
  const { min, max } = integerRange[dtype];
  const stored = allocate(dtype, data.length);
  for (let i = 0; i < data.length; i++) {
    const scale = parameters.scales[index[i] ?? 0] ?? 1;
    const steps = roundHalfEven(Math.fround(Number(data[i]) / scale)) + (parameters.zeroPoints[index[i] ?? 0] ?? 0);
    stored[i] = Math.min(max, Math.max(min, Number.isNaN(steps) ? 0 : steps));
  }
  return { type: tensorType(dtype, type.shape), data: stored };
}

/** x rounded to a multiple of `scale` as QuantizeLinear does: ties go to the even multiple. */
export function roundedToEven(scale: number): ScalarExpression {
  return binary('mul', unary('round', binary('div', x, constant(scale))), constant(scale));
}
