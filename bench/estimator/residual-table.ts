import { existsSync } from 'node:fs';
import type { Residual } from './class-engines.ts';
import { residualsFile } from './files.ts';
import type { HeldOut } from './kind-engines.ts';
import { readTable } from './table.ts';

/** How a result was predicted: from the mix of instructions of its engine, or from MACs by kind alone. */
export type Method = 'class' | 'kind';

/** A published result, what was predicted of it by a fit that had not seen it, and how far that is off. */
export interface ResidualRow {
  readonly method: Method;
  readonly heldOut: HeldOut;
  readonly core: string;
  readonly board: string;
  readonly engine: string;
  readonly round: string;
  readonly model: string;
  readonly predictedMcycles: number;
  /** predicted / published - 1, in percent. */
  readonly percent: number;
}

export function residualRow(method: Method, { row, predicted, relative }: Residual, heldOut: HeldOut): ResidualRow {
  const { core, board, engine, variant, round, model } = row;
  return {
    ...{ method, heldOut, core, board, round, model },
    engine: variant === '' ? engine : `${engine} ${variant}`,
    predictedMcycles: Number((predicted / 1e6).toFixed(4)),
    percent: Number((100 * relative).toFixed(1)),
  };
}

const columns = [
  ...(['method', 'heldOut', 'core', 'board', 'engine', 'round', 'model', 'predictedMcycles', 'percent'] as const),
] as const;

/** The rows as comma-separated values, by method, core, board, engine. */
export function residualTable(rows: readonly ResidualRow[]): string {
  const order = ({ method, core, board, engine, round, model }: ResidualRow) =>
    [method, core, board, engine, round, model].join('\t');
  const sorted = [...rows].sort((a, b) => (order(a) < order(b) ? -1 : order(a) > order(b) ? 1 : a.percent - b.percent));
  return `${[columns.join(','), ...sorted.map((row) => columns.map((name) => row[name]).join(','))].join('\n')}\n`;
}

/** The rows that are kept. */
export function keptResiduals(): readonly ResidualRow[] {
  if (!existsSync(residualsFile)) return [];
  return readTable(residualsFile).map((row) => {
    const text = (name: (typeof columns)[number]) => row.get(name) ?? '';
    return {
      method: text('method') === 'class' ? 'class' : 'kind',
      heldOut: text('heldOut') === 'board' ? 'board' : 'model',
      core: text('core'),
      board: text('board'),
      engine: text('engine'),
      round: text('round'),
      model: text('model'),
      predictedMcycles: Number(text('predictedMcycles')),
      percent: Number(text('percent')),
    };
  });
}

/** The mean of the magnitudes of residuals, in percent. */
export function meanError(rows: readonly Pick<ResidualRow, 'percent'>[]): number {
  return rows.reduce((sum, { percent }) => sum + Math.abs(percent), 0) / Math.max(1, rows.length);
}
