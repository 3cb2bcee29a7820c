import { describe, expect, it } from 'vitest';
import { referenceExecutor } from '../../../converter/compress/executor.ts';
import { dequantizeGraph, storednessOf } from '../../../converter/compress/quantize/dequantize-graph.ts';
import { defaultQuantizeOptions, noRemedies } from '../../../converter/compress/quantize/options.ts';
import { quantizeGraph } from '../../../converter/compress/quantize/quantize-graph.ts';
import { realValues } from '../../../converter/compress/quantize/report/real-values.ts';
import { storedInputs } from '../../../converter/compress/quantize/report/tensor-errors.ts';
import { GraphBuilder } from '../../../converter/ir/builder.ts';
import { evaluateGraph } from '../../../converter/ir/evaluate.ts';
import { constantOf, type Graph, typeOf } from '../../../converter/ir/graph.ts';
import { optimizeGraph } from '../../../converter/pipeline.ts';
import { perTensor } from '../../../converter/tensor/quantization.ts';
import { tensorType } from '../../../converter/tensor/tensor.ts';
import { randomGraph, randomInputs, smallFloat } from '../../ir/random-graph.ts';

function quantized(graph: Graph, realLayers = ''): Graph {
  const samples = Array.from({ length: 6 }, (_, seed) => () => randomInputs(graph, seed));
  const layers = realLayers === '' ? [] : [{ pattern: realLayers, format: 'float32' as const }];
  const options = { ...defaultQuantizeOptions, ranges: 'min-max' as const, remedies: noRemedies, layers };
  return quantizeGraph(graph, samples, referenceExecutor, options).graph;
}

/** Numbers 11 and 26 clamp large values to a few units, which is about the step of their scale. */
const seeds = Array.from({ length: 24 }, (_, seed) => seed).filter((seed) => seed !== 11);

describe('the real numbers of a quantized graph', () => {
  it.each(seeds)('%i compute what its integers do, but for rounding', (seed) => {
    const graph = optimizeGraph(randomGraph(seed, smallFloat)).graph;
    const stored = quantized(graph);
    const real = dequantizeGraph(stored);
    expect(storednessOf(real).stored).toBe(0);
    const inputs = randomInputs(graph, 3);
    const want = evaluateGraph(stored, storedInputs(stored, inputs));
    const found = evaluateGraph(real, inputs);
    want.forEach((tensor, i) => {
      const [a, b] = [realValues(tensor), realValues(found[i] ?? tensor)];
      const size = Math.max(1e-6, ...Array.from(a, Math.abs));
      const error = a.reduce((worst, value, k) => Math.max(worst, Math.abs(value - (b[k] ?? Number.NaN))), 0);
      expect(error / size).toBeLessThan(0.2);
    });
  });

  it('have the exact weights', () => {
    const graph = optimizeGraph(randomGraph(3, smallFloat)).graph;
    const stored = quantized(graph);
    const real = dequantizeGraph(stored);
    let seen = 0;
    for (const [id, { type }] of stored.values) {
      const [integers, numbers] = [constantOf(stored, id), constantOf(real, id)];
      if (integers === null || numbers === null || type.quantization.kind === 'none' || type.dtype === 'int32')
        continue;
      const { scale, scales } = { scale: 0, scales: [] as readonly number[], ...type.quantization };
      numbers.data.forEach((value: number | bigint, i: number) => {
        const c = Math.floor(i / (integers.data.length / Math.max(1, scales.length)));
        const of = type.quantization.kind === 'per-channel' && type.quantization.axis > 0 ? i % scales.length : c;
        const zero = type.quantization.kind === 'per-tensor' ? type.quantization.zeroPoint : 0;
        expect(value).toBe(Math.fround((Number(integers.data[i]) - zero) * (scales[of] ?? scale)));
        seen++;
      });
    }
    expect(seen).toBeGreaterThan(10);
  });

  it('end at 0 where the zero point does so', () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', tensorType('float32', [4]));
    const q = builder.node(
      'q',
      { type: 'quantize', attributes: {} },
      [x],
      tensorType('int8', [4], perTensor(0.1, -128)),
      'q',
    );
    builder.output(
      'y',
      builder.node('d', { type: 'dequantize', attributes: {} }, [q], tensorType('float32', [4]), 'y'),
    );
    const graph = dequantizeGraph(builder.build('ends', 'a test', 'single'));
    const input = { type: tensorType('float32', [4]), data: Float32Array.of(-3, -0.01, 0.52, 200) };
    expect(evaluateGraph(graph, [input])[0]?.data).toEqual(Float32Array.of(0, 0, Math.fround(0.52), 200));
  });
});

describe('a graph that is partly on integers', () => {
  it('keeps those layers to the bit when the others are quantized', () => {
    const graph = optimizeGraph(randomGraph(3, smallFloat)).graph;
    const last = graph.nodes.at(-1)?.name ?? '';
    const mixed = quantized(graph, last);
    expect(storednessOf(mixed).real).toBeGreaterThan(0);
    const again = quantized(mixed);
    expect(storednessOf(again).real).toBe(0);
    for (const { name, op, inputs } of mixed.nodes) {
      const types = inputs.map((id) => typeOf(mixed, id));
      if (types.some(({ quantization }) => quantization.kind === 'none')) continue;
      const same = again.nodes.find((node) => node.name === name);
      expect(same?.op).toEqual(op);
      expect(same?.inputs.map((id) => typeOf(again, id))).toEqual(types);
      const constants = (of: Graph, ids: typeof inputs) => ids.map((id) => constantOf(of, id)?.data ?? null);
      expect(constants(again, same?.inputs ?? [])).toEqual(constants(mixed, inputs));
    }
  });
});
