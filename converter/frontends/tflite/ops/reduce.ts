import type { ReduceAttributes } from '../../../ops/reduce.ts';
import type { OperatorContext, TranslateOperator } from '../context.ts';
import { requireScales } from './zip.ts';

function reducer(kind: ReduceAttributes['kind']): TranslateOperator {
  return (context: OperatorContext) => {
    const input = context.input(0);
    if (kind !== 'max' && kind !== 'min') requireScales(context);
    const rank = context.type(input).shape.length;
    const listed = context.integers(1, 'the axes').map((axis) => (axis < 0 ? axis + rank : axis));
    const wrong = listed.filter((axis) => axis < 0 || axis >= rank);
    if (wrong.length > 0) throw context.invalid(`axes [${listed.join(', ')}] do not exist in ${rank} dimensions`);
    const axes = [...new Set(listed)].sort((a, b) => a - b);
    const keepDims = context.options('ReducerOptions').keep_dims;
    context.output(0, { type: 'reduce', attributes: { kind, axes, keepDims } }, [input]);
  };
}

export const mean = reducer('mean');
export const sum = reducer('sum');
export const reduceMax = reducer('max');
export const reduceMin = reducer('min');
export const reduceProd = reducer('product');
