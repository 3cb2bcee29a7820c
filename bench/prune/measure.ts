import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { runProcess } from '../../targets/process.ts';
import { absent, locate, root } from '../places.ts';
import { type PruneRow, pruneWays } from './rows.ts';

const result = z.object({
  samples: z.number(),
  judged: z.number(),
  curve: z.array(
    z.object({
      macs: z.number(),
      outputError: z.number().nullable(),
      agreement: z.number().nullable(),
      accuracy: z.number().nullable(),
      floatAccuracy: z.number().nullable(),
    }),
  ),
});

/** What one way of pruning makes of one model. */
export type PruneFigure = {
  readonly id: string;
  readonly way: string;
  /** Share of the MACs that may be left, in percent, and points of accuracy that may be lost. */
  readonly left: number;
  readonly points: number;
} & ((z.infer<typeof result> & { readonly command: string }) | { readonly skipped: string });

/** Prunes every row in every way through the command line, one process each. */
export async function measurePruning(
  rows: readonly PruneRow[],
  note: (line: string) => void,
): Promise<readonly PruneFigure[]> {
  const figures: PruneFigure[] = [];
  for (const row of rows) {
    for (const { left, points } of row.bounds) {
      for (const { id: way, options } of pruneWays) {
        note(`prune: ${row.id} to ${left} % of its MACs, ${way}`);
        figures.push({ id: row.id, way, left, points, ...(await prune(row, left, options)) });
      }
    }
  }
  return figures;
}

async function prune({ model, samples, reading }: PruneRow, left: number, options: readonly string[]) {
  const place = (path: string) => locate(path) ?? path;
  const missing = [model, samples].find((path) => locate(path) === undefined);
  if (missing !== undefined) return { skipped: absent(missing) };
  const words = reading.map((word) => (word.includes('/') ? place(word) : word));
  const args = [
    'prune',
    place(model),
    '--samples',
    place(samples),
    ...words,
    '--macs',
    `${left}%`,
    ...options,
    '--json',
  ];
  const cli = fileURLToPath(new URL('../../cli/main.js', import.meta.url));
  const ended = await runProcess(process.execPath, [cli, ...args], { cwd: root, timeoutMs: 1_800_000 });
  if (ended.exitCode !== 0) return { skipped: `exit code ${ended.exitCode}: ${ended.stdout}${ended.stderr}`.trim() };
  const shown = args.map((arg) => arg.replace(`${root}/`, '').replace(/^.*(?=\/shared\/)/, '..'));
  return { ...result.parse(JSON.parse(ended.stdout)), command: `thimble ${shown.join(' ')}` };
}
