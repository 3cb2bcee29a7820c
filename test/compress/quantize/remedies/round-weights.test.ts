import { describe, expect, it } from 'vitest';
import { MomentsCollector } from '../../../../converter/compress/input-moments.ts';
import { productOf } from '../../../../converter/compress/product.ts';
import { nearestWeights, plainGrid } from '../../../../converter/compress/quantize/lower/grid.ts';
import { int4Grids, nearestInt4 } from '../../../../converter/compress/quantize/lower/int4-grid.ts';
import { weightScales } from '../../../../converter/compress/quantize/lower/weights.ts';
import { biasCorrection } from '../../../../converter/compress/quantize/remedies/correct-bias.ts';
import {
  inputPower,
  outputError,
  secondOrderWeights,
} from '../../../../converter/compress/quantize/remedies/round-weights.ts';
import { GraphBuilder } from '../../../../converter/ir/builder.ts';
import { evaluateGraph } from '../../../../converter/ir/evaluate.ts';
import type { Graph, ValueId } from '../../../../converter/ir/graph.ts';
import { noClamp } from '../../../../converter/ops/definition.ts';
import type { Op } from '../../../../converter/ops/op.ts';
import { outputShapes } from '../../../../converter/ops/registry.ts';
import { invariant } from '../../../../converter/problem.ts';
import { int4Storage } from '../../../../converter/tensor/int4.ts';
import { dataAs, type Tensor, tensorType } from '../../../../converter/tensor/tensor.ts';
import { random } from '../../../backends/wasm/run-graph.ts';

const window = {
  strides: [2, 1],
  dilations: [1, 1],
  padding: { top: 1, bottom: 0, left: 1, right: 1 },
  clamp: noClamp,
  hybrid: 'none',
} as const;

const layers: readonly { readonly op: Op; readonly input: readonly number[]; readonly weights: readonly number[] }[] = [
  { op: { type: 'conv-2d', attributes: { ...window, groups: 1 } }, input: [1, 7, 6, 4], weights: [5, 3, 3, 4] },
  { op: { type: 'conv-2d', attributes: { ...window, groups: 2 } }, input: [1, 7, 6, 4], weights: [6, 3, 3, 2] },
  { op: { type: 'depthwise-conv-2d', attributes: window }, input: [1, 7, 6, 3], weights: [1, 3, 3, 6] },
  { op: { type: 'fully-connected', attributes: { clamp: noClamp, hybrid: 'none' } }, input: [3, 20], weights: [4, 20] },
];

function layerGraph({ op, input, weights }: (typeof layers)[number]): Graph {
  const next = random(9);
  const builder = new GraphBuilder();
  const x = builder.input('x', tensorType('float32', input));
  const count = weights.reduce((a, b) => a * b, 1);
  const outputs = op.type === 'depthwise-conv-2d' ? (weights.at(-1) ?? 0) : (weights[0] ?? 0);
  const constant = (name: string, shape: readonly number[], size: number) =>
    builder.constant(name, {
      type: tensorType('float32', shape),
      data: Float32Array.from({ length: size }, () => next() - 0.5),
    });
  const operands: ValueId[] = [x, constant('w', weights, count), constant('b', [outputs], outputs)];
  const [shape = []] = outputShapes(
    op,
    operands.map((id) => builder.typeOf(id)),
  );
  builder.output('y', builder.node('layer', op, operands, tensorType('float32', shape), 'y'));
  return builder.build('layer', 'a test', 'single');
}

/** Inputs whose elements go together, with a mean other than 0. */
function inputs(shape: readonly number[], count: number): Tensor[] {
  const next = random(3);
  return Array.from({ length: count }, () => {
    const common = next() * 2;
    const length = shape.reduce((a, b) => a * b, 1);
    const data = Float32Array.from({ length }, () => common + 0.3 * next());
    return { type: tensorType('float32', shape), data };
  });
}

function momentsOf(graph: Graph, all: readonly Tensor[]) {
  const product = productOf(graph, graph.nodes[0]);
  invariant(product !== null, 'the graph has a product');
  const collector = new MomentsCollector(graph, product, Number.MAX_SAFE_INTEGER);
  for (const input of all) collector.add(input);
  return { product, moments: collector.finish() };
}

describe.each(layers)('$op.type of weights $weights', (layer) => {
  const graph = layerGraph(layer);
  const all = inputs(layer.input, 12);
  const { product, moments } = momentsOf(graph, all);
  const { weights, axis, bias } = product;

  /** The sum of squared differences of the outputs when the weights are those stored. */
  const measuredError = (data: Int8Array, scales: readonly number[], shift: Float64Array | null = null): number => {
    const changed = Float32Array.from(data, (value, i) => {
      const output = axis === 0 ? Math.floor(i / (data.length / scales.length)) : i % scales.length;
      return value * (scales[output] ?? 1);
    });
    const values = new Map(graph.values);
    const [, w, b] = product.node.inputs;
    if (w !== undefined) values.set(w, { id: w, name: 'w', type: weights.type, data: changed });
    const shifted = Float32Array.from(dataAs(bias, 'float32'), (value, c) => value + (shift?.[c] ?? 0));
    if (b !== undefined) values.set(b, { id: b, name: 'b', type: bias.type, data: shifted });
    return all.reduce((sum, input) => {
      const [want] = evaluateGraph(graph, [input]);
      const [found] = evaluateGraph({ ...graph, values }, [input]);
      const [a = [], b = []] = [want, found].map((tensor) => Array.from((tensor?.data ?? []) as Float32Array));
      return sum + a.reduce((part, value, i) => part + (value - (b[i] ?? 0)) ** 2, 0);
    }, 0);
  };

  const scales = weightScales(weights, axis, 7, []);
  const nearest = Int8Array.from(dataAs(weights, 'float32'), (value, i) => {
    const output = axis === 0 ? Math.floor(i / (weights.data.length / scales.length)) : i % scales.length;
    return Math.max(-7, Math.min(7, Math.round(value / (scales[output] ?? 1))));
  });

  it('has moments that predict the error of the output', () => {
    let predicted = 0;
    moments.blocks.forEach((block, i) => {
      for (const output of block.outputs) {
        const sum = moments.sums[i] ?? new Float64Array();
        predicted += outputError(sum, block, output, dataAs(weights, 'float32'), nearest, scales[output] ?? 1);
      }
    });
    expect(predicted / measuredError(nearest, scales)).toBeCloseTo(1, 3);
  });

  it('loses much less with second-order rounding to 4 bits than with the nearest numbers', () => {
    const stored = secondOrderWeights(moments, plainGrid(7))(weights, axis, []);
    expect(stored.scales).toEqual(scales);
    expect(Math.max(...stored.data.map(Math.abs))).toBeLessThanOrEqual(7);
    expect(measuredError(stored.data, stored.scales)).toBeLessThan(measuredError(nearest, scales) / 2);
  });

  it.each(axis === 0 ? ([null, 16] as const) : [])(
    'loses less still with ranges to choose from: groups of %s',
    (group) => {
      const stored = secondOrderWeights(moments, int4Grids(group, inputPower(moments)))(weights, axis, []);
      const plain = secondOrderWeights(moments, plainGrid(7))(weights, axis, []);
      expect(int4Storage(stored.data, stored.scales.length, group)).not.toBeNull();
      expect(measuredError(stored.data, stored.scales)).toBeLessThanOrEqual(measuredError(plain.data, plain.scales));
      const rounded = nearestInt4(group)(weights, axis, []);
      expect(int4Storage(rounded.data, rounded.scales.length, group)).not.toBeNull();
      expect(measuredError(rounded.data, rounded.scales)).toBeGreaterThan(measuredError(stored.data, stored.scales));
    },
  );

  it('loses less with a corrected bias', () => {
    const shift = biasCorrection(weights, { data: nearest, scales }, moments);
    expect(measuredError(nearest, scales, shift)).toBeLessThan(measuredError(nearest, scales) / 2);
  });

  it('keeps weights that fit', () => {
    const stored = nearestWeights(weights, axis, []);
    const [first] = stored.scales;
    expect(Math.max(...stored.data.map(Math.abs))).toBe(127);
    expect(first).toBeGreaterThan(0);
  });
});
