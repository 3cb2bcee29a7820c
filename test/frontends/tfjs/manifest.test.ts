import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { engines } from '../../../cli/engine/registry.ts';
import { parseJson } from '../../../converter/frontends/json-view.ts';
import { noImportOptions } from '../../../converter/frontends/options.ts';
import { readManifest } from '../../../converter/frontends/tfjs/manifest.ts';
import { evaluateGraph } from '../../../converter/ir/evaluate.ts';
import { importModel, optimizeGraph, planProgram } from '../../../converter/pipeline.ts';
import { ProblemError } from '../../../converter/problem.ts';
import { randomInputs } from '../../../converter/random-inputs.ts';
import { mutate, randomFrom } from '../../support/mutate.ts';
import { simpleNeeds } from '../../support/needs.ts';
import { hasShared, readShared, sharedDir } from '../../support/shared.ts';
import { graphModel, ints, placeholder, text } from './drafts.ts';

const manifest = (value: unknown) => parseJson(JSON.stringify(value), 'model.json', 'tfjs');
const codesOf = (work: () => unknown): string[] => {
  try {
    work();
  } catch (error) {
    if (error instanceof ProblemError) return error.problems.map(({ code }) => code);
    throw error;
  }
  return [];
};

describe('weights', () => {
  test('groups, shards and quantized weights', () => {
    const files: { readonly [name: string]: Uint8Array } = {
      a: Uint8Array.from([0, 2, 255, 1, 0]),
      b: Uint8Array.from([0, 1]),
      c: Uint8Array.from([0x00, 0x3c, 0x00, 0xc0]),
    };
    const weights = readManifest(
      manifest([
        {
          paths: ['a', 'b'],
          weights: [
            { name: 'bytes', shape: [3], dtype: 'float32', quantization: { dtype: 'uint8', scale: 0.5, min: -1 } },
            { name: 'words', shape: [2], dtype: 'int32', quantization: { dtype: 'uint16', scale: 0.7, min: 1 } },
          ],
        },
        {
          paths: ['c'],
          weights: [{ name: 'half', shape: [2, 1], dtype: 'float32', quantization: { dtype: 'float16' } }],
        },
      ]),
      (name) => files[name] ?? null,
    );
    const read = weights.map((weight) => [
      weight.name,
      weight.read().type.shape,
      Array.from(weight.read().data, Number),
    ]);
    expect(read).toEqual([
      ['bytes', [3], [-1, 0, 126.5]],
      ['words', [2], [2, 180]],
      ['half', [2, 1], [1, -2]],
    ]);
  });

  test.each(['../x', '/etc/passwd', 'a/../../x', 'https://example.org/x', 'C:\\x', '', 'a//b', './x', 'a\0'])(
    'the path %j is refused',
    (path) => {
      const asked: string[] = [];
      const group = [{ paths: [path], weights: [] }];
      const work = () =>
        readManifest(manifest(group), (name) => {
          asked.push(name);
          return new Uint8Array(4);
        });
      expect(codesOf(work)).toEqual(['tfjs-path']);
      expect(asked).toEqual([]);
    },
  );

  const weight = { name: 'w', shape: [2], dtype: 'float32' };
  test.each([
    ['a missing file', { ...weight }, null, 'tfjs-missing-file'],
    ['a short file', { ...weight }, new Uint8Array(7), 'tfjs-damaged'],
    ['an absurd shape', { ...weight, shape: [2 ** 31 - 1, 2 ** 31 - 1] }, new Uint8Array(8), 'tfjs-damaged'],
    ['a shape of NaN', { ...weight, shape: [null] }, new Uint8Array(8), 'tfjs-value'],
    ['a negative shape', { ...weight, shape: [-2] }, new Uint8Array(8), 'tfjs-value'],
    ['text', { ...weight, dtype: 'string' }, new Uint8Array(8), 'tfjs-dtype'],
    ['an unknown quantization', { ...weight, quantization: { dtype: 'uint4' } }, new Uint8Array(8), 'tfjs-dtype'],
    ['no scale', { ...weight, quantization: { dtype: 'uint8' } }, new Uint8Array(8), 'tfjs-value'],
  ])('%s is refused', (_, entry, bytes, code) => {
    expect(codesOf(() => readManifest(manifest([{ paths: ['f'], weights: [entry] }]), () => bytes))).toEqual([code]);
  });
});

const folder = 'models/tfjs/nsfwjs_mobilenet_v2';
const beside = (name: string) => new Uint8Array(readFileSync(`${sharedDir}${folder}/${name}`));

describe.skipIf(!hasShared)('a layers model with quantized weights', () => {
  test('MobileNetV2 on the reference evaluator and as WASM', { timeout: 120_000 }, async () => {
    const graph = importModel(readShared(`${folder}/model.json`), 'model.json', 'default', {
      ...noImportOptions,
      sideFile: beside,
    });
    const optimized = optimizeGraph(graph).graph;
    const inputs = randomInputs(optimized, 1);
    const [expected] = evaluateGraph(optimized, inputs);
    const { inferences } = await engines.wasm.run(optimized, [() => inputs], () => {});
    const found = Array.from(inferences[0]?.outputs[0]?.data ?? [], Number);
    const wanted = Array.from(expected?.data ?? [], Number);
    // Five classes that add up to one, not all alike: the weights are in their places.
    expect(wanted.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 5);
    expect(Math.max(...wanted)).toBeGreaterThan(0.3);
    found.forEach((value, i) => {
      expect(value).toBeCloseTo(wanted[i] ?? Number.NaN, 4);
    });
  });
});

/** THIMBLE_MUTATIONS=N asks for about N files, instead of 2,000. */
const wanted = Number(process.env.THIMBLE_MUTATIONS ?? '2000');

const oddities: readonly unknown[] = [
  null,
  -1,
  0,
  1e300,
  '-1',
  '99999999999',
  2 ** 31,
  0.5,
  '',
  'x',
  [],
  [[0]],
  {},
  true,
  { s: 'QQ==' },
  { i: '7' },
];

/** The value with one of its parts, picked by `pick`, replaced by something odd. */
function withOddity(value: unknown, pick: (below: number) => number): unknown {
  if (value === null || typeof value !== 'object' || pick(6) === 0) return oddities[pick(oddities.length)];
  const entries = Object.entries(value);
  const place = pick(Math.max(1, entries.length));
  const edited = entries.map(([key, item], i): [string, unknown] => [key, i === place ? withOddity(item, pick) : item]);
  return Array.isArray(value) ? edited.map(([, item]) => item) : Object.fromEntries(edited);
}

function edit(json: Uint8Array, seed: number): Uint8Array {
  const random = randomFrom(seed);
  const value: unknown = JSON.parse(new TextDecoder().decode(json));
  return new TextEncoder().encode(JSON.stringify(withOddity(value, (below) => Math.floor(random() * below))));
}

test('damaged copies of a graph model give a plan or problems', { timeout: 600_000 }, () => {
  const nodes = [
    placeholder('x', -1, 4, 4, 1),
    { op: 'Conv2D', name: 'c', inputs: ['x', 'k'], attributes: { strides: ints(1, 2, 2, 1), padding: text('SAME') } },
    { op: 'Pad', name: 'pad', inputs: ['c', 'zeros'] },
    {
      op: 'MaxPool',
      name: 'p',
      inputs: ['pad'],
      attributes: { ksize: ints(1, 1, 1, 1), strides: ints(1, 1, 1, 1), padding: text('VALID') },
    },
    {
      op: 'StridedSlice',
      name: 'cut',
      inputs: ['p', 'begin', 'end', 'ones'],
      attributes: { begin_mask: { i: '1' }, end_mask: { i: 1 }, shrink_axis_mask: { i: '0' } },
    },
    { op: 'ResizeBilinear', name: 'big', inputs: ['cut', 'shape'], attributes: { half_pixel_centers: { b: true } } },
    { op: 'Reshape', name: 'r', inputs: ['cut', 'flat'] },
    { op: 'MatMul', name: 'm', inputs: ['r', 'w'] },
    { op: 'Softmax', name: 's', inputs: ['m'] },
  ];
  const { json, bytes } = graphModel(nodes, [
    { name: 'k', shape: [2, 2, 1, 2], values: [1, 2, 3, 4, 5, 6, 7, 8] },
    { name: 'flat', shape: [2], dtype: 'int32', values: [-1, 8] },
    { name: 'shape', shape: [2], dtype: 'int32', values: [3, 3] },
    { name: 'zeros', shape: [4, 2], dtype: 'int32', values: [0, 0, 0, 0, 0, 0, 0, 0] },
    { name: 'begin', shape: [4], dtype: 'int32', values: [0, 0, 0, 0] },
    { name: 'end', shape: [4], dtype: 'int32', values: [1, 2, 2, 2] },
    { name: 'ones', shape: [4], dtype: 'int32', values: [1, 1, 1, 1] },
    { name: 'w', shape: [8, 2], values: Array.from({ length: 16 }, (_, i) => i) },
  ]);
  const codes = new Set<string>();
  let planned = 0;
  for (let seed = 0; seed < wanted; seed++) {
    const [file, shard] =
      seed % 4 === 0 ? [json, mutate(bytes, seed)] : [seed % 2 === 0 ? mutate(json, seed) : edit(json, seed), bytes];
    try {
      const graph = importModel(file, 'model.json', 'default', { ...noImportOptions, sideFile: () => shard });
      planProgram(optimizeGraph(graph).graph, simpleNeeds);
      planned++;
    } catch (error) {
      if (!(error instanceof ProblemError)) throw new Error(`seed ${seed}: ${String(error)}`, { cause: error });
      for (const { code, where, what, advice } of error.problems) {
        expect(where !== '' && what !== '' && advice !== '', `seed ${seed}: ${code}`).toBe(true);
        codes.add(code);
      }
    }
  }
  expect(planned).toBeGreaterThan(0);
  expect(codes.size).toBeGreaterThan(5);
});
