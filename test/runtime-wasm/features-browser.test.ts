import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runCli } from '../cli/run-cli.ts';
import { startServing } from '../cli/serve/serving.ts';
import { hasChromium, openPage, useChromium } from '../support/chromium.ts';
import { type Served, serveFolder, strictPolicy } from '../support/serve.ts';
import { hasShared, sharedDir } from '../support/shared.ts';

/** Keyword spotting of MLPerf Tiny, as docs/features.md declares it. */
const declared = /```json keyword-spotting\n([\s\S]*?)```/.exec(
  readFileSync(new URL('../../docs/features.md', import.meta.url), 'utf8'),
)?.[1];

const labels = ['Down', 'Go', 'Left', 'No', 'Off', 'On', 'Right', 'Stop', 'Up', 'Yes', 'Silence', 'Unknown'];

const drive = `
import { load } from './model/index.js';
import { load as loadInWorker } from './model/in-worker.js';
globalThis.drive = async (path) => {
  const bytes = await (await fetch(path)).arrayBuffer();
  const sound = await new OfflineAudioContext(1, 16000, 16000).decodeAudioData(bytes);
  const model = await load();
  const far = await loadInWorker();
  const input = Array.from(model.prepare(sound));
  const answers = [model.classify(sound, { top: 1 }), await far.classify(sound, { top: 1 })];
  far.dispose();
  return { input, answers };
};
globalThis.ready = true;
`;

describe.skipIf(!hasShared || !hasChromium)('a keyword model in Chromium', () => {
  const browser = useChromium();
  let folder = '';
  let served: Served | undefined;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'thimble-features-'));
    writeFileSync(join(folder, 'p.json'), declared ?? '');
    writeFileSync(join(folder, 'labels.txt'), labels.join('\n'));
    for (const name of ['tflm_yes_1000ms', 'tflm_silence_1000ms']) {
      copyFileSync(join(sharedDir, `datasets/audio/${name}.wav`), join(folder, `${name}.wav`));
    }
    const model = join(sharedDir, 'models/tflite/mlperf_kws_int8.tflite');
    const words = ['--to', 'wasm', '--out', 'model', '--preprocess', 'p.json', '--labels', 'labels.txt'];
    const made = await runCli(['convert', model, ...words], folder);
    expect(made.code, made.stderr).toBe(0);
    writeFileSync(join(folder, 'drive.js'), drive);
    writeFileSync(
      join(folder, 'index.html'),
      '<!doctype html><title>x</title><script type="module" src="drive.js"></script>',
    );
    served = await serveFolder(folder, { 'content-security-policy': strictPolicy });
  });
  afterAll(async () => {
    await served?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test('tells a recording of "yes" from silence, with the input of the command line', async () => {
    const { page, faults } = await openPage(browser(), `${served?.origin}/index.html`);
    await expect.poll(() => page.evaluate('globalThis.ready')).toBe(true);
    const { load } = await import(pathToFileURL(join(folder, 'model/index.js')).href);
    const model = await load();
    for (const [name, label] of [
      ['tflm_yes_1000ms', 'Yes'],
      ['tflm_silence_1000ms', 'Silence'],
    ]) {
      const found: { input: number[]; answers: { label: string }[][] } = await page.evaluate(
        `globalThis.drive('${name}.wav')`,
      );
      expect(found.answers.map(([first]) => first?.label)).toEqual([label, label]);
      const pcm = new Uint8Array(readFileSync(join(folder, `${name}.wav`))).slice(44);
      const samples = Float32Array.from(new Int16Array(pcm.buffer), (value) => value / 32768);
      expect(found.input).toEqual([...model.prepare(samples)]);
    }
    expect(faults).toEqual([]);
    await page.close();
  });

  test('is tried in the page of serve', async () => {
    const options = ['--preprocess', 'p.json', '--labels', 'labels.txt', '--port', '0'];
    const serving = await startServing([join(sharedDir, 'models/tflite/mlperf_kws_int8.tflite'), ...options], folder);
    try {
      const { page, faults } = await openPage(browser(), serving.url);
      await page.locator('h1', { hasNotText: 'Loading' }).waitFor();
      await page.setInputFiles('#file', join(folder, 'tflm_yes_1000ms.wav'));
      await page.locator('#result', { hasText: 'Yes' }).waitFor();
      // All 16000 samples: none is cut, since the loudest may be among the last.
      expect(await page.textContent('#status')).toMatch(/tflm_yes_1000ms\.wav: 1\.00 s in/);
      expect(await page.textContent('#given-caption')).toContain('49 frames of 10 ');
      expect(faults).toEqual([]);
      await page.close();
    } finally {
      await serving.stop();
    }
  });
});
