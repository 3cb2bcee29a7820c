import { expect } from 'vitest';
import { GraphBuilder } from '../../../converter/ir/builder.ts';
import type { Graph, ValueId } from '../../../converter/ir/graph.ts';
import { noClamp } from '../../../converter/ops/definition.ts';
import type { Op } from '../../../converter/ops/op.ts';
import { outputShapes } from '../../../converter/ops/registry.ts';
import { noPadding } from '../../../converter/ops/window.ts';
import { eliminateDeadChannels } from '../../../converter/passes/dead-channels.ts';
import { perTensor, type Quantization } from '../../../converter/tensor/quantization.ts';
import { dimension, elementCount, formatShape, type Shape } from '../../../converter/tensor/shape.ts';
import { tensorType } from '../../../converter/tensor/tensor.ts';
import { randomInputs } from '../../ir/random-graph.ts';
import { expectSameResults } from '../../ir/same-results.ts';

/** Far below or above every sum of products in these nets: with the clamp of int8 the channel is constant. */
export const low = -50_000_000;
export const high = 50_000_000;

/** Stored -128 is real 0, so a channel stuck at the lower end is stuck at the zero point, as after a ReLU. */
export const reluLike: Quantization = perTensor(0.1, -128);
const centred: Quantization = perTensor(0.1, 5);

/** A small int8 net for tests of dead channels. Weights are a fixed pattern without zeros; biases are the caller's. */
export class TestNet {
  readonly builder = new GraphBuilder();

  input(channels: number): ValueId {
    return this.builder.input('x', tensorType('int8', [1, 3, 3, channels], centred));
  }

  /** A convolution with one output channel for each bias; `pad` rows and columns all around. */
  conv(
    name: string,
    x: ValueId,
    bias: readonly number[],
    { kernel = 1, pad = 0, groups = 1, quantization = reluLike, zeroInput = -1 } = {},
  ): ValueId {
    const channels = dimension(this.builder.typeOf(x).shape, -1) / groups;
    const padding = { top: pad, left: pad, bottom: pad, right: pad };
    const window = { strides: [1, 1], dilations: [1, 1], padding, clamp: noClamp, hybrid: 'none' } as const;
    const weights = this.#weights(name, [bias.length, kernel, kernel, channels], 0, zeroInput);
    return this.#product(name, { type: 'conv-2d', attributes: { ...window, groups } }, x, weights, bias, quantization);
  }

  depthwise(name: string, x: ValueId, bias: readonly number[]): ValueId {
    const padding = { top: 1, left: 1, bottom: 1, right: 1 };
    const window = { strides: [1, 1], dilations: [1, 1], padding, clamp: noClamp, hybrid: 'none' } as const;
    const weights = this.#weights(name, [1, 3, 3, bias.length], 3, -1);
    return this.#product(name, { type: 'depthwise-conv-2d', attributes: window }, x, weights, bias, reluLike);
  }

  dense(name: string, x: ValueId, bias: readonly number[], weightZero = 0): ValueId {
    const depth = dimension(this.builder.typeOf(x).shape, -1);
    const data = Int8Array.from({ length: bias.length * depth }, (_, i) => ((i * 7) % 11) - 4);
    const weights = { type: tensorType('int8', [bias.length, depth], perTensor(0.05, weightZero)), data };
    const op: Op = { type: 'fully-connected', attributes: { clamp: noClamp, hybrid: 'none' } };
    return this.#product(name, op, x, this.builder.constant(`${name}/w`, weights), bias, reluLike);
  }

  node(name: string, op: Op, inputs: readonly ValueId[], quantization = reluLike): ValueId {
    const shape =
      outputShapes(
        op,
        inputs.map((id) => this.builder.typeOf(id)),
      )[0] ?? [];
    return this.builder.node(name, op, inputs, tensorType('int8', shape, quantization), name);
  }

  add(name: string, a: ValueId, b: ValueId): ValueId {
    return this.node(name, { type: 'zip', attributes: { fn: 'add', clamp: noClamp } }, [a, b]);
  }

  flatten(name: string, x: ValueId): ValueId {
    const shape = [1, elementCount(this.builder.typeOf(x).shape)];
    return this.node(name, { type: 'reshape', attributes: { shape } }, [x]);
  }

  pool(name: string, x: ValueId, kind: 'average' | 'max'): ValueId {
    const attributes = { kind, kernel: [2, 2], strides: [1, 1], dilations: [1, 1], padding: noPadding } as const;
    return this.node(name, { type: 'pool-2d', attributes: { ...attributes, clamp: noClamp, ties: 'away' } }, [x]);
  }

  finish(...outputs: readonly ValueId[]): Graph {
    outputs.forEach((id, i) => {
      this.builder.output(`y${i}`, id);
    });
    return this.builder.build('net', '', 'exact');
  }

  #weights(name: string, shape: Shape, axis: number, zeroInput: number): ValueId {
    const channels = dimension(shape, axis);
    const scales = Array.from({ length: channels }, (_, i) => 0.02 + 0.01 * i);
    const quantization: Quantization = { kind: 'per-channel', axis, scales, zeroPoints: scales.map(() => 0) };
    const data = Int8Array.from({ length: elementCount(shape) }, (_, i) => {
      return i % dimension(shape, -1) === zeroInput ? 0 : ((i * 7) % 11) - 5 || 9;
    });
    return this.builder.constant(`${name}/w`, { type: tensorType('int8', shape, quantization), data });
  }

  #product(name: string, op: Op, x: ValueId, weights: ValueId, bias: readonly number[], quantization: Quantization) {
    const type = tensorType('int32', [bias.length]);
    const id = this.builder.constant(`${name}/b`, { type, data: Int32Array.from(bias) });
    return this.node(name, op, [x, weights, id], quantization);
  }
}

/** Shapes of the named values after the pass, `name 1x3x3x2`; checks that the results stay. */
export function shapesAfter(graph: Graph, ...names: readonly string[]): string[] {
  const { graph: after } = eliminateDeadChannels(graph);
  for (const rounding of ['exact', 'single', 'float'] as const) {
    const rounded = { ...graph, rounding };
    const result = eliminateDeadChannels(rounded).graph;
    for (let seed = 0; seed < 5; seed++) {
      expectSameResults(rounded, result, randomInputs(graph, seed), `${rounding}, inputs ${seed}`);
    }
  }
  return names.map((name) => {
    const value = [...after.values.values()].findLast((candidate) => candidate.name === name);
    return `${name} ${formatShape(value?.type.shape ?? expect.fail(`no value ${name}`))}`;
  });
}
