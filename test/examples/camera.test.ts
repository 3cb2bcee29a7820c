import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasChromium, openPage, useChromium } from '../support/chromium.ts';
import { type Served, serveFolder, strictPolicy } from '../support/serve.ts';
import { type App, accessibilityFaults, buildApp, pictures, setUpApp, typeFaults, writesPictures } from './app.ts';
import { digitsFilm } from './y4m.ts';

const digits = Array.from({ length: 10 }, (_, digit) => digit);

/** What a page notes of itself: the most calls of the model that waited for an answer at once, and every text of the best class. */
const notes = `
globalThis.notes = { waiting: 0, most: 0, calls: 0, seen: [] };
const post = Worker.prototype.postMessage;
Worker.prototype.postMessage = function (message, ...rest) {
  if (message.call === 'classify') {
    if (notes.calls++ === 0) this.addEventListener('message', () => { notes.waiting = 0; });
    notes.most = Math.max(notes.most, ++notes.waiting);
  }
  return post.call(this, message, ...rest);
};
addEventListener('DOMContentLoaded', () => {
  const best = document.getElementById('best');
  new MutationObserver(() => notes.seen.push(best.textContent)).observe(best, { childList: true });
});
`;

describe('the camera app', () => {
  let app: App;
  let served: Served;
  const folder = mkdtempSync(join(tmpdir(), 'thimble-film-'));
  const film = join(folder, 'digits.y4m');
  writeFileSync(film, digitsFilm(digits, 3));
  beforeAll(async () => {
    app = await setUpApp('camera');
    const policy = `${strictPolicy}; style-src 'self'; img-src data:; media-src blob:`;
    served = await serveFolder(await buildApp(app), { 'content-security-policy': policy });
  });
  afterAll(async () => {
    await served.close();
    app.remove();
    rmSync(folder, { recursive: true });
  });

  test('has no fault of types', () => {
    expect(typeFaults(app)).toBe('');
  });

  describe.skipIf(!hasChromium)('in Chromium', () => {
    const browser = useChromium(
      '--use-fake-ui-for-media-stream',
      '--use-fake-device-for-media-stream',
      `--use-file-for-fake-video-capture=${film}`,
    );

    /** Opens the app, with a script that runs before it. */
    async function open(script: string): Promise<{ readonly page: Page; readonly faults: string[] }> {
      const { page, faults } = await openPage(browser(), 'about:blank', { permissions: ['camera'], bypassCSP: false });
      await page.addInitScript(script);
      await page.goto(served.origin);
      return { page, faults };
    }

    const fault = (page: Page) => page.getByRole('alert').textContent();
    const start = (page: Page) => page.getByRole('button', { name: 'Start' }).click();

    test('reads all digits that the camera sees, one frame at a time, until it is stopped', async () => {
      const { page, faults } = await open(notes);
      await start(page);
      const seen = () => page.evaluate(() => [...new Set(Reflect.get(globalThis, 'notes').seen)]);
      await expect.poll(seen, { timeout: 60_000 }).toEqual(expect.arrayContaining(digits.map(String)));
      expect(await page.evaluate(() => Reflect.get(globalThis, 'notes').most)).toBe(1);
      expect(await page.locator('#rate').textContent()).toMatch(/^\d+ a second$/);
      expect(await page.locator('#latency').textContent()).toMatch(/^\d+\.\d ms$/);
      expect(await page.locator('#bars li:visible').count()).toBe(5);
      expect(await page.locator('#cameras option').allTextContents()).toEqual([film]);
      expect(await page.locator('#box').isVisible()).toBe(true);

      await page.getByRole('button', { name: 'Stop' }).click();
      const calls = () => page.evaluate(() => Reflect.get(globalThis, 'notes').calls);
      const before = await calls();
      expect(before).toBeGreaterThan(0);
      await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 300)));
      expect(await calls()).toBe(before);
      expect(await page.evaluate(() => document.querySelector('video')?.srcObject)).toBeNull();
      expect(await page.getByRole('alert').count()).toBe(0);
      expect(faults).toEqual([]);
      await page.close();
    });

    test('gives whole frames to the network where it is told to, and without new callbacks', async () => {
      const { page, faults } = await open(`${notes}; delete HTMLVideoElement.prototype.requestVideoFrameCallback;`);
      await page.selectOption('#look', 'whole');
      await start(page);
      await expect
        .poll(() => page.evaluate(() => Reflect.get(globalThis, 'notes').calls), { timeout: 30_000 })
        .toBeGreaterThan(12);
      await expect.poll(() => page.locator('#best').textContent()).toMatch(/^\d$/);
      expect(await page.locator('#box').isVisible()).toBe(false);
      expect(await page.evaluate(() => Reflect.get(globalThis, 'notes').most)).toBe(1);
      expect(faults).toEqual([]);
      await page.close();
    });

    test('says what to do where there are no pictures', async () => {
      const { page, faults } = await openPage(browser(), served.origin);
      const refusals = {
        NotAllowedError: 'allow it in the settings of the site',
        NotFoundError: 'connect one',
        NotReadableError: 'close that one',
        OverconstrainedError: 'choose another one',
        SecurityError: 'Permissions-Policy',
        StrangeError: 'The camera does not start (no)',
      };
      for (const [name, advice] of Object.entries(refusals)) {
        await page.evaluate((refusal) => {
          navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('no', refusal));
        }, name);
        await start(page);
        await expect.poll(() => fault(page), { message: name }).toContain(advice);
      }
      await page.evaluate(() => Object.defineProperty(globalThis, 'isSecureContext', { value: false }));
      await start(page);
      await expect.poll(() => fault(page)).toContain('open this page by https');
      expect(faults).toEqual([]);
      await page.close();
    });

    test('has no serious fault of accessibility, and fits a narrow screen', async () => {
      const { page } = await openPage(browser(), served.origin, { bypassCSP: true, width: 360 });
      await start(page);
      await expect.poll(() => page.locator('#best').textContent(), { timeout: 30_000 }).toMatch(/^\d$/);
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        expect(await accessibilityFaults(page), colorScheme).toEqual([]);
      }
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
      await page.close();
    });

    test.runIf(writesPictures)('has pictures for the documentation', async () => {
      mkdirSync(pictures, { recursive: true });
      for (const [name, options] of Object.entries({
        camera: { width: 1000, height: 760 },
        'camera-dark': { width: 1000, height: 760, colorScheme: 'dark' },
        'camera-narrow': { width: 360, height: 1240 },
      } as const)) {
        const { page } = await openPage(browser(), served.origin, options);
        await start(page);
        await page.waitForFunction(() => document.getElementById('best')?.textContent === '8');
        await page.getByLabel('Mirror').uncheck();
        await page.evaluate(() => document.querySelector('#cameras option')?.replaceChildren('Built-in camera'));
        await page.screenshot({ path: join(pictures, `${name}.png`) });
        await page.close();
      }
    });
  });
});
