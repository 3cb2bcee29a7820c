import { GraphBuilder } from '../../../converter/ir/builder.ts';
import type { Graph } from '../../../converter/ir/graph.ts';
import { noClamp } from '../../../converter/ops/definition.ts';
import { perTensor } from '../../../converter/tensor/quantization.ts';
import type { Rounding } from '../../../converter/tensor/requantize.ts';
import { type Tensor, tensorType } from '../../../converter/tensor/tensor.ts';
import { Random } from './random.ts';

/** A convolution, a matrix product and a softmax, with an awkward name. */
export function tinyModel(rounding: Rounding): { readonly graph: Graph; readonly input: Tensor } {
  const random = new Random(11);
  const builder = new GraphBuilder();
  const x = builder.input('serving_default_x:0', tensorType('int8', [1, 4, 4, 2], perTensor(0.05, 3)));
  const scales = [0.01, 0.02, 0.015, 0.03, 0.005];
  const weightType = tensorType('int8', [5, 3, 3, 2], {
    kind: 'per-channel',
    axis: 0,
    scales,
    zeroPoints: scales.map(() => 0),
  });
  const weights = builder.constant('w0', random.tensor(weightType));
  const bias = builder.constant('b0', random.tensor(tensorType('int32', [5]), 500));
  const same = { top: 1, left: 1, bottom: 1, right: 1 };
  const hidden = builder.node(
    'CONV_2D #0 "block/conv*/"',
    {
      type: 'conv-2d',
      attributes: {
        ...{ groups: 1, clamp: { min: 0, max: 6 }, hybrid: 'none' },
        ...{ strides: [2, 2], dilations: [1, 1], padding: same },
      },
    },
    [x, weights, bias],
    tensorType('int8', [1, 2, 2, 5], perTensor(0.1, -128)),
    'hidden',
  );
  const flat = builder.node(
    'RESHAPE #1',
    { type: 'reshape', attributes: { shape: [1, 20] } },
    [hidden],
    tensorType('int8', [1, 20], perTensor(0.1, -128)),
    'flat',
  );
  const logits = builder.node(
    'FULLY_CONNECTED #2',
    { type: 'fully-connected', attributes: { clamp: noClamp, hybrid: 'none' } },
    [
      flat,
      builder.constant('w2', random.tensor(tensorType('int8', [3, 20], perTensor(0.02, 0)))),
      builder.constant('b2', random.tensor(tensorType('int32', [3]), 500)),
    ],
    tensorType('int8', [1, 3], perTensor(0.2, 5)),
    'logits',
  );
  const type = tensorType('int8', [1, 3], perTensor(1 / 256, -128));
  builder.output(
    'Identity',
    builder.node('SOFTMAX #3', { type: 'softmax', attributes: { beta: 1 } }, [logits], type, 'y'),
  );
  const graph = builder.build('tiny "model" é', 'a test', rounding);
  return { graph, input: random.tensor(builder.typeOf(x)) };
}
