import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { exportTflite } from '../../converter/exporters/tflite/export.ts';
import { GraphBuilder } from '../../converter/ir/builder.ts';
import { noClamp } from '../../converter/ops/definition.ts';
import { tensorType } from '../../converter/tensor/tensor.ts';
import { random, randomTensor } from '../backends/wasm/run-graph.ts';
import { hasShared, sharedDir } from '../support/shared.ts';
import { wavFile } from '../support/wav.ts';
import { inFolder, runCli, runJson } from './run-cli.ts';
import { inspect, problems } from './schemas.ts';

/** A float classifier of 6 frames x 8 bands. */
function soundModel(): Uint8Array {
  const next = random(11);
  const b = new GraphBuilder();
  const input = b.input('map', tensorType('float32', [1, 6, 8]));
  const flat = b.node(
    'RESHAPE #0',
    { type: 'reshape', attributes: { shape: [1, 48] } },
    [input],
    tensorType('float32', [1, 48]),
    'flat',
  );
  const weights = b.constant('w', randomTensor(tensorType('float32', [3, 48]), next));
  const bias = b.constant('b', randomTensor(tensorType('float32', [3]), next));
  const op = { type: 'fully-connected', attributes: { clamp: noClamp, hybrid: 'none' } } as const;
  b.output('scores', b.node('FULLY_CONNECTED #1', op, [flat, weights, bias], tensorType('float32', [1, 3]), 'scores'));
  return exportTflite(b.build('sound', 'test', 'exact'), 'test');
}

const declared = {
  'sample-rate': 8000,
  features: {
    ...{
      kind: 'log-mel',
      'window-samples': 100,
      'hop-samples': 60,
      'window-function': 'hann',
      padding: 'none',
      power: 2,
    },
    ...{ bands: 8, 'mel-scale': 'htk', 'mel-triangles': 'hz', 'mel-norm': 'none', log: 'ln', offset: 1e-6 },
  },
  mean: [1, 2, 3, 4, 5, 6, 7, 8],
  std: 2,
};

const next = random(4);
const noise = (count: number) => Float32Array.from({ length: count }, () => next() * 2 - 1);
const fast = ['--no-remedies', '--ranges', 'min-max'];
const outputs = z.object({ outputs: z.array(z.object({ values: z.array(z.number()) })) });

interface SoundBundle {
  load(): Promise<{
    prepare(source: unknown): Float32Array;
    run(inputs: { readonly map: Float32Array }): { readonly scores: Float32Array };
    classify(source: unknown, options?: object): readonly { readonly index: number; readonly score: number }[];
  }>;
}

async function write(folder: string): Promise<void> {
  writeFileSync(join(folder, 'm.tflite'), soundModel());
  writeFileSync(join(folder, 'p.json'), JSON.stringify(declared));
  for (let i = 0; i < 4; i++) writeFileSync(join(folder, `${i}.wav`), wavFile(8000, noise(400)));
}

async function scores(folder: string, ...words: readonly string[]): Promise<number[] | undefined> {
  const { code, value } = await runJson(['run', ...words], folder);
  expect(code, JSON.stringify(value)).toBe(0);
  return outputs.parse(value).outputs[0]?.values;
}

describe('a model of spectra', () => {
  it('takes recordings, and a page prepares them to the same numbers', async () => {
    await inFolder(async (folder) => {
      await write(folder);
      const wanted = await scores(folder, 'm.tflite', '--input', '0.wav', '--preprocess', 'p.json', '--on', 'wasm');
      for (const to of ['wasm', 'c']) {
        const argv = ['convert', 'm.tflite', '--to', to, '--out', to, '--preprocess', 'p.json'];
        expect((await runJson(argv, folder)).code).toBe(0);
        const { preprocessing } = JSON.parse(readFileSync(join(folder, to, 'thimble.json'), 'utf8'));
        expect(preprocessing.inputs.map).toEqual(declared);
        expect(readFileSync(join(folder, to, 'README.md'), 'utf8')).toContain('log-mel: 8 bands of 0 to 4000 Hz');
        expect((await runCli(['inspect', to], folder)).stdout).toMatch(/^prepared +"map": log-mel: 8 bands/m);
        const shown = (await runJson(['inspect', to], folder)).value;
        const port = { name: 'map', dtype: 'float32', shape: [1, 6, 8], scale: null, zeroPoint: null };
        expect(shown).toMatchObject({ package: { to }, inputs: [port], preprocessing: [{ input: 'map', declared }] });
      }
      const bundle: SoundBundle = await import(pathToFileURL(join(folder, 'wasm/index.js')).href);
      const model = await bundle.load();
      const bytes = new Uint8Array(readFileSync(join(folder, '0.wav'))).slice(44);
      const samples = Float32Array.from(new Int16Array(bytes.buffer), (value) => value / 32768);
      const map = model.prepare(samples);
      expect(map).toBeInstanceOf(Float32Array);
      expect([...model.run({ map }).scores]).toEqual(wanted);
      const silence = new Float32Array(400);
      const doubled = samples.map((value) => 2 * value);
      expect(model.prepare({ sampleRate: 8000, channels: [doubled, silence] })).toEqual(map);
      const classes = model.classify({ sampleRate: 8000, channels: [samples] });
      expect(classes.map(({ score }) => score)).toEqual([...(wanted ?? [])].sort((a, b) => b - a));
      expect(() => model.prepare(samples.subarray(1))).toThrow('399 samples and gives 5 frames, the model wants 6');
      expect(() => model.prepare({ sampleRate: 16000, channels: [samples] })).toThrow(
        'new OfflineAudioContext(1, 400, 8000)',
      );
      expect(() => model.prepare({ sampleRate: 8000, channels: [[1, 2]] })).toThrow(
        'channels have to be Float32Arrays',
      );
    });
  });

  it('keeps the declaration when it is quantized, and inspect and run show it', async () => {
    await inFolder(async (folder) => {
      await write(folder);
      mkdirSync(join(folder, 's'));
      for (let i = 0; i < 4; i++) copyFileSync(join(folder, `${i}.wav`), join(folder, `s/${i}.wav`));
      const argv = ['quantize', 'm.tflite', '--samples', 's', '--preprocess', 'p.json', ...fast, '--out', 'q.tflite'];
      const made = await runCli(argv, folder);
      expect(made.code, made.stderr).toBe(0);
      const stored = await scores(folder, 'q.tflite', '--input', '0.wav');
      expect(stored).toEqual(await scores(folder, 'q.tflite', '--input', '0.wav', '--preprocess', 'p.json'));
      const [real = [], ports] = [
        await scores(folder, 'm.tflite', '--input', '0.wav', '--preprocess', 'p.json'),
        inspect.parse((await runJson(['inspect', 'q.tflite'], folder)).value),
      ];
      const { scale, zeroPoint } = ports.outputs[0] ?? {};
      const errors = real.map((value, i) => Math.abs(value - ((stored?.[i] ?? 0) - (zeroPoint ?? 0)) * (scale ?? 1)));
      expect(Math.max(...errors)).toBeLessThan(Math.max(...real.map(Math.abs)) / 20);
      const sentence = /log-mel: 8 bands of 0 to 4000 Hz .*ln\(value \+ 0\.000001\), \(value - \[1, 2,/;
      const [shown] = ports.preprocessing;
      expect(shown).toMatchObject({ input: 'map', declared, sentence: expect.stringMatching(sentence) });
      expect((await runCli(['inspect', 'q.tflite'], folder)).stdout).toMatch(/^prepared +"map": log-mel/m);
      expect((await runJson(['run', 'q.tflite'], folder)).value).toMatchObject({ preprocessing: [shown] });
      expect((await runJson(['inspect', 'm.tflite'], folder)).value).toMatchObject({ preprocessing: [] });
    });
  });
});

const change = (features: object, beside: object = {}) => ({
  ...{ 'sample-rate': 8000, ...beside, features: { ...declared.features, ...features } },
});

describe('features that cannot be are named', () => {
  it.each([
    ['an unknown key', change({ hop: 3 }), /"features".*hop.*docs\/features\.md/s],
    ['another type', change({ bands: 'many' }), /"features\.bands".*docs\/features\.md/s],
    ['an unknown kind', change({ kind: 'cqt' }), /"cqt" is not known; use spectrogram, mel, log-mel, mfcc/],
    ['the front end of TFLite Micro', change({ kind: 'micro-frontend' }), /TFLite Micro.*PCAN.*audio_preprocessor/],
    ['Kaldi', change({ kind: 'fbank' }), /Kaldi is not computed/],
    ['a missing choice', change({ 'mel-scale': undefined, power: undefined }), /"power", "mel-scale" are not declared/],
    ['a window above the transform', change({ 'fft-samples': 64 }), /a window of 100 .* a transform of 64; give 128/],
    ['an odd transform', change({ 'fft-samples': 101 }), /101 is odd; give 102/],
    ['a huge transform', change({ 'fft-samples': 1e9 }), /"fft-samples": it is 1000000000; give .* 2 to 65536/],
    ['half a hop', change({ 'hop-samples': 0.5 }), /"hop-samples": it is 0.5/],
    ['too high', change({ 'high-hz': 4001 }), /nothing above 4000 Hz, it is 4001/],
    ['upside down', change({ 'low-hz': 300, 'high-hz': 200 }), /"high-hz": it is 200, "low-hz" is 300/],
    ['the logarithm of nothing', change({ offset: 0 }), /silence has no logarithm; declare "offset"/],
    ['cepstra of no kind', change({ coefficients: 4 }), /"coefficients": it has no meaning for "log-mel"/],
    ['dB of ln', change({ 'top-db': 80 }), /"ln" is no dB/],
    ['no rate', { ...change({}), 'sample-rate': undefined }, /add "sample-rate" beside "features"/],
    [
      'another number of bands',
      change({ bands: 9 }),
      /are \[frames,9\], input "map" wants \[1,6,8\]; declare "bands" of 8/,
    ],
    ['the other order', change({ axes: 'bands-first' }), /are \[8,frames\], .* declare "axes": "frames-first"/],
    ['means of other bands', change({}, { mean: [1, 2] }), /2 values of mean or std for features of 8 values a frame/],
    ['another rate', change({}, { 'sample-rate': 16000 }), /8000 samples a second, the model wants 16000/],
    ['too short', change({ 'hop-samples': 80 }), /400 samples and gives 4 frames, the model wants 6; give 500 samples/],
  ])('%s', async (_, file, what) => {
    await inFolder(async (folder) => {
      await write(folder);
      writeFileSync(join(folder, 'p.json'), JSON.stringify(file));
      const { code, value } = await runJson(['run', 'm.tflite', '--input', '0.wav', '--preprocess', 'p.json'], folder);
      expect(code).toBe(1);
      const told = problems.parse(value).problems.map(({ where, what, advice }) => `${where}: ${what}; ${advice}`);
      expect(told.join('\n')).toMatch(what);
    });
  });

  it('in the manifest of a package, too', async () => {
    await inFolder(async (folder) => {
      const told = async (text: string) => {
        writeFileSync(join(folder, 'thimble.json'), text);
        const { code, value } = await runJson(['inspect', '.'], folder);
        expect(code).toBe(1);
        return problems.parse(value).problems[0]?.what;
      };
      expect((await runJson(['inspect', '.'], folder)).value).toMatchObject({
        problems: [{ code: 'package-missing' }],
      });
      expect(await told('{')).toMatch(/is not what the manifest/);
      expect(await told('{"model": {"sha256": 7}}')).toMatch(/^model.sha256 is not what/);
      const empty = { model: { sha256: null }, inputs: [], outputs: [], plan: { arenaBytes: 0, lowerBoundBytes: 0 } };
      const inputs = { map: { ...declared, features: { kind: 'mel' } } };
      expect(await told(JSON.stringify({ ...empty, preprocessing: { version: 1, inputs } }))).toMatch(
        /is not understood/,
      );
    });
  });

  it('before a package is written', async () => {
    await inFolder(async (folder) => {
      await write(folder);
      writeFileSync(join(folder, 'p.json'), JSON.stringify(change({ bands: 9 })));
      const argv = ['convert', 'm.tflite', '--to', 'wasm', '--out', 'out', '--preprocess', 'p.json'];
      const { code, value } = await runJson(argv, folder);
      expect(code).toBe(1);
      expect(problems.parse(value).problems[0]?.code).toBe('features-shape');
    });
  });
});

/** A declaration of docs/features.md. Those of MLPerf Tiny follow v0.1/training/keyword_spotting and benchmark/training/streaming_wakeword. */
function documented(name: string): string {
  const page = readFileSync(new URL('../../docs/features.md', import.meta.url), 'utf8');
  return new RegExp(`\`\`\`json ${name}\\n([\\s\\S]*?)\`\`\``).exec(page)?.[1] ?? '';
}

const wakeWord = (firstFrame: number) =>
  documented('streaming-wake-word').replace('"kind"', `"first-frame": ${firstFrame}, "kind"`);

describe.skipIf(!hasShared)('recordings with a known word', () => {
  const models = join(sharedDir, 'models/tflite');
  const audio = (name: string) => join(sharedDir, `datasets/audio/${name}.wav`);

  it('are told by the keyword model: yes, silence, another word', async () => {
    await inFolder(async (folder) => {
      writeFileSync(join(folder, 'p.json'), documented('keyword-spotting'));
      mkdirSync(join(folder, 'words'));
      copyFileSync(audio('tflm_yes_1000ms'), join(folder, 'words/yes_9.wav'));
      copyFileSync(audio('tflm_silence_1000ms'), join(folder, 'words/silence_10.wav'));
      copyFileSync(audio('sww_marvin_617de221_0'), join(folder, 'words/marvin_11.wav'));
      const argv = ['run', join(models, 'mlperf_kws_int8.tflite'), '--dataset', 'words', '--preprocess', 'p.json'];
      const { value } = await runJson(argv, folder);
      expect(value).toMatchObject({ dataset: { total: 3, top1: 3 } });
    });
  });

  it('are found by the wake word model where they are said', async () => {
    await inFolder(async (folder) => {
      const model = join(models, 'mlperf_sww_int8.tflite');
      const best = async (file: string, firstFrame: number) => {
        writeFileSync(join(folder, 'p.json'), wakeWord(firstFrame));
        const values = (await scores(folder, model, '--input', file, '--preprocess', 'p.json')) ?? [];
        return values.indexOf(Math.max(...values));
      };
      expect(await best(audio('sww_marvin_617de221_0'), 0)).toBe(0);
      // Said from 1.0 s, 4.0 s and 7.0 s on; a frame is 32 ms.
      const found: number[] = [];
      for (const frame of [0, 30, 60, 120, 180, 210, 270])
        found.push(await best(audio('sww_short_wav_easy10s'), frame));
      expect(found).toEqual([2, 0, 2, 0, 2, 0, 2]);
    });
  });
});
