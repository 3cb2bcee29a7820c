import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { main } from '../../../cli/command-line.ts';
import { loadProfile } from '../../../cli/target/load.ts';
import { findTool } from '../../../targets/tools.ts';
import { needTool } from '../../support/tools.ts';
import { inFolder, runCli } from '../run-cli.ts';

const tool = findTool('chromium');
const flags = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'];

/** Keeps what is written, and resolves `matched` when it has it. */
class Watched extends Writable {
  text = '';
  #waiting: { readonly pattern: RegExp; readonly done: (found: string) => void }[] = [];

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString('utf8');
    for (const { pattern, done: tell } of this.#waiting) {
      const found = pattern.exec(this.text)?.[0];
      if (found !== undefined) tell(found);
    }
    done();
  }

  matched(pattern: RegExp): Promise<string> {
    return new Promise((done) => {
      this.#waiting.push({ pattern, done });
    });
  }
}

describe.skipIf(!needTool('chromium').available)('the page of thimble profile', () => {
  let browser: Browser;

  beforeAll(async () => {
    if (tool === undefined || !tool.found) return;
    browser = await chromium.launch({ executablePath: tool.path, headless: true, args: flags });
  });
  afterAll(() => browser?.close());

  /** Faults of the page: errors, and what its policy has refused. */
  async function opened(url: string): Promise<{ readonly page: Page; readonly faults: string[] }> {
    const page = await browser.newPage();
    const faults: string[] = [];
    page.on('pageerror', (error) => faults.push(String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error') faults.push(message.text());
    });
    await page.goto(url);
    return { page, faults };
  }

  test('measures where it is served, and hands back what becomes a profile', { timeout: 120_000 }, async () => {
    await inFolder(async (cwd) => {
      const [stdout, stderr] = [new Watched(), new Watched()];
      const argv = ['profile', '--serve', '--quick', '--seconds', '3', '--out', 'mine.json', '--extends', 'sd888'];
      const address = stderr.matched(/http:\/\/127\.0\.0\.1:\d+\//);
      const command = main(argv, { stdout, stderr, cwd, color: false, columns: 100 });
      const url = await Promise.race([
        address,
        command.then((code) => expect.fail(`ended with ${code}: ${stderr.text}`)),
      ]);
      const { page, faults } = await opened(url);
      // By keyboard alone.
      const begin = page.getByRole('button', { name: 'Start' });
      await expect.poll(() => begin.isEnabled()).toBe(true);
      await begin.focus();
      await page.keyboard.press('Enter');
      expect(await command).toBe(0);
      expect(await page.getByLabel('Seconds').inputValue()).toBe('3');
      await expect.poll(() => page.getByRole('status').textContent()).toContain('The result has arrived');
      expect(faults.filter((fault) => !fault.includes('favicon'))).toEqual([]);
      expect(stdout.text).toContain('mine.json: profile mine of ');
      const profile = loadProfile(join(cwd, 'mine.json'), { stdout, stderr, cwd, color: false, columns: 100 });
      if (profile.kind === 'mcu') return expect.fail('a microcontroller');
      const [core] = profile.web?.cores ?? [];
      expect(core?.core).toBe('Cortex-X1');
      expect(core?.prices.map(({ kind }) => kind)).toContain('depthwise-conv-2d');
      const file = readFileSync(join(cwd, 'mine.json'), 'utf8');
      expect(file).toContain('thimble profile in HeadlessChrome');
      await page.close();
    });
  });

  test('measures as a file, and shows what is to be copied', { timeout: 120_000 }, async () => {
    await inFolder(async (cwd) => {
      expect((await runCli(['profile', '--page', 'p.html', '--quick', '--seconds', '2'], cwd)).code).toBe(0);
      const { page, faults } = await opened(`file://${join(cwd, 'p.html')}`);
      const area = page.getByLabel('Result as JSON');
      expect(await area.isVisible()).toBe(false);
      await page.getByRole('button', { name: 'Start' }).click();
      await area.waitFor({ timeout: 60_000 });
      const result = JSON.parse(await area.inputValue());
      expect(result.format).toBe('thimble-profile-result');
      expect(result.layers.length).toBeGreaterThan(10);
      const download = page.waitForEvent('download');
      await page.getByRole('button', { name: 'Download' }).click();
      const path = await (await download).path();
      expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual(result);
      const { code, stderr } = await runCli(['profile', '--from', path, '--out', 'mine.json'], cwd);
      expect([code, stderr]).toEqual([0, '']);
      expect(faults).toEqual([]);
      await page.close();
    });
  });
});
