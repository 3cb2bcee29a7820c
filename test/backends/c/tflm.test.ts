import { describe, expect, it } from 'vitest';
import { importTflite } from '../../../converter/frontends/tflite/import.ts';
import { valueById } from '../../../converter/ir/graph.ts';
import { byteSize } from '../../../converter/tensor/tensor.ts';
import { runOnHost } from '../../../targets/host/run.ts';
import { hasShared, readShared } from '../../support/shared.ts';
import { packageOf, plainOptions } from './batch.ts';

/** Models with outputs of TFLite Micro for their inputs; see the README of the shared folder. */
const models = {
  kws: 'mlperf_kws_int8',
  ad: 'mlperf_ad_int8',
  ic: 'mlperf_ic_resnet8_int8',
  strww: 'mlperf_sww_int8',
  hello_world: 'tflm_hello_world_int8',
  micro_speech: 'tflm_micro_speech_int8',
};

describe.skipIf(!hasShared)('C packages of real networks give the bytes of TFLite Micro', () => {
  it.each(Object.entries(models))('%s', async (name, file) => {
    const graph = importTflite(readShared(`models/tflite/${file}.tflite`), name);
    const golden = (kind: string, i: number) => readShared(`models/golden/tflm/${name}/${kind}_${i}.bin`);
    const samples = [0, 1].map((i) => ({ inputs: [golden('input', i)] }));
    const sizes = graph.outputs.map((port) => byteSize(valueById(graph, port.value).type));
    const model = { prefix: name, files: packageOf(graph, plainOptions(name)) };
    const { runs } = await runOnHost(model, samples, sizes);
    expect(runs.map(({ outputs }) => outputs[0])).toEqual([golden('output', 0), golden('output', 1)]);
  });
});
