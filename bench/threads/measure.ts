import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { runProcess } from '../../targets/process.ts';
import { findTool } from '../../targets/tools.ts';
import type { BenchOptions, Host } from '../options.ts';
import { scratch } from '../places.ts';
import { ratio, type Summary, summarize } from '../statistics.ts';
import { chromiumFlags, type Method } from '../wasm/hosts.ts';
import type { WasmModel } from '../wasm/models.ts';
import { installNode24 } from '../wasm/peers.ts';
import { startServer } from '../wasm/server.ts';
import { stageCommon, stageModel } from '../wasm/stage.ts';

export const threadCounts = [1, 2, 4] as const;

const measured = z.object({
  samplesMs: z.record(z.string(), z.array(z.number())),
  why: z.record(z.string(), z.string()),
  areEqual: z.boolean(),
});

type Measured = z.infer<typeof measured>;

/** A model in one JavaScript engine, in several numbers of threads. */
export interface ThreadsFigure {
  readonly id: string;
  readonly host: string;
  /** By the number of threads. */
  readonly ms: Readonly<Record<string, Summary>>;
  /** The median in one thread divided by that in as many. */
  readonly speedUp: Readonly<Record<string, number | null>>;
  /** Whether all results are equal to the bit. */
  readonly areEqual: boolean | null;
  /** Why a number of threads, or all, were not to be had. */
  readonly failures: Readonly<Record<string, string>>;
}

/** Converts the models and runs each in 1, 2 and 4 threads in turn. */
export async function measureThreads(
  models: readonly WasmModel[],
  { rounds, hosts }: BenchOptions,
  note: (line: string) => void,
): Promise<readonly ThreadsFigure[]> {
  const method: Method = { rounds, warmUpMs: 400, warmUpRuns: 10, samplesPerRound: 4, batchMs: 0.25 };
  stageCommon();
  const figures: ThreadsFigure[] = [];
  for (const model of models) {
    note(`threads: converting ${model.id}`);
    const { engines, failures } = await stageModel(model, []);
    const folder = engines.thimble;
    if (folder === undefined) {
      figures.push({ id: model.id, host: '', ms: {}, speedUp: {}, areEqual: null, failures });
      continue;
    }
    for (const host of hosts) {
      note(`threads: ${model.id} in ${host}`);
      try {
        figures.push(figureOf(model.id, host, await measureIn(host, folder, method)));
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        figures.push({ id: model.id, host, ms: {}, speedUp: {}, areEqual: null, failures: { all: reason } });
      }
    }
  }
  return figures;
}

function figureOf(id: string, host: string, { samplesMs, why, areEqual }: Measured): ThreadsFigure {
  const ms = Object.fromEntries(Object.entries(samplesMs).map(([count, samples]) => [count, summarize(samples)]));
  const speedUp = Object.entries(ms).map(([count, { median }]) => [count, ratio(ms[1]?.median, median)]);
  return { id, host, ms, speedUp: Object.fromEntries(speedUp), areEqual, failures: why };
}

async function measureIn(host: Host, folder: string, method: Method): Promise<Measured> {
  const counts = JSON.stringify(threadCounts);
  if (host !== 'chromium') {
    const node = host === 'node20' ? { path: process.execPath } : await installNode24();
    if ('reason' in node) throw new Error(node.reason);
    const url = pathToFileURL(join(scratch, folder, 'index.js')).href;
    const args = [join(scratch, 'page/threads.js'), url, counts, JSON.stringify(method)];
    const ended = await runProcess(node.path, args, { cwd: scratch, timeoutMs: 600_000 });
    if (ended.exitCode !== 0) throw new Error(`exit code ${ended.exitCode}: ${ended.stderr.trim().slice(-2000)}`);
    return measured.parse(JSON.parse(ended.stdout));
  }
  const tool = findTool('chromium');
  if (tool === undefined || !tool.found) throw new Error(tool?.reason ?? 'chromium is not known');
  const { chromium } = await import('playwright-core');
  const browser = await chromium.launch({ executablePath: tool.path, headless: true, args: chromiumFlags });
  const server = await startServer();
  try {
    const page = await browser.newPage();
    await page.goto(`${server.origin}/page/threads.html`);
    await page.waitForFunction('crossOriginIsolated && typeof measureThreads === "function"');
    const url = JSON.stringify(`${server.origin}/${folder}/index.js`);
    return measured.parse(await page.evaluate(`measureThreads(${url}, ${counts}, ${JSON.stringify(method)})`));
  } finally {
    await browser.close();
    await server.close();
  }
}
