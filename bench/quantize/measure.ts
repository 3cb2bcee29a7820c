import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { exportOnnx } from '../../converter/exporters/onnx/export.ts';
import { importModel, optimizeGraph } from '../../converter/pipeline.ts';
import { runProcess } from '../../targets/process.ts';
import { spreadChannels } from '../../test/support/spread-channels.ts';
import { absent, locate, root, scratch } from '../places.ts';
import type { QuantizeRow } from './rows.ts';

const interval = z.object({ value: z.number(), low: z.number(), high: z.number() });

const result = z.object({
  samples: z.number(),
  outputs: z.object({
    samples: z.number(),
    agreement: interval,
    cosine: z.number(),
    accuracy: z.object({ real: interval, stored: interval, difference: interval }).nullable(),
  }),
});

/** What quantization makes of one model. */
export type QuantizeFigure = { readonly id: string; readonly aim: string } & (
  | (z.infer<typeof result> & { readonly command: string })
  | { readonly skipped: string }
);

/** Quantizes every row through the command line, one process each. */
export async function measureQuantization(
  rows: readonly QuantizeRow[],
  note: (line: string) => void,
): Promise<readonly QuantizeFigure[]> {
  const figures: QuantizeFigure[] = [];
  for (const row of rows) {
    note(`quantize: ${row.id}`);
    figures.push({ id: row.id, aim: row.aim, ...(await quantize(row)) });
  }
  return figures;
}

async function quantize({ model, samples, options, spread }: QuantizeRow) {
  const place = (path: string) => locate(path) ?? path;
  const missing = [model, samples].find((path) => locate(path) === undefined);
  if (missing !== undefined) return { skipped: absent(missing) };
  const words = options.map((word) => (word.includes('/') ? place(word) : word));
  const file = spread === undefined ? place(model) : spreadFile(place(model), spread);
  const args = ['quantize', file, '--samples', place(samples), ...words, '--json'];
  const cli = fileURLToPath(new URL('../../cli/main.js', import.meta.url));
  const ended = await runProcess(process.execPath, [cli, ...args], { cwd: root, timeoutMs: 1_800_000 });
  if (ended.exitCode !== 0) return { skipped: `exit code ${ended.exitCode}: ${ended.stdout}${ended.stderr}`.trim() };
  const shown = args.map((arg) => arg.replace(`${root}/`, '').replace(/^.*(?=\/shared\/)/, '..'));
  return { ...result.parse(JSON.parse(ended.stdout)), command: `thimble ${shown.join(' ')}` };
}

/** The model with badly spread channels in one layer, as an ONNX file in the scratch folder. */
function spreadFile(path: string, layer: string): string {
  const { graph } = optimizeGraph(importModel(new Uint8Array(readFileSync(path)), basename(path)));
  mkdirSync(scratch, { recursive: true });
  const file = join(scratch, `spread_${basename(path, extname(path))}.onnx`);
  writeFileSync(
    file,
    exportOnnx(
      spreadChannels(graph, 2, (name) => name === layer),
      'bench',
    ),
  );
  return file;
}
