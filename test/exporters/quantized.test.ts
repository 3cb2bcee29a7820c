import { describe, expect, it } from 'vitest';
import { referenceExecutor } from '../../converter/compress/executor.ts';
import { layerNames } from '../../converter/compress/quantize/layer-formats.ts';
import { defaultQuantizeOptions, noRemedies } from '../../converter/compress/quantize/options.ts';
import { quantizeGraph } from '../../converter/compress/quantize/quantize-graph.ts';
import { exportOnnx } from '../../converter/exporters/onnx/export.ts';
import { exportTflite } from '../../converter/exporters/tflite/export.ts';
import { evaluateGraph } from '../../converter/ir/evaluate.ts';
import type { Graph } from '../../converter/ir/graph.ts';
import { importModel, optimizeGraph } from '../../converter/pipeline.ts';
import { ProblemError } from '../../converter/problem.ts';
import { randomInputs as inputsOf } from '../../converter/random-inputs.ts';
import { randomGraph, randomInputs, smallFloat } from '../ir/random-graph.ts';
import { hasShared, readShared } from '../support/shared.ts';

const exporters = { onnx: exportOnnx, tflite: exportTflite } as const;

/** The graph as a file and read again as any model is; null where the format has no form of it. */
function again(graph: Graph, format: keyof typeof exporters): Graph | null {
  try {
    return importModel(exporters[format](graph, '0'), `again.${format}`);
  } catch (error) {
    if (error instanceof ProblemError && error.problems.every(({ code }) => code === `${format}-export`)) return null;
    throw error;
  }
}

function expectSameBytes(graph: Graph, written: Graph): void {
  expect(written.rounding).toBe(graph.rounding);
  for (const seed of [1, 2, 3]) {
    const inputs = inputsOf(graph, seed);
    const [want, found] = [graph, written].map((one) => evaluateGraph(one, inputs));
    expect(found?.map(({ data }) => data)).toEqual(want?.map(({ data }) => data));
  }
}

/** Whether a layer, or what it computes, has the text in its name. */
function isNamed(graph: Graph, text: string): boolean {
  return graph.nodes.some((node) => layerNames(graph, node).some((name) => name.includes(text)));
}

function quantized(source: Graph, seed: number): Graph {
  const samples = Array.from({ length: 4 }, (_, i) => () => randomInputs(source, i));
  const { graph } = quantizeGraph(source, samples, referenceExecutor, {
    ...defaultQuantizeOptions,
    ranges: 'min-max',
    remedies: noRemedies,
    format: seed % 2 === 0 ? 'int8' : 'int16',
    ports: seed % 3 === 0 ? 'real' : 'stored',
    // Some layers stay real between others.
    layers: seed % 4 < 2 || !isNamed(source, 'v1') ? [] : [{ pattern: '*v1*', format: 'float32' }],
  });
  return graph;
}

describe.each(['onnx', 'tflite'] as const)('a quantized graph written as %s', (format) => {
  it.each(Array.from({ length: 30 }, (_, seed) => seed))('computes the same bytes: %i', (seed) => {
    const { graph: source } = optimizeGraph(randomGraph(seed, smallFloat));
    const graph = quantized(source, seed);
    for (const one of [graph, optimizeGraph(graph).graph]) {
      const written = again(one, format);
      if (format === 'onnx') expect(written).not.toBeNull();
      if (written !== null) expectSameBytes(one, written);
    }
  });
});

describe.skipIf(!hasShared)('a quantized model written as a file', () => {
  const path = 'examples/digits/digits_float.onnx';

  it.each(['onnx', 'tflite'] as const)('computes the same bytes as %s', (format) => {
    const { graph: source } = optimizeGraph(importModel(readShared(path), path));
    const graph = quantizeGraph(
      source,
      [1, 2].map((seed) => () => inputsOf(source, seed)),
      referenceExecutor,
    ).graph;
    const written = again(graph, format);
    expect(written).not.toBeNull();
    if (written !== null) expectSameBytes(graph, optimizeGraph(written).graph);
  });
});
