import type { Cell } from '../../cli/output/table.ts';
import { block, titled } from '../report.ts';
import type { QuantizeFigure } from './measure.ts';

/** Accuracy of float models and of the int8 models made of them, then the commands that print more. */
export function quantizeReport(figures: readonly QuantizeFigure[]): string {
  const rows = figures.map((figure): Cell[] => {
    if ('skipped' in figure) return [figure.id, null, null, null, null, null, null, figure.skipped];
    const { id, aim, samples, outputs } = figure;
    const { accuracy, agreement, cosine } = outputs;
    const share = (value: number | undefined) => (value === undefined ? null : `${(100 * value).toFixed(1)} %`);
    return [
      id,
      samples,
      outputs.samples,
      share(accuracy?.real.value),
      share(accuracy?.stored.value),
      share(agreement.value),
      cosine.toFixed(5),
      aim,
    ];
  });
  const titles = ['model', 'calibrated on', 'judged by', 'float right', 'integers right', 'agree', 'cosine', 'aim'];
  const commands = figures.flatMap((figure) => ('command' in figure ? [`  ${figure.command}`] : []));
  const table = block('Float models quantized', titles, rows);
  return commands.length === 0 ? table : `${table}\n\n${titled('Commands', commands.join('\n'))}`;
}
