import { execFile } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { webTools } from '../../scripts/npm-tools.mjs';
import { hasChromium, openPage, useChromium } from '../support/chromium.ts';
import { needNode24, needNpmTool } from '../support/npm-tools.ts';
import type { Served } from '../support/serve.ts';
import {
  esbuildPages,
  nextPages,
  plainPages,
  rollupPages,
  slug,
  vitePages,
  viteServer,
  webpackPages,
} from './builds.ts';
import { type Cells, environmentNames, environmentsPage } from './page.ts';
import { openedExtension, workerPages } from './places.ts';
import { appText, digitsProject, type Entry, entries, type Project, write } from './project.ts';
import { serveByPolicy } from './serve.ts';

/** The packed digits bundle in every place where people use one, by every entry point. */

const project: Project = digitsProject();
const expected = { scores: project.scores };
afterAll(() => rmSync(project.root, { recursive: true, force: true }));

const run = promisify(execFile);

const slugOf = (name: string) => name.split(',')[0] ?? name;

const page = fileURLToPath(new URL('../../docs/web-environments.md', import.meta.url));
const cells: Cells = new Map();

/** Sees that the result is the expected one, and notes it for the page. */
async function works(environment: string, entry: Entry, result: Promise<unknown>): Promise<void> {
  expect(await result).toEqual(expected);
  note(environment, entry, 'works');
}

function note(environment: string, entry: Entry, outcome: string): void {
  cells.set(environment, { ...cells.get(environment), [entry]: outcome });
}

// With a tool missing, or a part of the tests alone, there is no whole page to compare.
afterAll(() => {
  const missing = environmentNames.filter((name) => entries.some((entry) => cells.get(name)?.[entry] === undefined));
  if (missing.length > 0)
    return void console.warn(`docs/web-environments.md is not compared: no result of ${missing.join(', ')}`);
  const text = environmentsPage(cells);
  if (process.env.THIMBLE_UPDATE_GOLDEN === '1') writeFileSync(page, text);
  expect(readFileSync(page, 'utf8')).toBe(text);
});

describe('the package', () => {
  test('is one that publint finds nothing in', async () => {
    const { messages, pkg } = await publint({ pkgDir: project.bundle, pack: false, strict: true });
    expect(messages.map((message) => formatMessage(message, pkg))).toEqual([]);
  });

  const attw = needNpmTool(webTools.attw);
  test.skipIf(!attw.available)('has types that fit every entry point', async () => {
    const args = [join(attw.path, 'dist/index.js'), project.tarball, '--profile', 'esm-only', '--format', 'ascii'];
    // The others are data.
    const { stdout } = await run(process.execPath, [...args, '--entrypoints', '.', './external', './worker']);
    expect(stdout.match(/node16 \(from ESM\): 🟢/gu)).toHaveLength(3);
  });
});

describe('in a program', () => {
  const node24 = needNode24();
  const deno = needNpmTool(webTools.deno);
  const bun = needNpmTool(webTools.bun);
  const programs = [
    ['Node.js 20', process.execPath, [], true],
    ['Node.js 24', node24.path, [], node24.available],
    ['Deno', join(deno.path, 'deno'), ['run', '--allow-all'], deno.available],
    ['Bun', join(bun.path, 'bin/bun'), [], bun.available],
  ] as const;
  for (const [name, program, args, isThere] of programs) {
    test.skipIf(!isThere).each(entries)(`${name}: %s`, async (entry) => {
      const script = join(project.root, `program-${slug(entry)}.mjs`);
      write(script, appText(project, entry, 'console.log(JSON.stringify(result))'));
      const { stdout } = await run(program, [...args, script], { cwd: project.root });
      await works(name, entry, Promise.resolve(JSON.parse(stdout)));
    });
  }
});

describe.skipIf(!hasChromium)('in Chromium', () => {
  const browser = useChromium();
  let served: Served;
  beforeAll(async () => {
    served = await serveByPolicy(project.root);
  });
  afterAll(() => served.close());

  /** What the app of a page tells, and what the page complains about. */
  async function resultAt(url: string): Promise<unknown> {
    const { page: tab, faults: complaints } = await openPage(browser(), url);
    try {
      await tab.waitForFunction(() => Reflect.has(globalThis, 'result'), undefined, { timeout: 30_000 });
      expect(complaints).toEqual([]);
      return await tab.evaluate(() => Reflect.get(globalThis, 'result'));
    } catch (error) {
      throw new Error(`${url}: ${complaints.join('; ') || error}`);
    } finally {
      await tab.close();
    }
  }
  const pageOf = (policy: string, folder: string, entry: Entry, ending = '.html') =>
    `${served.origin}/${policy}/${folder}/${slug(entry)}${ending}`;

  describe('by plain modules', () => {
    beforeAll(() => plainPages(project, join(project.root, 'plain')));
    test.each(entries)('%s', async (entry) => {
      await works('page, plain modules', entry, resultAt(pageOf('plain', 'plain', entry)));
    });
    test.each(entries)('%s under a strict policy', async (entry) => {
      await works('page under a strict policy', entry, resultAt(pageOf('strict', 'plain', entry)));
    });
    test.each(entries)('%s under a policy that forbids WebAssembly', async (entry) => {
      const { error } = Object(await resultAt(pageOf('forbidding', 'plain', entry)));
      expect(error).toMatch(
        /the Content-Security-Policy of the page forbids WebAssembly; write script-src 'self' 'wasm-unsafe-eval'/,
      );
    });
  });

  describe('in workers', () => {
    beforeAll(() => workerPages(project, join(project.root, 'workers')));
    test.each(['worker', 'service'].flatMap((place) => entries.map((entry) => [place, entry] as const)))(
      '%s: %s',
      async (place, entry) => {
        const found = await resultAt(`${served.origin}/strict/workers/${place}-${slug(entry)}.html`);
        if (place === 'service' && entry === 'digits/worker') {
          // Workers of a page and of another worker can be started; a service worker starts none.
          expect(Object(found).error).toMatch('no workers can be started here; use the main entry of the package');
          note('service worker', entry, 'says that there are no workers');
          return;
        }
        await works(place === 'worker' ? 'worker of the app' : 'service worker', entry, Promise.resolve(found));
      },
    );
  });

  describe('in a page of an extension (manifest 3)', () => {
    let results: ReadonlyMap<Entry, unknown> = new Map();
    beforeAll(async () => {
      results = await openedExtension(project);
    });
    test.each(entries)('%s', async (entry) => {
      await works('page of an extension (manifest 3)', entry, Promise.resolve(results.get(entry)));
    });
  });

  describe('by Vite', () => {
    beforeAll(() => vitePages(project, join(project.root, 'vite')));
    test.each(entries)('%s, built', async (entry) => {
      await works('Vite, built', entry, resultAt(pageOf('strict', 'vite', entry)));
    });
    test('served', async () => {
      const server = await viteServer(project);
      for (const entry of entries)
        await works('Vite, its server', entry, resultAt(`${server.origin}/${slug(entry)}.html`));
      await server.close();
    });
  });

  const bundlers = [
    ['webpack', webTools.webpack, webpackPages, '.html'],
    ['esbuild', webTools.esbuild, esbuildPages, '.html'],
    ['Rollup', webTools.rollup, rollupPages, '.html'],
    ['Next, static export', webTools.next, nextPages, '/'],
  ] as const;
  describe.each(bundlers)('by %s', (name, tool, build, ending) => {
    const need = needNpmTool(tool);
    beforeAll(() => {
      if (need.available) build(project, join(project.root, slugOf(name)), need.path);
    });
    test.skipIf(!need.available).each(entries)('%s', async (entry) => {
      await works(name, entry, resultAt(pageOf('plain', slugOf(name), entry, ending)));
    });
  });
});
