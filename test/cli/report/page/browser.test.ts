import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { reportPage } from '../../../../cli/report/page/index.ts';
import { hasChromium, openPage, type PageOptions, useChromium } from '../../../support/chromium.ts';
import { hasShared, sharedDir } from '../../../support/shared.ts';
import { runCli } from '../../run-cli.ts';
import { hostileReport, mobileNetReport } from './reports.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What axe-core finds that is serious or critical, with the elements. */
async function seriousFaults(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe);
  // What is out of sight is not laid out until it comes into sight.
  await page.locator('section').evaluateAll((sections) => {
    for (const one of sections) one.style.contentVisibility = 'visible';
  });
  return page.evaluate(async () => {
    const { violations } = await Reflect.get(window, 'axe').run();
    const found = violations.filter(({ impact }: { impact: string }) => /serious|critical/.test(impact));
    return found.map(({ id, nodes }: { id: string; nodes: { html: string }[] }) => `${id}: ${nodes[0]?.html}`);
  });
}

/** Whether tests write the pictures of the documentation, and where. */
const writesPictures = process.env.THIMBLE_SCREENSHOTS === '1';
const pictures = new URL('../../../../docs/img/', import.meta.url);

describe.skipIf(!hasChromium)('the page of a report in Chromium', () => {
  const browser = useChromium();
  let folder = '';

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'thimble-report-'));
    writeFileSync(join(folder, 'mobilenet.html'), reportPage(mobileNetReport()));
    writeFileSync(join(folder, 'small.html'), reportPage(mobileNetReport(2)));
    writeFileSync(join(folder, 'hostile.html'), reportPage(hostileReport()));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const opened = (name: string, options: PageOptions = {}) => {
    return openPage(browser(), pathToFileURL(join(folder, name)).href, options);
  };
  /** Where a layer is marked: the kinds of elements, in the order of the page. */
  const marked = (page: Page) => {
    return page.evaluate(() =>
      Array.from(document.querySelectorAll('.chosen'), (one) => {
        return `${one.closest('section')?.id} ${one.getAttribute('data-layer')}`;
      }),
    );
  };

  test.each([
    { name: 'small.html', colorScheme: 'light', width: 1280 },
    { name: 'small.html', colorScheme: 'dark', width: 1280 },
    { name: 'hostile.html', colorScheme: 'dark', width: 360 },
  ] as const)('opens $name without a fault, $colorScheme at $width pixels', async ({ name, ...options }) => {
    const { page, faults } = await opened(name, options);
    // With the facts of a layer open, which are a part of the page as well.
    await page.locator('a.layer').nth(3).focus();
    expect(await seriousFaults(page)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(options.width);
    expect(faults).toEqual([]);
    await page.close();
  });

  test('of hostile names runs nothing of theirs', async () => {
    const { page, faults } = await opened('hostile.html', { width: 360 });
    await page.locator('a.layer').nth(1).click();
    expect(await page.locator('#details').isVisible()).toBe(true);
    expect(await page.locator('img, iframe, script:not([type])').count()).toBe(0);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
    expect(faults).toEqual([]);
    await page.close();
  });

  test('shows a layer in all charts, chosen by keyboard or mouse', async () => {
    const { page, faults } = await opened('mobilenet.html');
    await page.locator('a.layer').first().focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    expect(await page.evaluate(() => document.activeElement?.getAttribute('data-layer'))).toBe('2');
    const details = page.getByRole('complementary');
    expect(await details.textContent()).toContain('MobilenetV2/expanded_conv_0/project');
    expect(await details.textContent()).toContain('6.42 M');
    const places = await marked(page);
    expect(places.every((place) => place.endsWith(' 2'))).toBe(true);
    const sections = new Set(places.map((place) => place.split(' ')[0]));
    expect([...sections]).toEqual(['graph', 'memory', 'latency', 'accuracy', 'layers']);
    // One stop of the tab key for each chart.
    expect(await page.locator('svg.graph a[tabindex="0"]').count()).toBe(1);
    await page.keyboard.press('Escape');
    expect([await details.isVisible(), await marked(page)]).toEqual([false, []]);
    await page.locator('svg.columns a[data-layer="9"]').first().click();
    expect(await details.textContent()).toContain('Layer 9');
    await details.getByRole('button', { name: 'Layer after' }).click();
    expect(await details.textContent()).toContain('Layer 10');
    expect(new URL(page.url()).hash).toBe('#layer-10');
    expect(faults).toEqual([]);
    await page.close();
  });

  test('finds, zooms, sorts, filters, and changes the target', async () => {
    const { page, faults } = await opened('mobilenet.html');
    const find = page.getByLabel('Find a layer');
    await find.fill('expanded_conv_5 add');
    expect(await page.locator('#found').textContent()).toBe('1 found');
    await find.press('Enter');
    expect(await page.getByRole('complementary').textContent()).toContain('expanded_conv_5/add');
    const graph = page.locator('svg.graph');
    const width = async () => Number(await graph.getAttribute('width'));
    const natural = await width();
    await page.locator('.graph-box').focus();
    await page.keyboard.press('+');
    expect(await width()).toBeCloseTo(natural * 1.25, 3);
    await page.keyboard.press('f');
    expect(await width()).toBeLessThan(natural);
    await page.getByRole('button', { name: 'actual size' }).first().click();
    expect(await width()).toBeCloseTo(natural, 3);

    const first = async () => (await page.locator('#layer-table tbody tr').first().getAttribute('id')) ?? '';
    const macs = page.locator('#layer-table').getByRole('columnheader', { name: 'MACs' });
    await macs.getByRole('button').press('Enter');
    expect([await macs.getAttribute('aria-sort'), await first()]).toEqual(['descending', 'layer-61']);
    await macs.getByRole('button').press('Enter');
    expect([await macs.getAttribute('aria-sort'), await first()]).toEqual(['ascending', 'layer-9']);
    await page.getByLabel('Show layers with').fill('depthwise');
    expect(await page.locator('#shown').textContent()).toBe('17 of 64 layers');
    expect(await page.locator('#layer-table tbody tr:visible').count()).toBe(17);

    const shown = () =>
      page.locator('#latency [data-target]').evaluateAll((boxes) => {
        const visible = boxes.filter((box) => getComputedStyle(box).display !== 'none');
        return visible.map((box) => box.querySelector('h3')?.textContent);
      });
    expect(await shown()).toEqual(['STM32F446RE']);
    await page.getByLabel('Layers on').selectOption({ index: 2 });
    expect(await shown()).toEqual(['Pixel 6']);
    expect(await page.getByRole('columnheader', { name: /^Time on/ }).count()).toBe(2);
    expect(faults).toEqual([]);
    await page.close();
  });

  test.runIf(writesPictures && hasShared)('looks as in the documentation', { timeout: 900_000 }, async () => {
    const [model, samples] = ['models/tflite/mlperf_ic_resnet8_float.tflite', 'datasets/cifar10'];
    const changes = [
      '--prune',
      'macs=70%',
      '--quantize',
      'int8',
      '--samples',
      sharedDir + samples,
      '--pixels',
      '0..255',
    ];
    const targets = ['--target', 'stm32f446re,rp2040,esp32s3'];
    const { code } = await runCli(
      ['report', sharedDir + model, ...changes, ...targets, '--out', 'resnet8.html'],
      folder,
    );
    expect(code).toBe(0);
    const picture = async (name: string, options: PageOptions, look: (page: Page) => Promise<unknown>) => {
      const { page, faults } = await opened('resnet8.html', options);
      await look(page);
      await page.screenshot({ path: fileURLToPath(new URL(name, pictures)) });
      expect(faults).toEqual([]);
      await page.close();
    };
    await picture('report-light.png', { colorScheme: 'light', height: 1100 }, async (page) => {
      await page.locator('a.layer').nth(5).focus();
      await page.evaluate(() => scrollTo(0, 540));
    });
    await picture('report-dark.png', { colorScheme: 'dark', height: 1180 }, async (page) => {
      await page.locator('#memory').evaluate((section) => section.scrollIntoView());
    });
    await picture('report-narrow.png', { colorScheme: 'light', width: 360, height: 1400 }, async () => {});
  });

  test('is whole on paper and without a script', async () => {
    const { page } = await opened('mobilenet.html', { javaScriptEnabled: false });
    await page.emulateMedia({ media: 'print' });
    expect(await page.locator('.tools:visible').count()).toBe(0);
    expect(await page.locator('#latency h3:visible').count()).toBe(3);
    expect(await page.locator('nav').isVisible()).toBe(false);
    expect(await page.locator('#details').isVisible()).toBe(false);
    const buffers = page.locator('details table');
    expect(await buffers.isVisible()).toBe(true);
    const cut = page
      .locator('.scroll')
      .evaluateAll((boxes) => boxes.filter((box) => box.scrollHeight > box.clientHeight + 1).length);
    expect(await cut).toBe(0);
    await page.close();
  });
});
