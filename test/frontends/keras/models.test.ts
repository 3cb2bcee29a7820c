import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { engines } from '../../../cli/engine/registry.ts';
import { readNpy } from '../../../cli/input/npy.ts';
import { noImportOptions } from '../../../converter/frontends/options.ts';
import { evaluateGraph } from '../../../converter/ir/evaluate.ts';
import { type Graph, typeOf } from '../../../converter/ir/graph.ts';
import { importModel, optimizeGraph, planProgram } from '../../../converter/pipeline.ts';
import { ProblemError } from '../../../converter/problem.ts';
import { fromBytes, toBytes } from '../../../converter/tensor/dtype.ts';
import type { Tensor } from '../../../converter/tensor/tensor.ts';
import { expectGolden } from '../../models/golden-files.ts';
import { simpleNeeds } from '../../support/needs.ts';
import { hasShared, readShared, sharedDir } from '../../support/shared.ts';
import { needTool } from '../../support/tools.ts';

/** A real model with the files beside it. */
function load(name: string): Graph {
  const sideFile = (file: string) => {
    try {
      return new Uint8Array(readFileSync(`${sharedDir}models/keras/${file}`));
    } catch {
      return null;
    }
  };
  const path = `models/keras/${name}`;
  return importModel(readShared(path), path, 'default', { ...noImportOptions, sideFile });
}

/**
 * Networks that the test material has in a second format too, where another runtime computed the expected outputs: TensorFlow Lite
 * and onnxruntime agree with what is made of the Keras file.
 */
const siblings: readonly (readonly [model: string, golden: string])[] = [
  ['mlperf_ic_resnet8.h5', 'tflite/mlperf_ic_resnet8_float.tflite'],
  ['tinymaix_mnist_resnet.h5', 'tflite/tinymaix_mnist_resnet_f.tflite'],
  ['tinymaix_mnist_valid.h5', 'tflite/tinymaix_mnist_valid_f.tflite'],
  ['hand_keypoint_classifier.h5', 'tflite/hand_keypoint_classifier.tflite'],
  ['xor.h5', 'tflite/xor.tflite'],
  ['hls4ml_KERAS_conv1d_small.json', 'onnx/hls4ml_conv1d_small_keras.onnx'],
];

/** The golden input and output, for a graph of one of each. */
function golden(graph: Graph, folder: string) {
  const read = (name: string) => readNpy(readShared(`models/golden/${folder}/${name}.npy`), name).data;
  const [port] = graph.inputs;
  const type = typeOf(graph, port?.value ?? expect.fail('no input'));
  const input: Tensor = { type, data: fromBytes('float32', toBytes(read('input_0') as Float32Array)) };
  const values = Array.from(read('output_0') as ArrayLike<number>);
  return { inputs: [input], expected: [{ name: graph.outputs[0]?.name ?? '', values, tolerance: 1e-4 }] };
}

describe.skipIf(!hasShared)('real models meet the outputs of the same network in another format', () => {
  test.each(siblings)('%s on the reference and as WASM', async (name, folder) => {
    const imported = load(name);
    const { inputs, expected } = golden(imported, folder);
    expectGolden([...evaluateGraph(imported, inputs)], expected);
    const { graph } = optimizeGraph(imported);
    expectGolden([...evaluateGraph(graph, inputs)], expected);
    const { inferences } = await engines.wasm.run(graph, [() => inputs], () => {});
    expectGolden([...(inferences[0]?.outputs ?? [])], expected);
  });

  test.skipIf(!needTool('gcc').available)('in C on this computer', { timeout: 120_000 }, async () => {
    for (const [name, folder] of siblings.slice(0, 3)) {
      const { graph } = optimizeGraph(load(name));
      const { inputs, expected } = golden(graph, folder);
      const { inferences } = await engines.c.run(graph, [() => inputs], () => {});
      expectGolden([...(inferences[0]?.outputs ?? [])], expected);
    }
  });

  test('the float model of a quantized one finds the same class', () => {
    for (const [name, folder] of [
      ['mltk_tflite_micro_magic_wand.h5', 'tflite/mltk_tflite_micro_magic_wand.tflite'],
    ] as const) {
      const graph = load(name);
      const { inputs, expected } = golden(graph, folder);
      const found = Array.from(evaluateGraph(graph, inputs)[0]?.data ?? [], Number);
      const wanted = expected[0]?.values ?? [];
      const best = (values: readonly number[]) => values.indexOf(Math.max(...values));
      expect(best(found)).toBe(best(wanted));
    }
  });
});

describe.skipIf(!hasShared)('the other real models', () => {
  test.each([
    'mlperf_sww.h5',
    'hls4ml_KERAS_3layer.json',
    'hls4ml_KERAS_3layer_binarydense_relu_max.json',
    'hls4ml_KERAS_3layer_ternary_small.json',
    'hls4ml_KERAS_conv2d_model.json',
    'hls4ml_jetTagger_Conv2D_Small.json',
    'hls4ml_jetTagger_Conv2D_Small_NoBatchNorm.json',
  ])('%s converts', (name) => {
    planProgram(optimizeGraph(load(name)).graph, simpleNeeds);
  });

  test.each([
    ['hls4ml_garnet_3layer.json', 'unsupported-operator', 'GarNetStack "gar_1"'],
    ['hls4ml_garnet_3layer_weights.h5', 'unsupported-operator', 'GarNetStack "gar_1"'],
    ['hls4ml_KERAS_3layer_weights.h5', 'keras-no-network', 'the file'],
  ])('%s is refused', (name, code, where) => {
    try {
      load(name);
      expect.fail('it was not refused');
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      expect(error.problems.map((problem) => [problem.code, problem.where])).toEqual([[code, where]]);
    }
  });
});
