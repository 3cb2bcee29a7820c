import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { PNG } from 'pngjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { webTools } from '../../scripts/npm-tools.mjs';
import { runProcess } from '../../targets/process.ts';
import { digitsInt8, runCli } from '../cli/run-cli.ts';
import { hasChromium, openPage, useChromium } from '../support/chromium.ts';
import { needNpmTool } from '../support/npm-tools.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const example = join(root, 'examples/tfjs-compare');
const peer = needNpmTool(webTools.tfjsTflite);
const scratch = mkdtempSync(join(tmpdir(), 'thimble-tfjs-compare-'));
const bundles = join(scratch, 'bundles');
const servers: ChildProcess[] = [];
/** Computers that test are busy. */
const patience = { timeout: 60_000 };
/** Whether the picture in docs/img is renewed. */
const isPictured = process.env.THIMBLE_SCREENSHOTS === '1';

beforeAll(async () => {
  mkdirSync(bundles);
  const { code, stderr } = await runCli(['convert', digitsInt8, '--to', 'wasm', '--out', join(bundles, 'digits_int8')]);
  expect(code, stderr).toBe(0);
});

afterAll(() => {
  for (const server of servers) server.kill();
  rmSync(scratch, { recursive: true, force: true });
});

function build(...args: readonly string[]) {
  return runProcess(process.execPath, [join(example, 'build.mjs'), ...args], { cwd: scratch, timeoutMs: 60_000 });
}

/** Builds a site of the int8 digits and serves it by the commands of the README; the address of its page. */
async function servedSite(name: string, ...args: readonly string[]): Promise<string> {
  const site = join(scratch, name);
  const built = await build('--out', site, '--bundles', bundles, ...args, digitsInt8);
  expect(built.exitCode, built.stderr).toBe(0);
  return served(site);
}

/** The address of a site that the example's own server serves. */
async function served(site: string): Promise<string> {
  const server = spawn(process.execPath, [join(example, 'serve.mjs'), '--site', site, '--port', '0']);
  servers.push(server);
  const [line] = await new Promise<string[]>((done, fail) => {
    createInterface(server.stdout).once('line', (first: string) => done([first]));
    server.once('exit', () => fail(new Error('the server has ended')));
  });
  return /http:\S+/.exec(line ?? '')?.[0] ?? '';
}

async function press(page: Page, name: string): Promise<string> {
  await page.getByRole('button', { name, exact: true }).click();
  const status = page.getByRole('status');
  await expect.poll(() => status.textContent(), patience).not.toMatch(/\.\.\.$/);
  return (await status.textContent()) ?? '';
}

/** Keeps a screenshot below docs/img, packed more tightly than Chromium does. */
function writePicture(name: string, bytes: Buffer): void {
  const packed = PNG.sync.write(PNG.sync.read(bytes), {
    colorType: 2,
    deflateLevel: 9,
    deflateStrategy: 0,
    filterType: 0,
  });
  writeFileSync(join(root, `docs/img/${name}.png`), packed);
}

const ready = (page: Page) => page.waitForFunction('document.documentElement.dataset.ready === "yes"');

/** The names of serious violations that axe-core finds. */
async function violations(page: Page): Promise<readonly string[]> {
  await page.evaluate(readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8'));
  const found = await page.evaluate<{ id: string; impact: string }[]>('axe.run().then(({ violations }) => violations)');
  return found.filter(({ impact }) => impact === 'serious' || impact === 'critical').map(({ id }) => id);
}

/** The cells of a row, by the titles of their columns. */
async function row(page: Page, table: string, name: string): Promise<Record<string, string>> {
  const line = page
    .getByRole('table', { name: table })
    .getByRole('row')
    .filter({ has: page.getByRole('rowheader', { name, exact: true }) });
  const cells = await line
    .getByRole('cell')
    .evaluateAll((all) => all.map((cell) => [cell.getAttribute('data-title'), cell.textContent]));
  return Object.fromEntries(cells);
}

const kilobytes = (text: string | undefined) => Number(text?.replace(/,| kB/g, ''));

describe.skipIf(!hasChromium)('examples/tfjs-compare in a page', () => {
  const browser = useChromium();

  it.skipIf(!peer.available)('runs a model through both engines, and measures both', async () => {
    const address = await servedSite('both', '--peers', join(dirname(peer.path), '..'));
    const { page, faults } = await openPage(browser(), `${address}?visits=${isPictured ? 7 : 1}`);
    await ready(page);
    expect(await press(page, 'Load thimble')).toBe('thimble is loaded.');
    expect(await page.getByRole('button', { name: 'Measure latency' }).isDisabled()).toBe(true);
    expect(await press(page, 'Load tfjs-tflite')).toBe('tfjs-tflite is loaded.');
    // Who goes on by keyboard is taken to what comes next.
    expect(await page.locator(':focus').textContent()).toBe('Measure latency');
    for (const digit of [3, 7]) {
      await page.getByRole('button', { name: `test digit ${digit}` }).click();
      for (const side of ['#thimble', '#tfjs']) {
        await expect
          .poll(() => page.locator(`${side} .scores li`).first().textContent(), patience)
          .toContain(`class ${digit}`);
      }
      expect(await page.locator('#difference').textContent()).toMatch(/^All 10 outputs are equal|, 1 of its steps/);
    }
    expect(await press(page, 'Measure latency')).toBe('Latency is measured.');
    for (const name of ['thimble', 'tfjs-tflite']) {
      const { median, p95, samples } = await row(page, 'Latency', name);
      expect(`${median} ${p95}`).toMatch(/^[\d.]+ [µm]s [\d.]+ [µm]s$/);
      expect(samples).toMatch(/^160 /);
    }
    expect(await press(page, 'Measure start-up')).toBe('Start-up is measured.');
    const [ours, theirs] = [
      await row(page, 'Start-up and bytes', 'thimble'),
      await row(page, 'Start-up and bytes', 'tfjs-tflite'),
    ];
    expect(kilobytes(ours.gzip)).toBeLessThan(60);
    expect(kilobytes(theirs.gzip)).toBeGreaterThan(1300);
    expect(kilobytes(theirs.raw)).toBeGreaterThan(4900);
    // A warm visit finds everything in the cache.
    expect([ours, theirs].map((cells) => cells['on the wire, warm'])).toEqual(['0.0 kB', '0.0 kB']);
    expect(faults).toEqual([]);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      expect(await violations(page)).toEqual([]);
    }
    await page.emulateMedia({ colorScheme: 'light' });
    if (isPictured) {
      await page.setViewportSize({ width: 1024, height: 800 });
      writePicture('tfjs-compare', await page.screenshot({ fullPage: true }));
    }
    await page.setViewportSize({ width: 360, height: 800 });
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360);
    await page.locator('#way').selectOption('tensors');
    await expect.poll(() => page.getByRole('button', { name: 'Load tfjs-tflite' }).isEnabled(), patience).toBe(true);
    expect(await press(page, 'Load tfjs-tflite')).toBe('tfjs-tflite is loaded.');
    expect(await page.locator('#tfjs .scores li').first().textContent()).toContain('class 7');
    expect(faults).toEqual([]);
    await page.close();
  });

  it('runs without tfjs-tflite, under a policy without unsafe-eval', async () => {
    const address = await servedSite('ours', '--only', 'thimble');
    const alone = await browser().newPage();
    const answer = await alone.goto(`${address}@any/digits_int8/thimble.html?digit=5`);
    expect(answer?.headers()['content-security-policy']).toContain("script-src 'self' 'wasm-unsafe-eval';");
    expect(answer?.headers()['cache-control']).toContain('immutable');
    await alone.waitForFunction('performance.getEntriesByName("first-result").length === 1');
    expect(await alone.locator('output').textContent()).toMatch(/^class 5 /);
    await alone.close();
    const { page, faults } = await openPage(browser(), `${address}?visits=1`);
    await ready(page);
    expect(await page.locator('#tfjs .missing').textContent()).toContain('npm install');
    expect(await page.getByRole('button', { name: 'Load tfjs-tflite' }).isDisabled()).toBe(true);
    expect(await press(page, 'Load thimble')).toBe('thimble is loaded.');
    expect(await press(page, 'Measure start-up')).toBe('Start-up is measured.');
    await page
      .locator('#file')
      .setInputFiles({ name: 'notes.png', mimeType: 'image/png', buffer: Buffer.from('text') });
    await expect
      .poll(() => page.getByRole('status').textContent(), patience)
      .toContain('notes.png is not a picture that this browser reads');
    expect(faults).toEqual([]);
    await page.close();
  });
});

describe('the build of examples/tfjs-compare', () => {
  const refusals: readonly (readonly [string, readonly string[], RegExp])[] = [
    [
      'a folder without tfjs-tflite',
      ['--peers', '.'],
      /is not installed .* run "npm install" in examples\/tfjs-compare, or .* --only thimble/,
    ],
    ['a model that is not there', ['none.tflite'], /there is no file none\.tflite/],
    ['an unknown range', ['--range', '0..2'], /--range 0\.\.2\n.*MODEL/],
    ['an unknown side', ['--only', 'tfjs'], /--only tfjs\n.*MODEL/],
    ['an unknown option', ['--fast'], /--fast.*\n.*MODEL/],
    [
      'a folder with files of others',
      ['--out', '.', '--only', 'thimble'],
      /is not a site of ours; choose another --out/,
    ],
  ];

  it.each(refusals)('refuses %s', async (_, args, message) => {
    const built = await build('--out', 'refused', ...args);
    expect(built.exitCode).toBe(1);
    expect(built.stderr).toMatch(message);
  });

  it('refuses a model that is no picture to classes', async () => {
    const [file, folder] = [join(scratch, 'wide.tflite'), join(bundles, 'wide')];
    writeFileSync(file, '');
    mkdirSync(folder);
    const port = { dtype: 'float32', shape: [1, 40] };
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
    writeFileSync(
      join(folder, 'index.js'),
      `export const info = ${JSON.stringify({ inputs: { x: port }, outputs: { y: port } })};`,
    );
    const built = await build('--out', 'refused', '--only', 'thimble', '--bundles', bundles, file);
    expect(built.exitCode).toBe(1);
    expect(built.stderr).toContain('wide: the input has the shape 1 x 40; a picture is 1 x height x width x 1 or 3');
  });

  const unserved: readonly (readonly [string, readonly string[], RegExp])[] = [
    ['without a site', ['--site', scratch], /there is no site in .*: run "npm run build" first/],
    ['at no port', ['--port', 'http'], /--port http is no port\n.*serve\.mjs/],
    ['with an unknown option', ['--open'], /--open.*\n.*serve\.mjs/],
  ];

  it('answers what is no address, and goes on', async () => {
    const site = join(scratch, 'plain');
    mkdirSync(site);
    writeFileSync(join(site, 'site.json'), '{ "models": [] }');
    const { hostname, port } = new URL(await served(site));
    const statusOf = (path: string) =>
      new Promise((done, fail) => {
        const sent = request({ hostname, port, path }, (answer) => done(answer.resume().statusCode));
        sent.on('error', fail).end();
      });
    expect([await statusOf('//'), await statusOf('/../site.json'), await statusOf('/%00')]).toEqual([400, 200, 404]);
  });

  it.each(unserved)('serves nothing %s', async (_, args, message) => {
    const ended = await runProcess(process.execPath, [join(example, 'serve.mjs'), ...args], {
      cwd: scratch,
      timeoutMs: 60_000,
    });
    expect(ended.exitCode).toBe(1);
    expect(ended.stderr).toMatch(message);
  });
});
