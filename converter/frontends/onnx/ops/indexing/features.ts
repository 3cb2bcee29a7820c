import { allocate, type DType } from '../../../../tensor/dtype.ts';
import { dimension, elementCount } from '../../../../tensor/shape.ts';
import { type Tensor, tensorType } from '../../../../tensor/tensor.ts';
import type { OperatorContext, TranslateOperator } from '../../context.ts';
import type { Operand } from '../../writer.ts';
import { concatenated } from '../movement/along-axis.ts';
import { fromEnd } from './indices.ts';

/** Operators of ai.onnx.ml that prepare features. Their results are float32 whatever numbers come in. */

function floatsOf(context: OperatorContext, name: string, fallback: readonly number[]): readonly number[] {
  const attribute = context.attribute(name);
  if (attribute === null) return fallback;
  if (attribute.kind !== 'floats') throw context.invalid(`the attribute ${name} is no list of numbers`);
  return attribute.value;
}

/** Scaler: (x - offset) * scale, one of each for all features or for each of the last axis. */
const scaler: TranslateOperator = (context) => {
  const input = context.cast(context.input(0), 'float32');
  const features = input.type.shape.at(-1) ?? 1;
  const each = (name: string, fallback: number) => {
    const values = floatsOf(context, name, [fallback]);
    if (values.length !== 1 && values.length !== features)
      throw context.invalid(`${name} does not fit ${features} features`);
    return context.floats(values, values.length === 1 ? [] : [features]);
  };
  context.bind(context.zip('mul', context.zip('sub', input, each('offset', 0)), each('scale', 1)));
};

/** Binarizer: 1 above the threshold, 0 elsewhere. */
const binarizer: TranslateOperator = (context) => {
  const input = context.input(0);
  context.floatOnly(input);
  const above = context.compare('greater', input, context.floats([context.float('threshold', 0)], []));
  context.bind(context.cast(above, 'float32'));
};

/** FeatureVectorizer: the features of all inputs side by side, rows of their first dimension. */
const featureVectorizer: TranslateOperator = (context) => {
  const inputs = context.inputs();
  const sizes = context.ints('inputdimensions') ?? [];
  const rows = inputs.map((input, i) => {
    const { shape } = input.type;
    const count = shape.length < 2 ? 1 : dimension(shape, 0);
    const size = elementCount(shape) / count;
    if (sizes[i] !== undefined && sizes[i] !== size)
      throw context.unsupported(`${size} features as ${sizes[i]}`, 'cut or pad them before');
    return context.reshape(context.cast(input, 'float32'), [count, size]);
  });
  context.bind(concatenated(context, rows, 1));
};

/** ArrayFeatureExtractor: places of the last axis; the result has at least two dimensions. */
const arrayFeatureExtractor: TranslateOperator = (context) => {
  const [input, given] = [context.input(0), context.input(1)];
  const { shape } = input.type;
  const axis = context.axis(-1, shape.length);
  const count = elementCount(given.type.shape);
  const places = context.reshape(fromEnd(context, given, [dimension(shape, axis)]), [count, 1]);
  const picked = context.write({ type: 'gather', attributes: { axis, count: 1 } }, [input, places]);
  context.bind(context.reshape(picked, shape.length === 1 ? [1, count] : shape.with(axis, count)));
};

/** OneHotEncoder of whole numbers: a new last axis with a 1 where the number is the category, nothing where it is none of them. */
const oneHotEncoder: TranslateOperator = (context) => {
  const input = context.input(0);
  const categories = context.ints('cats_int64s');
  context.ignore('zeros');
  if (categories === null) throw context.unsupported('categories that are strings', 'use whole numbers');
  const data = BigInt64Array.from(categories, BigInt);
  const known = context.literal({ type: tensorType('int64', [categories.length]), data });
  const view = context.reshape(context.cast(input, 'int64'), [...input.type.shape, 1]);
  context.bind(context.cast(context.compare('equal', view, known), 'float32'));
};

/** Keys or values of a LabelEncoder as a tensor; null where the node has none of this dtype. */
function mapping(context: OperatorContext, role: 'keys' | 'values' | 'default'): Tensor {
  const plural = role === 'default' ? '' : 's';
  const given = context.tensorAttribute(`${role}_tensor`);
  if (given !== null) return given;
  const wholes = context.attribute(`${role}_int64${plural}`);
  const reals = context.attribute(`${role}_float${plural}`);
  const numbers = (dtype: DType, list: readonly (number | bigint)[]): Tensor => {
    const data = allocate(dtype, list.length);
    list.forEach((value, i) => {
      data[i] = value;
    });
    return { type: tensorType(dtype, [list.length]), data };
  };
  if (wholes?.kind === 'ints') return numbers('int64', wholes.value);
  if (wholes?.kind === 'int') return numbers('int64', [wholes.value]);
  if (reals?.kind === 'floats') return numbers('float32', reals.value);
  if (reals?.kind === 'float') return numbers('float32', [reals.value]);
  if (role === 'default') return numbers('float32', []);
  throw context.unsupported(`${role} that are no numbers`, 'use float32 or int64');
}

/** LabelEncoder of numbers: the value of the first key that the element equals, else the default. */
const labelEncoder: TranslateOperator = (context) => {
  const input = context.input(0);
  const [keys, values, other] = [mapping(context, 'keys'), mapping(context, 'values'), mapping(context, 'default')];
  const count = keys.data.length;
  if (count === 0 || values.data.length !== count)
    throw context.invalid(`${count} keys for ${values.data.length} values`);
  if (keys.type.dtype !== input.type.dtype) throw context.invalid(`keys of ${keys.type.dtype} for ${input.type.dtype}`);
  if (Array.from<number | bigint>(keys.data).some((key) => Number.isNaN(Number(key)))) {
    throw context.unsupported('NaN as a key', 'leave it out');
  }
  const fallback = other.data[0] ?? (values.type.dtype === 'int64' ? -1 : -0);
  const table = allocate(values.type.dtype, count + 1);
  [...Array.from<number | bigint>(values.data), fallback].forEach((value, i) => {
    table[i] = table instanceof BigInt64Array ? BigInt(value) : Number(value);
  });
  const elements = elementCount(input.type.shape);
  const hits = context.compare(
    'equal',
    context.reshape(input, [elements, 1]),
    context.literal({ ...keys, type: tensorType(keys.type.dtype, [count]) }),
  );
  // A last column that always holds stands for the default.
  const always = context.floats(new Float32Array(elements).fill(1), [elements, 1]);
  const columns = [context.cast(hits, 'float32'), always];
  const all = concatenated(context, columns, 1);
  const place = context.writeAs('int32', { type: 'arg-reduce', attributes: { kind: 'max', axis: 1 } }, [all]);
  const results: Operand = context.literal({ type: tensorType(values.type.dtype, [count + 1]), data: table });
  const op = { type: 'gather', attributes: { axis: 0, count: 1 } } as const;
  const picked = context.write(op, [results, context.reshape(place, [elements, 1])]);
  context.bind(context.reshape(picked, input.type.shape));
};

export const features: readonly (readonly [string, TranslateOperator])[] = [
  ['ai.onnx.ml:Scaler', scaler],
  ['ai.onnx.ml:Binarizer', binarizer],
  ['ai.onnx.ml:FeatureVectorizer', featureVectorizer],
  ['ai.onnx.ml:ArrayFeatureExtractor', arrayFeatureExtractor],
  ['ai.onnx.ml:OneHotEncoder', oneHotEncoder],
  ['ai.onnx.ml:LabelEncoder', labelEncoder],
];
