import { GraphBuilder } from '../../../converter/ir/builder.ts';
import type { Graph, ValueId } from '../../../converter/ir/graph.ts';
import { type Clamp, noClamp } from '../../../converter/ops/definition.ts';
import type { Op } from '../../../converter/ops/op.ts';
import { outputShapes } from '../../../converter/ops/registry.ts';
import { elementCount } from '../../../converter/tensor/shape.ts';
import { type Tensor, tensorType } from '../../../converter/tensor/tensor.ts';
import { random } from '../../backends/wasm/run-graph.ts';

export const relu: Clamp = { min: 0, max: Number.POSITIVE_INFINITY };

/** Builds float32 graphs of random weights. */
export class Layers {
  readonly #builder = new GraphBuilder();
  readonly #next: () => number;
  #count = 0;

  constructor(seed: number) {
    this.#next = random(seed);
  }

  input(shape: readonly number[]): ValueId {
    return this.#builder.input('x', tensorType('float32', shape));
  }

  constant(shape: readonly number[], size: number): ValueId {
    const data = Float32Array.from({ length: elementCount(shape) }, () => (this.#next() - 0.5) * size);
    return this.#builder.constant(`c${this.#count++}`, { type: tensorType('float32', shape), data });
  }

  node(name: string, op: Op, inputs: readonly ValueId[]): ValueId {
    const [shape = []] = outputShapes(
      op,
      inputs.map((id) => this.#builder.typeOf(id)),
    );
    return this.#builder.node(name, op, inputs, tensorType('float32', shape), `${name}/out`);
  }

  conv(name: string, x: ValueId, channels: number, kernel: number, clamp: Clamp = noClamp): ValueId {
    const depth = this.#builder.typeOf(x).shape.at(-1) ?? 1;
    const weights = this.constant([channels, kernel, kernel, depth], 2 / Math.sqrt(depth * kernel));
    return this.node(name, { type: 'conv-2d', attributes: { ...window(kernel), clamp, groups: 1 } }, [
      x,
      weights,
      this.constant([channels], 0.5),
    ]);
  }

  depthwise(name: string, x: ValueId, clamp: Clamp): ValueId {
    const channels = this.#builder.typeOf(x).shape.at(-1) ?? 1;
    const attributes = { ...window(3), strides: [2, 2] as const, clamp };
    return this.node(name, { type: 'depthwise-conv-2d', attributes }, [
      x,
      this.constant([1, 3, 3, channels], 1),
      this.constant([channels], 0.5),
    ]);
  }

  dense(name: string, x: ValueId, units: number): ValueId {
    const depth = this.#builder.typeOf(x).shape.at(-1) ?? 1;
    const attributes = { clamp: noClamp, hybrid: 'none' } as const;
    return this.node(name, { type: 'fully-connected', attributes }, [
      x,
      this.constant([units, depth], 1),
      this.constant([units], 0.5),
    ]);
  }

  finish(...outputs: readonly ValueId[]): Graph {
    outputs.forEach((id, i) => {
      this.#builder.output(`y${i}`, id);
    });
    return this.#builder.build('small', 'a test', 'single');
  }
}

function window(kernel: number) {
  const pad = (kernel - 1) / 2;
  const padding = { top: pad, bottom: pad, left: pad, right: pad };
  return { strides: [1, 1], dilations: [1, 1], padding, hybrid: 'none' } as const;
}

/** A network with a residual sum, a depthwise layer, a concatenation, a mean and a softmax. */
export function smallCnn(seed = 5): Graph {
  const layers = new Layers(seed);
  const x = layers.input([1, 6, 6, 2]);
  const stem = layers.conv('stem', x, 8, 3, relu);
  const inner = layers.conv('inner', stem, 6, 3, relu);
  const back = layers.conv('back', inner, 8, 3);
  const sum = layers.node('sum', { type: 'zip', attributes: { fn: 'add', clamp: relu } }, [stem, back]);
  const down = layers.depthwise('down', sum, relu);
  const left = layers.conv('left', down, 5, 1, relu);
  const right = layers.conv('right', down, 7, 3, relu);
  const joined = layers.node('joined', { type: 'concat', attributes: { axis: 3 } }, [left, right]);
  const mean = layers.node('mean', { type: 'reduce', attributes: { kind: 'mean', axes: [1, 2], keepDims: false } }, [
    joined,
  ]);
  const logits = layers.dense('logits', mean, 4);
  return layers.finish(layers.node('softmax', { type: 'softmax', attributes: { beta: 1 } }, [logits]));
}

/** Inputs whose elements go together, so that channels are alike, and differ from sample to sample. */
export function smoothInputs(shape: readonly number[], count: number, seed = 3): readonly (() => readonly Tensor[])[] {
  const next = random(seed);
  return Array.from({ length: count }, () => {
    const [common, slope] = [next() * 2 - 1, next() - 0.5];
    const data = Float32Array.from(
      { length: elementCount(shape) },
      (_, i) => common + slope * Math.sin(i) + 0.3 * (next() - 0.5),
    );
    const tensors = [{ type: tensorType('float32', shape), data }];
    return () => tensors;
  });
}
