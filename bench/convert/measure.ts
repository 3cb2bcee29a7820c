import { fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { type PackageKind, packageKinds } from '../../cli/package-kinds.ts';
import { absent, locate } from '../places.ts';

/** The bounds on converting the largest model: seconds of a whole command, bytes of resident memory. */
export const convertLimits = { seconds: 10, peakBytes: 1e9 } as const;

/** Converting one model in a process of its own. */
export type ConvertFigure =
  | {
      readonly model: string;
      readonly to: PackageKind;
      /** Wall time from starting the process to its end: information about this machine at this moment. */
      readonly seconds: number;
      readonly peakBytes: number;
      readonly holds: { readonly time: boolean; readonly memory: boolean };
    }
  | { readonly model: string; readonly to: PackageKind; readonly skipped: string };

const largestModel = 'models/tflite/mobilenet_v2_1.0_224_quant.tflite';
const smallModel = 'examples/digits/digits_int8.tflite';

/** Converts the example and MobileNetV2 to each kind of package. */
export async function measureConversions(note: (line: string) => void): Promise<readonly ConvertFigure[]> {
  const figures: ConvertFigure[] = [];
  for (const model of [smallModel, largestModel]) {
    for (const to of packageKinds) {
      note(`convert: ${model} to ${to}`);
      const file = locate(model);
      figures.push(file === undefined ? { model, to, skipped: absent(model) } : await convert(model, file, to));
    }
  }
  return figures;
}

async function convert(model: string, file: string, to: PackageKind): Promise<ConvertFigure> {
  const folder = mkdtempSync(join(tmpdir(), 'thimble-bench-'));
  try {
    const started = performance.now();
    const ended = await runChild(['convert', file, '--to', to, '--out', join(folder, 'package')]);
    const seconds = (performance.now() - started) / 1000;
    if ('failure' in ended) return { model, to, skipped: ended.failure };
    const { peakBytes } = ended;
    const holds = { time: seconds <= convertLimits.seconds, memory: peakBytes <= convertLimits.peakBytes };
    return { model, to, seconds, peakBytes, holds };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const message = z.object({ exitCode: z.number(), peakBytes: z.number() });

type Ended = { readonly peakBytes: number } | { readonly failure: string };

/** Runs thimble in a child process until it has ended. */
function runChild(args: readonly string[]): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(new URL('./child.js', import.meta.url)), [...args], {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    let stderr = '';
    let said: z.infer<typeof message> | undefined;
    child.stderr?.on('data', (chunk: Buffer) => {
      stderr += chunk.toString('utf8');
    });
    child.on('message', (value) => {
      said = message.parse(value);
    });
    child.on('error', reject);
    child.on('close', (code) => {
      if (said !== undefined && said.exitCode === 0) resolve({ peakBytes: said.peakBytes });
      else resolve({ failure: `exit code ${code}: ${stderr.trim()}` });
    });
  });
}
