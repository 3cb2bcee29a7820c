import { expect, test } from 'vitest';
import { GraphBuilder } from '../../converter/ir/builder.ts';
import type { Graph } from '../../converter/ir/graph.ts';
import { noClamp } from '../../converter/ops/definition.ts';
import { packageOptions } from '../../converter/package-options.ts';
import { narrowWeights } from '../../converter/passes/narrow-weights.ts';
import { convertToC } from '../../converter/pipeline.ts';
import { tensorType } from '../../converter/tensor/tensor.ts';

/** A dense layer of 4 units on 32 inputs; the bias is long enough to be taken for weights. */
function dense(weights: (i: number) => number, isAlsoOutput = false): Graph {
  const b = new GraphBuilder();
  const x = b.input('x', tensorType('float32', [1, 32]));
  const data = Float32Array.from({ length: 128 }, (_, i) => weights(i));
  const w = b.constant('w', { type: tensorType('float32', [4, 32]), data });
  const bias = b.constant('b', { type: tensorType('float32', [4]), data: Float32Array.of(0.1, 0.2, 0.3, 0.4) });
  const op = { type: 'fully-connected', attributes: { clamp: noClamp, hybrid: 'none' } } as const;
  b.output('y', b.node('dense', op, [x, w, bias], tensorType('float32', [1, 4]), 'y'));
  if (isAlsoOutput) b.output('w', w);
  return b.build('dense', 'test', 'exact');
}

const wave = (i: number) => Math.sin(i) * 10 ** (Math.floor(i / 32) - 2);

function weightsOf(graph: Graph): number[] {
  const value = [...graph.values.values()].find(({ name }) => name === 'w');
  return Array.from(value?.data ?? [], Number);
}

test('float16 keeps each weight within 2^-11 of itself, and biases as they are', () => {
  const graph = narrowWeights(dense(wave), 'float16');
  weightsOf(graph).forEach((value, i) => {
    expect(Math.abs(value - wave(i))).toBeLessThanOrEqual(Math.abs(wave(i)) * 2 ** -11 + 2 ** -25);
  });
  expect([...graph.storage.values()]).toEqual([{ kind: 'float16' }]);
  const bias = [...graph.values.values()].find(({ name }) => name === 'b');
  expect(bias?.data).toEqual(Float32Array.of(0.1, 0.2, 0.3, 0.4));
});

test('int8 keeps each weight within half a scale of its own channel', () => {
  const graph = narrowWeights(dense(wave), 'int8');
  weightsOf(graph).forEach((value, i) => {
    const largest = 10 ** (Math.floor(i / 32) - 2);
    expect(Math.abs(value - wave(i))).toBeLessThanOrEqual((largest / 254) * 1.001);
  });
});

test('a channel of zeros stays zero', () => {
  expect(
    weightsOf(
      narrowWeights(
        dense((i) => (i < 32 ? 0 : 1)),
        'int8',
      ),
    ).slice(0, 33),
  ).toEqual([...Array(32).fill(0), 1]);
});

test('what has no such form is refused by name', () => {
  expect(() =>
    narrowWeights(
      dense((i) => (i === 7 ? 70000 : i)),
      'float16',
    ),
  ).toThrow('constant "w"');
  expect(() =>
    narrowWeights(
      dense((i) => (i === 7 ? Number.NaN : i)),
      'int8',
    ),
  ).toThrow('not finite');
  expect(() =>
    narrowWeights(
      dense((i) => (i === 7 ? 70000 : i)),
      'int8',
    ),
  ).not.toThrow();
});

test('an output of the model is not rounded', () => {
  expect(() => narrowWeights(dense(wave, true), 'int8')).toThrow('no float32 weights');
});

test('a C package refuses', () => {
  expect(() => convertToC(narrowWeights(dense(wave), 'int8'), packageOptions('dense'))).toThrow('--weights');
});
