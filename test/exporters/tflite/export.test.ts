import { describe, expect, it } from 'vitest';
import { exportTflite } from '../../../converter/exporters/tflite/export.ts';
import { importTflite } from '../../../converter/frontends/tflite/import.ts';
import { GraphBuilder } from '../../../converter/ir/builder.ts';
import { evaluateGraph } from '../../../converter/ir/evaluate.ts';
import type { Graph } from '../../../converter/ir/graph.ts';
import { importModel, optimizeGraph } from '../../../converter/pipeline.ts';
import { ProblemError } from '../../../converter/problem.ts';
import { randomInputs as inputsOf } from '../../../converter/random-inputs.ts';
import { tensorType } from '../../../converter/tensor/tensor.ts';
import { randomGraph, smallFloat, smallInt8 } from '../../ir/random-graph.ts';
import { hasShared, readShared } from '../../support/shared.ts';

const again = (graph: Graph) => importTflite(exportTflite(graph, '0.0.0'), graph.name);

function expectSame(graph: Graph, written: Graph): void {
  for (const seed of [1, 2]) {
    const inputs = inputsOf(graph, seed);
    const [want, found] = [graph, written].map((one) => evaluateGraph(one, inputs));
    expect(found?.map(({ data }) => data)).toEqual(want?.map(({ data }) => data));
  }
}

/** The graph as TFLite, or null where it has something that TFLite has not. */
function exported(graph: Graph): Graph | null {
  try {
    return again(graph);
  } catch (error) {
    if (error instanceof ProblemError && error.problems.every(({ code }) => code === 'tflite-export')) return null;
    throw error;
  }
}

const seeds = Array.from({ length: 60 }, (_, seed) => seed);

describe('a graph written as TFLite and read again', () => {
  it.each(seeds)('computes what float graph %i does', (seed) => {
    const { graph } = optimizeGraph(randomGraph(seed, smallFloat));
    const written = exported(graph);
    if (written !== null) expectSame(graph, written);
  });

  it.each(seeds)('computes what int8 graph %i does', (seed) => {
    const { graph } = optimizeGraph(randomGraph(seed, smallInt8));
    const written = exported(graph);
    if (written !== null) expectSame(graph, written);
  });

  it.each(['exact', 'single', 'float'] as const)('keeps the rounding %s', (rounding) => {
    expect(again(randomGraph(1, { ...smallInt8, rounding })).rounding).toBe(rounding);
  });

  it('has the same bytes every time', () => {
    const graph = randomGraph(4, smallFloat);
    expect(exportTflite(graph, '1.2.3')).toEqual(exportTflite(graph, '1.2.3'));
  });

  it('keeps the factor of a softmax', () => {
    const builder = new GraphBuilder();
    const type = tensorType('float32', [1, 3]);
    const x = builder.input('x', type);
    builder.output('y', builder.node('softmax', { type: 'softmax', attributes: { beta: 2 } }, [x], type, 'p'));
    const graph = builder.build('beta', 'a test', 'exact');
    expectSame(graph, again(graph));
  });

  it('is refused with every reason at once', () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', tensorType('float32', [4]));
    const type = tensorType('float32', [4]);
    const first = builder.node(
      'atanh of x',
      { type: 'map', attributes: { expression: { kind: 'unary', fn: 'atanh', of: { kind: 'x' } } } },
      [x],
      type,
      'a',
    );
    const second = builder.node(
      'product',
      { type: 'cumulative', attributes: { kind: 'product', axis: 0, exclusive: false, reverse: false } },
      [first],
      type,
      'b',
    );
    builder.output('y', second);
    const graph = builder.build('refused', 'a test', 'exact');
    expect(() => exportTflite(graph, '0')).toThrow(
      /atanh of x: .*atanh has no operator[\s\S]*product: cumulative products/,
    );
  });
});

const models = [
  'models/tflite/mlperf_kws_int8.tflite',
  'models/tflite/mlperf_ad_int8.tflite',
  'models/tflite/mlperf_ic_resnet8_int8.tflite',
  'models/tflite/tflm_person_detect_int8.tflite',
  'models/tflite/mlperf_kws_float.tflite',
  'models/tflite/movie_review_text.tflite',
  'models/onnx/mlperf_kws_torch_float.onnx',
  'models/onnx/mlperf_ic_resnet8_float.onnx',
  'examples/digits/digits_float.onnx',
];

describe.skipIf(!hasShared)('a model written as TFLite and read again', () => {
  it.each(models)('%s computes the same', (path) => {
    const { graph } = optimizeGraph(importModel(readShared(path), path));
    const written = again(graph);
    expect(written.inputs.map(({ name }) => name)).toEqual(graph.inputs.map(({ name }) => name));
    expect(written.outputs.map(({ name }) => name)).toEqual(graph.outputs.map(({ name }) => name));
    expectSame(graph, written);
  });
});
