import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readTfliteModel } from '../../converter/frontends/tflite/format/read.ts';
import { importTflite } from '../../converter/frontends/tflite/import.ts';
import { evaluateGraph } from '../../converter/ir/evaluate.ts';
import { type Graph, inputTypes, outputTypes, typeOf } from '../../converter/ir/graph.ts';
import { opCost } from '../../converter/ops/registry.ts';
import { fromBytes, toBytes } from '../../converter/tensor/dtype.ts';
import type { Tensor } from '../../converter/tensor/tensor.ts';
import { hasShared, readShared, sharedDir } from '../support/shared.ts';

/**
 * The reference evaluation against two other implementations: TFLite Micro on an emulated Cortex-M4 (every intermediate
 * tensor, by hash) and the TensorFlow 2.21 Lite interpreter with reference kernels (outputs).
 */

interface GoldenTensor {
  readonly tensor: number;
  readonly op_index: number | null;
  readonly op: string;
  readonly sha256: string;
}

const microModels: readonly (readonly [golden: string, model: string, macs: number])[] = [
  ['kws', 'mlperf_kws_int8', 2_656_768],
  ['ic', 'mlperf_ic_resnet8_int8', 12_501_632],
  ['vww', 'mlperf_vww_int8', 7_489_664],
  ['ad', 'mlperf_ad_int8', 264_192],
  ['strww', 'mlperf_sww_int8', 826_368],
  ['person_detect', 'tflm_person_detect_int8', 7_157_888],
  ['micro_speech', 'tflm_micro_speech_int8', 336_000],
  ['hello_world', 'tflm_hello_world_int8', 288],
];

function totalMacs(graph: Graph): number {
  return graph.nodes.reduce(
    (sum, node) => sum + opCost(node.op, inputTypes(graph, node), outputTypes(graph, node)).macs,
    0,
  );
}

function onlyInput(graph: Graph, bytes: Uint8Array): Tensor[] {
  return graph.inputs.map(({ value }) => {
    const type = typeOf(graph, value);
    return { type, data: fromBytes(type.dtype, bytes) };
  });
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

describe.skipIf(!hasShared)('TFLite Micro', () => {
  for (const [golden, model, macs] of microModels) {
    it(`computes every tensor of ${golden} to the bit`, () => {
      const bytes = readShared(`models/tflite/${model}.tflite`);
      const graph = importTflite(bytes, model);
      expect(totalMacs(graph)).toBe(macs);
      const names = readTfliteModel(bytes).subgraphs[0]?.tensors.map((tensor) => tensor.name) ?? [];
      const folder = `models/golden/tflm/${golden}/`;
      const cases: Record<string, GoldenTensor[]> = JSON.parse(
        new TextDecoder().decode(readShared(`${folder}tensors.json`)),
      );
      for (const [input, tensors] of Object.entries(cases)) {
        if (!existsSync(`${sharedDir}${folder}${input}.bin`)) continue;
        const hashes = new Map<string, string>();
        const [output] = evaluateGraph(graph, onlyInput(graph, readShared(`${folder}${input}.bin`)), (id, tensor) => {
          hashes.set(graph.values.get(id)?.name ?? '', sha256(toBytes(tensor.data)));
        });
        for (const { tensor, op_index: index, op, sha256: expected } of tensors) {
          if (index !== null) expect(hashes.get(names[tensor] ?? ''), `${input} ${op} #${index}`).toBe(expected);
        }
        expect(output && toBytes(output.data)).toEqual(readShared(`${folder}${input.replace('input', 'output')}.bin`));
      }
    });
  }
});

/** The elements of a .npy file of version 1, little-endian and row-major as all goldens are. */
function npyBytes(path: string): Uint8Array {
  const file = readShared(path);
  const headerLength = new DataView(file.buffer, file.byteOffset).getUint16(8, true);
  return file.subarray(10 + headerLength);
}

function evaluateGolden(path: string, rounding: Graph['rounding']): { actual: Tensor; expected: Tensor['data'] } {
  const graph: Graph = { ...importTflite(readShared(path), path), rounding };
  const folder = `models/golden/${path.replace(/^models\//, '')}/`;
  const prefix = existsSync(`${sharedDir}${folder}input_0.npy`) ? folder : `${folder}step0_`;
  const [actual] = evaluateGraph(graph, onlyInput(graph, npyBytes(`${prefix}input_0.npy`)));
  if (actual === undefined) throw new Error('the model has no output');
  return { actual, expected: fromBytes(actual.type.dtype, npyBytes(`${prefix}output_0.npy`)) };
}

describe.skipIf(!hasShared)('the TensorFlow Lite interpreter with reference kernels', () => {
  const equal = [
    'examples/digits/digits_int8.tflite',
    'models/tflite/fomo_face_detection_int8.tflite',
    'models/tflite/mltk_autoencoder_example.tflite',
    'models/tflite/mltk_fingerprint_signature.tflite',
    'models/tflite/mltk_kws_on_off_v3.tflite',
    'models/tflite/mltk_rock_paper_scissors.tflite',
    'models/tflite/mobilenet_v1_0.25_128_quant.tflite',
    'models/tflite/ssd_slim_120x160_int8.tflite',
    'models/tflite/tinymaix_cifar10_q.tflite',
    'models/tflite/tinymaix_mnist_resnet_q.tflite',
    'models/tflite/tinymaix_mnist_valid_q.tflite',
  ];
  for (const path of equal) {
    it(`computes ${path} to the bit`, () => {
      const { actual, expected } = evaluateGolden(path, 'exact');
      expect(actual.data).toEqual(expected);
    });
  }

  // Its fully connected layers multiply by one double-precision factor and round once; those of TFLite Micro round twice.
  for (const name of ['mlperf_ad_int8', 'ptq_mnist_lenet_300_100', 'openmv_force_int_quant']) {
    it(`computes the fully connected layers of ${name} as single rounding does`, () => {
      const { actual, expected } = evaluateGolden(`models/tflite/${name}.tflite`, 'single');
      expect(actual.data).toEqual(expected);
    });
  }

  it('computes a hybrid model within 1e-4', () => {
    const { actual, expected } = evaluateGolden('models/tflite/mlperf_kws_float.tflite', 'exact');
    expect(actual.data).toHaveLength(expected.length);
    actual.data.forEach((value, i) => {
      expect(Math.abs(Number(value) - Number(expected[i]))).toBeLessThan(1e-4);
    });
  });
});
