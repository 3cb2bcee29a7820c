import type { ReduceAttributes } from '../../../ops/reduce.ts';
import { unary, theVariable as x } from '../../../ops/scalar-expression.ts';
import { elementCount } from '../../../tensor/shape.ts';
import { tensorType, zeros } from '../../../tensor/tensor.ts';
import type { OperatorContext, TranslateOperator } from '../context.ts';
import type { Operand } from '../writer.ts';

/** From which operator set on the axes are an input: ReduceSum was first. */
const axesInput = { sum: 13, other: 18 } as const;

function reduce(context: OperatorContext, kind: ReduceAttributes['kind'], input: Operand, since: number): Operand {
  const rank = input.type.shape.length;
  const given = context.opset >= since ? context.optionalIntegers(1, 'axes') : context.ints('axes');
  const keepDims = context.int('keepdims', 1) !== 0;
  context.ignore('noop_with_empty_axes');
  const none = given === null || given.length === 0;
  if (none && context.opset >= since && context.int('noop_with_empty_axes', 0) !== 0) return input;
  const axes = none ? input.type.shape.map((_, axis) => axis) : context.axes(given, rank);
  if (axes.some((axis) => input.type.shape[axis] === 0)) return ofNothing(context, kind, input, axes, keepDims);
  return axes.length === 0 ? input : context.write({ type: 'reduce', attributes: { kind, axes, keepDims } }, [input]);
}

/** What is left of no elements at all. */
const neutral: { readonly [K in ReduceAttributes['kind']]: number } = {
  sum: 0,
  product: 1,
  max: Number.NEGATIVE_INFINITY,
  min: Number.POSITIVE_INFINITY,
  mean: Number.NaN,
};

/** A reduction over no elements, which is constant. */
function ofNothing(
  context: OperatorContext,
  kind: ReduceAttributes['kind'],
  { type }: Operand,
  axes: readonly number[],
  keepDims: boolean,
): Operand {
  const kept = type.shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
  const shape = keepDims ? kept : kept.filter((_, axis) => !axes.includes(axis));
  const value = neutral[kind];
  if (type.dtype !== 'float32' && !Number.isFinite(value)) {
    throw context.unsupported(`the ${kind} of no elements of ${type.dtype}`, 'leave the operator out');
  }
  context.claim(elementCount(shape));
  const result = zeros(tensorType(type.dtype, shape));
  if (result.data instanceof BigInt64Array) result.data.fill(BigInt(value));
  else result.data.fill(value);
  return context.literal(result);
}

const plain = (kind: ReduceAttributes['kind'], since: number = axesInput.other): TranslateOperator => {
  return (context) => context.bind(reduce(context, kind, context.input(0), since));
};

/** Functions before and after a sum. */
function aroundSum(before: 'abs' | 'square' | null, after: 'sqrt' | 'log' | null): TranslateOperator {
  return (context) => {
    const input = context.input(0);
    context.floatOnly(input);
    const sum = reduce(context, 'sum', before === null ? input : context.map(input, unary(before, x)), axesInput.other);
    context.bind(after === null ? sum : context.map(sum, unary(after, x)));
  };
}

export const reductions: readonly (readonly [string, TranslateOperator])[] = [
  ['ReduceMean', plain('mean')],
  ['ReduceSum', plain('sum', axesInput.sum)],
  ['ReduceMax', plain('max')],
  ['ReduceMin', plain('min')],
  ['ReduceProd', plain('product')],
  ['ReduceL1', aroundSum('abs', null)],
  ['ReduceL2', aroundSum('square', 'sqrt')],
  ['ReduceSumSquare', aroundSum('square', null)],
  ['ReduceLogSum', aroundSum(null, 'log')],
];
