import type { Cell } from '../../cli/output/table.ts';
import { block, mark } from '../report.ts';
import { type FlashFigure, flashLimit } from './check.ts';

/** The table of predicted and linked flash, and whether all of it is within the limit. */
export function flashReport(figures: readonly FlashFigure[]): string {
  const percent = (share: number) => `${share > 0 ? '+' : ''}${(100 * share).toFixed(1)} %`;
  const errors: number[] = [];
  const rows = figures.map((figure): Cell[] => {
    if ('skipped' in figure) return [figure.id, figure.cpu, null, null, null, null, null, null, figure.skipped];
    const { id, cpu, code, constants } = figure;
    const linked = code.linked + constants.linked;
    const error = (code.predicted + constants.predicted) / linked - 1;
    errors.push(Math.abs(error));
    const codeError = percent(code.predicted / code.linked - 1);
    const isWithin = mark(Math.abs(error) <= flashLimit);
    return [id, cpu, constants.linked, code.predicted, code.linked, codeError, linked, percent(error), isWithin];
  });
  const titles = ['model', 'processor', 'constants', 'code, predicted', 'linked', '', 'flash', '', ''];
  const within = errors.filter((error) => error <= flashLimit).length;
  const worst = errors.length === 0 ? 'none' : percent(Math.max(...errors));
  const sum = `flash within ${100 * flashLimit} % of the linked program: ${within} of ${errors.length}, worst ${worst}`;
  return `${block('Flash of C packages in bytes, as predicted and as linked at -O2', titles, rows)}\n${sum}`;
}
