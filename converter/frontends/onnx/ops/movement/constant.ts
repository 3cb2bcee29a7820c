import { allocate } from '../../../../tensor/dtype.ts';
import { elementCount, type Shape } from '../../../../tensor/shape.ts';
import { filled, type Tensor, tensorType } from '../../../../tensor/tensor.ts';
import type { OperatorContext, TranslateOperator } from '../../context.ts';

/** Operators that exist only for the arithmetic of shapes: they are computed while translating, int64 exactly. */

const constant: TranslateOperator = (context) => {
  const [name, ...others] = context.node.attributes.keys();
  if (name === undefined || others.length > 0) throw context.invalid('it must have one attribute');
  context.bind(context.literal(constantValue(context, name), context.node.outputs[0]));
};

function constantValue(context: OperatorContext, name: string): Tensor {
  const attribute = context.attribute(name);
  switch (attribute?.kind) {
    case 'tensor':
      return context.fromFile(attribute.value);
    case 'int':
      return { type: tensorType('int64', []), data: BigInt64Array.of(attribute.value) };
    case 'ints':
      return { type: tensorType('int64', [attribute.value.length]), data: BigInt64Array.from(attribute.value) };
    case 'float':
      return { type: tensorType('float32', []), data: Float32Array.of(attribute.value) };
    case 'floats':
      return { type: tensorType('float32', [attribute.value.length]), data: Float32Array.from(attribute.value) };
    default:
      throw context.unsupported(`a constant given as ${name}`, 'use a dense tensor of numbers');
  }
}

function int64(values: readonly number[], shape: Shape = [values.length]): Tensor {
  return { type: tensorType('int64', shape), data: BigInt64Array.from(values, BigInt) };
}

const shapeOf: TranslateOperator = (context) => {
  const { shape } = context.input(0).type;
  const [start, end] = [context.int('start', 0), context.int('end', shape.length)];
  context.bind(context.literal(int64(shape.slice(start, end))));
};

const size: TranslateOperator = (context) => {
  context.bind(context.literal(int64([elementCount(context.input(0).type.shape)], [])));
};

const constantOfShape: TranslateOperator = (context) => {
  const shape = context.integers(0, 'the shape');
  if (shape.some((length) => length < 0))
    throw context.invalid(`the shape ${shape.join(',')} has a negative dimension`);
  const value = context.tensorAttribute('value') ?? { type: tensorType('float32', [1]), data: Float32Array.of(0) };
  context.claim(elementCount(shape));
  const [element] = value.data;
  if (element === undefined || value.data.length !== 1) throw context.invalid('its value must have one element');
  context.bind(context.literal(filled(tensorType(value.type.dtype, shape), element)));
};

const range: TranslateOperator = (context) => {
  const [start, limit, delta] = [0, 1, 2].map((index) => context.constant(index, 'its bound'));
  const dtype = start?.type.dtype ?? 'int64';
  if (dtype !== 'int64' && dtype !== 'int32' && dtype !== 'float32')
    context.dtypeRefused(dtype, 'float32, int32 or int64');
  const [from, to, step] = [start, limit, delta].map((tensor) => Number(tensor?.data[0] ?? 0));
  if (from === undefined || to === undefined || step === undefined || step === 0)
    throw context.invalid('its step is 0');
  if (![from, to, step].every(Number.isFinite)) throw context.invalid('a bound is no number');
  const count = Math.max(0, Math.ceil((to - from) / step));
  context.claim(count);
  const data = allocate(dtype, count);
  for (let i = 0; i < count; i++) data[i] = dtype === 'int64' ? BigInt(from + i * step) : from + Math.fround(i * step);
  context.bind(context.literal({ type: tensorType(dtype, [count]), data }));
};

export const constants: readonly (readonly [string, TranslateOperator])[] = [
  ['Constant', constant],
  ['Shape', shapeOf],
  ['Size', size],
  ['ConstantOfShape', constantOfShape],
  ['Range', range],
];
