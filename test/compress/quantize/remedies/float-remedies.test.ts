import { describe, expect, it } from 'vitest';
import { referenceExecutor } from '../../../../converter/compress/executor.ts';
import { withOwnConstants } from '../../../../converter/compress/product.ts';
import { calibrate } from '../../../../converter/compress/quantize/calibrate.ts';
import { absorbBiases } from '../../../../converter/compress/quantize/remedies/absorb-bias.ts';
import { equalizeLayers, spread } from '../../../../converter/compress/quantize/remedies/equalize.ts';
import { GraphBuilder } from '../../../../converter/ir/builder.ts';
import type { Graph, ValueId } from '../../../../converter/ir/graph.ts';
import { noClamp } from '../../../../converter/ops/definition.ts';
import { optimizeGraph } from '../../../../converter/pipeline.ts';
import { type Tensor, tensorType } from '../../../../converter/tensor/tensor.ts';
import { random } from '../../../backends/wasm/run-graph.ts';
import { randomGraph, randomInputs, smallFloat } from '../../../ir/random-graph.ts';
import { expectSameOnRandomInputs } from '../../../ir/same-results.ts';

const relu = { min: 0, max: Number.POSITIVE_INFINITY };

interface NetOptions {
  readonly clamp: { readonly min: number; readonly max: number };
  /** Factor of each channel of the first layer. */
  readonly factors: readonly number[];
  readonly bias: number;
  readonly second: 'fully-connected' | 'depthwise-conv-2d' | 'conv-2d';
}

/** Two layers on a picture of 6x6; between them a channel is as large as its factor says. */
function twoLayers({ clamp, factors, bias, second }: NetOptions): Graph {
  const next = random(5);
  const builder = new GraphBuilder();
  const channels = factors.length;
  const constant = (name: string, shape: readonly number[], value: (i: number) => number): ValueId => {
    const count = shape.reduce((a, b) => a * b, 1);
    const data = Float32Array.from({ length: count }, (_, i) => value(i));
    return builder.constant(name, { type: tensorType('float32', shape), data });
  };
  const window = { strides: [1, 1], dilations: [1, 1], padding: { top: 0, bottom: 0, left: 0, right: 0 } } as const;
  const product = { clamp, hybrid: 'none' } as const;
  const image = builder.input('image', tensorType('float32', [1, 6, 6, 2]));
  const weights = constant('w1', [channels, 3, 3, 2], (i) => (next() - 0.5) * (factors[Math.floor(i / 18)] ?? 1));
  const first = builder.node(
    'first',
    { type: 'conv-2d', attributes: { ...window, ...product, groups: 1 } },
    [image, weights, constant('b1', [channels], (i) => bias * (factors[i] ?? 1))],
    tensorType('float32', [1, 4, 4, channels]),
    'middle',
  );
  const inverse = (i: number) => (next() - 0.5) / (factors[i % channels] ?? 1);
  if (second === 'depthwise-conv-2d') {
    const w = constant('w2', [1, 2, 2, channels], inverse);
    const op = { type: second, attributes: { ...window, ...product, clamp: noClamp } } as const;
    const b = constant('b2', [channels], () => 0.1);
    builder.output('y', builder.node('second', op, [first, w, b], tensorType('float32', [1, 3, 3, channels]), 'y'));
  } else if (second === 'conv-2d') {
    const w = constant('w2', [3, 2, 2, channels], inverse);
    const op = { type: second, attributes: { ...window, ...product, clamp: noClamp, groups: 1 } } as const;
    const b = constant('b2', [3], () => 0.1);
    builder.output('y', builder.node('second', op, [first, w, b], tensorType('float32', [1, 3, 3, 3]), 'y'));
  } else {
    const flat = builder.node(
      'flatten',
      { type: 'reshape', attributes: { shape: [1, 16 * channels] } },
      [first],
      tensorType('float32', [1, 16 * channels]),
      'flat',
    );
    const w = constant('w2', [4, 16 * channels], inverse);
    const op = { type: second, attributes: { clamp: noClamp, hybrid: 'none' } } as const;
    const b = constant('b2', [4], () => 0.1);
    builder.output('y', builder.node('second', op, [flat, w, b], tensorType('float32', [1, 4]), 'y'));
  }
  return builder.build('two layers', 'a test', 'single');
}

const samplesOf = (graph: Graph) => Array.from({ length: 6 }, (_, seed) => (): Tensor[] => randomInputs(graph, seed));

const statisticsOf = (graph: Graph) => calibrate(graph, samplesOf(graph), referenceExecutor);

describe('equalization', () => {
  it.each(['fully-connected', 'depthwise-conv-2d', 'conv-2d'] as const)(
    'takes the spread out of channels before %s, and changes nothing',
    (second) => {
      const graph = twoLayers({ clamp: relu, factors: [1, 300, 0.01, 20], bias: 0.3, second });
      const { graph: equalized, pairs } = equalizeLayers(graph, statisticsOf(graph));
      expect(pairs[0]?.spreadBefore).toBeGreaterThan(1000);
      expect(pairs[0]?.spreadAfter).toBeLessThan(second === 'depthwise-conv-2d' ? 1.01 : 20);
      expectSameOnRandomInputs(graph, equalized, second, 1e-5);
    },
  );

  it('keeps channels that reach the limit of a ReLU6', () => {
    const graph = twoLayers({ clamp: { min: 0, max: 6 }, factors: [1, 50, 0.01], bias: 0.3, second: 'conv-2d' });
    const { graph: equalized, pairs } = equalizeLayers(graph, statisticsOf(graph));
    expect(pairs[0]?.spreadAfter).toBeLessThan((pairs[0]?.spreadBefore ?? 0) / 3);
    for (const sample of samplesOf(graph)) {
      const outputs = [graph, equalized].map((one) => referenceExecutor(one)(sample())[0]?.data ?? []);
      const [want, found] = outputs.map((data) => Array.from(data as Float32Array));
      want?.forEach((value, i) => {
        expect(found?.[i]).toBeCloseTo(value, 4);
      });
    }
  });

  it.each(Array.from({ length: 30 }, (_, seed) => seed))('changes no result of random graph %i', (seed) => {
    const graph = withOwnConstants(optimizeGraph(randomGraph(seed, smallFloat)).graph);
    const withoutLimits = equalizeLayers(graph, statisticsOf(graph)).graph;
    for (const sample of samplesOf(graph)) {
      const [want, found] = [graph, withoutLimits].map((one) => referenceExecutor(one)(sample()));
      want?.forEach(({ data }, i) => {
        const size = Math.max(1e-3, ...Array.from(data as Float32Array, Math.abs));
        (data as Float32Array).forEach((value, k) => {
          expect(Math.abs(Number(found?.[i]?.data[k]) - value) / size).toBeLessThan(1e-4);
        });
      });
    }
  });
});

describe('bias absorption', () => {
  it.each(['fully-connected', 'conv-2d'] as const)(
    'moves the floor of channels into %s, and changes nothing',
    (second) => {
      const graph = twoLayers({ clamp: relu, factors: [1, 1, 2], bias: 40, second });
      const { graph: absorbed, layers } = absorbBiases(graph, statisticsOf(graph));
      expect(layers).toEqual([{ name: 'first', channels: 3 }]);
      const [before, after] = [graph, absorbed].map((one) =>
        statisticsOf(one).get(one.nodes[0]?.outputs[0] as ValueId),
      );
      expect(after?.range.max).toBeLessThan((before?.range.max ?? 0) * 0.7);
      for (const sample of samplesOf(graph)) {
        const [want, found] = [graph, absorbed].map((one) => referenceExecutor(one)(sample())[0]?.data as Float32Array);
        want?.forEach((value, i) => {
          expect(found?.[i]).toBeCloseTo(value, 3);
        });
      }
    },
  );

  it('leaves channels alone that come near 0', () => {
    const graph = twoLayers({ clamp: relu, factors: [1, 1], bias: 0, second: 'conv-2d' });
    expect(absorbBiases(graph, statisticsOf(graph)).layers).toEqual([]);
  });
});

describe('the spread of channels', () => {
  it('leaves dead channels out', () => {
    expect(spread(Float64Array.of(0, 2, 8, 0))).toBe(4);
    expect(spread(Float64Array.of(0, 0))).toBe(1);
  });
});
