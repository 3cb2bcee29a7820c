import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasChromium, openPage, useChromium } from '../support/chromium.ts';
import { type Served, serveFolder, strictPolicy } from '../support/serve.ts';
import {
  type App,
  accessibilityFaults,
  buildApp,
  gzipBytes,
  pictures,
  setUpApp,
  typeFaults,
  writesPictures,
} from './app.ts';
import { type Drawing, drawingsOf, varied } from './handwriting.ts';

const digits = Array.from({ length: 10 }, (_, digit) => digit);

describe('the app that reads drawn digits', () => {
  let app: App;
  let built = '';
  let served: Served;
  beforeAll(async () => {
    app = await setUpApp('digits-live');
    built = await buildApp(app);
    const policy = `${strictPolicy}; style-src 'self'; img-src data:`;
    served = await serveFolder(built, { 'content-security-policy': policy });
  });
  afterAll(async () => {
    await served.close();
    app.remove();
  });

  test('has no fault of types', () => {
    expect(typeFaults(app)).toBe('');
  });

  test('weighs less than 50 kB after gzip, model and all', () => {
    const bytes = gzipBytes(built);
    const total = [...bytes.values()].reduce((sum, one) => sum + one, 0);
    expect(total, JSON.stringify(Object.fromEntries(bytes))).toBeLessThan(50_000);
  });

  test('reads most drawings of other hands', async () => {
    const { inkOf } = await import(pathToFileURL(join(app.folder, 'src/ink.ts')).href);
    const { load } = await import(pathToFileURL(join(app.folder, 'model/index.js')).href);
    const model = await load();
    const read = (drawing: Drawing) => {
      const data = Uint8ClampedArray.from([...inkOf(drawing)].flatMap((value) => [value, value, value, 255]));
      return model.classify({ width: 8, height: 8, data }, { top: 1 })[0].index;
    };
    const seeds = Array.from({ length: 20 }, (_, seed) => seed + 1);
    const drawings = digits.flatMap((digit) => drawingsOf(digit).map((drawing) => ({ digit, drawing })));
    expect(drawings.filter(({ digit, drawing }) => read(drawing) !== digit).map(({ digit }) => digit)).toEqual([]);
    const cases = drawings.flatMap(({ digit, drawing }) =>
      seeds.map((seed) => ({ digit, drawing: varied(drawing, seed) })),
    );
    const right = cases.filter(({ digit, drawing }) => read(drawing) === digit).length;
    expect(right / cases.length).toBeGreaterThan(0.95);
  });

  describe.skipIf(!hasChromium)('in Chromium', () => {
    const browser = useChromium();
    const read = (page: Page) => page.locator('#digit').textContent();

    /** Draws by the mouse, after clearing the pad. */
    async function draw(page: Page, drawing: Drawing): Promise<void> {
      await page.getByRole('button', { name: 'Clear' }).click();
      const box = await page.locator('#pad').boundingBox();
      if (box === null) throw new Error('no pad');
      const at = ({ x, y }: { x: number; y: number }): [number, number] => [
        box.x + (0.2 + x * 0.006) * box.width,
        box.y + (0.2 + y * 0.006) * box.height,
      ];
      for (const [first, ...others] of drawing) {
        if (first === undefined) continue;
        await page.mouse.move(...at(first));
        await page.mouse.down();
        for (const place of others) await page.mouse.move(...at(place));
        await page.mouse.up();
      }
      // The answer to the last movement comes with the next picture of the screen.
      await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
    }

    test('shows a first result by itself', async () => {
      const { page, faults } = await openPage(browser(), served.origin);
      await page.waitForSelector('html[data-first-result]');
      expect(await page.getAttribute('html', 'data-first-result')).toBe('2');
      expect(await page.evaluate(() => performance.getEntriesByName('first-result').length)).toBe(1);
      expect(await read(page)).toBe('2');
      expect(faults).toEqual([]);
      await page.close();
    });

    test('reads all ten digits as they are drawn', async () => {
      const { page, faults } = await openPage(browser(), served.origin);
      await page.waitForSelector('html[data-first-result]');
      const seen: (string | null)[] = [];
      for (const digit of digits) {
        await draw(page, drawingsOf(digit)[0] ?? []);
        seen.push(await read(page));
      }
      expect(seen).toEqual(digits.map(String));
      const percents = await page.locator('.percent').allTextContents();
      const total = percents.reduce((sum, text) => sum + Number.parseInt(text, 10), 0);
      expect(Math.abs(total - 100)).toBeLessThanOrEqual(5);
      expect(faults).toEqual([]);
      await page.close();
    });

    test('reads strokes of a finger', async () => {
      const { page, faults } = await openPage(browser(), served.origin, {
        hasTouch: true,
        isMobile: true,
        width: 360,
        height: 740,
      });
      await page.waitForSelector('html[data-first-result]');
      const box = await page.locator('#pad').boundingBox();
      const client = await page.context().newCDPSession(page);
      const [stroke = []] = drawingsOf(3)[0] ?? [];
      const touch = (type: 'touchStart' | 'touchMove', { x, y }: { x: number; y: number }) =>
        client.send('Input.dispatchTouchEvent', {
          type,
          touchPoints: [{ x: (box?.x ?? 0) + 40 + 2 * x, y: (box?.y ?? 0) + 40 + 2 * y }],
        });
      for (const [i, place] of stroke.entries()) await touch(i === 0 ? 'touchStart' : 'touchMove', place);
      await client.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
      await expect.poll(() => read(page)).toBe('3');
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
      expect(faults).toEqual([]);
      await page.close();
    });

    test('can be used by keys alone', async () => {
      const { page } = await openPage(browser(), served.origin);
      await page.waitForSelector('html[data-first-result]');
      for (const digit of digits) {
        await page.getByRole('button', { name: `Sample ${digit}` }).press('Enter');
        expect(await read(page)).toBe(String(digit));
      }
      await page.getByRole('button', { name: 'Clear' }).press('Enter');
      expect(await read(page)).toBe('');
      await page.close();
    });

    test('says what is missing where the model cannot run', async () => {
      const forbidding = strictPolicy.replace(" 'wasm-unsafe-eval'", '');
      const closed = await serveFolder(built, { 'content-security-policy': `${forbidding}; style-src 'self'` });
      const { page } = await openPage(browser(), closed.origin);
      await expect.poll(() => page.getByRole('alert').textContent()).toContain("'wasm-unsafe-eval'");
      await page.close();
      await closed.close();
    });

    test('has no serious fault of accessibility', async () => {
      const { page } = await openPage(browser(), served.origin, { bypassCSP: true });
      await page.waitForSelector('html[data-first-result]');
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        expect(await accessibilityFaults(page), colorScheme).toEqual([]);
      }
      await page.close();
    });

    test.runIf(writesPictures)('has pictures for the documentation', async () => {
      mkdirSync(pictures, { recursive: true });
      for (const [name, options] of Object.entries({
        'digits-live': { width: 1000, height: 690 },
        'digits-live-dark': { width: 1000, height: 690, colorScheme: 'dark' },
        'digits-live-narrow': { width: 360, height: 1080 },
      } as const)) {
        const { page } = await openPage(browser(), served.origin, { ...options, reducedMotion: 'reduce' });
        await page.waitForSelector('html[data-first-result]');
        await draw(page, drawingsOf(5)[0] ?? []);
        await page.screenshot({ path: join(pictures, `${name}.png`) });
        await page.close();
      }
    });
  });
});
