import { describe, expect, test } from 'vitest';
import type { Graph } from '../../../../converter/ir/graph.ts';
import { noClamp } from '../../../../converter/ops/definition.ts';
import type { Op } from '../../../../converter/ops/op.ts';
import { outputShapes } from '../../../../converter/ops/registry.ts';
import { perTensor } from '../../../../converter/tensor/quantization.ts';
import type { Shape } from '../../../../converter/tensor/shape.ts';
import { tensorType } from '../../../../converter/tensor/tensor.ts';
import { needTool } from '../../../support/tools.ts';
import { type Case, expectSameAsReference } from '../../c/batch.ts';
import { random, randomTensor, singleNode } from '../run-graph.ts';
import { expectSame } from './expect-same.ts';

/** Layers on int16 data with int8 weights, on both back ends. */
function layer(op: Op, input: Shape, weights: Shape, channelAxis: number): Graph {
  const next = random(3);
  const channels = weights[channelAxis] ?? 1;
  const scales = Array.from({ length: channels }, () => Math.fround(0.0005 + 0.02 * next()));
  const quantization = { kind: 'per-channel', axis: channelAxis, scales, zeroPoints: scales.map(() => 0) } as const;
  const data = tensorType('int16', input, perTensor(0.001, 0));
  const filter = randomTensor(tensorType('int8', weights, quantization), next);
  const bias = randomTensor(tensorType('int32', [channels]), next, 1e6);
  const [shape = []] = outputShapes(op, [data, filter.type, bias.type]);
  return singleNode(op, [data, filter, bias], tensorType('int16', shape, perTensor(0.02, 0)));
}

const window = {
  strides: [2, 1],
  dilations: [1, 2],
  padding: { top: 1, left: 2, bottom: 0, right: 1 },
  hybrid: 'none',
} as const;

const cases: readonly (readonly [string, Graph])[] = [
  ...[1, 3, 8].map((c): readonly [string, Graph] => {
    const op = { type: 'conv-2d', attributes: { ...window, groups: 1, clamp: noClamp } } as const;
    return [`conv-2d of ${c} channels`, layer(op, [2, 5, 6, c], [c + 1, 3, 2, c], 0)];
  }),
  [
    'conv-2d in groups',
    layer(
      { type: 'conv-2d', attributes: { ...window, groups: 2, clamp: { min: 0, max: 6 } } },
      [1, 4, 5, 6],
      [4, 2, 2, 3],
      0,
    ),
  ],
  [
    'depthwise-conv-2d',
    layer({ type: 'depthwise-conv-2d', attributes: { ...window, clamp: noClamp } }, [1, 5, 6, 3], [1, 3, 2, 6], 3),
  ],
  ...[1, 3].map((rows): readonly [string, Graph] => {
    const op = { type: 'fully-connected', attributes: { clamp: noClamp, hybrid: 'none' } } as const;
    return [`fully-connected of ${rows} rows`, layer(op, [rows, 9], [5, 9], 0)];
  }),
];

describe('layers on int16 data', () => {
  test.each(cases)('%s as WASM', (_, graph) => expectSame(graph));

  test.skipIf(!needTool('gcc').available)('all of them in C', async () => {
    const all: Case[] = cases.map(([name, graph]) => {
      const inputs = graph.inputs.map(({ value }) => {
        return randomTensor(graph.values.get(value)?.type ?? expect.fail('a type'), random(5));
      });
      return { name: name.replace(/\W/g, '_'), graph, inputs };
    });
    await expectSameAsReference(all, { compiler: 'gcc', flags: ['-O1'] });
  });
});
