import { describe, expect, test } from 'vitest';
import { fastExecutor } from '../../../../cli/quantize/executor.ts';
import { describeGroups } from '../../../../converter/compress/prune/groups/describe.ts';
import { findChannelGroups } from '../../../../converter/compress/prune/groups/find.ts';
import { withRealWeights } from '../../../../converter/compress/quantize/real-weights.ts';
import type { Graph } from '../../../../converter/ir/graph.ts';
import { importModel, optimizeGraph } from '../../../../converter/pipeline.ts';
import { randomInputs } from '../../../ir/random-graph.ts';
import { randomFrom } from '../../../support/mutate.ts';
import { hasShared, readShared } from '../../../support/shared.ts';
import { expectMasked, randomUnits } from './pruned.ts';

/** Groups of real models, and that a model without some units is the model in which they are masked. */

const load = (path: string): Graph =>
  withRealWeights(optimizeGraph(importModel(readShared(`models/${path}`), path)).graph);

/** One line for each group: units, who makes them (those that follow in brackets), who reads them. */
function lines(graph: Graph): readonly string[] {
  const { groups, barriers } = describeGroups(graph, findChannelGroups(graph));
  const short = { 'conv-2d': 'conv', 'depthwise-conv-2d': 'dw', 'fully-connected': 'fc' };
  const name = (op: string) => (op in short ? short[op as keyof typeof short] : op);
  const described = groups.map(({ units, producers, consumers }) => {
    const list = (role: string) => producers.filter((p) => p.role === role).map(({ op }) => name(op));
    const followers = list('carries').length === 0 ? '' : ` (${list('carries').join(' ')})`;
    return `${units}: ${list('makes').join(' ')}${followers} -> ${consumers.map(({ op }) => name(op)).join(' ')}`;
  });
  return [...described, ...barriers.map(({ reason }) => `stays: ${reason}`)];
}

describe.skipIf(!hasShared)('the groups of', () => {
  const kws = [...Array.from({ length: 4 }, () => '64: conv (dw) -> conv'), '64: conv -> fc'];
  test.each(['tflite/mlperf_kws_float.tflite', 'tflite/mlperf_kws_int8.tflite', 'onnx/mlperf_kws_torch_float.onnx'])(
    'kws, %s',
    (path) => {
      expect(lines(load(path))).toEqual([...kws, 'stays: softmax divides by a sum over them']);
    },
  );

  test.each([
    'tflite/mlperf_ic_resnet8_float.tflite',
    'tflite/mlperf_ic_resnet8_int8.tflite',
    'onnx/mlperf_ic_resnet8_torch_float.onnx',
    'onnx/mlperf_ic_resnet8_float.onnx',
  ])('resnet8, %s', (path) => {
    // The sums tie what goes around a block to what goes through it.
    expect([...lines(load(path))].sort()).toEqual([
      '16: conv -> conv',
      '16: conv conv -> conv conv conv',
      '32: conv -> conv',
      '32: conv conv -> conv conv',
      '64: conv -> conv',
      '64: conv conv -> fc',
      'stays: softmax divides by a sum over them',
    ]);
  });
});

describe.skipIf(!hasShared)('without random units, as with these masked', () => {
  test.each([
    ['sums, and a pool', 'tflite/mlperf_ic_resnet8_float.tflite', 6],
    ['depthwise layers', 'onnx/mlperf_kws_torch_float.onnx', 5],
    ['int8', 'tflite/mlperf_vww_int8.tflite', 14],
    ['state', 'tflite/mww_okay_nabu_v2.tflite', 7],
    ['a flattened image', 'onnx/cnn_mnist_pytorch.onnx', 3],
    ['concats and resizes', 'onnx_export/unet_ts_op13.onnx', 12],
    ['divided and shuffled channels', 'onnx_export/shufflenet_v2_x0_5_ts_op11.onnx', 30],
    ['grouped convolutions, squeeze and excite', 'onnx_export/test_nfnet_ts_op17.onnx', 25],
    ['attention', 'onnx_export/test_vit_dynamo_op18.onnx', 12],
    ['quantized, per channel', 'onnx_export/test_resnet_ts_op13_qdq_pc.onnx', 11],
  ])('%s: %s', (_, path, count) => {
    const graph = load(path);
    const groups = findChannelGroups(graph);
    expect(groups.groups).toHaveLength(count);
    expectMasked(graph, groups, randomUnits(groups, randomFrom(1)), randomInputs(graph, 2), path, fastExecutor);
  });
});
