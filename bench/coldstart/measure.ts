import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { findTool } from '../../targets/tools.ts';
import { scratch } from '../places.ts';
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

/** Of our bundle, in a page that does nothing else: the bytes of its files from the cache, and its first runs after it was loaded. */
export interface ColdFloor {
  readonly fetchMs: Summary;
  readonly firstRunMs: Summary;
  readonly secondRunMs: Summary;
  /** When compilers have settled, more or less: the third quickest of ten. */
  readonly laterRunMs: Summary;
}

export interface ColdModel {
  readonly id: string;
  readonly engines: Readonly<Record<string, ColdStartFigure>>;
  /** Null where the model does not convert. */
  readonly floor: ColdFloor | null;
  /** Files that came from the server although the cache should have had them. */
  readonly uncached: number;
  readonly failures: Readonly<Record<string, string>>;
}

export interface ColdStarts {
  readonly host: string;
  readonly models: readonly ColdModel[];
  /** Peers that cannot be installed, with the reason. */
  readonly absent: Readonly<Record<string, string>>;
}

const coldStart = z.object({ ms: z.number(), output: z.array(z.number()) });

const number = z.number();
const coldFloor = z.object({ fetchMs: number, firstRunMs: number, secondRunMs: number, laterRunMs: number });

/** Calls a function of `page/cold.js` in a new page. */
type Call = (expression: string) => Promise<unknown>;

/**
 * Starts every engine on every model in a new page, again and again, engines in turn. The first start fills the caches of the browser
 * and does not count. The browser has a profile on disk, as users have: the cache of a page without one holds a few MB in all.
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
  const profile = mkdtempSync(join(tmpdir(), 'thimble-profile-'));
  const choices = { executablePath: tool.path, headless: true, args: chromiumFlags };
  const context = await chromium.launchPersistentContext(profile, choices);
  const server = await startServer('max-age=3600');
  try {
    const call: Call = async (expression) => {
      const page = await context.newPage();
      try {
        await page.goto(`${server.origin}/page/cold.html`);
        await page.waitForFunction('crossOriginIsolated && typeof coldStart === "function"');
        return await page.evaluate(expression);
      } finally {
        await page.close();
      }
    };
    const figures: ColdModel[] = [];
    for (const model of staged) {
      note(`coldstart: ${model.id}`);
      figures.push(await measureModel(model, rounds, call, server.requests));
    }
    return { host: `Chromium ${tool.version}`, models: figures, absent };
  } finally {
    await context.close();
    await server.close();
    rmSync(profile, { recursive: true, force: true });
  }
}

async function measureModel(
  { id, engines, failures: before }: StagedModel,
  rounds: number,
  call: Call,
  requests: () => number,
): Promise<ColdModel> {
  const failures: Record<string, string> = { ...before };
  const samples = new Map<string, number[]>(Object.keys(engines).map((engine) => [engine, []]));
  const floors: z.infer<typeof coldFloor>[] = [];
  let filled = requests();
  for (let round = 0; round <= rounds; round++) {
    if (round === 1) filled = requests();
    for (const [engine, file] of Object.entries(engines)) {
      if (failures[engine] !== undefined) continue;
      try {
        const { ms } = coldStart.parse(await call(`coldStart(${JSON.stringify(engine)}, ${JSON.stringify(file)})`));
        if (round > 0) samples.get(engine)?.push(ms);
      } catch (error) {
        failures[engine] = error instanceof Error ? error.message : String(error);
      }
    }
    const bundle = engines.thimble;
    if (bundle === undefined || failures.thimble !== undefined) continue;
    const files = JSON.stringify(loadedFiles(bundle));
    const floor = coldFloor.parse(await call(`coldFloor(${JSON.stringify(bundle)}, ${files})`));
    if (round > 0) floors.push(floor);
  }
  const measured = [...samples].filter(([engine]) => failures[engine] === undefined);
  const ours = samples.get('thimble') ?? [];
  const oursMs = ours.length === 0 ? null : summarize(ours).median;
  const figures = measured.map(([engine, list]): [string, ColdStartFigure] => {
    const ms = summarize(list);
    return [engine, { ms, oursToIt: engine === 'thimble' ? null : ratio(oursMs, ms.median) }];
  });
  const uncached = requests() - filled;
  return { id, engines: Object.fromEntries(figures), floor: floorOf(floors), uncached, failures };
}

/** The files of a bundle that a page loads: the script, and, where it does not carry them, the code of the quickest variant and the weights. */
function loadedFiles(bundle: string): string[] {
  const folder = join(scratch, bundle);
  const script = `${bundle}/index.js`;
  const code = readdirSync(folder)
    .filter((name) => name.endsWith('.wasm'))
    .sort()[0];
  const isInlined = !readFileSync(join(scratch, script), 'utf8').includes("new URL('./model.weights'");
  return isInlined || code === undefined ? [script] : [script, `${bundle}/${code}`, `${bundle}/model.weights`];
}

function floorOf(samples: readonly z.infer<typeof coldFloor>[]): ColdFloor | null {
  if (samples.length === 0) return null;
  const of = (name: keyof ColdFloor) => summarize(samples.map((sample) => sample[name]));
  const [fetchMs, firstRunMs] = [of('fetchMs'), of('firstRunMs')];
  return { fetchMs, firstRunMs, secondRunMs: of('secondRunMs'), laterRunMs: of('laterRunMs') };
}
