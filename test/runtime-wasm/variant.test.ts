import { describe, expect, test } from 'vitest';
import { emitWasmVariants } from '../../converter/backends/wasm/emit-module.ts';
import { wasmKernelNeeds } from '../../converter/backends/wasm/needs.ts';
import { type Variant, variants } from '../../converter/backends/wasm/variant.ts';
import { evaluateGraph } from '../../converter/ir/evaluate.ts';
import { lowerGraph } from '../../converter/plan/lower.ts';
import { planMemory } from '../../converter/plan/plan.ts';
import { perTensor } from '../../converter/tensor/quantization.ts';
import { tensorType } from '../../converter/tensor/tensor.ts';
import { loadVariant } from '../../runtime-wasm/loader.js';
import { dotProbe as loaderProbe, obstacle } from '../../runtime-wasm/variants.js';
import { random, randomTensor } from '../backends/wasm/run-graph.ts';
import { tinyModel } from '../backends/wasm/tiny-model.ts';
import { dotProbe } from './dot-probe.ts';

const graph = tinyModel();
const program = lowerGraph(graph, wasmKernelNeeds);
const { layout, constants, modules } = emitWasmVariants(program, planMemory(program));
const name = 'image "left"';
const info: Parameters<typeof loadVariant>[0] = {
  name: 'tiny',
  inputs: { [name]: { dtype: 'int8', shape: [1, 9, 9, 3] } },
  outputs: { scores: { dtype: 'int8', shape: [1, 4] }, logits: { dtype: 'int8', shape: [1, 4] } },
};
const places = {
  memoryBytes: layout.pages * 65536,
  weightBytes: constants.length,
  inputs: { [name]: layout.inputs[0]?.address ?? 0 },
  outputs: { scores: layout.outputs[0]?.address ?? 0, logits: layout.outputs[1]?.address ?? 0 },
};
const codeOf = (variant: Variant) => modules.find((module) => module.variant === variant)?.bytes;
const sources = {
  modules: Object.fromEntries(modules.map(({ variant, bytes }) => [variant, () => bytes])),
  weights: () => constants,
};
const input = randomTensor(tensorType('int8', [1, 9, 9, 3], perTensor(1 / 128, 0)), random(5));
const pixels = Int8Array.from(Array.from(input.data, Number));
const [scores] = evaluateGraph(graph, [input]).map(({ data }) => Int8Array.from(Array.from(data, Number)));

test('the probe of the dot product is what it is said to be', () => {
  expect(loaderProbe).toEqual(dotProbe());
});

describe('a model with variants', () => {
  test('runs the quickest that this engine runs', async () => {
    const model = await loadVariant(info, places, sources);
    expect(model.variant).toBe(modules.find(({ variant }) => obstacle(variant) === null)?.variant);
    expect(model.run({ [name]: pixels }).scores).toEqual(scores);
  });

  test.each(variants)('runs %s where it is asked for, or says why not', async (variant) => {
    const reason = obstacle(variant);
    const loaded = loadVariant(info, places, sources, { variant });
    if (codeOf(variant) === undefined) return expect(loaded).rejects.toThrow(`has no variant "${variant}"; there is`);
    if (reason !== null) return expect(loaded).rejects.toThrow(`variant "${variant}" cannot run here: ${reason}`);
    const model = await loaded;
    expect(model.variant).toBe(variant);
    expect(model.run({ [name]: pixels }).scores).toEqual(scores);
  });

  test('takes code and weights from elsewhere', async () => {
    const module = await WebAssembly.compile(codeOf('simd128') ?? new Uint8Array());
    const model = await loadVariant(info, places, sources, { module, weights: constants.slice().buffer });
    expect(model.variant).toBe('simd128');
    expect(model.run({ [name]: pixels }).scores).toEqual(scores);
  });

  test('refuses other weights', async () => {
    const loaded = loadVariant(info, places, sources, { weights: new Uint8Array(3) });
    await expect(loaded).rejects.toThrow('the weights are not those of model "tiny": 3 bytes instead of');
  });

  test('has each code once', () => {
    expect(new Set(modules.map(({ bytes }) => bytes.length)).size).toBe(modules.length);
    expect(modules.at(-1)?.variant).toBe('simd128');
  });
});
