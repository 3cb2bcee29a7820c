import fc from 'fast-check';
import type { Graph, ValueId } from '../../../converter/ir/graph.ts';
import { dimension, shapesEqual } from '../../../converter/tensor/shape.ts';
import { RowNet, type WindowPlan } from './row-net.ts';

const layerKinds = ['conv', 'conv', 'depthwise', 'multiplied', 'pool', 'tanh', 'point'] as const;

interface LayerPlan {
  readonly kind: (typeof layerKinds)[number];
  readonly channels: number;
  readonly kernel: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly dilation: number;
  readonly pad: readonly [number, number, number, number];
  readonly isMaximum: boolean;
}

/**
 * `chain`: layers of any shape. `sum`: a shortcut around layers that keep the shape. `halves`: two branches of different length that
 * both shrink the image, and are added. `join`: branches of different length side by side. `shortcut`: a value of long ago is added.
 */
interface BlockPlan {
  readonly kind: 'chain' | 'sum' | 'halves' | 'join' | 'shortcut';
  readonly layers: readonly LayerPlan[];
  readonly past: number;
  readonly stride: number;
}

/** A random network of blocks, all of whose layers can be done row by row. */
export interface BlocksPlan {
  readonly seed: number;
  readonly arithmetic: 'int8' | 'uint8' | 'float32' | 'mixed';
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly blocks: readonly BlockPlan[];
  readonly isTotal: boolean;
}

/** The graph of a plan; layers that do not fit are left out. */
export function randomBlocks(plan: BlocksPlan): Graph {
  const net = new RowNet(plan.seed);
  const { arithmetic, height, width, channels } = plan;
  const given = net.input(height, width, channels, arithmetic === 'mixed' ? 'float32' : arithmetic);
  const first =
    arithmetic === 'uint8'
      ? net.requantize(given, 'int8', 0.05, -3)
      : arithmetic === 'mixed'
        ? net.quantize(given, 0.05, 4)
        : given;
  const past = [net.conv(first, channels + 1, same([3, 3]))];
  for (const block of plan.blocks) {
    const x = past.at(-1);
    if (x !== undefined) past.push(blockOf(net, x, past, block));
  }
  const last = past.at(-1) ?? first;
  const end = plan.isTotal ? net.total(last, 'average') : last;
  if (arithmetic === 'uint8') return net.build(net.requantize(end, 'uint8', 0.9, 128));
  return net.build(arithmetic === 'mixed' ? net.dequantize(end) : end);
}

function blockOf(net: RowNet, x: ValueId, past: readonly ValueId[], { kind, layers, ...block }: BlockPlan): ValueId {
  const chained = (from: ValueId, plans: readonly LayerPlan[]) =>
    plans.reduce((y, plan) => layerOf(net, y, plan), from);
  const kept = (from: ValueId, plans: readonly LayerPlan[]) =>
    plans.reduce((y, { kernel }) => net.depthwise(y, same(kernel)), from);
  const { shape } = net.builder.typeOf(x);
  switch (kind) {
    case 'chain':
      return chained(x, layers);
    case 'sum':
      return net.add(x, net.conv(kept(x, layers), dimension(shape, 3), { kernel: 1 }));
    case 'halves': {
      const stride = block.stride;
      if (dimension(shape, 1) < 2 * stride || dimension(shape, 2) < stride) return x;
      const [channels = 1] = layers.map((layer) => layer.channels);
      const short = net.conv(x, channels, { kernel: 1, stride });
      const long = net.conv(kept(x, layers), channels, { kernel: [3, 3], stride, pad: [1, 1, 1, 1] });
      return shapesEqual(net.builder.typeOf(short).shape, net.builder.typeOf(long).shape) ? net.add(long, short) : long;
    }
    case 'join': {
      const branches = [x, kept(x, layers), net.conv(x, 3, same([1, 3]))];
      return net.concat(net.isFloat(x) ? branches : branches.map((y) => net.requantize(y, 'int8', 0.5, -3)));
    }
    default: {
      const alike = past.filter((y) => shapesEqual(net.builder.typeOf(y).shape, shape));
      const other = alike[block.past % alike.length];
      return other === undefined ? x : net.add(kept(x, layers), other);
    }
  }
}

/** Padding that keeps the size, more of it behind an image for even kernels. */
function same(kernel: readonly [number, number]): WindowPlan {
  const [y, x] = [kernel[0] - 1, kernel[1] - 1];
  return { kernel, pad: [Math.floor(y / 2), Math.floor(x / 2), Math.ceil(y / 2), Math.ceil(x / 2)] };
}

function layerOf(net: RowNet, x: ValueId, plan: LayerPlan): ValueId {
  const { shape } = net.builder.typeOf(x);
  const { kind, kernel, stride, dilation, pad, channels, isMaximum } = plan;
  const pads = kind === 'pool' ? ([0, 0, 0, 0] as const) : pad;
  const extent = (axis: 0 | 1) => (kernel[axis] - 1) * (kind === 'pool' ? 1 : dilation) + 1;
  const rows = Math.floor((dimension(shape, 1) + pads[0] + pads[2] - extent(0)) / stride[0]) + 1;
  const columns = Math.floor((dimension(shape, 2) + pads[1] + pads[3] - extent(1)) / stride[1]) + 1;
  if (kind === 'tanh') return net.tanh(x);
  if (kind === 'point') return net.conv(x, channels, { kernel: 1 });
  if (rows < 2 || columns < 1) return x;
  if (kind === 'pool') return net.pool(x, isMaximum ? 'max' : 'average', { kernel, stride });
  const window = { kernel, stride, dilation, pad };
  return kind === 'conv' ? net.conv(x, channels, window) : net.depthwise(x, window, kind === 'multiplied' ? 2 : 1);
}

const upTo = (most: number) => fc.integer({ min: 1, max: most });

const layerPlans: fc.Arbitrary<LayerPlan> = fc.record({
  kind: fc.constantFrom(...layerKinds),
  channels: upTo(9),
  kernel: fc.tuple(upTo(5), upTo(4)),
  stride: fc.tuple(fc.constantFrom(1, 1, 2, 3), upTo(2)),
  dilation: fc.constantFrom(1, 1, 1, 2),
  pad: fc.tuple(fc.nat(3), fc.nat(2), fc.nat(3), fc.nat(2)),
  isMaximum: fc.boolean(),
});

export const blocksPlans: fc.Arbitrary<BlocksPlan> = fc.record({
  seed: fc.nat(1000),
  arithmetic: fc.constantFrom('int8', 'int8', 'uint8', 'float32', 'mixed'),
  height: fc.integer({ min: 3, max: 14 }),
  width: upTo(7),
  channels: upTo(5),
  blocks: fc.array(
    fc.record({
      kind: fc.constantFrom('chain', 'sum', 'halves', 'join', 'shortcut'),
      layers: fc.array(layerPlans, { minLength: 1, maxLength: 3 }),
      past: fc.nat(6),
      stride: fc.constantFrom(1, 2, 2, 3),
    }),
    { minLength: 1, maxLength: 4 },
  ),
  isTotal: fc.boolean(),
});
