import { describe, expect, it } from 'vitest';
import { referenceExecutor } from '../../../converter/compress/executor.ts';
import { defaultQuantizeOptions, noRemedies } from '../../../converter/compress/quantize/options.ts';
import { quantizeGraph } from '../../../converter/compress/quantize/quantize-graph.ts';
import { evaluateGraph } from '../../../converter/ir/evaluate.ts';
import { type Graph, typeOf } from '../../../converter/ir/graph.ts';
import { quantizeReal } from '../../../converter/ops/quantized.ts';
import { optimizeGraph } from '../../../converter/pipeline.ts';
import { scaleAt, zeroPointAt } from '../../../converter/tensor/quantization.ts';
import { numericData, type Tensor } from '../../../converter/tensor/tensor.ts';
import { emit, runModule } from '../../backends/wasm/run-graph.ts';
import { randomGraph, randomInputs, smallFloat } from '../../ir/random-graph.ts';

const samplesOf = (graph: Graph, count: number) =>
  Array.from({ length: count }, (_, seed) => () => randomInputs(graph, seed));

/** The inputs of the float graph as inputs of the quantized one. */
function storedInputs(graph: Graph, inputs: readonly Tensor[]): Tensor[] {
  return graph.inputs.map(({ value }, i) => {
    const type = typeOf(graph, value);
    const real = inputs[i] ?? { type, data: new Float32Array() };
    if (type.quantization.kind === 'none') return real;
    return { type, data: Int8Array.from(numericData(real), (x) => quantizeReal(x, type)) };
  });
}

function realOf({ type, data }: Tensor): number[] {
  const q = type.quantization;
  const stored = Array.from(data as ArrayLike<number>, Number);
  return q.kind === 'none' ? stored : stored.map((x) => (x - zeroPointAt(q, 0)) * scaleAt(q, 0));
}

/** Numbers 11 and 26 clamp large values to a few units, which is about the step of their scale. */
const coarse = [11, 26];
const seeds = Array.from({ length: 60 }, (_, seed) => seed).filter((seed) => !coarse.includes(seed));

describe('a quantized random graph', () => {
  it.each(seeds)('%i is near the float one, and the back ends agree', (seed) => {
    const { graph } = optimizeGraph(randomGraph(seed, smallFloat));
    const quantized = quantizeGraph(graph, samplesOf(graph, 8), referenceExecutor, {
      ...defaultQuantizeOptions,
      ranges: 'min-max',
      remedies: noRemedies,
    });
    const inputs = randomInputs(graph, 3);
    const real = evaluateGraph(graph, inputs);
    const stored = evaluateGraph(quantized.graph, storedInputs(quantized.graph, inputs));
    real.forEach((expected, i) => {
      const [want, found] = [realOf(expected), realOf(stored[i] ?? expected)];
      const size = Math.max(1e-6, ...want.map(Math.abs));
      const error = Math.max(0, ...want.map((value, k) => Math.abs(value - (found[k] ?? Number.NaN))));
      expect(error / size).toBeLessThan(0.2);
    });
    const optimized = optimizeGraph(quantized.graph).graph;
    const found = runModule(emit(optimized, 'guarded'), storedInputs(optimized, inputs));
    expect(found.map(({ data }) => data)).toEqual(stored.map(({ data }) => data));
  });
});
