import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readTfliteModel } from '../../converter/frontends/tflite/format/read.ts';
import { evaluateGraph } from '../../converter/ir/evaluate.ts';
import { type Graph, typeOf, valueById } from '../../converter/ir/graph.ts';
import { importModel, optimizeGraph } from '../../converter/pipeline.ts';
import { fromBytes, toBytes } from '../../converter/tensor/dtype.ts';
import type { Tensor } from '../../converter/tensor/tensor.ts';
import { hasShared, readShared, sharedDir } from '../support/shared.ts';

/**
 * The reference evaluator against TFLite Micro itself, run on an emulated Cortex-M4: outputs before and after the passes, and every
 * intermediate tensor before them, by its SHA-256.
 */
const models: readonly (readonly [folder: string, model: string])[] = [
  ['kws', 'mlperf_kws_int8'],
  ['ic', 'mlperf_ic_resnet8_int8'],
  ['vww', 'mlperf_vww_int8'],
  ['ad', 'mlperf_ad_int8'],
  ['strww', 'mlperf_sww_int8'],
  ['person_detect', 'tflm_person_detect_int8'],
  ['micro_speech', 'tflm_micro_speech_int8'],
  ['hello_world', 'tflm_hello_world_int8'],
];

/** One row of tensors.json. */
interface TensorHash {
  readonly tensor: number;
  readonly op: string;
  readonly bytes: number;
  readonly sha256: string;
}

const sha256 = (tensor: Tensor) => createHash('sha256').update(toBytes(tensor.data)).digest('hex');

/** The last tensor computed under each name; views of the same name hold the same bytes. */
function hashesByName(graph: Graph, input: Tensor): Map<string, string> {
  const hashes = new Map<string, string>();
  evaluateGraph(graph, [input], (id, tensor) => hashes.set(valueById(graph, id).name, sha256(tensor)));
  return hashes;
}

describe.skipIf(!hasShared)('TFLite Micro', () => {
  test.each(models)('%s', (folder, model) => {
    const path = `models/tflite/${model}.tflite`;
    const golden = `models/golden/tflm/${folder}`;
    const file = readShared(path);
    const imported = importModel(file, path);
    const { graph: optimized } = optimizeGraph(imported);
    const tensors = readTfliteModel(file).subgraphs[0]?.tensors ?? [];
    const hashes = JSON.parse(Buffer.from(readShared(`${golden}/tensors.json`)).toString()) as Record<
      string,
      TensorHash[]
    >;
    const cases = readdirSync(sharedDir + golden).filter((name) => /^input_\d+\.bin$/.test(name));
    expect(cases.length).toBeGreaterThan(1);
    const [port] = imported.inputs;
    const type = typeOf(imported, port?.value ?? expect.fail('one input'));
    let compared = 0;
    for (const name of cases) {
      const input: Tensor = { type, data: fromBytes(type.dtype, readShared(`${golden}/${name}`)) };
      const expected = readShared(`${golden}/${name.replace('input', 'output')}`);
      for (const graph of [imported, optimized]) {
        const [output] = evaluateGraph(graph, [input]);
        expect(toBytes(output?.data ?? expect.fail('one output')), name).toEqual(expected);
      }
      const found = hashesByName(imported, input);
      for (const { tensor, op, bytes, sha256: wanted } of hashes[name.replace('.bin', '')] ?? []) {
        if (op === 'INPUT') expect(bytes).toBe(input.data.byteLength);
        else expect(found.get(tensors[tensor]?.name ?? ''), `${name}, ${op} tensor ${tensor}`).toBe(wanted);
        compared++;
      }
    }
    expect(compared).toBeGreaterThan(cases.length);
  });

  /** Its tensors have no names, and what a run computes depends on those before: every hash must be among those of a first run. */
  test('keyword, which remembers', () => {
    const path = 'models/tflite/tflm_keyword_scrambled_8bit.tflite';
    const folder = 'models/golden/tflm/keyword';
    const graph = importModel(readShared(path), path);
    const type = typeOf(graph, graph.inputs[0]?.value ?? expect.fail('one input'));
    const hashes: Record<string, TensorHash[]> = JSON.parse(
      Buffer.from(readShared(`${folder}/tensors.json`)).toString(),
    );
    for (const name of ['input_0', 'input_1']) {
      const input: Tensor = { type, data: fromBytes(type.dtype, readShared(`${folder}/${name}.bin`)) };
      const found = new Set([sha256(input)]);
      const [output] = evaluateGraph(graph, [input], (_, tensor) => found.add(sha256(tensor)));
      const expected = readShared(`${folder}/${name.replace('input', 'output')}.bin`);
      expect(toBytes(output?.data ?? expect.fail('one output'))).toEqual(expected);
      const computed = hashes[name] ?? [];
      expect(computed.length).toBe(16);
      for (const { op, tensor, sha256: wanted } of computed)
        expect(found, `${name}, ${op} tensor ${tensor}`).toContain(wanted);
    }
  });
});
