import type { Cell } from '../../cli/output/table.ts';
import { coreModels } from '../../converter/estimate/cores/cores.ts';
import { block, mark } from '../report.ts';
import type { EstimatorFigures } from './measure.ts';
import { meanError, type ResidualRow } from './residual-table.ts';

/** Closed forms beside block models, then what published results were predicted to be. */
export function estimatorReport({ closedForms, residuals, constants }: EstimatorFigures): string {
  const checks = closedForms.map((check): Cell[] => [
    ...[coreModels[check.cpu].name, check.model, check.cycles, percent(check.error)],
    ...[percent(check.errorLeftOut), percent(check.layerErrorLeftOut)],
  ]);
  return [
    block(
      'Closed forms against the block models: errors in total, in total by a fit without the package, and of its layers by cycles',
      ['core', 'package', 'block model', 'total', 'left out', 'layers left out'],
      checks,
    ),
    ...groups(residuals),
    aims(residuals),
    constants === null
      ? 'The published results are not in ../shared: these residuals are those that are kept in bench/estimator/data.'
      : `Fitted on all boards: exposed wait states ${constants.exposed.toFixed(2)}, PSoC 62 ${constants.psoc62.toFixed(1)} ns/byte.`,
  ].join('\n\n');
}

function groups(residuals: readonly ResidualRow[]): readonly string[] {
  const own = residuals.filter(({ method }) => method === 'class');
  const foreign = residuals.filter(({ method }) => method === 'kind');
  return [
    block(
      'Engines whose mix of instructions is known, each result without its board',
      ['core', 'board', 'engine', 'round', 'model', 'predicted Mcycles', 'error'],
      own.map((row): Cell[] => [
        ...[row.core, row.board, row.engine, row.round, row.model, row.predictedMcycles.toFixed(3)],
        `${row.percent.toFixed(1)}%`,
      ]),
    ),
    table('Other engines, by board', foreign, ({ heldOut, core, board }) => [core, board, heldOut]),
    table('Other engines, by engine', foreign, ({ heldOut, engine }) => [engine, '', heldOut]),
  ];
}

function table(title: string, rows: readonly ResidualRow[], keyOf: (row: ResidualRow) => readonly string[]): string {
  const keys = [...new Set(rows.map((row) => keyOf(row).join('\t')))].sort();
  const cells = keys.map((key): Cell[] => {
    const own = rows.filter((row) => keyOf(row).join('\t') === key);
    const worst = own.reduce((most, { percent }) => Math.max(most, Math.abs(percent)), 0);
    return [...key.split('\t'), own.length, `${meanError(own).toFixed(1)}%`, `${worst.toFixed(1)}%`];
  });
  return block(title, ['of', '', 'without its', 'results', 'mean error', 'worst'], cells);
}

/** Mean errors that are aimed at, in percent. */
const AIMS = { class: 12, kind: 18 } as const;

function aims(residuals: readonly ResidualRow[]): string {
  const row = (name: string, rows: readonly ResidualRow[], aim: number): Cell[] => {
    const mean = meanError(rows);
    return [name, rows.length, `${mean.toFixed(1)}%`, `${aim}%`, mark(mean < aim)];
  };
  const foreign = residuals.filter(({ method }) => method === 'kind');
  return block(
    'Mean errors',
    ['', 'results', 'mean error', 'aim', 'holds'],
    [
      row(
        'mix known, board left out',
        residuals.filter(({ method }) => method === 'class'),
        AIMS.class,
      ),
      row('mix not known, all', foreign, AIMS.kind),
      row(
        'mix not known, board left out',
        foreign.filter(({ heldOut }) => heldOut === 'board'),
        AIMS.kind,
      ),
      row(
        'mix not known, model left out',
        foreign.filter(({ heldOut }) => heldOut === 'model'),
        AIMS.kind,
      ),
    ],
  );
}

const percent = (share: number): string => `${(100 * share).toFixed(1)}%`;
