import type { ReduceAttributes } from '../../../../ops/reduce.ts';
import { binary, constant, unary, theVariable as x } from '../../../../ops/scalar-expression.ts';
import { elementCount } from '../../../../tensor/shape.ts';
import { filled, tensorType } from '../../../../tensor/tensor.ts';
import type { OperatorContext, TranslateOperator } from '../../context.ts';
import type { Operand } from '../../writer.ts';

/** From which operator set on the axes are an input: ReduceSum was first. */
const axesInput = { sum: 13, other: 18 } as const;

function reduce(context: OperatorContext, kind: ReduceAttributes['kind'], input: Operand, since: number): Operand {
  const keepDims = context.int('keepdims', 1) !== 0;
  const axes = reducedAxes(context, input.type.shape.length, since);
  if (axes === null || axes.length === 0) return input;
  if (axes.some((axis) => input.type.shape[axis] === 0)) return ofNothing(context, kind, input, axes, keepDims);
  return context.write({ type: 'reduce', attributes: { kind, axes, keepDims } }, [input]);
}

/** The axes that go away or become 1, or null where none do. */
function reducedAxes(context: OperatorContext, rank: number, since: number): readonly number[] | null {
  const given = context.opset >= since ? context.optionalIntegers(1, 'axes') : context.ints('axes');
  context.ignore('noop_with_empty_axes');
  const none = given === null || given.length === 0;
  if (none && context.opset >= since && context.int('noop_with_empty_axes', 0) !== 0) return null;
  return none ? Array.from({ length: rank }, (_, axis) => axis) : context.axes(given, rank);
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
  if (type.dtype !== 'float32' && type.dtype !== 'float64' && !Number.isFinite(value)) {
    throw context.unsupported(`the ${kind} of no elements of ${type.dtype}`, 'leave the operator out');
  }
  if (type.dtype === 'float16') context.dtypeRefused('float16', 'float32');
  context.claim(elementCount(shape));
  return context.literal(filled(tensorType(type.dtype, shape), value));
}

const plain = (kind: ReduceAttributes['kind'], since: number = axesInput.other): TranslateOperator => {
  return (context) => context.bind(reduce(context, kind, context.input(0), since));
};

/** Functions before and after a sum. */
function aroundSum(before: 'abs' | 'square' | null, after: 'sqrt' | 'log' | null): TranslateOperator {
  return (context) => {
    const input = context.input(0);
    const sum = reduce(
      context,
      'sum',
      before === null ? input : context.mapAny(input, unary(before, x)),
      axesInput.other,
    );
    context.bind(after === null ? sum : context.map(sum, unary(after, x)));
  };
}

/**
 * ReduceLogSumExp: m + log(sum of exp(x - m)) with the largest element m, which is kept finite so that infinities come through.
 */
const logSumExp: TranslateOperator = (context) => {
  const input = context.input(0);
  context.realOnly(input);
  const largest = reduce(context, 'max', input, axesInput.other);
  const most = input.type.dtype === 'float16' ? 65504 : 3.4028234663852886e38;
  const finite = context.map(largest, binary('min', binary('max', x, constant(-most)), constant(most)));
  const kept = context.reshape(finite, keptShape(context, input));
  const powers = context.map(context.zip('sub', input, kept), unary('exp', x));
  const sum = reduce(context, 'sum', powers, axesInput.other);
  context.bind(context.zip('add', context.map(sum, unary('log', x)), finite));
};

/** The shape with size 1 along the reduced axes. */
function keptShape(context: OperatorContext, { type }: Operand): readonly number[] {
  const axes = reducedAxes(context, type.shape.length, axesInput.other) ?? [];
  return type.shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
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
  ['ReduceLogSumExp', logSumExp],
];
