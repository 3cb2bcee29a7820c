import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { printModule } from '../../../converter/backends/wasm/assembler/index.ts';
import { npmName } from '../../../converter/backends/wasm/bundle/options.ts';
import { wasmKernelNeeds, wasmProblems } from '../../../converter/backends/wasm/needs.ts';
import { GraphBuilder } from '../../../converter/ir/builder.ts';
import { lowerGraph } from '../../../converter/plan/lower.ts';
import { ProblemError } from '../../../converter/problem.ts';
import { tensorType } from '../../../converter/tensor/tensor.ts';
import { bundleOf, bundleOptions, textOf } from './bundle.ts';
import { emit, instantiate, random, randomTensor } from './run-graph.ts';
import { denseModel, tinyModel } from './tiny-model.ts';

const goldenFile = fileURLToPath(new URL('../../golden/wasm/dense.wat', import.meta.url));

describe('module', () => {
  test('reads as the golden listing', () => {
    const listing = printModule(emit(denseModel()).module);
    if (process.env.THIMBLE_UPDATE_GOLDEN === '1') writeFileSync(goldenFile, listing);
    expect(listing).toBe(readFileSync(goldenFile, 'utf8'));
  });

  test('runs step by step', () => {
    const emitted = emit(tinyModel());
    const [whole, stepped] = [instantiate(emitted), instantiate(emitted)];
    const { data } = randomTensor(tensorType('int8', [1, 9, 9, 3]), random(5));
    const input = emitted.layout.inputs[0]?.address ?? 0;
    for (const { memory } of [whole, stepped]) memory.set(new Uint8Array(data.buffer), input);
    whole.run();
    for (const index of emitted.layout.steps.keys()) stepped.step(index);
    stepped.step(emitted.layout.steps.length);
    expect(stepped.memory).toEqual(whole.memory);
  });

  test('shares the code of layers with the same shape', () => {
    const one = emit(chainOf(1)).module.functions.length;
    const three = emit(chainOf(3)).module.functions.length;
    // A function for each step, and nothing else.
    expect(three - one).toBe(2);
  });

  test('names all problems at once', () => {
    const b = new GraphBuilder();
    const type = tensorType('float64', [4]);
    const input = b.input('x', type);
    const add = { type: 'zip', attributes: { fn: 'add', clamp: { min: -Infinity, max: Infinity } } } as const;
    const first = b.node('ADD #0 "a"', add, [input, input], type, 'a');
    b.output('y', b.node('ADD #1 "b"', add, [first, input], type, 'b'));
    const graph = b.build('wide', 'test', 'exact');
    const problems = wasmProblems(lowerGraph(graph, wasmKernelNeeds));
    expect(problems.map(({ where, code }) => `${where} ${code}`)).toEqual([
      'ADD #0 "a" wasm-unsupported',
      'ADD #1 "b" wasm-unsupported',
    ]);
    expect(() => emit(graph)).toThrow(ProblemError);
  });
});

/** Adds of a tensor to itself. */
function chainOf(length: number) {
  const b = new GraphBuilder();
  const type = tensorType('float32', [8]);
  const add = { type: 'zip', attributes: { fn: 'add', clamp: { min: -Infinity, max: Infinity } } } as const;
  let value = b.input('x', type);
  for (let i = 0; i < length; i++) value = b.node(`ADD #${i}`, add, [value, value], type, `sum ${i}`);
  b.output('y', value);
  return b.build('chain', 'test', 'exact');
}

describe('bundle', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'thimble-bundle-'));
    for (const { path, bytes } of bundleOf(tinyModel())) writeFileSync(join(folder, path), bytes);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test('is the same each time', () => {
    expect(bundleOf(tinyModel())).toEqual(bundleOf(tinyModel()));
  });

  test('lists its files', () => {
    const bundle = bundleOf(tinyModel());
    const value: unknown = JSON.parse(textOf(bundle, 'package.json'));
    expect(value).toMatchObject({ name: 'tiny-model', type: 'module', sideEffects: false });
    expect(value).toHaveProperty(
      'files',
      expect.arrayContaining(bundle.map(({ path }) => path).filter((p) => p !== 'package.json')),
    );
    expect(Object.keys(Object(Reflect.get(Object(Reflect.get(Object(value), 'exports')), '.')))).toEqual([
      'types',
      'default',
    ]);
  });

  test('has no eval, no top-level await and no Node module', () => {
    for (const path of ['index.js']) {
      const text = textOf(bundleOf(tinyModel()), path);
      expect(text).not.toMatch(/\beval\b\s*\(|new Function|^await |\bBuffer\b|\bimport\(|from 'node:/m);
    }
  });

  test('types compile and hold the model', () => {
    mkdirSync(join(folder, 'use'), { recursive: true });
    writeFileSync(
      join(folder, 'use', 'good.ts'),
      `import { info, load } from '../index.js';
const model = await load();
const out = model.run({ 'image "left"': new Int8Array(243) });
const scores: Int8Array = out.scores;
const real: Float32Array = model.dequantize('scores', scores);
const width: 9 = info.inputs['image "left"'].shape[2];
const zero: -128 = info.outputs.scores.zeroPoint;
const third: 'cat' = info.labels[2];
const input: Int8Array = model.quantize('image "left"', new Float32Array(243));
// @ts-expect-error wrong name
model.run({ image: new Int8Array(243) });
// @ts-expect-error wrong class
model.run({ 'image "left"': new Float32Array(243) });
// @ts-expect-error no such output
out.score;
export { real, width, zero, third, input };
`,
    );
    const tsc = fileURLToPath(new URL('../../../node_modules/typescript/bin/tsc', import.meta.url));
    const compilerOptions = {
      noEmit: true,
      strict: true,
      target: 'es2022',
      module: 'nodenext',
      lib: ['es2022', 'dom'],
      types: [],
    };
    writeFileSync(join(folder, 'use', 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['good.ts'] }));
    const { stdout, status } = spawnSync(process.execPath, [tsc, '-p', join(folder, 'use')], { encoding: 'utf8' });
    expect({ stdout, status }).toEqual({ stdout: '', status: 0 });
  });

  test('the example of the README runs', () => {
    const code = /```js\n([\s\S]*?)```/.exec(textOf(bundleOf(tinyModel()), 'README.md'))?.[1] ?? '';
    writeFileSync(join(folder, 'example.mjs'), code.replace("'tiny-model'", "'./index.js'"));
    const printed = execFileSync(process.execPath, [join(folder, 'example.mjs')], { encoding: 'utf8' });
    expect(printed).toContain('Float32Array(4)');
  });

  test('without labels and origin', () => {
    const options = { ...bundleOptions, labels: null, commandLine: '', toolVersion: '' };
    expect(textOf(bundleOf(tinyModel(), options), 'index.d.ts')).toContain('readonly labels: null;');
  });
});

test.each([
  ['My Model', 'my-model'],
  ['@Scope/Net.v2', '@scope/net.v2'],
  ['...', 'model'],
  ['ünï', 'n'],
])('npm name of %j is %j', (name, expected) => expect(npmName(name)).toBe(expected));
