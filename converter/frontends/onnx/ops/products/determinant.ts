import { dimension } from '../../../../tensor/shape.ts';
import type { OperatorContext, TranslateOperator } from '../../context.ts';
import type { Operand } from '../../writer.ts';
import { boxOf } from '../movement/along-axis.ts';

/** Det of stacks of matrices of up to 3 x 3, by the expansion along the first row. */
const det: TranslateOperator = (context) => {
  const input = context.input(0);
  context.floatOnly(input);
  const { shape } = input.type;
  const size = shape.length < 2 ? 0 : dimension(shape, -1);
  if (size < 1 || shape.at(-2) !== size) throw context.invalid(`${shape.join('x')} is no square matrix`);
  if (size > 3) throw context.unsupported(`matrices of ${size} x ${size}`, 'use matrices of at most 3 x 3');
  const lead = shape.slice(0, -2);
  const element = (row: number, column: number): Operand =>
    context.reshape(boxOf(context, input, [...lead.map(() => 0), row, column], [...lead, 1, 1]), lead);
  const all = Array.from({ length: size }, (_, i) => i);
  context.bind(expanded(context, element, all, all));
};

function expanded(
  context: OperatorContext,
  element: (row: number, column: number) => Operand,
  [row = 0, ...rows]: readonly number[],
  columns: readonly number[],
): Operand {
  const terms = columns.map((column) => {
    const rest = columns.filter((other) => other !== column);
    const first = element(row, column);
    return rest.length === 0 ? first : context.zip('mul', first, expanded(context, element, rows, rest));
  });
  return terms.reduce((sum, term, i) => context.zip(i % 2 === 1 ? 'sub' : 'add', sum, term));
}

export const determinants: readonly (readonly [string, TranslateOperator])[] = [['Det', det]];
