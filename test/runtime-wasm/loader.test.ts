import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type EmittedModule, emitWasmModule } from '../../converter/backends/wasm/emit-module.ts';
import { wasmKernelNeeds } from '../../converter/backends/wasm/needs.ts';
import { evaluateGraph } from '../../converter/ir/evaluate.ts';
import { quantizeReal } from '../../converter/ops/quantized.ts';
import { lowerGraph } from '../../converter/plan/lower.ts';
import { planMemory } from '../../converter/plan/plan.ts';
import { perTensor } from '../../converter/tensor/quantization.ts';
import { tensorType } from '../../converter/tensor/tensor.ts';
import { loadModel } from '../../runtime-wasm/loader.js';
import { decodeBase64 } from '../../runtime-wasm/variants.js';
import { random, randomTensor } from '../backends/wasm/run-graph.ts';
import { tinyModel } from '../backends/wasm/tiny-model.ts';
import { type Served, serve } from '../support/serve.ts';

type LoadArguments = Parameters<typeof loadModel>;

const graph = tinyModel();
const name = 'image "left"';
const emitted = emittedModule();
const input = randomTensor(tensorType('int8', [1, 9, 9, 3], perTensor(1 / 128, 0)), random(5));
const pixels = Int8Array.from(Array.from(input.data, Number));
const [scores, logits] = evaluateGraph(graph, [input]).map(({ data }) => Int8Array.from(Array.from(data, Number)));

function emittedModule(): EmittedModule {
  const program = lowerGraph(graph, wasmKernelNeeds);
  return emitWasmModule(program, planMemory(program));
}

const info: LoadArguments[0] = {
  name: 'tiny',
  inputs: { [name]: { dtype: 'int8', shape: [1, 9, 9, 3], scale: 1 / 128, zeroPoint: 0 } },
  outputs: {
    scores: { dtype: 'int8', shape: [1, 4], scale: 1 / 256, zeroPoint: -128 },
    logits: { dtype: 'int8', shape: [1, 4], scale: 0.05, zeroPoint: 10 },
  },
};

const { layout: places } = emitted;
const layout: LoadArguments[1] = {
  memoryBytes: places.pages * 65536,
  inputs: { [name]: places.inputs[0]?.address ?? 0 },
  outputs: { scores: places.outputs[0]?.address ?? 0, logits: places.outputs[1]?.address ?? 0 },
};

const viewsOf = (tensors: Awaited<ReturnType<typeof loadModel>>['outputs']) =>
  Object.fromEntries(Object.entries(tensors).map(([key, { view }]) => [key, view]));

const load = (source: LoadArguments[2] = emitted.bytes) => loadModel(info, layout, source);

describe('a loaded model', () => {
  test('runs with copies', async () => {
    const model = await load();
    const before = pixels.slice();
    const results = model.run({ [name]: pixels });
    expect(results).toEqual({ scores, logits });
    expect(pixels).toEqual(before);
    model.run({ [name]: new Int8Array(243) });
    expect(results).toEqual({ scores, logits });
  });

  test('runs in place', async () => {
    const model = await load();
    for (let i = 0; i < 2; i++) {
      model.inputs[name]?.view.set(pixels as never);
      model.execute();
      expect(viewsOf(model.outputs)).toEqual({ scores, logits });
    }
    expect(Object.isFrozen(model.outputs)).toBe(true);
  });

  test('has a memory of its own', async () => {
    const [one, two] = await Promise.all([load(), load()]);
    one.run({ [name]: pixels });
    expect(two.outputs.scores?.view).toEqual(new Int8Array(4));
  });

  test('takes its own view as input', async () => {
    const model = await load();
    model.inputs[name]?.view.set(pixels as never);
    const view = model.inputs[name]?.view;
    if (view !== undefined) expect(model.run({ [name]: view }).scores).toEqual(scores);
  });

  test('quantizes as the model does', async () => {
    const model = await load();
    const values = Array.from({ length: 243 }, (_, i) => (i - 120) / 77);
    values[0] = Number.NaN;
    values[1] = 1e9;
    values[2] = 2.5 / 128;
    values[3] = -2.5 / 128;
    const type = tensorType('int8', [1], perTensor(1 / 128, 0));
    expect(model.quantize(name, values)).toEqual(
      Int8Array.from(values, (value) => quantizeReal(Math.fround(value), type)),
    );
    expect(model.dequantize('logits', Int8Array.of(10, 11, -128, 127))).toEqual(Float32Array.of(0, 0.05, -6.9, 5.85));
    model.run({ [name]: pixels });
    expect(model.dequantize('scores')).toEqual(Float32Array.from(scores ?? [], (value) => (value + 128) / 256));
  });
});

describe('errors name the tensor and what was expected', () => {
  const wrong: readonly (readonly [string, (model: Awaited<ReturnType<typeof load>>) => unknown, string])[] = [
    ['missing', (m) => m.run({}), 'input "image "left"" is missing; expected Int8Array of 243 elements'],
    ['unknown', (m) => m.run({ [name]: pixels, x: pixels }), 'there is no input "x"; expected "image "left""'],
    ['inherited', (m) => m.run({ [name]: pixels, toString: pixels }), 'there is no input "toString"'],
    ['class', (m) => m.run({ [name]: new Float32Array(243) }), 'expected Int8Array of 243 elements, got Float32Array'],
    ['length', (m) => m.run({ [name]: new Int8Array(3) }), 'expected Int8Array of 243 elements, got 3 elements'],
    ['nothing', (m) => Reflect.apply(m.run, m, []), 'run expects an object with "image "left""'],
    [
      'tensor',
      (m) => m.dequantize('score'),
      'there is no tensor "score"; expected one of "image "left"", "scores", "logits"',
    ],
    ['values', (m) => m.quantize(name, [1]), 'expected 243 values, got 1'],
  ];
  test.each(wrong)('%s', async (_, act, message) => {
    const model = await load();
    expect(() => act(model)).toThrow(message);
  });

  test('another module', async () => {
    const other = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0);
    await expect(load(other)).rejects.toThrow('the module is not the one of model "tiny"');
    await expect(loadModel(info, { ...layout, memoryBytes: 1 }, emitted.bytes)).rejects.toThrow('instead of 1');
  });
});

describe('sources', () => {
  let folder = '';
  let served: Served;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'thimble-loader-'));
    writeFileSync(join(folder, 'model.wasm'), emitted.bytes);
    served = await serve(({ pathname }) => (pathname === '/absent' ? undefined : { body: emitted.bytes }));
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true });
    await served.close();
  });

  const works = async (source: LoadArguments[2]) => {
    expect((await load(source)).run({ [name]: pixels }).scores).toEqual(scores);
  };
  test('bytes and buffers', async () => {
    await works(emitted.bytes);
    await works(emitted.bytes.buffer);
    await works(decodeBase64(Buffer.from(emitted.bytes).toString('base64')));
  });
  test('bytes, where the browser compiles small modules alone at once', async () => {
    const refuse = vi.fn(() => {
      throw new RangeError('disallowed on the main thread, if the buffer size is larger than 4KB');
    });
    const { Module } = WebAssembly;
    WebAssembly.Module = new Proxy(Module, { construct: refuse });
    try {
      await works(emitted.bytes);
      expect(refuse).toHaveBeenCalled();
    } finally {
      WebAssembly.Module = Module;
    }
  });
  test('a compiled module', async () => works(await WebAssembly.compile(emitted.bytes)));
  test('a file', async () => {
    const url = pathToFileURL(join(folder, 'model.wasm'));
    await works(url);
    await works(url.href);
  });
  test('a URL', async () => {
    await works(`${served.origin}/model.wasm`);
    await works(new URL(`${served.origin}/model.wasm`));
  });
  test('a response and a promise of one', async () => {
    await works(await fetch(`${served.origin}/model.wasm`));
    await works(fetch(`${served.origin}/model.wasm`));
  });
  test('a response without content type, with a warning', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    await works(fetch(`${served.origin}/plain`));
    expect(warn).toHaveBeenCalledWith(expect.stringContaining('application/wasm'));
    warn.mockRestore();
  });
  test('a missing file', async () => {
    await expect(load(`${served.origin}/absent`)).rejects.toThrow('HTTP status 404');
  });
});
