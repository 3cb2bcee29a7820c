import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import type { Browser } from 'playwright-core';
import { main } from '../../cli/command-line.ts';
import { processIo } from '../../cli/io.ts';
import { findTool } from '../../targets/tools.ts';
import { absent, locate, scratch } from '../places.ts';
import { chromiumFlags } from '../wasm/hosts.ts';

export interface ReportModel {
  readonly id: string;
  readonly path: string;
}

/** The models whose reports are opened. */
export const reportModels: readonly ReportModel[] = [
  { id: 'mobilenet_v2', path: 'models/tflite/mobilenet_v2_1.0_224_quant.tflite' },
];

/** What opening a report once took. */
export interface Opening {
  /** The longest task that kept the page busy until it was idle, in ms; 0 where none was above 50 ms, which browsers do not tell. */
  readonly longestTaskMs: number;
  /** The longest one while layers were chosen, found, sorted and zoomed. */
  readonly longestUseMs: number;
  /** Errors, and what its policy refused. */
  readonly faults: number;
}

export type ReportFigure =
  | { readonly id: string; readonly bytes: number; readonly browser: string; readonly openings: readonly Opening[] }
  | { readonly id: string; readonly skipped: string };

/** Writes the report of each model once and opens its page `rounds` times, each time in a browser context of its own. */
export async function measureReports(
  models: readonly ReportModel[],
  rounds: number,
  note: (line: string) => void,
): Promise<readonly ReportFigure[]> {
  const tool = findTool('chromium');
  if (tool === undefined || !tool.found) return models.map(({ id }) => ({ id, skipped: 'there is no Chromium' }));
  const { chromium } = await import('playwright-core');
  const browser = await chromium.launch({ executablePath: tool.path, args: chromiumFlags });
  const figures: ReportFigure[] = [];
  try {
    for (const { id, path } of models) {
      note(`report: ${id}`);
      const model = locate(path);
      if (model === undefined) {
        figures.push({ id, skipped: absent(path) });
        continue;
      }
      const file = await writeReport(id, model);
      const openings: Opening[] = [];
      for (let round = 0; round < rounds; round++) openings.push(await openReport(browser, file));
      figures.push({ id, bytes: statSync(file).size, browser: `Chromium ${browser.version()}`, openings });
    }
  } finally {
    await browser.close();
  }
  return figures;
}

async function writeReport(id: string, model: string): Promise<string> {
  const file = join(scratch, 'report', `${id}.html`);
  mkdirSync(join(scratch, 'report'), { recursive: true });
  const stdout = new Writable({ write: (_chunk, _encoding, done) => done() });
  const code = await main(['report', model, '--out', file, '--force'], { ...processIo(), stdout });
  if (code !== 0) throw new Error(`thimble report ended with ${code}`);
  return file;
}

/** Counts long tasks (W3C Long Tasks API) from before the page is read. */
const watch = `globalThis.longTasks = [];
new PerformanceObserver((list) => globalThis.longTasks.push(...list.getEntries().map(({ duration }) => duration)))
  .observe({ type: 'longtask', buffered: true });`;

async function openReport(browser: Browser, file: string): Promise<Opening> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  let faults = 0;
  page.on('pageerror', () => faults++);
  page.on('console', (message) => {
    if (message.type() === 'error') faults++;
  });
  await page.addInitScript(watch);
  const longest = async () => {
    // Long enough for a task that has begun to end and to be told.
    await page.waitForTimeout(700);
    return Number(await page.evaluate('Math.max(0, ...globalThis.longTasks.splice(0))'));
  };
  try {
    await page.goto(pathToFileURL(file).href);
    const longestTaskMs = await longest();
    await page.locator('a.layer').first().focus();
    for (let i = 0; i < 10; i++) await page.keyboard.press('ArrowDown');
    await page.locator('#find').fill('conv');
    await page.locator('#layer-table th button').nth(4).click();
    await page.locator('button[data-zoom="fit"]').first().click();
    return { longestTaskMs, longestUseMs: await longest(), faults };
  } finally {
    await page.close();
  }
}
