import { GraphBuilder } from '../../converter/ir/builder.ts';
import type { Graph, ValueId } from '../../converter/ir/graph.ts';
import { typeOf } from '../../converter/ir/graph.ts';
import { nodeFaults } from '../../converter/ir/verify.ts';
import { type Clamp, noClamp } from '../../converter/ops/definition.ts';
import type { Op } from '../../converter/ops/op.ts';
import { outputShapes } from '../../converter/ops/registry.ts';
import { binary, constant, type ScalarExpression, theVariable, unary } from '../../converter/ops/scalar-expression.ts';
import { allocate } from '../../converter/tensor/dtype.ts';
import { notQuantized, perTensor, type Quantization } from '../../converter/tensor/quantization.ts';
import type { Rounding } from '../../converter/tensor/requantize.ts';
import { elementCount, type Shape } from '../../converter/tensor/shape.ts';
import { type Tensor, type TensorType, tensorType } from '../../converter/tensor/tensor.ts';
import { randomFrom } from '../support/mutate.ts';

export interface RandomGraphOptions {
  readonly dtype: 'int8' | 'float32';
  /** How often a node is tried; some tries do not fit and are left out. */
  readonly tries: number;
  readonly rounding: Rounding;
  /** Nodes that would need larger constants are left out. */
  readonly maxConstantElements: number;
}

export const smallInt8: RandomGraphOptions = { dtype: 'int8', tries: 10, rounding: 'exact', maxConstantElements: 1000 };
export const smallFloat: RandomGraphOptions = { ...smallInt8, dtype: 'float32' };

/**
 * A valid graph of a few small nodes, the same for the same seed. It is rich in what passes look for: identities, padding before
 * convolutions, clamps, chains of reshapes and transposes, channels that a bias or weights of zero kill, values nobody reads.
 */
export function randomGraph(seed: number, options: RandomGraphOptions): Graph {
  const random = new RandomNet(seed, options);
  for (let i = 0; i < options.tries; i++) random.grow();
  return random.finish();
}

/** Inputs for a graph; the whole range of int8, or floats around 0. */
export function randomInputs(graph: Graph, seed: number): Tensor[] {
  const random = randomFrom(seed);
  return graph.inputs.map((port) => randomTensor(typeOf(graph, port.value), random));
}

function randomTensor(type: TensorType, random: () => number): Tensor {
  const data = allocate(type.dtype, elementCount(type.shape));
  for (let i = 0; i < data.length; i++) {
    const value = type.dtype === 'float32' ? (random() - 0.5) * 8 : Math.floor(random() * 256) - 128;
    if (!(data instanceof BigInt64Array)) data[i] = value;
  }
  return { type, data };
}

const clamps: readonly Clamp[] = [noClamp, noClamp, { min: 0, max: Number.POSITIVE_INFINITY }, { min: 0, max: 6 }];
const expressions: readonly ScalarExpression[] = [
  theVariable,
  binary('max', theVariable, constant(0)),
  binary('max', theVariable, constant(0)),
  binary('min', binary('max', theVariable, constant(0)), constant(6)),
  unary('tanh', theVariable),
];

class RandomNet {
  readonly #random: () => number;
  readonly #options: RandomGraphOptions;
  readonly #builder = new GraphBuilder();
  readonly #pool: ValueId[] = [];
  #names = 0;

  constructor(seed: number, options: RandomGraphOptions) {
    this.#random = randomFrom(seed);
    this.#options = options;
    const shape = [1, 2 + this.#pick(4), 2 + this.#pick(4), 1 + this.#pick(4)];
    for (let i = 0; i <= this.#pick(2); i++) this.#pool.push(this.#builder.input(`x${i}`, this.#type(shape)));
  }

  finish(): Graph {
    const last = this.#pool.at(-1) ?? this.#any();
    const outputs = [last, ...Array.from({ length: this.#pick(3) }, () => this.#any())];
    outputs.forEach((id, i) => {
      this.#builder.output(`y${i}`, id);
    });
    return this.#builder.build('random', 'a test', this.#options.rounding);
  }

  /** Tries to add a node of a random kind. */
  grow(): void {
    const grow = this.#choose([
      () => this.#convolution(),
      () => this.#convolution(),
      () => this.#depthwise(),
      () => this.#fullyConnected(),
      () => this.#pad(),
      () => this.#pad(),
      () => this.#map(),
      () => this.#map(),
      () => this.#zip(),
      () => this.#zip(),
      () => this.#pool2d(),
      () => this.#movement(),
      () => this.#movement(),
      () => this.#precision(),
      () => this.#constants(),
    ]);
    grow();
  }

  #convolution(): void {
    const x = this.#recent();
    const { shape } = this.#builder.typeOf(x);
    const channels = shape[3] ?? 1;
    const groups = this.#pick(5) === 0 ? channels : 1;
    const outputs = groups * (1 + this.#pick(4));
    const kernel = 1 + this.#pick(3);
    const weights = this.#weights([outputs, kernel, kernel, channels / groups], 0);
    const attributes = { ...this.#window(), groups, clamp: this.#choose(clamps), hybrid: 'none' } as const;
    this.#product({ type: 'conv-2d', attributes }, x, weights, outputs);
  }

  #depthwise(): void {
    const x = this.#recent();
    const channels = this.#builder.typeOf(x).shape[3] ?? 1;
    const outputs = channels * (this.#pick(3) === 0 ? 2 : 1);
    const weights = this.#weights([1, 1 + this.#pick(3), 1 + this.#pick(3), outputs], 3);
    const attributes = { ...this.#window(), clamp: this.#choose(clamps), hybrid: 'none' } as const;
    this.#product({ type: 'depthwise-conv-2d', attributes }, x, weights, outputs);
  }

  #fullyConnected(): void {
    const x = this.#recent();
    const depth = elementCount(this.#builder.typeOf(x).shape);
    const flat = this.#node({ type: 'reshape', attributes: { shape: [1, depth] } }, [x], null);
    if (flat === null) return;
    const units = 1 + this.#pick(5);
    const op = { type: 'fully-connected', attributes: { clamp: this.#choose(clamps), hybrid: 'none' } } as const;
    this.#product(op, flat, this.#weights([units, depth], 0), units);
  }

  #product(op: Op, x: ValueId, weights: Tensor, channels: number): void {
    if (weights.data.length > this.#options.maxConstantElements) return;
    const bias = this.#bias(channels);
    const ids = [this.#builder.constant(this.#name('w'), weights), this.#builder.constant(this.#name('b'), bias)];
    this.#node(op, [x, ...ids], this.#quantization());
  }

  #pad(): void {
    const x = this.#recent();
    const rank = this.#builder.typeOf(x).shape.length;
    const spatial = this.#pick(3) > 0;
    const amounts = () => Array.from({ length: rank }, (_, i) => (spatial && (i === 0 || i === 3) ? 0 : this.#pick(2)));
    const value = this.#choose([0, 0, 0, 1.5]);
    this.#node({ type: 'pad', attributes: { before: amounts(), after: amounts(), value } }, [x], null);
  }

  #map(): void {
    const expression = this.#choose(expressions);
    this.#node(
      { type: 'map', attributes: { expression } },
      [this.#recent()],
      this.#pick(3) > 0 ? null : this.#quantization(),
    );
  }

  #zip(): void {
    const a = this.#recent();
    const fn = this.#choose(['add', 'add', 'sub', 'mul', 'max', 'min'] as const);
    const { shape } = this.#builder.typeOf(a);
    const b = this.#choose([() => this.#any(), () => a, () => this.#constant(shape.slice(-1))])();
    const keeps = fn === 'max' || fn === 'min';
    this.#node(
      { type: 'zip', attributes: { fn, clamp: this.#choose(clamps) } },
      [a, b],
      keeps ? null : this.#quantization(),
    );
  }

  #pool2d(): void {
    const kernel = [1 + this.#pick(2), 1 + this.#pick(3)] as const;
    const kind = this.#choose(['average', 'max'] as const);
    const ties = this.#choose(['away', 'up'] as const);
    const window = { ...this.#window(), dilations: [1, 1] as const };
    const attributes = { kind, kernel, ties, ...window, clamp: this.#choose(clamps) };
    this.#node({ type: 'pool-2d', attributes }, [this.#recent()], null);
  }

  #movement(): void {
    const x = this.#recent();
    const { shape } = this.#builder.typeOf(x);
    const count = elementCount(shape);
    const shapes: Shape[] = [shape, [1, count], [...shape].reverse(), [1, 1, ...shape.slice(1, 3), ...shape.slice(3)]];
    const axes = shape.map((_, i) => i);
    const swapped = [...axes];
    const i = this.#pick(axes.length);
    [swapped[0], swapped[i]] = [axes[i] ?? 0, axes[0] ?? 0];
    const permutation = this.#choose([axes, swapped, [...axes].reverse(), [...axes.slice(1), 0]]);
    const begin = axes.map(() => this.#pick(2) * this.#pick(2));
    const transpose: Op = { type: 'transpose', attributes: { permutation } };
    const ops: Op[] = [
      { type: 'reshape', attributes: { shape: this.#choose(shapes) } },
      transpose,
      transpose,
      { type: 'concat', attributes: { axis: this.#pick(axes.length) } },
      {
        type: 'slice',
        attributes: { begin, size: shape.map((n, k) => n - (begin[k] ?? 0)), strides: axes.map(() => 1) },
      },
    ];
    const op = this.#choose(ops);
    if (op.type === 'transpose' && this.#pick(2) === 0) {
      const once = this.#node({ type: 'transpose', attributes: { permutation: [...axes].reverse() } }, [x], null);
      if (once !== null) this.#node(op, [once], null);
      return;
    }
    this.#node(op, op.type === 'concat' && this.#pick(2) === 0 ? [x, x] : [x], null);
  }

  /** Changes of precision and back: quantize after dequantize, requantize. */
  #precision(): void {
    const x = this.#recent();
    if (this.#options.dtype !== 'int8') return;
    if (this.#pick(2) === 0) {
      this.#node({ type: 'requantize', attributes: {} }, [x], this.#pick(2) === 0 ? null : this.#quantization());
      return;
    }
    const { shape, quantization } = this.#builder.typeOf(x);
    const real = tensorType('float32', shape);
    const middle = this.#builder.node('dequantize', { type: 'dequantize', attributes: {} }, [x], real, this.#name('r'));
    this.#node({ type: 'quantize', attributes: {} }, [middle], this.#pick(3) > 0 ? quantization : this.#quantization());
  }

  /** A node that can be computed at conversion, and a use of it. */
  #constants(): void {
    const x = this.#recent();
    const { shape } = this.#builder.typeOf(x);
    const zip = (fn: 'add' | 'mul'): Op => ({ type: 'zip', attributes: { fn, clamp: noClamp } });
    const inner = [this.#constant(shape.slice(-1)), this.#constant(shape.slice(-1))];
    const sum = this.#node(zip('add'), inner, this.#quantization());
    if (sum !== null) this.#node(zip('mul'), [x, sum], this.#quantization());
  }

  /** Adds the node where it fits; `quantization` null keeps that of the first input. */
  #node(op: Op, inputs: readonly ValueId[], quantization: Quantization | null): ValueId | null {
    const types = inputs.map((id) => this.#builder.typeOf(id));
    const like = types[0];
    const shape = shapeOf(op, types);
    if (like === undefined || shape === null || elementCount(shape) > 2000 || elementCount(shape) < 1) return null;
    const type = tensorType(this.#options.dtype, shape, quantization ?? like.quantization);
    if (nodeFaults(op, types, [type]).length > 0) return null;
    const name = this.#name('v');
    const id = this.#builder.node(`${op.type} "${name}"`, op, inputs, type, name);
    this.#pool.push(id);
    return id;
  }

  #window() {
    const pad = () => this.#pick(3) % 2;
    return {
      strides: [1 + this.#pick(2), 1 + this.#pick(2)] as const,
      dilations: [1, this.#pick(4) === 0 ? 2 : 1] as const,
      padding: { top: pad(), left: pad(), bottom: pad(), right: pad() },
    };
  }

  #weights(shape: Shape, axis: number): Tensor {
    const channels = shape[axis] ?? 1;
    const scales = Array.from({ length: channels }, () => this.#choose([0.01, 0.02, 0.125]));
    const quantization: Quantization =
      this.#pick(3) === 0
        ? perTensor(0.05, this.#pick(5) - 2)
        : { kind: 'per-channel', axis, scales, zeroPoints: scales.map(() => 0) };
    const type = tensorType(this.#options.dtype, shape, this.#options.dtype === 'int8' ? quantization : notQuantized);
    const tensor = randomTensor(type, this.#random);
    const silent = this.#pick(3) === 0 ? this.#pick(shape.at(-1) ?? 1) : -1;
    const zero = type.quantization.kind === 'per-tensor' ? type.quantization.zeroPoint : 0;
    if (silent >= 0 && !(tensor.data instanceof BigInt64Array)) {
      for (let i = silent; i < tensor.data.length; i += shape.at(-1) ?? 1) tensor.data[i] = zero;
    }
    return tensor;
  }

  /** Some channels far below or above what any input can reach: after a clamp they are constant. */
  #bias(channels: number): Tensor {
    if (this.#options.dtype === 'float32') return randomTensor(tensorType('float32', [channels]), this.#random);
    const data = Int32Array.from({ length: channels }, () => this.#choose([0, 500, -2000, -3_000_000, 2_500_000]));
    return { type: tensorType('int32', [channels]), data };
  }

  #constant(shape: Shape): ValueId {
    const sizes = elementCount(shape) <= this.#options.maxConstantElements ? shape : [1];
    return this.#builder.constant(this.#name('c'), randomTensor(this.#type(sizes), this.#random));
  }

  #type(shape: Shape): TensorType {
    return tensorType(this.#options.dtype, shape, this.#quantization());
  }

  #quantization(): Quantization {
    if (this.#options.dtype === 'float32') return notQuantized;
    return perTensor(this.#choose([0.02, 0.05, 0.0625, 0.25]), this.#choose([-128, 0, 3, 127]));
  }

  #recent(): ValueId {
    return this.#pool.at(-1 - this.#pick(Math.min(2, this.#pool.length))) ?? this.#any();
  }

  #any(): ValueId {
    return this.#choose(this.#pool);
  }

  #name(prefix: string): string {
    return `${prefix}${this.#names++}`;
  }

  #choose<T>(list: readonly T[]): T {
    const item = list[this.#pick(list.length)];
    if (item === undefined) throw new RangeError('nothing to choose from');
    return item;
  }

  #pick(below: number): number {
    return Math.floor(this.#random() * below);
  }
}

function shapeOf(op: Op, types: readonly TensorType[]): Shape | null {
  try {
    return outputShapes(op, types)[0] ?? null;
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}
