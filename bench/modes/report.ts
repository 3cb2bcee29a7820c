import type { Cell } from '../../cli/output/table.ts';
import { block, mark } from '../report.ts';
import type { Mode, ModeFigure, ModeRun } from './measure.ts';

const titles = [
  'model',
  'mode',
  'arena',
  'aim',
  'holds',
  'instructions',
  'of layer-wise',
  'stack',
  'code flash',
  'streams',
] as const;

/** Arena and instructions of each model in each mode. */
export function modesReport(figures: readonly ModeFigure[]): string {
  const rows = figures.flatMap((figure) => figure.runs.map((run) => rowOf(figure, run)));
  const skipped = figures.flatMap(({ model, skipped: reason }) => (reason === null ? [] : [`${model.id}: ${reason}`]));
  return [block('Planning modes, Cortex-M4 (emulated mps2-an386), bytes', titles, rows), ...skipped].join('\n');
}

function rowOf({ model, runs }: ModeFigure, run: ModeRun): Cell[] {
  const aims: Readonly<Record<Mode, number | null>> = {
    'layer-wise': null,
    latency: null,
    balanced: model.balancedBytes,
    sram: model.sramBytes,
  };
  const aim = aims[run.mode];
  const [base] = runs;
  const ratio = base === undefined ? null : `${(run.instructions / base.instructions).toFixed(3)}x`;
  return [
    model.id,
    run.mode,
    run.arenaBytes,
    aim,
    mark(aim === null ? null : run.arenaBytes <= aim),
    run.instructions,
    ratio,
    run.stackBytes,
    run.codeFlashBytes,
    run.streams.join(' ') || null,
  ];
}
