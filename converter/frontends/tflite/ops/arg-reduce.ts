import type { OperatorContext, TranslateOperator } from '../context.ts';
import { axisInput } from './axis.ts';

function argReduce(context: OperatorContext, kind: 'max' | 'min'): void {
  const input = context.input(0);
  const axis = axisInput(context, 1, context.type(input).shape.length);
  context.output(0, { type: 'arg-reduce', attributes: { kind, axis } }, [input]);
}

export const argMax: TranslateOperator = (context) => argReduce(context, 'max');
export const argMin: TranslateOperator = (context) => argReduce(context, 'min');
