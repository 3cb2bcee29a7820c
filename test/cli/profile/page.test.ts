import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { main } from '../../../cli/command-line.ts';
import { loadProfile } from '../../../cli/target/load.ts';
import { hasChromium, openPage, useChromium } from '../../support/chromium.ts';
import { inFolder, runCli } from '../run-cli.ts';

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

describe.skipIf(!hasChromium)('the page of thimble profile', () => {
  const browser = useChromium();

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
      const { page, faults } = await openPage(browser(), url);
      // By keyboard alone.
      const begin = page.getByRole('button', { name: 'Start' });
      await expect.poll(() => begin.isEnabled()).toBe(true);
      await begin.focus();
      await page.keyboard.press('Enter');
      expect(await command).toBe(0);
      expect(await page.getByLabel('Seconds').inputValue()).toBe('3');
      await expect.poll(() => page.getByRole('status').textContent()).toContain('The result has arrived');
      expect(faults).toEqual([]);
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
      const { page, faults } = await openPage(browser(), `file://${join(cwd, 'p.html')}`);
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
