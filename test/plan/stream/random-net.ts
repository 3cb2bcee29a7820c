import fc from 'fast-check';
import type { Graph, ValueId } from '../../../converter/ir/graph.ts';
import { dimension, shapesEqual } from '../../../converter/tensor/shape.ts';
import { RowNet } from './row-net.ts';

const layerKinds = ['conv', 'depthwise', 'pool', 'add', 'concat', 'tanh', 'total'] as const;

/** One layer; numbers beyond what there is wrap around. */
interface LayerPlan {
  readonly kind: (typeof layerKinds)[number];
  readonly input: number;
  readonly other: number;
  readonly channels: number;
  readonly kernel: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly dilation: number;
  readonly pad: readonly [number, number, number, number];
  readonly isMaximum: boolean;
  readonly isKept: boolean;
}

/** A random graph that is one stream. */
export interface NetPlan {
  readonly seed: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly layers: readonly LayerPlan[];
}

/** The graph of a plan, or null where no layer of it fits. What nobody reads is an output. */
export function randomNet(plan: NetPlan): Graph | null {
  const net = new RowNet(plan.seed);
  const values = [net.input(plan.height, plan.width, plan.channels)];
  const kept: ValueId[] = [];
  const read = new Set<ValueId>();
  const made: ValueId[] = [];
  const take = (index: number): ValueId => {
    const value = values[index % values.length];
    if (value === undefined) throw new RangeError('no values');
    return value;
  };
  for (const layer of plan.layers) {
    const x = take(layer.input);
    const y = layerOf(net, x, take(layer.other), layer);
    if (y === null) continue;
    for (const input of y.inputs) read.add(input);
    made.push(y.output);
    if (layer.kind === 'total') kept.push(y.output);
    else values.push(y.output);
    if (layer.isKept && !kept.includes(y.output)) kept.push(y.output);
  }
  const outputs = made.filter((value) => kept.includes(value) || !read.has(value));
  return outputs.length === 0 ? null : net.build(...outputs);
}

interface Made {
  readonly output: ValueId;
  readonly inputs: readonly ValueId[];
}

function layerOf(net: RowNet, x: ValueId, other: ValueId, layer: LayerPlan): Made | null {
  const { shape } = net.builder.typeOf(x);
  const [height, width] = [dimension(shape, 1), dimension(shape, 2)];
  const { kind, kernel, stride, dilation, pad, channels, isMaximum } = layer;
  const one = (output: ValueId): Made => ({ output, inputs: [x] });
  switch (kind) {
    case 'conv':
    case 'depthwise': {
      const rows = Math.floor((height + pad[0] + pad[2] - (kernel[0] - 1) * dilation - 1) / stride[0]) + 1;
      const columns = Math.floor((width + pad[1] + pad[3] - (kernel[1] - 1) * dilation - 1) / stride[1]) + 1;
      if (rows < 2 || columns < 1) return null;
      const window = { kernel, stride, dilation, pad };
      return one(kind === 'conv' ? net.conv(x, channels, window) : net.depthwise(x, window));
    }
    case 'pool': {
      if (kernel[0] > height || kernel[1] > width || Math.floor((height - kernel[0]) / stride[0]) < 1) return null;
      return one(net.pool(x, isMaximum ? 'max' : 'average', { kernel, stride }));
    }
    case 'add': {
      const fits = shapesEqual(net.builder.typeOf(other).shape, shape);
      return fits ? { output: net.add(x, other), inputs: [x, other] } : one(net.add(x, x));
    }
    case 'concat': {
      const [a, b] = [shape, net.builder.typeOf(other).shape];
      if (a[1] !== b[1] || a[2] !== b[2]) return null;
      const alike = [x, other].map((value) => net.requantize(value, 'int8', 0.5, -3));
      return { output: net.concat(alike), inputs: [x, other] };
    }
    case 'tanh':
      return one(net.tanh(x));
    default:
      return one(net.total(x, isMaximum ? 'max' : 'average'));
  }
}

const upTo = (most: number) => fc.integer({ min: 1, max: most });

const pad = fc.tuple(fc.nat(2), fc.nat(1), fc.nat(2), fc.nat(1));

export const netPlans: fc.Arbitrary<NetPlan> = fc.record({
  seed: fc.nat(1000),
  height: fc.integer({ min: 2, max: 11 }),
  width: upTo(4),
  channels: upTo(5),
  layers: fc.array(
    fc.record({
      kind: fc.constantFrom('conv', 'depthwise', ...layerKinds),
      input: fc.nat(12),
      other: fc.nat(12),
      channels: upTo(6),
      kernel: fc.tuple(upTo(4), upTo(3)),
      stride: fc.tuple(fc.constantFrom(1, 1, 2, 3), upTo(2)),
      dilation: fc.constantFrom(1, 1, 1, 2),
      pad,
      isMaximum: fc.boolean(),
      isKept: fc.nat(3).map((n) => n === 0),
    }),
    { minLength: 1, maxLength: 7 },
  ),
});
