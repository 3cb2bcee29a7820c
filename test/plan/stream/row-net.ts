import { GraphBuilder } from '../../../converter/ir/builder.ts';
import type { Graph, ValueId } from '../../../converter/ir/graph.ts';
import { noClamp } from '../../../converter/ops/definition.ts';
import type { Op } from '../../../converter/ops/op.ts';
import type { Pool2dAttributes } from '../../../converter/ops/pool-2d.ts';
import { theVariable } from '../../../converter/ops/scalar-expression.ts';
import { type Window, windowOutput } from '../../../converter/ops/window.ts';
import type { DType } from '../../../converter/tensor/dtype.ts';
import { notQuantized, perTensor, scaleAt } from '../../../converter/tensor/quantization.ts';
import { dimension, type Shape } from '../../../converter/tensor/shape.ts';
import { type Tensor, type TensorType, tensorType } from '../../../converter/tensor/tensor.ts';
import { random, randomTensor } from '../../backends/wasm/run-graph.ts';

/** What a window looks like; one number for both directions. */
export interface WindowPlan {
  readonly kernel: number | readonly [number, number];
  readonly stride?: number | readonly [number, number];
  readonly dilation?: number;
  /** [top, left, bottom, right]. */
  readonly pad?: readonly [number, number, number, number];
}

const both = (size: number | readonly [number, number]): readonly [number, number] =>
  typeof size === 'number' ? [size, size] : size;

function windowOf({ stride = 1, dilation = 1, pad: [top, left, bottom, right] = [0, 0, 0, 0] }: WindowPlan): Window {
  return { strides: both(stride), dilations: both(dilation), padding: { top, left, bottom, right } };
}

/** Root mean square of the integers that random weights and activations hold. */
const TYPICAL = 74;

/** Builds graphs of images [1, H, W, C] with random weights, int8 (or another integer) or float32. */
export class RowNet {
  readonly builder = new GraphBuilder();
  readonly #next: () => number;
  #count = 0;

  constructor(seed: number) {
    this.#next = random(seed);
  }

  input(height: number, width: number, channels: number, dtype: DType = 'int8'): ValueId {
    const zero = dtype === 'uint8' ? 125 : dtype === 'int8' ? -7 : 0;
    const quantization = dtype === 'float32' ? notQuantized : perTensor(0.05, zero);
    return this.builder.input('image', tensorType(dtype, [1, height, width, channels], quantization));
  }

  conv(x: ValueId, outputs: number, plan: WindowPlan, groups = 1): ValueId {
    const depth = this.#channels(x) / groups;
    const weights = this.#weights(x, [outputs, ...both(plan.kernel), depth], 0);
    const op: Op = {
      type: 'conv-2d',
      attributes: { ...windowOf(plan), groups, clamp: noClamp, hybrid: 'none' },
    };
    return this.#product(op, x, weights, outputs, plan, depth);
  }

  depthwise(x: ValueId, plan: WindowPlan, multiplier = 1): ValueId {
    const outputs = this.#channels(x) * multiplier;
    const weights = this.#weights(x, [1, ...both(plan.kernel), outputs], 3);
    const op: Op = { type: 'depthwise-conv-2d', attributes: { ...windowOf(plan), clamp: noClamp, hybrid: 'none' } };
    return this.#product(op, x, weights, outputs, plan, 1);
  }

  pool(x: ValueId, kind: 'average' | 'max', plan: WindowPlan, ties: Pool2dAttributes['ties'] = 'away'): ValueId {
    const type = this.builder.typeOf(x);
    const op: Op = {
      type: 'pool-2d',
      attributes: { ...windowOf(plan), kind, kernel: both(plan.kernel), clamp: noClamp, ties },
    };
    return this.#node(op, [x], { ...type, shape: this.#windowed(type.shape, plan, this.#channels(x)) });
  }

  /** The average or maximum of all rows and columns. */
  total(x: ValueId, kind: 'average' | 'max', ties: Pool2dAttributes['ties'] = 'away'): ValueId {
    const { shape } = this.builder.typeOf(x);
    return this.pool(x, kind, { kernel: [dimension(shape, 1), dimension(shape, 2)] }, ties);
  }

  add(a: ValueId, b: ValueId): ValueId {
    const type = this.builder.typeOf(a);
    const quantization =
      type.dtype === 'float32'
        ? notQuantized
        : perTensor(2 * scaleAt(type.quantization, 0), type.dtype === 'int8' ? 5 : 0);
    const op: Op = { type: 'zip', attributes: { fn: 'add', clamp: noClamp } };
    return this.#node(op, [a, b], { ...type, quantization });
  }

  /** Adds a constant of a shape that is broadcast. */
  addConstant(x: ValueId, shape: Shape): ValueId {
    return this.add(x, this.#constant({ ...this.builder.typeOf(x), shape }));
  }

  /** Along the channels, or along another axis. */
  concat(inputs: readonly ValueId[], axis = 3): ValueId {
    const types = inputs.map((input) => this.builder.typeOf(input));
    const [first] = types;
    if (first === undefined) throw new RangeError('nothing to join');
    const joined = types.reduce((sum, { shape }) => sum + dimension(shape, axis), 0);
    const shape = first.shape.map((size, i) => (i === axis ? joined : size));
    return this.#node({ type: 'concat', attributes: { axis } }, inputs, { ...first, shape });
  }

  requantize(x: ValueId, dtype: DType, scale: number, zero: number): ValueId {
    const type = { ...this.builder.typeOf(x), dtype, quantization: perTensor(scale, zero) };
    return this.#node({ type: 'requantize', attributes: {} }, [x], type);
  }

  /** tanh, with an output of the usual quantization. */
  tanh(x: ValueId): ValueId {
    const type = this.builder.typeOf(x);
    const quantization = type.dtype === 'float32' ? notQuantized : perTensor(1 / 128, 0);
    const expression = { kind: 'unary', fn: 'tanh', of: theVariable } as const;
    return this.#node({ type: 'map', attributes: { expression } }, [x], { ...type, quantization });
  }

  softmax(x: ValueId): ValueId {
    const type = this.builder.typeOf(x);
    const quantization = type.dtype === 'float32' ? notQuantized : perTensor(1 / 256, -128);
    return this.#node({ type: 'softmax', attributes: { beta: 0.3 } }, [x], { ...type, quantization });
  }

  quantize(x: ValueId, scale: number, zero: number): ValueId {
    const type = { ...this.builder.typeOf(x), dtype: 'int8', quantization: perTensor(scale, zero) } as const;
    return this.#node({ type: 'quantize', attributes: {} }, [x], type);
  }

  dequantize(x: ValueId): ValueId {
    const type = { ...this.builder.typeOf(x), dtype: 'float32', quantization: notQuantized } as const;
    return this.#node({ type: 'dequantize', attributes: {} }, [x], type);
  }

  isFloat(x: ValueId): boolean {
    return this.builder.typeOf(x).dtype === 'float32';
  }

  build(...outputs: readonly ValueId[]): Graph {
    outputs.forEach((output, i) => {
      this.builder.output(`output ${i}`, output);
    });
    return this.builder.build('rows', 'test', 'exact');
  }

  #channels(x: ValueId): number {
    return dimension(this.builder.typeOf(x).shape, 3);
  }

  #windowed(shape: Shape, plan: WindowPlan, channels: number): Shape {
    const [height, width] = [dimension(shape, 1), dimension(shape, 2)];
    const kernel = both(plan.kernel);
    const input = { batch: 1, height, width, channels };
    return [1, ...windowOutput(windowOf(plan), input, { height: kernel[0], width: kernel[1] }), channels];
  }

  #weights(x: ValueId, shape: Shape, axis: number): ValueId {
    if (this.builder.typeOf(x).dtype === 'float32') return this.#constant(tensorType('float32', shape));
    const scales = Array.from({ length: dimension(shape, axis) }, () => Math.fround(0.005 + 0.01 * this.#next()));
    const zeroPoints = scales.map(() => 0);
    return this.#constant(tensorType('int8', shape, { kind: 'per-channel', axis, scales, zeroPoints }));
  }

  #constant(type: TensorType): ValueId {
    const tensor: Tensor = randomTensor(type, this.#next, 2000);
    return this.builder.constant(`constant ${this.#count++}`, tensor);
  }

  #product(op: Op, x: ValueId, weights: ValueId, outputs: number, plan: WindowPlan, depth: number): ValueId {
    const { dtype, shape, quantization } = this.builder.typeOf(x);
    const kernel = both(plan.kernel);
    const terms = kernel[0] * kernel[1] * depth;
    const isFloat = dtype === 'float32';
    const scale = isFloat ? 1 : (scaleAt(quantization, 0) * 0.01 * TYPICAL * TYPICAL * Math.sqrt(terms)) / 60;
    const bias = this.#constant(tensorType(isFloat ? 'float32' : 'int32', [outputs]));
    const type = tensorType(
      dtype,
      this.#windowed(shape, plan, outputs),
      isFloat ? notQuantized : perTensor(scale, dtype === 'int8' ? 3 : 0),
    );
    return this.#node(op, [x, weights, bias], type);
  }

  #node(op: Op, inputs: readonly ValueId[], type: TensorType): ValueId {
    const number = this.#count++;
    return this.builder.node(`${op.type} #${number}`, op, inputs, type, `value ${number}`);
  }
}
