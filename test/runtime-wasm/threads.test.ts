import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { evaluateRuns } from '../../converter/ir/evaluate.ts';
import { perTensor } from '../../converter/tensor/quantization.ts';
import { tensorType } from '../../converter/tensor/tensor.ts';
import { chooseThreads } from '../../runtime-wasm/threads.js';
import { random, randomTensor } from '../backends/wasm/run-graph.ts';
import { blockModel, threadedBundle } from '../backends/wasm/threaded-model.ts';

interface Model {
  readonly inputs: { readonly x: { readonly view: Int8Array } };
  readonly outputs: { readonly y: Int8Array };
  readonly threads: { readonly count: number; readonly why: string; readonly ready: Promise<void> };
  run(inputs: { readonly x: Int8Array }): { readonly y: Int8Array; readonly sum: Int8Array };
  execute(): void;
  reset(): void;
  dispose(): void;
}

interface Bundle {
  load(options?: { threads?: number | 'auto'; module?: WebAssembly.Module }): Promise<Model>;
  compile(options?: { threads?: number }): Promise<WebAssembly.Module>;
}

const folder = mkdtempSync(join(tmpdir(), 'thimble-threads-'));
const bundles: { [name: string]: Bundle } = {};

async function write(name: string, files: ReturnType<typeof threadedBundle>, worker?: string): Promise<void> {
  mkdirSync(join(folder, name));
  for (const { path, bytes } of files) writeFileSync(join(folder, name, path), bytes);
  if (worker !== undefined) writeFileSync(join(folder, name, 'worker.js'), worker);
  bundles[name] = await import(/* @vite-ignore */ pathToFileURL(join(folder, name, 'index.js')).href);
}

beforeAll(async () => {
  const plain = threadedBundle(blockModel());
  await write('plain', plain);
  await write('state', threadedBundle(blockModel(true)));
  await write('broken', plain, "throw new Error('out of luck');");
});
afterAll(() => rmSync(folder, { recursive: true }));

const bundle = (name: string): Bundle => {
  const found = bundles[name];
  if (found === undefined) throw new Error(`no bundle ${name}`);
  return found;
};

const next = random(3);
const inputs = Array.from({ length: 12 }, () =>
  randomTensor(tensorType('int8', [1, 24, 16, 8], perTensor(0.05, 2)), next),
);
const pixels = inputs.map(({ data }) => Int8Array.from(Array.from(data, Number)));
const results = (state: boolean) =>
  evaluateRuns(
    blockModel(state),
    inputs.map((input) => [input]),
  ).map((outputs) => outputs.map(({ data }) => Int8Array.from(Array.from(data, Number))));
const [stateless, stateful] = [results(false), results(true)];
/** A text is compared much sooner than an array. */
const digits = (values: Int8Array) => values.join(' ');
const expectedOf = (state: boolean) => (state ? stateful : stateless);

describe.each([1, 2, 4])('in %i threads', (threads) => {
  test('results are equal to the bit, run after run', async () => {
    const model = await bundle('plain').load({ threads });
    const expected = expectedOf(false);
    // The first runs may find no worker awake.
    for (let round = 0; round < 10; round++) {
      pixels.forEach((x, i) => {
        const { y, sum } = model.run({ x });
        expect([y, sum].map(digits)).toEqual(expected[i]?.map(digits));
      });
      if (round === 4) await model.threads.ready;
    }
    expect(model.threads).toMatchObject({ count: threads, why: threads === 1 ? 'one was asked for' : '' });
    model.dispose();
  });

  test('state goes on from run to run', async () => {
    const model = await bundle('state').load({ threads });
    const expected = expectedOf(true);
    for (let round = 0; round < 3; round++) {
      model.reset();
      pixels.forEach((x, i) => {
        expect(model.run({ x }).y).toEqual(expected[i]?.[0]);
      });
    }
    model.dispose();
  });
});

describe('several models', () => {
  test('of one module, each with its own memory and threads', async () => {
    const { load, compile } = bundle('plain');
    const module = await compile({ threads: 2 });
    const models = await Promise.all([load({ module, threads: 2 }), load({ module, threads: 2 }), load({ module })]);
    const expected = expectedOf(false);
    pixels.forEach((_, i) => {
      const found = models.map(
        (model, shift) => model.run({ x: pixels[(i + shift) % pixels.length] ?? new Int8Array() }).y,
      );
      expect(found).toEqual([0, 1, 2].map((shift) => expected[(i + shift) % pixels.length]?.[0]));
    });
    expect(models.map(({ threads }) => threads.count)).toEqual([2, 2, 1]);
    for (const model of models) model.dispose();
  });

  test('a module that is not compiled for threads runs in one', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const { load, compile } = bundle('plain');
    const model = await load({ module: await compile(), threads: 2 });
    expect(model.threads).toMatchObject({ count: 1, why: 'the given module is not compiled for threads' });
    expect(warn).toHaveBeenCalledWith(expect.stringContaining('runs in one thread'));
    expect(model.run({ x: pixels[0] ?? new Int8Array() }).y).toEqual(expectedOf(false)[0]?.[0]);
    warn.mockRestore();
  });
});

describe('when something goes wrong', () => {
  test('a disposed model says so', async () => {
    const model = await bundle('plain').load({ threads: 2 });
    model.dispose();
    model.dispose();
    expect(() => model.execute()).toThrow('is disposed');
  });

  test('a model that is disposed before its workers have begun ends them', async () => {
    const model = await bundle('plain').load({ threads: 4 });
    model.dispose();
    await model.threads.ready;
  });

  test('workers that do not start are missed and no more', async () => {
    const model = await bundle('broken').load({ threads: 3 });
    await model.threads.ready;
    expect(model.threads).toMatchObject({ count: 1, why: 'a worker failed: out of luck' });
    expect(model.run({ x: pixels[0] ?? new Int8Array() }).y).toEqual(expectedOf(false)[0]?.[0]);
    model.dispose();
  });

  test('a part that a stopped thread holds ends the run, with an error', async () => {
    const model = await bundle('plain').load({ threads: 2 });
    await model.threads.ready;
    const { buffer } = model.inputs.x.view;
    // The words of threads are the last of the memory that is not zero.
    const words = new Int32Array(buffer);
    model.run({ x: pixels[0] ?? new Int8Array() });
    const control = controlOf(words);
    Atomics.add(words, control + 16, 1);
    Atomics.store(words, control + 2, 1);
    expect(() => model.execute()).toThrow('a thread of the model has stopped');
    model.dispose();
  });
});

/** Index of the first word of the control block: the last line with 1 run, before the phases. */
function controlOf(words: Int32Array): number {
  for (let line = words.length - 16; line >= 0; line -= 16) {
    const phases = words.subarray(line + 16, line + 32);
    if (words[line] === 1 && phases[0] !== undefined && phases[0] > 1 && phases[0] === phases[1]) return line;
  }
  throw new Error('no control block');
}

describe('how many threads', () => {
  test('none without being asked, as many as asked, few when automatic', () => {
    expect(chooseThreads(undefined).count).toBe(1);
    expect(chooseThreads(3)).toEqual({ count: 3, why: '' });
    expect(chooseThreads('auto').count).toBeLessThanOrEqual(4);
    expect(() => chooseThreads(0)).toThrow('threads: 0');
    expect(() => chooseThreads(1.5)).toThrow('threads: 1.5');
  });

  test('one with the reason where memory cannot be shared', () => {
    vi.stubGlobal('crossOriginIsolated', false);
    expect(chooseThreads(2)).toMatchObject({ count: 1, why: expect.stringContaining('cross-origin isolated') });
    vi.unstubAllGlobals();
  });
});
