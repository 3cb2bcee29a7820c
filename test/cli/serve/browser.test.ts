import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasChromium, openPage, useChromium } from '../../support/chromium.ts';
import { hasShared, sharedDir } from '../../support/shared.ts';
import { digitsFloat, digitsInt8 } from '../run-cli.ts';
import { digitPng, digitVideo } from './digit-camera.ts';
import { type Serving, startServing } from './serving.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const docs = fileURLToPath(new URL('../../../docs/img/', import.meta.url));
const video = hasChromium ? digitVideo(7) : '';
const devices = [
  '--use-fake-device-for-media-stream',
  '--use-fake-ui-for-media-stream',
  `--use-file-for-fake-video-capture=${video}`,
];

/** What a page shows at last, on a machine that has other work as well. */
const eventually = <T>(read: () => T) => expect.poll(read, { timeout: 30_000 });

describe.skipIf(!hasChromium)('the page of thimble serve', { timeout: 60_000 }, () => {
  const browser = useChromium(...devices);
  let folder = '';
  let serving: Serving;
  const others: Serving[] = [];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'thimble-serve-'));
    writeFileSync(join(folder, 'labels.txt'), Array.from({ length: 10 }, (_, i) => `digit ${i}`).join('\n'));
    const argv = [digitsInt8, '--labels', 'labels.txt', '--pixels', '0..1', '--profile-out', 'mine.json'];
    serving = await startServing(argv, folder);
  }, 60_000);
  afterAll(async () => {
    for (const one of [serving, ...others]) await one.stop();
    rmSync(folder, { recursive: true, force: true });
    rmSync(dirname(video), { recursive: true, force: true });
  });

  async function opened(url = serving.url) {
    const { page, faults } = await openPage(browser(), url);
    await eventually(() => page.textContent('#status')).toMatch(/^Ready/);
    return { page, faults };
  }
  const give = (page: Page, digit: number) =>
    page.setInputFiles('#file', { name: `${digit}.png`, mimeType: 'image/png', buffer: digitPng(digit) });
  const best = (page: Page) => page.textContent('#result tbody tr:first-child th');
  const counts = (page: Page) =>
    page.$$eval('#histogram rect', (bars) =>
      bars.reduce((sum, bar) => sum + Number(bar.getAttribute('data-count')), 0),
    );

  test('recognises digits from files, chosen and dropped', async () => {
    const { page, faults } = await opened();
    expect(await page.title()).toBe('digits_int8: thimble serve');
    for (const digit of [3, 7]) {
      await give(page, digit);
      await eventually(() => best(page)).toBe(`digit ${digit}`);
    }
    expect(await page.textContent('#announced')).toMatch(/^7\.png: digit 7, \d/);
    const transfer = await page.evaluateHandle((base64) => {
      const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
      const given = new DataTransfer();
      given.items.add(new File([bytes], 'four.png', { type: 'image/png' }));
      return given;
    }, digitPng(4).toString('base64'));
    await page.dispatchEvent('#drop', 'drop', { dataTransfer: transfer });
    await eventually(() => best(page)).toBe('digit 4');
    await page.selectOption('#top', '3');
    expect(await page.locator('#result tbody tr').count()).toBe(3);
    expect(faults).toEqual([]);
    await page.close();
  });

  test('says in one sentence what it cannot take', async () => {
    const { page, faults } = await opened();
    await page.setInputFiles('#file', { name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('hello') });
    const error = page.locator('#error');
    await eventually(() => error.textContent()).toContain('notes.txt is no picture that this browser can decode');
    await page.setInputFiles('#file', { name: 'x.npy', mimeType: '', buffer: Buffer.from('hello') });
    await eventually(() => error.textContent()).toContain('x.npy: it is no .npy file');
    await page.evaluate(() => {
      navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('no', 'NotAllowedError'));
    });
    await page.click('#camera');
    await eventually(() => error.textContent()).toContain('The camera was not allowed: allow it in the settings');
    await page.click('#numbers');
    await page.fill('#values', '1 2 three');
    await page.click('#take-values');
    await eventually(() => error.textContent()).toBe('"three" is no number; write decimal numbers.');
    await page.fill('#values', '1 2 3');
    await page.click('#take-values');
    await expect
      .poll(() => error.textContent())
      .toBe('There are 3 numbers, and input "serving_default_image:0" takes 64.');
    await give(page, 1);
    await eventually(() => error.isHidden()).toBe(true);
    await page.addInitScript(() => {
      WebAssembly.validate = () => false;
    });
    await page.reload();
    await eventually(() => error.textContent()).toBe(
      'This engine has no WebAssembly SIMD, which the model needs: open the page in a current browser.',
    );
    expect(faults).toEqual([]);
    await page.close();
  });

  test('measures, verifies on every variant of this browser, and changes variant and threads', async () => {
    const { page, faults } = await opened();
    await page.click('#bench');
    await eventually(() => page.textContent('#status')).toMatch(/^Ran 200 times/);
    expect(await counts(page)).toBe(200);
    expect(await page.textContent('#latency')).toMatch(/Median \(p50\)[\d.]+ [µm]s.*Samples200/);
    await page.click('#forget');
    expect([await counts(page), await page.locator('#histogram svg').count()]).toEqual([0, 0]);
    await page.click('#verify-all');
    await eventually(() => page.textContent('#status')).toMatch(/^Verified: all outputs of .*simd128 are equal/);
    const variants = await page.$$eval('#variant option:not([disabled])', (options) => options.length - 1);
    const verdicts = await page.locator('#verified tbody tr td:last-child').allTextContents();
    expect(verdicts).toEqual(Array.from({ length: variants }, () => 'equal in 3 of 3'));
    await page.selectOption('#variant', 'simd128');
    await eventually(() => page.textContent('#variant-why')).toContain('simd128 runs, as chosen');
    await page.selectOption('#threads', '2');
    await eventually(() => page.textContent('#threads-why')).toContain('1 thread: the model is too small for threads');
    await give(page, 9);
    await eventually(() => best(page)).toBe('digit 9');
    expect(faults.filter((fault) => !fault.includes('runs in one thread'))).toEqual([]);
    await page.close();
  });

  test('tells a difference where there is one', async () => {
    const { page } = await opened();
    await page.route('**/reference.json?run=1', async (route) => {
      const vector = await (await route.fetch()).json();
      const [[name, text] = ['', '']] = Object.entries<string>(vector.outputs);
      const bytes = Buffer.from(text, 'base64');
      bytes[3] = (bytes[3] ?? 0) ^ 1;
      await route.fulfill({ json: { ...vector, outputs: { [name]: bytes.toString('base64') } } });
    });
    await page.click('#verify');
    await eventually(() => page.textContent('#status')).toBe('1 output differs: see Verify.');
    expect(await page.textContent('#verified')).toMatch(/differs in run 2: element 3 is -?\d+, should be .*1 of 10/);
    await page.close();
  });

  test('sees the camera, and hears the microphone', async () => {
    const { page, faults } = await opened();
    await page.click('#camera');
    await eventually(() => best(page)).toBe('digit 7');
    expect(await page.getAttribute('#camera', 'aria-pressed')).toBe('true');
    await eventually(() => counts(page)).toBeGreaterThan(3);
    await page.click('#camera');
    expect(await page.textContent('#status')).toBe('The camera is off.');
    expect(faults).toEqual([]);
    await page.close();
    // Any input is sound where that is declared.
    const sound = await startServing([digitsInt8, '--sample-rate', '16000', '--audio-length', 'fit'], folder);
    others.push(sound);
    const heard = await opened(sound.url);
    await heard.page.click('#microphone');
    await eventually(() => counts(heard.page)).toBeGreaterThan(1);
    expect(await heard.page.textContent('#given-caption')).toContain('64 values, 0.00 s');
    await heard.page.click('#microphone');
    expect(await heard.page.textContent('#status')).toBe('The microphone is off.');
    expect(heard.faults).toEqual([]);
    await heard.page.close();
  });

  test('is used by keyboard alone, drawing included', async () => {
    const { page, faults } = await opened();
    const focused = () => page.evaluate(() => document.activeElement?.id ?? '');
    const reach = async (id: string) => {
      for (let i = 0; i < 40 && (await focused()) !== id; i++) await page.keyboard.press('Tab');
      expect(await focused()).toBe(id);
    };
    for (const id of ['file', 'camera']) await reach(id);
    await reach('draw');
    await page.keyboard.press('Enter');
    await reach('drawing-area');
    // Down the middle: a one.
    for (let i = 0; i < 12; i++) await page.keyboard.press('ArrowUp');
    await page.keyboard.press('Space');
    for (let i = 0; i < 24; i++) await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Space');
    expect(await best(page)).toBe('digit 1');
    await reach('clear');
    await reach('bench');
    await page.keyboard.press('Space');
    await eventually(() => page.textContent('#status')).toMatch(/^Ran 200/);
    for (const id of ['variant', 'threads', 'verify', 'verify-all', 'seconds', 'quick', 'start-profile'])
      await reach(id);
    expect(faults).toEqual([]);
    await page.close();
  });

  test('profiles the browser, and writes the file that was named', { timeout: 90_000 }, async () => {
    const { page, faults } = await opened();
    await page.check('#quick');
    await page.fill('#seconds', '1');
    await page.click('#start-profile');
    const status = () => page.textContent('#profile-status');
    await eventually(status).toBe('Done. The command has written mine.json.');
    expect(JSON.parse(readFileSync(join(folder, 'mine.json'), 'utf8')).name).toBe('mine');
    const download = page.waitForEvent('download');
    await page.click('#download-profile');
    expect((await download).suggestedFilename()).toBe('thimble-profile.json');
    expect(faults).toEqual([]);
    await page.close();
  });

  test('assumes, says so, and lets a float model be tried with other ranges', async () => {
    const float = await startServing([digitsFloat], folder);
    others.push(float);
    const { page, faults } = await opened(float.url);
    expect(await page.textContent('#feed')).toContain('this is assumed from the shape: pixels as 0..1. Name it with');
    await give(page, 5);
    await eventually(() => best(page)).toBe('class 5');
    await page.selectOption('#pixels', '0..255');
    await give(page, 2);
    await eventually(() => page.textContent('#status')).toContain('Ran with 2.png');
    await page.click('#verify-all');
    await eventually(() => page.textContent('#status')).toMatch(/^Verified/);
    expect(faults).toEqual([]);
    await page.close();
  });

  const shared = (name: string) => join(sharedDir, 'models', 'tflite', `${name}.tflite`);
  test.skipIf(!hasShared)('hears words, keeps state, and takes several inputs', async () => {
    const features = {
      ...{ kind: 'mfcc', normalize: 'maximum', 'window-samples': 480, 'hop-samples': 320, 'window-function': 'hann' },
      ...{ padding: 'none', power: 1, bands: 40, 'low-hz': 20, 'high-hz': 4000, 'mel-scale': 'htk' },
      ...{ 'mel-triangles': 'mel', 'mel-norm': 'none', log: 'ln', offset: 1e-6, coefficients: 10, 'dct-norm': 'htk' },
    };
    writeFileSync(join(folder, 'kws.json'), JSON.stringify({ 'sample-rate': 16000, features }));
    const words = await startServing([shared('mlperf_kws_int8'), '--preprocess', 'kws.json'], folder);
    const state = await startServing([shared('mww_okay_nabu_v1')], folder);
    const two = await startServing([shared('nns_sample_4x4x4x4x4_two_input_one_output')], folder);
    others.push(words, state, two);
    const { page, faults } = await opened(words.url);
    await page.setInputFiles('#file', join(sharedDir, 'datasets', 'audio', 'tflm_yes_1000ms.wav'));
    await eventually(() => best(page)).toBe('class 9');
    expect(await page.textContent('#given-caption')).toContain('49 frames of 10 bands');
    for (const { url } of [state, two]) {
      await page.goto(url);
      await eventually(() => page.textContent('#status')).toMatch(/^Ready/);
      expect(await page.locator('#port-row').isVisible()).toBe(url === two.url);
      expect(await page.locator('#state-row').isVisible()).toBe(url === state.url);
      await page.click('#random');
      await eventually(() => page.textContent('#status')).toContain('Ran with random 1 in');
      await page.click('#verify-all');
      await eventually(() => page.textContent('#status')).toMatch(/^Verified/);
    }
    expect(await page.textContent('#result')).toContain('1024 values from');
    expect(faults).toEqual([]);
    await page.close();
  });

  const views = [
    { name: 'light', colorScheme: 'light', width: 1280, height: 960 },
    { name: 'dark', colorScheme: 'dark', width: 1280, height: 960 },
    { name: 'narrow', colorScheme: 'light', width: 360, height: 1500 },
  ] as const;
  test('has no fault of accessibility, and nothing beyond the edge', async () => {
    const { page, faults } = await opened();
    await give(page, 7);
    await page.click('#numbers');
    await page.click('#bench');
    await eventually(() => page.textContent('#status')).toMatch(/^Ran 200/);
    await page.click('#verify-all');
    await eventually(() => page.textContent('#status')).toMatch(/^Verified/);
    // The policy of the page lets no script in but by the debugger.
    await page.evaluate(axe);
    for (const { name, colorScheme, width, height } of views) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height });
      // The histogram is drawn for the width that there is.
      await page.click('#forget');
      await page.click('#bench');
      await eventually(() => page.textContent('#status')).toMatch(/^Ran 200/);
      expect({ name, violations: await page.evaluate(violations) }).toEqual({ name, violations: [] });
      const across = await page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth]);
      expect(across).toEqual([width, width]);
      if (process.env.THIMBLE_SCREENSHOTS !== '1') continue;
      await page.click('#numbers');
      await page.mouse.move(0, 0);
      mkdirSync(docs, { recursive: true });
      await page.screenshot({ path: join(docs, `serve-${name}.png`) });
      await page.click('#numbers');
    }
    expect(faults).toEqual([]);
    await page.close();
  });
});

/** Runs in the page, after axe-core. */
async function violations(): Promise<readonly string[]> {
  const found: { violations: { id: string; impact: string }[] } = await Reflect.get(globalThis, 'axe').run();
  return found.violations.map(({ id, impact }) => `${impact}: ${id}`);
}
