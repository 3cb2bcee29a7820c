import { describe, expect, it } from 'vitest';
import {
  defaultPruneOptions,
  defaultQuantizeOptions,
  evaluateGraph,
  exportOnnx,
  exportTflite,
  type Goal,
  importModel,
  judgeOf,
  optimizeGraph,
  pruneGraph,
  quantizeGraph,
  randomInputs,
  referenceExecutor,
} from '../converter/index.ts';
import { smallCnn, smoothInputs } from './compress/prune/small-cnn.ts';
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

  it('takes channels out of a graph', () => {
    const graph = smallCnn();
    const samples = smoothInputs([1, 6, 6, 2], 6);
    const judge = judgeOf(graph, [], referenceExecutor, null);
    const context = { samples, execute: referenceExecutor, judge, onProgress: () => {} };
    const goal: Goal = { kind: 'macs', text: 'nine tenths', bound: { share: 0.9 } };
    const pruned = pruneGraph(graph, { ...defaultPruneOptions, goals: [goal], stages: 1 }, context);
    expect(pruned.outcomes.map(({ met }) => met)).toEqual([true]);
    expect(evaluateGraph(pruned.graph, samples[0]?.() ?? [])).toHaveLength(1);
  });
});
