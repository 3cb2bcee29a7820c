import { expect } from 'vitest';
import type { Variant } from '../../../../converter/backends/wasm/variant.ts';
import type { Graph } from '../../../../converter/ir/graph.ts';
import { noClamp } from '../../../../converter/ops/definition.ts';
import { notQuantized, perTensor, type Quantization } from '../../../../converter/tensor/quantization.ts';
import type { Shape } from '../../../../converter/tensor/shape.ts';
import { type Tensor, type TensorType, tensorType } from '../../../../converter/tensor/tensor.ts';
import { bothResults, random, randomTensor, runnable } from '../run-graph.ts';

/** Largest difference of float results, relative to the larger of 1 and the value. */
const tolerance = 1e-5;

/** Runs the graph in the reference evaluator and as a module of each variant that this engine runs: integers equal, floats within the tolerance. */
export function expectSame(graph: Graph, seed = 1): void {
  for (const variant of runnable) expectSameIn(variant, graph, seed);
}

function expectSameIn(variant: Variant, graph: Graph, seed: number): void {
  const { expected, actual } = bothResults(graph, seed, variant);
  expect(actual.length).toBe(expected.length);
  expected.forEach(({ type, data }, i) => {
    const result = actual[i]?.data;
    if (type.dtype !== 'float32') {
      expect(result).toEqual(data);
      return;
    }
    const worst = Array.from(data, Number).findIndex((value, k) => {
      const other = Number(result?.[k]);
      if (Object.is(value, other) || value === other) return false;
      return !(Math.abs(value - other) <= tolerance * Math.max(1, Math.abs(value)));
    });
    expect(worst < 0 ? '' : `element ${worst}: expected ${data[worst]}, got ${result?.[worst]}`).toBe('');
  });
}

export type Arithmetic = 'int8' | 'float32' | 'hybrid';

/** Types and constants of a layer with weights. */
export interface ProductParts {
  readonly inputs: readonly [TensorType, Tensor, Tensor];
  readonly output: TensorType;
}

export interface ProductOptions {
  readonly arithmetic: Arithmetic;
  readonly input: Shape;
  readonly weights: Shape;
  readonly output: Shape;
  /** The axis of `weights` that are output channels. */
  readonly channelAxis: number;
  /** Range of the weight scales; the product decides how far sums are shifted. */
  readonly weightScale?: readonly [number, number];
  readonly weightZero?: number;
  readonly outputScale?: number;
}

/** Random weights and bias for a layer. */
export function productParts(options: ProductOptions, seed = 7): ProductParts {
  const { arithmetic, channelAxis, weightScale = [0.0005, 0.02], weightZero = 0, outputScale = 0.1 } = options;
  const next = random(seed);
  const channels = options.weights[channelAxis] ?? 1;
  const [low, high] = weightScale;
  const scales = Array.from({ length: channels }, () => Math.fround(low + (high - low) * next() ** 3));
  const weightQuantization: Quantization =
    weightZero !== 0
      ? perTensor(high, weightZero)
      : { kind: 'per-channel', axis: channelAxis, scales, zeroPoints: scales.map(() => 0) };
  const isInteger = arithmetic === 'int8';
  const activation = (shape: Shape, quantization: Quantization) =>
    isInteger ? tensorType('int8', shape, quantization) : tensorType('float32', shape);
  const weightType =
    arithmetic === 'float32'
      ? tensorType('float32', options.weights)
      : tensorType('int8', options.weights, weightQuantization);
  const biasType = tensorType(isInteger ? 'int32' : 'float32', [channels], notQuantized);
  return {
    inputs: [
      activation(options.input, perTensor(0.02, -5)),
      randomTensor(weightType, next),
      randomTensor(biasType, next, 5000),
    ],
    output: activation(options.output, perTensor(outputScale, 3)),
  };
}

export const clamps = { none: noClamp, relu6: { min: 0, max: 6 } } as const;
