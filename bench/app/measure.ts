import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { BrowserContext } from 'playwright-core';
import { z } from 'zod';
import { requireTool } from '../../targets/tools.ts';
import { root } from '../places.ts';
import { type Summary, summarize } from '../statistics.ts';
import { chromiumFlags } from '../wasm/hosts.ts';
import { type PageName, pageNames, stagePages } from './stage.ts';

/** What a page weighs and how long a visitor waits, in ms from the navigation. */
export interface PageFigure {
  readonly name: PageName;
  readonly files: number;
  /** Bodies as they came, HTML included, and what they unpack to. */
  readonly gzipBytes: number;
  readonly rawBytes: number;
  /** The first visit of a browser that has never seen these addresses. One sample for each round. */
  readonly coldMs: Summary;
  /** When the HTML was there, the last script or other file, and the first result: of visits with warm caches. */
  readonly htmlMs: Summary;
  readonly filesMs: Summary;
  readonly warmMs: Summary;
  /** Bytes that came over the wire in the warm visits, which should be none. */
  readonly uncachedBytes: number;
}

export interface AppFigures {
  readonly host: string;
  readonly pages: readonly PageFigure[];
  readonly failures: Readonly<Record<string, string>>;
}

/** Runs in the page. */
const read = `({
  resultMs: performance.getEntriesByName('first-result')[0].startTime,
  entries: [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
    .filter(({ name }) => name.startsWith('http'))
    .map(({ name, entryType, responseEnd, transferSize, encodedBodySize, decodedBodySize }) =>
      ({ name, entryType, responseEnd, transferSize, encodedBodySize, decodedBodySize })),
})`;

const number = z.number();
const visit = z.object({
  resultMs: number,
  entries: z.array(
    z.object({
      ...{ name: z.string(), entryType: z.string(), responseEnd: number },
      ...{ transferSize: number, encodedBodySize: number, decodedBodySize: number },
    }),
  ),
});
type Visit = z.infer<typeof visit>;

/** Visits before those that count: files are cached by the first, compiled code by the next. */
const filling = 2;

/**
 * Visits the pages in turn, each visit in a new tab of one Chromium with a profile on disk, as a user has: `rounds` times at addresses that it has never
 * seen, then `rounds` times at addresses whose files it has.
 */
export async function measureApps(rounds: number, note: (line: string) => void): Promise<AppFigures> {
  const { site, pages, failures } = await stagePages(note);
  const { chromium } = await import('playwright-core');
  const profile = mkdtempSync(join(tmpdir(), 'thimble-profile-'));
  const executablePath = requireTool('chromium');
  const context = await chromium.launchPersistentContext(profile, { executablePath, args: [...chromiumFlags] });
  const { server, origin } = await startServer(site);
  const names = pageNames.filter((name) => pages.has(name));
  const [cold, warm] = [new Map<PageName, Visit[]>(), new Map<PageName, Visit[]>()];
  try {
    for (let round = 0; round < 2 * rounds + filling; round++) {
      const isCold = round < rounds;
      if (round === 0 || round === rounds) note(`app: ${isCold ? 'cold' : 'warm'} visits`);
      const first = round % names.length;
      for (const name of [...names.slice(first), ...names.slice(0, first)]) {
        const visited = await visitPage(context, `${origin}@${isCold ? `cold-${round}` : 'warm'}/${pages.get(name)}`);
        const list = isCold ? cold : warm;
        if (isCold || round >= rounds + filling) list.set(name, [...(list.get(name) ?? []), visited]);
      }
    }
    const host = `Chromium ${context.browser()?.version() ?? ''}`.trim();
    return { host, pages: names.map((name) => figureOf(name, cold.get(name) ?? [], warm.get(name) ?? [])), failures };
  } finally {
    await context.close();
    server.kill();
    rmSync(profile, { recursive: true, force: true });
  }
}

/** The server of the example, in a process of its own; its address ends with a slash. */
async function startServer(site: string): Promise<{ readonly server: ChildProcess; readonly origin: string }> {
  const script = join(root, 'examples/tfjs-compare/serve.mjs');
  const server = spawn(process.execPath, [script, '--site', site, '--port', '0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const line = await new Promise<string>((done, fail) => {
    createInterface(server.stdout).once('line', done);
    server.once('exit', (code) => fail(new Error(`the server has ended with ${code}`)));
  });
  return { server, origin: line.split(' ')[0] ?? '' };
}

async function visitPage(context: BrowserContext, address: string): Promise<Visit> {
  const page = await context.newPage();
  try {
    await page.goto(address);
    // A function, since pages under a policy evaluate no text.
    await page.waitForFunction(() => performance.getEntriesByName('first-result').length > 0, undefined, {
      polling: 50,
    });
    return visit.parse(await page.evaluate(read));
  } finally {
    await page.close();
  }
}

function figureOf(name: PageName, cold: readonly Visit[], warm: readonly Visit[]): PageFigure {
  const ends = (of: (entry: Visit['entries'][number]) => boolean) =>
    summarize(warm.map(({ entries }) => Math.max(...entries.filter(of).map(({ responseEnd }) => responseEnd))));
  // A file that is preloaded and then used has two entries, and comes once.
  const files = [...new Map(cold[0]?.entries.map((entry) => [entry.name, entry])).values()];
  return {
    name,
    files: files.length,
    gzipBytes: files.reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0),
    rawBytes: files.reduce((sum, { decodedBodySize }) => sum + decodedBodySize, 0),
    coldMs: summarize(cold.map(({ resultMs }) => resultMs)),
    htmlMs: ends(({ entryType }) => entryType === 'navigation'),
    filesMs: ends(() => true),
    warmMs: summarize(warm.map(({ resultMs }) => resultMs)),
    uncachedBytes: warm.flatMap(({ entries }) => entries).reduce((sum, { transferSize }) => sum + transferSize, 0),
  };
}
