import { z } from 'zod';
import { findTool } from '../../targets/tools.ts';
import { ratio, type Summary, summarize } from '../statistics.ts';
import { chromiumFlags } from '../wasm/hosts.ts';
import { installPeers } from '../wasm/measure.ts';
import type { WasmModel } from '../wasm/models.ts';
import { startServer } from '../wasm/server.ts';
import { type StagedModel, stageCommon, stageModel } from '../wasm/stage.ts';

/** One engine on one model, from nothing to a first result. */
export interface ColdStartFigure {
  readonly ms: Summary;
  /** Our median divided by this engine's; null for ourselves. */
  readonly oursToIt: number | null;
}

export interface ColdStarts {
  readonly host: string;
  readonly models: readonly {
    readonly id: string;
    readonly engines: Readonly<Record<string, ColdStartFigure>>;
    readonly failures: Readonly<Record<string, string>>;
  }[];
  /** Peers that cannot be installed, with the reason. */
  readonly absent: Readonly<Record<string, string>>;
}

const coldStart = z.object({ ms: z.number(), output: z.array(z.number()) });

/**
 * Starts every engine on every model in a new page, again and again, engines in turn. The first start fills the caches of the browser
 * and does not count.
 */
export async function measureColdStarts(
  models: readonly WasmModel[],
  rounds: number,
  note: (line: string) => void,
): Promise<ColdStarts> {
  const absent: Record<string, string> = {};
  stageCommon();
  const peers = await installPeers(absent, note);
  const staged: StagedModel[] = [];
  for (const model of models) {
    note(`coldstart: converting ${model.id}`);
    staged.push(await stageModel(model, peers));
  }
  const tool = findTool('chromium');
  if (tool === undefined || !tool.found) throw new Error(tool?.reason ?? 'chromium is not known');
  const { chromium } = await import('playwright-core');
  const browser = await chromium.launch({ executablePath: tool.path, headless: true, args: chromiumFlags });
  const server = await startServer('max-age=3600');
  try {
    const context = await browser.newContext();
    const start = async (engine: string, file: string) => {
      const page = await context.newPage();
      try {
        await page.goto(`${server.origin}/page/cold.html`);
        await page.waitForFunction('crossOriginIsolated && typeof coldStart === "function"');
        const call = `coldStart(${JSON.stringify(engine)}, ${JSON.stringify(file)})`;
        return coldStart.parse(await page.evaluate(call)).ms;
      } finally {
        await page.close();
      }
    };
    const figures = [];
    for (const model of staged) {
      note(`coldstart: ${model.id}`);
      figures.push({ id: model.id, ...(await measureModel(model, rounds, start)) });
    }
    return { host: `Chromium ${browser.version()}`, models: figures, absent };
  } finally {
    await browser.close();
    await server.close();
  }
}

async function measureModel(
  { engines, failures: before }: StagedModel,
  rounds: number,
  start: (engine: string, file: string) => Promise<number>,
): Promise<Omit<ColdStarts['models'][number], 'id'>> {
  const failures: Record<string, string> = { ...before };
  const samples = new Map<string, number[]>(Object.keys(engines).map((engine) => [engine, []]));
  for (let round = 0; round <= rounds; round++) {
    for (const [engine, file] of Object.entries(engines)) {
      if (failures[engine] !== undefined) continue;
      try {
        const ms = await start(engine, file);
        if (round > 0) samples.get(engine)?.push(ms);
      } catch (error) {
        failures[engine] = error instanceof Error ? error.message : String(error);
      }
    }
  }
  const measured = [...samples].filter(([engine]) => failures[engine] === undefined);
  const ours = samples.get('thimble') ?? [];
  const oursMs = ours.length === 0 ? null : summarize(ours).median;
  const figures = measured.map(([engine, list]): [string, ColdStartFigure] => {
    const ms = summarize(list);
    return [engine, { ms, oursToIt: engine === 'thimble' ? null : ratio(oursMs, ms.median) }];
  });
  return { engines: Object.fromEntries(figures), failures };
}
