import { GraphBuilder } from '../../../../converter/ir/builder.ts';
import type { Graph, ValueId } from '../../../../converter/ir/graph.ts';
import { type Clamp, noClamp } from '../../../../converter/ops/definition.ts';
import type { Op } from '../../../../converter/ops/op.ts';
import { outputShapes } from '../../../../converter/ops/registry.ts';
import { noPadding } from '../../../../converter/ops/window.ts';
import type { Shape } from '../../../../converter/tensor/shape.ts';
import { elementCount } from '../../../../converter/tensor/shape.ts';
import { type Tensor, tensorType } from '../../../../converter/tensor/tensor.ts';
import { randomFrom } from '../../../support/mutate.ts';

export const relu: Clamp = { min: 0, max: Number.POSITIVE_INFINITY };

/** A tensor of small random numbers, the same for the same seed. */
export function randomFloats(shape: Shape, seed: number): Tensor {
  const random = randomFrom(seed);
  const data = Float32Array.from({ length: elementCount(shape) }, () => (random() - 0.5) * 2);
  return { type: tensorType('float32', shape), data };
}

/** Writes small float32 nets as they read: `net.conv(x, 8)`. Weights are random, the same in every run. */
export class Net {
  readonly builder = new GraphBuilder();
  #names = 0;

  input(...shape: number[]): ValueId {
    return this.builder.input(`x${this.#names++}`, tensorType('float32', shape));
  }

  constant(...shape: number[]): ValueId {
    return this.builder.constant(`c${this.#names}`, randomFloats(shape, this.#names++));
  }

  shape(id: ValueId): Shape {
    return this.builder.typeOf(id).shape;
  }

  op(op: Op, ...inputs: ValueId[]): ValueId {
    const types = inputs.map((id) => this.builder.typeOf(id));
    const name = `${op.type}${this.#names++}`;
    const type = tensorType('float32', outputShapes(op, types)[0] ?? []);
    return this.builder.node(name, op, inputs, type, name);
  }

  conv(x: ValueId, outputs: number, { kernel = 1, groups = 1, padding = 0, clamp = relu } = {}): ValueId {
    const window = { strides: [1, 1], dilations: [1, 1], padding: around(padding) } as const;
    const op: Op = { type: 'conv-2d', attributes: { ...window, groups, clamp, hybrid: 'none' } };
    const depth = (this.shape(x).at(-1) ?? 1) / groups;
    return this.op(op, x, this.constant(outputs, kernel, kernel, depth), this.constant(outputs));
  }

  depthwise(x: ValueId, multiplier = 1, padding = 0): ValueId {
    const window = { strides: [1, 1], dilations: [1, 1], padding: around(padding) } as const;
    const op: Op = { type: 'depthwise-conv-2d', attributes: { ...window, clamp: relu, hybrid: 'none' } };
    const outputs = (this.shape(x).at(-1) ?? 1) * multiplier;
    return this.op(op, x, this.constant(1, 3, 3, outputs), this.constant(outputs));
  }

  dense(x: ValueId, outputs: number, clamp: Clamp = relu): ValueId {
    const weights = this.constant(outputs, this.shape(x).at(-1) ?? 1);
    const op: Op = { type: 'fully-connected', attributes: { clamp, hybrid: 'none' } };
    return this.op(op, x, weights, this.constant(outputs));
  }

  zip(fn: 'add' | 'mul' | 'max', a: ValueId, b: ValueId): ValueId {
    return this.op({ type: 'zip', attributes: { fn, clamp: noClamp } }, a, b);
  }

  concat(axis: number, ...inputs: ValueId[]): ValueId {
    return this.op({ type: 'concat', attributes: { axis } }, ...inputs);
  }

  reshape(x: ValueId, ...shape: number[]): ValueId {
    return this.op({ type: 'reshape', attributes: { shape } }, x);
  }

  transpose(x: ValueId, ...permutation: number[]): ValueId {
    return this.op({ type: 'transpose', attributes: { permutation } }, x);
  }

  /** Places `begin` to `begin + size - 1` along the last axis. */
  slice(x: ValueId, begin: number, size: number, stride = 1): ValueId {
    const shape = this.shape(x);
    const first = shape.map((_, axis) => (axis === shape.length - 1 ? begin : 0));
    const strides = shape.map((_, axis) => (axis === shape.length - 1 ? stride : 1));
    return this.op({ type: 'slice', attributes: { begin: first, size: [...shape.slice(0, -1), size], strides } }, x);
  }

  mean(x: ValueId, ...axes: number[]): ValueId {
    return this.op({ type: 'reduce', attributes: { kind: 'mean', axes, keepDims: true } }, x);
  }

  softmax(x: ValueId): ValueId {
    return this.op({ type: 'softmax', attributes: { beta: 1 } }, x);
  }

  matmul(a: ValueId, b: ValueId, transposeB = false): ValueId {
    return this.op({ type: 'matmul', attributes: { transposeA: false, transposeB } }, a, b);
  }

  pad(x: ValueId, before: readonly number[], after: readonly number[], value = 0): ValueId {
    return this.op({ type: 'pad', attributes: { before, after, value } }, x);
  }

  finish(...outputs: ValueId[]): Graph {
    outputs.forEach((id, i) => {
      this.builder.output(`y${i}`, id);
    });
    return this.builder.build('net', 'a test', 'exact');
  }
}

function around(padding: number) {
  return padding === 0 ? noPadding : { top: padding, left: padding, bottom: padding, right: padding };
}
