import { GraphBuilder } from '../../ir/builder.ts';
import type { Graph, ValueId } from '../../ir/graph.ts';
import { noClamp } from '../../ops/definition.ts';
import type { Op } from '../../ops/op.ts';
import { outputShapes } from '../../ops/registry.ts';
import { theVariable, unary } from '../../ops/scalar-expression.ts';
import { allocate } from '../../tensor/dtype.ts';
import { notQuantized, perTensor } from '../../tensor/quantization.ts';
import { elementCount, type Shape } from '../../tensor/shape.ts';
import { type Tensor, type TensorType, tensorType } from '../../tensor/tensor.ts';

/**
 * A dozen layers of the usual kinds, one after the other, that a microcontroller of 16 KiB of SRAM and 32 KiB of flash can time. Every
 * kind stands there in several sizes, so that cycles for an instruction can be told from chance.
 */
export function dozenLayers(): Graph {
  const chain = new Chain([1, 16, 16, 3]);
  chain.convolution(3, 8, 1);
  chain.depthwise(3, 1);
  chain.convolution(1, 16, 1);
  chain.depthwise(3, 2);
  chain.convolution(1, 24, 1);
  chain.add();
  chain.convolution(3, 16, 1);
  chain.add();
  chain.pool('max', 2);
  chain.sigmoid();
  chain.pool('average', 2);
  chain.flatten();
  chain.dense(40);
  chain.dense(12);
  chain.softmax();
  return chain.build();
}

const activation = (shape: Shape, scale = 0.05): TensorType =>
  tensorType('int8', shape, perTensor(Math.fround(scale), -3));
const whole = { min: 0, max: Number.POSITIVE_INFINITY };

/** An int8 network that grows at its end. */
class Chain {
  readonly #builder = new GraphBuilder();
  #value: ValueId;
  #type: TensorType;
  #count = 0;

  constructor(shape: Shape) {
    this.#type = activation(shape);
    this.#value = this.#builder.input('input', this.#type);
  }

  convolution(kernel: number, outputs: number, stride: number): void {
    const op: Op = {
      type: 'conv-2d',
      attributes: { ...window(kernel, stride), clamp: whole, hybrid: 'none', groups: 1 },
    };
    this.#product(op, [outputs, kernel, kernel, this.#channels], outputs);
  }

  depthwise(kernel: number, stride: number): void {
    const op: Op = {
      type: 'depthwise-conv-2d',
      attributes: { ...window(kernel, stride), clamp: whole, hybrid: 'none' },
    };
    this.#product(op, [1, kernel, kernel, this.#channels], this.#channels);
  }

  dense(units: number): void {
    const op: Op = { type: 'fully-connected', attributes: { clamp: noClamp, hybrid: 'none' } };
    this.#product(op, [units, this.#channels], units);
  }

  /** The tensor with itself: a residual connection of which both sides are the same. */
  add(): void {
    this.#then({ type: 'zip', attributes: { fn: 'add', clamp: noClamp } }, [this.#value], (shape) =>
      activation(shape, 0.1),
    );
  }

  pool(kind: 'average' | 'max', side: number): void {
    const padding = { top: 0, left: 0, bottom: 0, right: 0 };
    const attributes = { kind, kernel: [side, side], strides: [side, side], dilations: [1, 1], padding } as const;
    this.#then({ type: 'pool-2d', attributes: { ...attributes, clamp: noClamp, ties: 'away' } }, [], () => this.#type);
  }

  sigmoid(): void {
    const op: Op = { type: 'map', attributes: { expression: unary('logistic', theVariable) } };
    this.#then(op, [], (shape) => tensorType('int8', shape, perTensor(1 / 256, -128)));
  }

  softmax(): void {
    const op: Op = { type: 'softmax', attributes: { beta: 1 } };
    this.#then(op, [], (shape) => tensorType('int8', shape, perTensor(1 / 256, -128)));
  }

  flatten(): void {
    const shape = [1, elementCount(this.#type.shape)];
    this.#then({ type: 'reshape', attributes: { shape } }, [], () => this.#type);
  }

  build(): Graph {
    this.#builder.output('output', this.#value);
    return this.#builder.build('layer_probe', 'thimble profile', 'exact');
  }

  get #channels(): number {
    return this.#type.shape.at(-1) ?? 1;
  }

  #product(op: Op, weightShape: Shape, channels: number): void {
    const weights = this.#constant(tensorType('int8', weightShape, perTensor(Math.fround(0.01), 0)), 61);
    const bias = this.#constant(tensorType('int32', [channels], notQuantized), 1999);
    this.#then(op, [weights, bias], (shape) => activation(shape));
  }

  /** Numbers between -`range` / 2 and `range` / 2. */
  #constant(type: TensorType, range: number): ValueId {
    const data = allocate(type.dtype, elementCount(type.shape));
    for (let i = 0; i < data.length; i++) {
      if (!(data instanceof BigInt64Array)) data[i] = ((i * 37) % range) - (range >> 1);
    }
    const tensor: Tensor = { type, data };
    return this.#builder.constant(`constant${this.#builder.constantElements}`, tensor);
  }

  #then(op: Op, more: readonly ValueId[], typeOf: (shape: Shape) => TensorType): void {
    const inputs = [this.#value, ...more];
    const [shape = []] = outputShapes(
      op,
      inputs.map((id) => this.#builder.typeOf(id)),
    );
    this.#type = { ...typeOf(shape), shape };
    this.#count++;
    this.#value = this.#builder.node(`${op.type} ${this.#count}`, op, inputs, this.#type, `result${this.#count}`);
  }
}

function window(kernel: number, stride: number) {
  const before = (kernel - 1) >> 1;
  const padding = { top: before, left: before, bottom: before, right: before };
  return { strides: [stride, stride], dilations: [1, 1], padding } as const;
}
