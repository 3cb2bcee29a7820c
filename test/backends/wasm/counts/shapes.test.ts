import { describe, expect, test } from 'vitest';
import { dataDependence } from '../../../../converter/backends/wasm/counts/data-dependence.ts';
import { instructionTotal, sumInstructions } from '../../../../converter/backends/wasm/counts/instructions.ts';
import { moduleInstructions } from '../../../../converter/backends/wasm/counts/module.ts';
import { variants } from '../../../../converter/backends/wasm/variant.ts';
import type { Graph } from '../../../../converter/ir/graph.ts';
import { noClamp } from '../../../../converter/ops/definition.ts';
import type { Op } from '../../../../converter/ops/op.ts';
import { outputShapes } from '../../../../converter/ops/registry.ts';
import { theVariable, unary } from '../../../../converter/ops/scalar-expression.ts';
import { windowOutputSize } from '../../../../converter/ops/window.ts';
import { perTensor } from '../../../../converter/tensor/quantization.ts';
import type { Shape } from '../../../../converter/tensor/shape.ts';
import { type TensorType, tensorType } from '../../../../converter/tensor/tensor.ts';
import { type Arithmetic, clamps, productParts } from '../kernels/expect-same.ts';
import { emit, random, singleNode } from '../run-graph.ts';
import { executedCounts } from './executed.ts';

/** Layers of random shapes: what is predicted for each variant is what it executes, in every class of instructions. */

/** A random integer from `low` to `high`. */
type Next = (low: number, high: number) => number;

const layersOfEach = 6;

const q = perTensor(0.03, -7);
const int8 = (shape: Shape, scale = 0.03) => tensorType('int8', shape, perTensor(scale, -7));
const float = (shape: Shape) => tensorType('float32', shape);
const probabilities = (shape: Shape) => tensorType('int8', shape, perTensor(1 / 256, -128));
const either = (next: Next, shape: Shape) => (next(0, 2) === 0 ? float(shape) : int8(shape));

/** An operator whose output is of the type of its first input. */
function like(op: Op, ...inputs: readonly TensorType[]): Graph {
  const [shape = []] = outputShapes(op, inputs);
  const [first = float([])] = inputs;
  return singleNode(op, inputs, { ...first, shape });
}

function convolution(type: 'conv-2d' | 'depthwise-conv-2d', arithmetic: Arithmetic, next: Next): Graph {
  const [side, stride, dilation] = [next(1, 5), next(1, 2) as 1 | 2, next(1, 6) === 1 ? 2 : 1];
  const border = next(0, 1) * Math.floor((dilation * (side - 1)) / 2);
  const size = [0, 1].map(() => Math.max(dilation * (side - 1) + 1, next(1, 14)));
  const groups = type === 'conv-2d' && next(1, 4) === 1 ? 2 : 1;
  const channels = groups * next(1, 20);
  const outputs = type === 'conv-2d' ? groups * next(1, 20) : channels;
  const [height = 1, width = 1] = size.map((extent) => windowOutputSize(extent, side, stride, dilation, 2 * border));
  const { inputs, output } = productParts({
    arithmetic,
    input: [1, ...size, channels],
    weights: type === 'conv-2d' ? [outputs, side, side, channels / groups] : [1, side, side, channels],
    output: [1, height, width, outputs],
    channelAxis: type === 'conv-2d' ? 0 : 3,
    weightZero: next(1, 5) === 1 && arithmetic === 'int8' ? 3 : 0,
  });
  const common = {
    strides: [stride, stride],
    dilations: [dilation, dilation],
    padding: { top: border, left: border, bottom: border, right: border },
    clamp: next(0, 1) === 0 ? noClamp : clamps.relu6,
    hybrid: arithmetic === 'hybrid' ? 'asymmetric' : 'none',
  } as const;
  const op: Op = type === 'conv-2d' ? { type, attributes: { ...common, groups } } : { type, attributes: common };
  return singleNode(op, inputs, output);
}

function dense(arithmetic: Arithmetic, next: Next): Graph {
  const [rows, depth, units] = [next(1, 3), next(1, 90), next(1, 40)];
  const { inputs, output } = productParts({
    ...{ arithmetic, input: [rows, depth], weights: [units, depth], output: [rows, units], channelAxis: 0 },
    weightZero: next(1, 4) === 1 && arithmetic === 'int8' ? 3 : 0,
  });
  const hybrid = arithmetic === 'hybrid' ? 'symmetric' : 'none';
  return singleNode({ type: 'fully-connected', attributes: { clamp: clamps.relu6, hybrid } }, inputs, output);
}

const image = (next: Next): Shape => [1, next(3, 12), next(3, 12), next(1, 40)];

const layers: { readonly [name: string]: (next: Next) => Graph } = {
  'conv-2d int8': (next) => convolution('conv-2d', 'int8', next),
  'conv-2d float32': (next) => convolution('conv-2d', 'float32', next),
  'conv-2d hybrid': (next) => convolution('conv-2d', 'hybrid', next),
  'depthwise-conv-2d int8': (next) => convolution('depthwise-conv-2d', 'int8', next),
  'depthwise-conv-2d float32': (next) => convolution('depthwise-conv-2d', 'float32', next),
  'depthwise-conv-2d hybrid': (next) => convolution('depthwise-conv-2d', 'hybrid', next),
  'fully-connected int8': (next) => dense('int8', next),
  'fully-connected float32': (next) => dense('float32', next),
  'fully-connected hybrid': (next) => dense('hybrid', next),
  'pool-2d': (next) => {
    const side = next(1, 3);
    const common = { kernel: [side, side], strides: [side, side], dilations: [1, 1], clamp: noClamp } as const;
    const padding = { top: side - 1, left: 0, bottom: 0, right: side - 1 };
    const kind = next(0, 1) === 0 ? 'max' : 'average';
    return like({ type: 'pool-2d', attributes: { kind, ...common, padding, ties: 'away' } }, either(next, image(next)));
  },
  reduce: (next) => {
    const kind = (['mean', 'sum', 'max', 'min'] as const)[next(0, 3)] ?? 'mean';
    const axes = [[1, 2], [3], [1], [0, 1, 2, 3]][next(0, 3)] ?? [];
    return like({ type: 'reduce', attributes: { kind, axes, keepDims: next(0, 1) === 1 } }, either(next, image(next)));
  },
  softmax: (next) => {
    const shape = [next(1, 4), next(1, 40)];
    const [input, output] = next(0, 1) === 0 ? [float(shape), float(shape)] : [int8(shape), probabilities(shape)];
    return singleNode({ type: 'softmax', attributes: { beta: 1 } }, [input], output);
  },
  'log-softmax': (next) => like({ type: 'log-softmax', attributes: {} }, either(next, [next(1, 4), next(1, 40)])),
  zip: (next) => {
    const fn = (['add', 'sub', 'mul', 'max'] as const)[next(0, 3)] ?? 'add';
    const [height, channels] = [next(1, 9), next(1, 40)];
    const b = [[1, height, channels], [channels], [1]][next(0, 2)] ?? [];
    const op = { type: 'zip', attributes: { fn, clamp: noClamp } } as const;
    if (next(0, 2) === 0) return like(op, float([1, height, channels]), float(b));
    return like(op, int8([1, height, channels]), int8(b, fn === 'max' ? 0.03 : 0.011));
  },
  map: (next) => {
    const expression = unary((['tanh', 'logistic', 'abs'] as const)[next(0, 2)] ?? 'abs', theVariable);
    return like({ type: 'map', attributes: { expression } }, int8([next(1, 200)]));
  },
  pad: (next) => {
    const [before, after] = [0, 1].map(() => [0, next(0, 2), next(0, 2), next(0, 1)]);
    return like(
      { type: 'pad', attributes: { before: before ?? [], after: after ?? [], value: 0 } },
      either(next, image(next)),
    );
  },
  concat: (next) => {
    const [axis, shape] = [next(1, 3), image(next)];
    const type = either(next, shape);
    const other = { ...type, shape: shape.map((size, i) => (i === axis ? next(1, 9) : size)) };
    return like({ type: 'concat', attributes: { axis } }, type, other);
  },
  transpose: (next) => {
    const permutation =
      [
        [0, 3, 1, 2],
        [0, 2, 1, 3],
        [0, 2, 3, 1],
        [3, 2, 1, 0],
      ][next(0, 3)] ?? [];
    return like({ type: 'transpose', attributes: { permutation } }, either(next, image(next)));
  },
  slice: (next) => {
    const strides = [1, next(1, 2), 1, next(1, 2)];
    const attributes = { begin: [0, 1, 0, 0], size: [1, 1, 3, 1], strides };
    return like({ type: 'slice', attributes }, either(next, image(next)));
  },
  'resize-bilinear': (next) => {
    const [height, width, halfPixelCenters] = [next(1, 20), next(1, 20), next(0, 1) === 1];
    const attributes = { height, width, alignCorners: false, halfPixelCenters, integers: 'fixed' } as const;
    return like({ type: 'resize-bilinear', attributes }, either(next, image(next)));
  },
  quantize: (next) => {
    const shape = [next(1, 99)];
    return singleNode({ type: 'quantize', attributes: {} }, [float(shape)], int8(shape));
  },
  dequantize: (next) => {
    const shape = [next(1, 99)];
    return singleNode({ type: 'dequantize', attributes: {} }, [int8(shape)], float(shape));
  },
  requantize: (next) => {
    const shape = [next(1, 99)];
    const output = next(0, 1) === 0 ? int8(shape, 0.05) : tensorType('uint8', shape, q);
    return singleNode({ type: 'requantize', attributes: {} }, [int8(shape)], output);
  },
  cumulative: (next) => {
    const attributes = { kind: 'sum', axis: next(0, 1), exclusive: false, reverse: next(0, 1) === 1 } as const;
    return like({ type: 'cumulative', attributes }, float([next(1, 9), next(1, 9)]));
  },
  matmul: (next) => {
    const [rows, depth, columns] = [next(1, 9), next(1, 40), next(1, 20)];
    const attributes = { transposeA: false, transposeB: next(0, 1) === 1 };
    const b = attributes.transposeB ? [columns, depth] : [depth, columns];
    if (next(0, 1) === 0) return like({ type: 'matmul', attributes }, float([rows, depth]), float(b));
    return like({ type: 'matmul', attributes }, int8([rows, depth]), int8(b));
  },
};

/** By which part all instructions together may be off where data decide. */
const dataShare = 0.02;

/** Predicted and executed counts of a graph in all variants. */
function check(graph: Graph): void {
  const type = graph.nodes[0]?.op.type ?? expect.fail('no operator');
  for (const variant of variants) {
    const emitted = emit(graph, 'planned', 'none', variant);
    const [predicted = expect.fail('no step')] = moduleInstructions(emitted.module, 1);
    const executed = executedCounts(emitted);
    if (predicted.dependsOnData) {
      expect(dataDependence[type]).not.toBeNull();
      const ratio = instructionTotal(predicted) / instructionTotal(executed);
      expect(Math.abs(ratio - 1)).toBeLessThan(dataShare);
    } else expect(sumInstructions([predicted]), variant).toEqual(executed);
  }
}

describe('instructions of layers of random shapes', () => {
  test.each(Object.keys(layers))('%s', (name) => {
    const draw = random(name.length + 100 * (name.codePointAt(0) ?? 0));
    const next: Next = (low, high) => low + Math.floor(draw() * (high - low + 1));
    for (let i = 0; i < layersOfEach; i++) check(layers[name]?.(next) ?? expect.fail());
  });
});
