import { GraphBuilder } from '../../../converter/ir/builder.ts';
import type { Graph } from '../../../converter/ir/graph.ts';
import { noClamp } from '../../../converter/ops/definition.ts';
import { perTensor } from '../../../converter/tensor/quantization.ts';
import { tensorType } from '../../../converter/tensor/tensor.ts';
import { random, randomTensor } from './run-graph.ts';

/** A small int8 classifier with an input of real images: convolution, depthwise, mean, dense, softmax. */
export function tinyModel(): Graph {
  const next = random(42);
  const b = new GraphBuilder();
  const weights = (shape: readonly number[], channelAxis: number) => {
    const scales = Array.from({ length: shape[channelAxis] ?? 1 }, () => Math.fround(0.002 + 0.01 * next()));
    const quantization = { kind: 'per-channel', axis: channelAxis, scales, zeroPoints: scales.map(() => 0) } as const;
    return b.constant(`weights ${shape.join('x')}`, randomTensor(tensorType('int8', shape, quantization), next));
  };
  const bias = (count: number) => b.constant('bias', randomTensor(tensorType('int32', [count]), next));
  const window = { strides: [2, 2], dilations: [1, 1], padding: { top: 1, left: 1, bottom: 1, right: 1 } } as const;
  const product = { clamp: { min: 0, max: 6 }, hybrid: 'none' } as const;
  const six = perTensor(6 / 255, -128);

  const image = b.input('image "left"', tensorType('int8', [1, 9, 9, 3], perTensor(1 / 128, 0)));
  const first = b.node(
    'CONV_2D #0',
    { type: 'conv-2d', attributes: { ...window, ...product, groups: 1 } },
    [image, weights([5, 3, 3, 3], 0), bias(5)],
    tensorType('int8', [1, 5, 5, 5], six),
    'first',
  );
  const second = b.node(
    'DEPTHWISE_CONV_2D #1',
    { type: 'depthwise-conv-2d', attributes: { ...window, strides: [1, 1], ...product } },
    [first, weights([1, 3, 3, 5], 3), bias(5)],
    tensorType('int8', [1, 5, 5, 5], six),
    'second',
  );
  const mean = b.node(
    'MEAN #2',
    { type: 'reduce', attributes: { kind: 'mean', axes: [1, 2], keepDims: false } },
    [second],
    tensorType('int8', [1, 5], six),
    'mean',
  );
  const dense = b.node(
    'FULLY_CONNECTED #3',
    { type: 'fully-connected', attributes: { ...product, clamp: noClamp } },
    [mean, weights([4, 5], 0), bias(4)],
    tensorType('int8', [1, 4], perTensor(0.05, 10)),
    'logits',
  );
  const scores = b.node(
    'SOFTMAX #4',
    { type: 'softmax', attributes: { beta: 1 } },
    [dense],
    tensorType('int8', [1, 4], perTensor(1 / 256, -128)),
    'scores',
  );
  b.output('scores', scores);
  b.output('logits', dense);
  return b.build('tiny', 'test', 'exact');
}

/** One dense int8 layer: small enough to read its module. */
export function denseModel(): Graph {
  const next = random(9);
  const b = new GraphBuilder();
  const quantization = { kind: 'per-channel', axis: 0, scales: [0.01, 0.02, 0.005], zeroPoints: [0, 0, 0] } as const;
  const input = b.input('features', tensorType('int8', [1, 6], perTensor(0.1, -3)));
  const weights = b.constant('weights', randomTensor(tensorType('int8', [3, 6], quantization), next));
  const bias = b.constant('bias', randomTensor(tensorType('int32', [3]), next));
  const op = { type: 'fully-connected', attributes: { clamp: noClamp, hybrid: 'none' } } as const;
  b.output(
    'logits',
    b.node('FULLY_CONNECTED #0', op, [input, weights, bias], tensorType('int8', [1, 3], perTensor(0.05, 10)), 'logits'),
  );
  return b.build('dense', 'test', 'exact');
}
