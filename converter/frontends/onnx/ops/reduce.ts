import type { ReduceAttributes } from '../../../ops/reduce.ts';
import { unary, theVariable as x } from '../../../ops/scalar-expression.ts';
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
  return axes.length === 0 ? input : context.write({ type: 'reduce', attributes: { kind, axes, keepDims } }, [input]);
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
