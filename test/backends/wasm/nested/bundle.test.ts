import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { fastExecutor } from '../../../../cli/quantize/executor.ts';
import type { Artifact } from '../../../../converter/backends/artifact.ts';
import type { Variant } from '../../../../converter/backends/wasm/variant.ts';
import { type Executor, referenceExecutor } from '../../../../converter/compress/executor.ts';
import { findChannelGroups } from '../../../../converter/compress/prune/groups/find.ts';
import { type NestedModel, nestWidths } from '../../../../converter/compress/prune/nested/widths.ts';
import { type Graph, valueId } from '../../../../converter/ir/graph.ts';
import { packageOptions } from '../../../../converter/package-options.ts';
import { convertNestedToWasm, convertToWasm, importModel, optimizeGraph } from '../../../../converter/pipeline.ts';
import { latencyPlan } from '../../../../converter/plan/options.ts';
import { ProblemError } from '../../../../converter/problem.ts';
import { toBytes } from '../../../../converter/tensor/dtype.ts';
import { tensorType } from '../../../../converter/tensor/tensor.ts';
import type { TensorArrays } from '../../../../runtime-wasm/tensors.js';
import type { NestedModel as LoadedModel } from '../../../../runtime-wasm/widths.js';
import { randomGraph, randomInputs, smallFloat, smallInt8 } from '../../../ir/random-graph.ts';
import { hasShared, readShared } from '../../../support/shared.ts';
import { runnable } from '../run-graph.ts';

/** The bundle of several widths computes for each what the graph of that width does, to the byte, in one memory. */

const fractions = [0.25, 0.5, 0.75, 1];

function nested(graph: Graph, round = 8): NestedModel {
  return nestWidths(graph, findChannelGroups(graph), new Map(), fractions, round);
}

type Load = (options?: { readonly variant?: Variant; readonly module?: unknown }) => Promise<LoadedModel>;

/** Calls `use` with what `index.js` of a bundle exports. */
async function withBundle(files: readonly Artifact[], use: (load: Load) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'thimble-widths-'));
  try {
    for (const { path, bytes } of files) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), bytes);
    }
    const { load }: { load: Load } = await import(pathToFileURL(join(folder, 'index.js')).href);
    await use(load);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function expectWidths(
  model: NestedModel,
  executor: Executor,
  variants: readonly Variant[] = runnable,
): Promise<void> {
  const { artifacts, widths } = convertNestedToWasm(model, packageOptions('m'));
  await withBundle(artifacts, async (load) => {
    for (const { variant } of widths.whole.modules.filter((module) => variants.includes(module.variant))) {
      const loaded = await load({ variant });
      expect(loaded.widths).toEqual(fractions);
      // From the widest to the narrowest and back, so that nothing is left over from the run before.
      for (const { fraction, graph } of [...model.widths].reverse().concat(model.widths)) {
        const given = randomInputs(graph, Math.round(100 * fraction));
        const inputs: TensorArrays = Object.fromEntries(
          graph.inputs.map(({ name }, i) => [name, given[i]?.data ?? new Int8Array()]),
        ) as TensorArrays;
        const found = loaded.run(inputs, { width: fraction });
        executor(graph)(given).forEach((wanted, i) => {
          const name = graph.outputs[i]?.name ?? '';
          const values = found[name] ?? new Int8Array();
          const label = `${graph.name} ${variant} ${fraction} ${name}`;
          expect(Buffer.from(values.buffer).equals(Buffer.from(toBytes(wanted.data))), label).toBe(true);
        });
      }
    }
  });
}

const modelOf = (name: string): Graph => {
  const path = `${name}.tflite`;
  return optimizeGraph(importModel(readShared(path), 'model.tflite')).graph;
};

describe('a WASM bundle of several widths', () => {
  test.skipIf(!hasShared)('of models: the bytes of each width', async () => {
    await expectWidths(nested(modelOf('models/tflite/mlperf_kws_int8')), fastExecutor);
    await expectWidths(nested(modelOf('examples/digits/digits_int8'), 4), referenceExecutor);
  });

  test('of random graphs, as the reference evaluator', async () => {
    for (let [seed, found] = [0, 0]; found < 2; seed++) {
      const graph = randomGraph(seed, { ...smallInt8, tries: 10 });
      if (findChannelGroups(graph).groups.length < 2) continue;
      found++;
      await expectWidths(nested(graph, 1), referenceExecutor);
    }
  });

  test('of real numbers, as the module of each width', async () => {
    const seed = [0, 1, 2, 3, 4, 5, 6, 7].find((candidate) => {
      return findChannelGroups(randomGraph(candidate, smallFloat)).groups.length > 1;
    });
    await expectWidths(nested(randomGraph(seed ?? 0, smallFloat), 1), fastExecutor, ['simd128']);
  });

  test.skipIf(!hasShared)('is at most a tenth larger than that of the whole model, in its arena', () => {
    for (const name of ['models/tflite/mlperf_kws_int8', 'models/tflite/mlperf_ic_resnet8_int8']) {
      const model = nested(modelOf(name));
      const [one, several] = [
        convertToWasm(model.graph, packageOptions('m')),
        convertNestedToWasm(model, packageOptions('m')),
      ];
      // Code and weights: the scripts around them are the same for all models.
      const sizes = (files: readonly Artifact[], of: (bytes: Uint8Array) => number) =>
        files.reduce((sum, { path, bytes }) => sum + (/^model\./.test(path) ? of(bytes) : 0), 0);
      const [raw, zipped] = [({ length }: Uint8Array) => length, (bytes: Uint8Array) => gzipSync(bytes).length];
      for (const of of [raw, zipped]) expect(sizes(several.artifacts, of)).toBeLessThan(1.1 * sizes(one.artifacts, of));
      expect(several.modules.layout.arenaBytes).toBe(one.plan.arenaBytes);
    }
  });

  test('says what it has not', async () => {
    const model = nested(randomGraph(3, { ...smallInt8, tries: 4 }), 1);
    const { artifacts, widths } = convertNestedToWasm(model, packageOptions('m'));
    const types = new TextDecoder().decode(artifacts.find(({ path }) => path === 'index.d.ts')?.bytes);
    expect(types).toContain('export type Width = 0.25 | 0.5 | 0.75 | 1;');
    const manifest = JSON.parse(new TextDecoder().decode(artifacts.find(({ path }) => path === 'thimble.json')?.bytes));
    expect(manifest.nested.widths.map(({ name }: { name: string }) => name)).toEqual(['0.25', '0.5', '0.75']);
    await withBundle(artifacts, async (load) => {
      const loaded = await load();
      expect(() => loaded.execute({ width: 0.3 })).toThrow('has no width 0.3; its widths are 0.25, 0.5, 0.75, 1');
      expect(() => loaded.width(2)).toThrow(RangeError);
      const [first] = widths.whole.modules;
      const compiled = await WebAssembly.compile(first?.bytes ?? new Uint8Array());
      await expect(load({ module: compiled })).rejects.toThrow('give the bytes, a URL or a Response');
    });
  });

  test('is refused for a model with state, and for input by rows', () => {
    const codes = (attempt: () => unknown): readonly string[] => {
      try {
        attempt();
      } catch (error) {
        if (error instanceof ProblemError) return error.problems.map(({ code }) => code);
        throw error;
      }
      return [];
    };
    const { graph } = nested(randomGraph(3, { ...smallInt8, tries: 4 }), 1);
    const value = { id: valueId(9999), name: 's', type: tensorType('float32', [4]), data: null };
    const states = [{ name: 's', value: value.id, next: value.id, initial: null }];
    const withState = { ...graph, states, values: new Map(graph.values).set(value.id, value) };
    expect(codes(() => convertNestedToWasm(nested(withState, 1), packageOptions('m')))).toEqual(['nested-state']);
    const plan = { ...latencyPlan, feedRows: true };
    expect(codes(() => convertNestedToWasm(nested(graph, 1), packageOptions('m', { plan })))).toEqual(['feed-rows']);
  });
});
