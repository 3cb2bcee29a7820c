import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { exportOnnx } from '../../../converter/exporters/onnx/export.ts';
import { evaluateGraph } from '../../../converter/ir/evaluate.ts';
import { type Graph, typeOf } from '../../../converter/ir/graph.ts';
import { importModel, optimizeGraph } from '../../../converter/pipeline.ts';
import { randomInputs } from '../../../converter/random-inputs.ts';
import type { TensorData } from '../../../converter/tensor/dtype.ts';
import { onnxruntime } from '../../../scripts/npm-tools.mjs';
import { randomGraph, smallFloat, smallInt8 } from '../../ir/random-graph.ts';
import { needNpmTool } from '../../support/npm-tools.ts';
import { hasShared, readShared } from '../../support/shared.ts';

/** What is used of onnxruntime-web. */
interface Runtime {
  readonly env: { logLevel: string; readonly wasm: { numThreads: number } };
  readonly InferenceSession: {
    create(model: Uint8Array, options: object): Promise<Session>;
  };
  readonly Tensor: new (type: string, data: TensorData, dims: readonly number[]) => RuntimeTensor;
}

interface RuntimeTensor {
  readonly data: TensorData;
  readonly dims: readonly number[];
}

interface Session {
  run(feeds: Readonly<Record<string, RuntimeTensor>>): Promise<Readonly<Record<string, RuntimeTensor>>>;
  release(): Promise<void>;
}

const installed = needNpmTool(onnxruntime);
const module = join(installed.path, 'dist/ort.node.min.mjs');

/** How far the other runtime is from the reference evaluator. */
interface Distance {
  /** Largest error over the largest number, of real outputs. */
  readonly error: number;
  /** The share of equal integers, and how far the others are. */
  readonly equal: number;
  readonly steps: number;
}

describe.skipIf(!installed.available)('onnxruntime-web reads what we write', () => {
  let runtime: Runtime;

  beforeAll(async () => {
    runtime = (await import(pathToFileURL(module).href)) as Runtime;
    runtime.env.logLevel = 'error';
    runtime.env.wasm.numThreads = 1;
  });

  async function distance(graph: Graph, seed: number): Promise<Distance> {
    const options = { executionProviders: ['wasm'], logSeverityLevel: 3 };
    const session = await runtime.InferenceSession.create(exportOnnx(graph, '0'), options);
    const inputs = randomInputs(graph, seed);
    const feeds = graph.inputs.map(({ name, value }, i) => {
      const { dtype, shape } = typeOf(graph, value);
      return [name, new runtime.Tensor(dtype, inputs[i]?.data ?? new Float32Array(), shape)] as const;
    });
    const results = await session.run(Object.fromEntries(feeds));
    await session.release();
    const wanted = evaluateGraph(graph, inputs);
    let [error, equal, steps, count] = [0, 0, 0, 0];
    graph.outputs.forEach(({ name }, o) => {
      const [found, want] = [results[name], wanted[o]];
      expect(found?.dims).toEqual(want?.type.shape);
      const largest = Math.max(
        1e-30,
        ...Array.from<number | bigint, number>(want?.data ?? [], (value) => Math.abs(Number(value))),
      );
      want?.data.forEach((value: number | bigint, i: number) => {
        const step = Math.abs(Number(value) - Number(found?.data[i]));
        if (want.type.dtype === 'float32') error = Math.max(error, step / largest);
        else [equal, steps, count] = [equal + Number(step === 0), Math.max(steps, step), count + 1];
      });
    });
    return { error, equal: count === 0 ? 1 : equal / count, steps };
  }

  it.each(Array.from({ length: 20 }, (_, seed) => seed))('computes float graph %i', async (seed) => {
    const { graph } = optimizeGraph(randomGraph(seed, smallFloat));
    expect((await distance(graph, seed)).error).toBeLessThan(1e-5);
  });

  it.each(Array.from({ length: 20 }, (_, seed) => seed))('loads int8 graph %i, and is near it', async (seed) => {
    const { graph } = optimizeGraph(randomGraph(seed, { ...smallInt8, rounding: 'float' }));
    expect((await distance(graph, seed)).equal).toBeGreaterThan(0.5);
  });

  it
    .skipIf(!hasShared)
    .each([
      'models/onnx/mlperf_kws_torch_float.onnx',
      'models/onnx/mlperf_ic_resnet8_float.onnx',
      'models/onnx/st_mobilenet_v2_128_0.5.onnx',
    ])('computes %s', async (path) => {
    const { graph } = optimizeGraph(importModel(readShared(path), path));
    expect((await distance(graph, 1)).error).toBeLessThan(1e-5);
  });

  it
    .skipIf(!hasShared)
    .each([
      'models/onnx/mlperf_kws_torch_float_qdq_pc.onnx',
      'models/tflite/mlperf_kws_int8.tflite',
      'models/tflite/mlperf_ic_resnet8_int8.tflite',
      'models/tflite/mlperf_ad_int8.tflite',
      'models/tflite/tflm_person_detect_int8.tflite',
    ])('computes %s, up to its own rounding', async (path) => {
    const { graph } = optimizeGraph(importModel(readShared(path), path));
    const { equal, steps } = await distance(graph, 1);
    console.log(`${path}: ${(100 * equal).toFixed(1)} % of the integers are equal, the others within ${steps}`);
    expect(steps).toBeLessThanOrEqual(graph.rounding === 'float' ? 1 : 12);
  });
});
