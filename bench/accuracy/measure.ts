import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { TargetName } from '../../cli/engine/engine.ts';
import { runProcess } from '../../targets/process.ts';
import type { AccuracyAnchor, Anchors } from '../anchors.ts';
import { absent, locate, root } from '../places.ts';
import type { AccuracyRow } from './rows.ts';

/** Right answers of one model on one dataset. */
export type AccuracyFigure = {
  readonly id: string;
  readonly rounding: 'default' | 'single';
  readonly anchor: AccuracyAnchor | null;
} & (
  | { readonly right: number; readonly top5: number | null; readonly of: number; readonly command: string }
  | { readonly skipped: string }
);

/** Counts every row through the command line, one process each. */
export async function measureAccuracy(
  rows: readonly AccuracyRow[],
  anchors: Anchors['accuracy'],
  on: TargetName,
  note: (line: string) => void,
): Promise<readonly AccuracyFigure[]> {
  const figures: AccuracyFigure[] = [];
  for (const row of rows) {
    for (const rounding of row.roundings) {
      note(`accuracy: ${row.id}${rounding === 'default' ? '' : `, ${rounding} rounding`}`);
      const anchor = anchors.rows.find(({ id }) => id === row.id) ?? null;
      figures.push({ id: row.id, rounding, anchor, ...(await count(row, rounding, on)) });
    }
  }
  return figures;
}

const result = z.object({
  dataset: z.object({ total: z.number(), top1: z.number(), top5: z.number().nullable() }),
});

async function count(row: AccuracyRow, rounding: 'default' | 'single', on: TargetName) {
  const names = [row.model, row.dataset, ...Object.values(row.files)];
  const missing = names.find((name) => locate(name) === undefined);
  if (missing !== undefined) return { skipped: absent(missing) };
  const args = [
    ...['run', locate(row.model) ?? '', '--on', on, '--dataset', locate(row.dataset) ?? ''],
    ...Object.entries(row.files).flatMap(([option, path]) => [`--${option}`, locate(path) ?? '']),
    ...[...row.options, ...(rounding === 'default' ? [] : ['--rounding', rounding]), '--json'],
  ];
  const cli = fileURLToPath(new URL('../../cli/main.js', import.meta.url));
  const ended = await runProcess(process.execPath, [cli, ...args], { cwd: root, timeoutMs: 1_800_000 });
  if (ended.exitCode !== 0) return { skipped: `exit code ${ended.exitCode}: ${ended.stdout}${ended.stderr}`.trim() };
  const { dataset } = result.parse(JSON.parse(ended.stdout));
  const shown = args.map((arg) => arg.replace(`${root}/`, '').replace(/^.*(?=\/shared\/)/, '..'));
  return { right: dataset.top1, top5: dataset.top5, of: dataset.total, command: `thimble ${shown.join(' ')}` };
}
