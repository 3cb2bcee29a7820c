import { expect, test } from 'vitest';
import { wasmKernelNeeds } from '../../converter/backends/wasm/needs.ts';
import { GraphBuilder } from '../../converter/ir/builder.ts';
import { noClamp } from '../../converter/ops/definition.ts';
import { packageOptions } from '../../converter/package-options.ts';
import { convertToWasm, planProgram } from '../../converter/pipeline.ts';
import { tensorType } from '../../converter/tensor/tensor.ts';
import { loadVariant } from '../../runtime-wasm/loader.js';
import { tinyModel } from '../backends/wasm/tiny-model.ts';

/** y = x + the sum of all x before, which begins with 10. */
function sums() {
  const builder = new GraphBuilder();
  const type = tensorType('float32', [1]);
  const x = builder.input('x', type);
  const sum = builder.state('sum', type, Float32Array.of(10));
  const y = builder.node('ADD #0', { type: 'zip', attributes: { fn: 'add', clamp: noClamp } }, [x, sum], type, 'y');
  builder.assign(sum, y);
  builder.output('y', y);
  return builder.build('sums', 'a test', 'exact');
}

async function loaded() {
  const { modules, artifacts } = convertToWasm(sums(), packageOptions('sums'));
  const { layout, constants } = modules;
  const info = { dtype: 'float32', shape: [1] } as const;
  const places = {
    memoryBytes: layout.pages * 65536,
    weightBytes: constants.length,
    inputs: { x: layout.inputs[0]?.address ?? 0 },
    outputs: { y: layout.outputs[0]?.address ?? 0 },
  };
  const [module] = modules.modules;
  const sources = { modules: { simd128: () => module?.bytes ?? constants }, weights: () => constants };
  const described = { name: 'sums', inputs: { x: info }, outputs: { y: info } };
  const model = await loadVariant(described, places, sources);
  const next = (x: number) => Array.from(model.run({ x: Float32Array.of(x) }).y ?? [], Number)[0];
  return { model, next, artifacts };
}

test('a loaded model goes on from run to run, and begins anew after a reset', async () => {
  const { model, next } = await loaded();
  expect([next(1), next(2), next(3)]).toEqual([11, 13, 16]);
  model.reset?.();
  expect([next(1), next(2)]).toEqual([11, 13]);
});

test('two loaded models keep their state apart', async () => {
  const [one, two] = [await loaded(), await loaded()];
  one.next(5);
  expect(two.next(1)).toBe(11);
});

test('the types and the README tell of reset, and of a model without state they do not', async () => {
  const { artifacts } = await loaded();
  const text = (path: string, all: typeof artifacts) =>
    new TextDecoder().decode(all.find((artifact) => artifact.path === path)?.bytes);
  expect(text('index.d.ts', artifacts)).toContain('  reset(): void;');
  expect(text('README.md', artifacts)).toContain('`model.reset()`');
  const plain = convertToWasm(tinyModel(), packageOptions('tiny')).artifacts;
  expect(text('index.d.ts', plain)).not.toContain('reset');
  expect(text('README.md', plain)).not.toContain('reset');
  expect(planProgram(tinyModel(), wasmKernelNeeds).plan.stateBytes).toBe(0);
});
