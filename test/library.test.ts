import { describe, expect, it } from 'vitest';
import {
  defaultQuantizeOptions,
  evaluateGraph,
  exportOnnx,
  exportTflite,
  importModel,
  optimizeGraph,
  quantizeGraph,
  randomInputs,
  referenceExecutor,
} from '../converter/index.ts';
import { randomGraph, smallFloat } from './ir/random-graph.ts';

describe('the library', () => {
  it('quantizes a graph and writes it as either format', () => {
    const { graph } = optimizeGraph(randomGraph(9, smallFloat));
    const samples = [1, 2, 3].map((seed) => () => randomInputs(graph, seed));
    const quantized = quantizeGraph(graph, samples, referenceExecutor, {
      ...defaultQuantizeOptions,
      ranges: 'min-max',
    });
    const inputs = randomInputs(quantized.graph, 4);
    const dataOf = (one: typeof graph) => evaluateGraph(one, inputs).map(({ data }) => data);
    for (const [bytes, name] of [
      [exportOnnx(quantized.graph, '1'), 'a.onnx'],
      [exportTflite(quantized.graph, '1'), 'a.tflite'],
    ] as const) {
      expect(dataOf(importModel(bytes, name))).toEqual(dataOf(quantized.graph));
    }
  });
});
