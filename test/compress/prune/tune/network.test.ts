import { describe, expect, it } from 'vitest';
import { fastExecutor } from '../../../../cli/quantize/executor.ts';
import { referenceExecutor } from '../../../../converter/compress/executor.ts';
import { Network } from '../../../../converter/compress/prune/tune/network.ts';
import type { Graph } from '../../../../converter/ir/graph.ts';
import { dataAs } from '../../../../converter/tensor/tensor.ts';
import { Layers, relu, smallCnn, smoothInputs } from '../small-cnn.ts';

const inputs = smoothInputs([1, 6, 6, 2], 1)[0]?.() ?? [];

/** Gradients of sum of (place + 1) x output, against central differences of every weight. */
function expectGradients(graph: Graph): void {
  const network = new Network(
    graph,
    graph.outputs.map(({ value }) => value),
    fastExecutor,
  );
  const outputs = () => network.forward(inputs);
  const loss = () => outputs().reduce((sum, y) => sum + y.reduce((a, value, i) => a + value * (i + 1), 0), 0);
  network.backward(outputs().map((y) => y.map((_, i) => i + 1)));
  for (const { node, weights, bias, weightGradient, biasGradient } of network.layers) {
    for (const [list, gradient] of [
      [weights, weightGradient],
      [bias, biasGradient],
    ] as const) {
      const step = 1 / 256;
      const wanted = Array.from(list, (value, i) => {
        const at = (x: number) => {
          list[i] = x;
          const result = loss();
          list[i] = value;
          return result;
        };
        return (at(value + step) - at(value - step)) / (2 * step);
      });
      const largest = Math.max(...wanted.map(Math.abs));
      expect(largest, node.name).toBeGreaterThan(0);
      // Kinks of ReLUs between the two points spoil a few differences, not more.
      const wrong = wanted.filter((value, i) => !(Math.abs(value - (gradient[i] ?? Number.NaN)) <= 0.02 * largest));
      expect(wrong.length, node.name).toBeLessThanOrEqual(Math.max(1, list.length / 20));
    }
  }
}

describe('a network whose weights change', () => {
  it('computes what its graph does', () => {
    const graph = smallCnn();
    const network = new Network(
      graph,
      graph.outputs.map(({ value }) => value),
      fastExecutor,
    );
    const wanted = referenceExecutor(graph)(inputs).map((tensor) => dataAs(tensor, 'float32'));
    network.forward(inputs).forEach((values, k) => {
      values.forEach((value, i) => {
        expect(value).toBeCloseTo(wanted[k]?.[i] ?? Number.NaN, 5);
      });
    });
  });

  it('has the gradients of convolutions, depthwise layers, sums and matrix products', () => {
    expectGradients(smallCnn());
  });

  it('has the gradients of grouped and dilated convolutions, and of depthwise layers with a multiplier', () => {
    const layers = new Layers(3);
    const x = layers.conv('first', layers.input([1, 6, 6, 2]), 4, 3, relu);
    const padding = { top: 2, left: 1, bottom: 0, right: 1 };
    const window = { strides: [2, 1], dilations: [2, 1], padding, clamp: relu } as const;
    const grouped = layers.node('grouped', { type: 'conv-2d', attributes: { ...window, groups: 2, hybrid: 'none' } }, [
      x,
      layers.constant([6, 3, 3, 2], 1),
      layers.constant([6], 0.5),
    ]);
    const deep = layers.node('deep', { type: 'depthwise-conv-2d', attributes: { ...window, hybrid: 'none' } }, [
      grouped,
      layers.constant([1, 1, 2, 12], 1),
      layers.constant([12], 0.5),
    ]);
    expectGradients(layers.finish(deep));
  });
});
