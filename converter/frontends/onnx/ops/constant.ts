import { allocate, type DType, type TensorData } from '../../../tensor/dtype.ts';
import { float16ToNumber } from '../../../tensor/float16.ts';
import { broadcastOffsets } from '../../../tensor/layout.ts';
import { broadcastShapes, elementCount, type Shape } from '../../../tensor/shape.ts';
import { type Tensor, tensorType } from '../../../tensor/tensor.ts';
import type { OperatorContext, TranslateOperator } from '../context.ts';
import { internalDtype } from '../dtype.ts';
import { onnxDtype } from '../format/model.ts';

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
  const data = allocate(value.type.dtype, elementCount(shape));
  const [element] = value.data;
  if (element === undefined || value.data.length !== 1) throw context.invalid('its value must have one element');
  if (data instanceof BigInt64Array) data.fill(BigInt(element));
  else data.fill(Number(element));
  context.bind(context.literal({ type: tensorType(value.type.dtype, shape), data }));
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

/** Cast: nothing for the same dtype; between dtypes only constants. */
const cast: TranslateOperator = (context) => {
  const input = context.input(0);
  context.ignore('saturate', 'round_mode');
  const file = onnxDtype(context.int('to', 0));
  const to = file === null ? null : internalDtype(file);
  if (to === null)
    throw context.problem('onnx-dtype', `a cast to ${file ?? 'an unknown dtype'} is not supported`, 'use float32');
  if (to === input.type.dtype) context.bind(input);
  else
    context.bind(
      context.literal(
        converted(context, context.constantOf(input, `what is cast from ${input.type.dtype} to ${to}`), to),
      ),
    );
};

function converted(context: OperatorContext, tensor: Tensor, to: DType): Tensor {
  const { dtype, shape } = tensor.type;
  const wholes = ['int8', 'uint8', 'int16', 'int32', 'int64', 'bool'];
  const isFloat = dtype === 'float32' || dtype === 'float16';
  const data = allocate(to, tensor.data.length);
  const fits =
    to === 'float32' ||
    to === 'bool' ||
    to === 'int64' ||
    to === 'int32' ||
    (to !== 'float16' && wholes.includes(dtype));
  if (!fits) throw context.unsupported(`a cast from ${dtype} to ${to}`, 'cast to float32');
  for (let i = 0; i < data.length; i++) {
    const stored = tensor.data[i] ?? 0;
    const value = dtype === 'float16' ? float16ToNumber(Number(stored)) : stored;
    if (isFloat && to.startsWith('int') && !(Math.abs(Number(value)) < 2 ** (to === 'int64' ? 63 : 31))) {
      throw context.unsupported(`a cast of ${value} to ${to}`, 'use a number that the dtype holds');
    }
    data[i] = convertedElement(value, data, to);
  }
  return { type: tensorType(to, shape), data };
}

/** float -> int truncates; integers wrap around as typed arrays do. */
function convertedElement(value: number | bigint, data: TensorData, to: DType): number | bigint {
  if (to === 'bool') return Number(value) === 0 ? 0 : 1;
  if (data instanceof BigInt64Array) return typeof value === 'bigint' ? value : BigInt(Math.trunc(value));
  if (to === 'float32') return Number(value);
  return typeof value === 'bigint' ? Number(BigInt.asIntN(32, value)) : Math.trunc(value);
}

type Element = number | bigint;

/** An elementwise function of constants with broadcasting. */
function onConstants(
  count: number,
  output: DType | 'of the last',
  f: (...values: Element[]) => Element,
): TranslateOperator {
  return (context) => {
    const tensors = Array.from({ length: count }, (_, i) => context.constant(i, `operand ${i}`));
    if (tensors.some((tensor) => tensor.type.dtype === 'float16')) context.dtypeRefused('float16', 'float32');
    const shape = tensors.reduce<Shape | null>((joined, { type }) => joined && broadcastShapes(joined, type.shape), []);
    if (shape === null) throw context.invalid('the shapes of its operands do not broadcast');
    context.claim(elementCount(shape));
    const offsets = tensors.map(({ type }) => broadcastOffsets(type.shape, shape));
    const dtype = output === 'of the last' ? (tensors.at(-1)?.type.dtype ?? 'bool') : output;
    const data = allocate(dtype, elementCount(shape));
    for (let i = 0; i < data.length; i++)
      data[i] = f(...tensors.map((tensor, k) => tensor.data[offsets[k]?.[i] ?? 0] ?? 0));
    context.bind(context.literal({ type: tensorType(dtype, shape), data }));
  };
}

const compare = (f: (a: Element, b: Element) => boolean) => onConstants(2, 'bool', (a = 0, b = 0) => (f(a, b) ? 1 : 0));

/** Where: a constant condition that is the same everywhere selects an operand; else all three are constants. */
const where: TranslateOperator = (context) => {
  const condition = context.constant(0, 'the condition');
  const [yes, no] = [context.input(1), context.input(2)];
  const shape = [yes.type.shape, no.type.shape].reduce<Shape | null>(
    (a, b) => a && broadcastShapes(a, b),
    condition.type.shape,
  );
  const first = condition.data[0];
  const chosen = first === 0 ? no : yes;
  if (condition.data.every((element: Element) => element === first) && shape?.join() === chosen.type.shape.join()) {
    context.bind(chosen);
  } else onConstants(3, 'of the last', (c = 0, a = 0, b = 0) => (c === 0 ? b : a))(context);
};

export const constants: readonly (readonly [string, TranslateOperator])[] = [
  ['Constant', constant],
  ['Shape', shapeOf],
  ['Size', size],
  ['ConstantOfShape', constantOfShape],
  ['Range', range],
  ['Cast', cast],
  ['Equal', compare((a, b) => a === b)],
  ['Less', compare((a, b) => a < b)],
  ['LessOrEqual', compare((a, b) => a <= b)],
  ['Greater', compare((a, b) => a > b)],
  ['GreaterOrEqual', compare((a, b) => a >= b)],
  ['Not', onConstants(1, 'bool', (a = 0) => (a === 0 ? 1 : 0))],
  ['And', onConstants(2, 'bool', (a = 0, b = 0) => (a !== 0 && b !== 0 ? 1 : 0))],
  ['Or', onConstants(2, 'bool', (a = 0, b = 0) => (a !== 0 || b !== 0 ? 1 : 0))],
  ['Where', where],
];
