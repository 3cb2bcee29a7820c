import type { Graph, ValueId } from '../../../converter/ir/graph.ts';
import { RowNet } from './row-net.ts';

/** A graph all of whose steps can be done row by row, as one stream. */
export interface NamedGraph {
  readonly name: string;
  readonly graph: Graph;
}

const same3 = { kernel: 3, pad: [1, 1, 1, 1] } as const;
const half3 = { kernel: 3, stride: 2, pad: [0, 0, 1, 1] } as const;

const nets: readonly (readonly [name: string, build: (net: RowNet) => readonly ValueId[]])[] = [
  ['one convolution with padding', (n) => [n.conv(n.input(7, 6, 3), 5, same3)]],
  ['two convolutions', (n) => [n.conv(n.conv(n.input(9, 7, 3), 8, same3), 5, { kernel: 1 })]],
  [
    'strides of two with padding on either side',
    (n) => [n.conv(n.conv(n.input(12, 11, 2), 4, half3), 6, { ...half3, pad: [1, 1, 0, 0] })],
  ],
  [
    'a stride larger than the kernel',
    (n) => [n.conv(n.conv(n.input(13, 5, 3), 4, same3), 6, { kernel: 1, stride: [3, 1] })],
  ],
  [
    'tall kernels with uneven padding',
    (n) => [
      n.conv(n.conv(n.input(11, 4, 2), 3, { kernel: [5, 2], pad: [2, 0, 2, 1] }), 4, {
        kernel: [4, 1],
        pad: [3, 0, 0, 0],
      }),
    ],
  ],
  [
    'dilation and groups',
    (n) => [n.conv(n.conv(n.input(10, 9, 4), 8, { kernel: 3, dilation: 2, pad: [2, 2, 2, 2] }), 6, same3, 2)],
  ],
  [
    'a kernel taller than the image',
    (n) => [n.conv(n.conv(n.input(3, 4, 2), 4, same3), 3, { kernel: [5, 3], pad: [2, 1, 2, 1] })],
  ],
  [
    'depthwise and pointwise in turn',
    (n) => {
      let x = n.conv(n.input(16, 12, 1), 8, half3);
      for (let i = 0; i < 3; i++) x = n.conv(n.depthwise(x, i === 1 ? half3 : same3), 8 + 3 * i, { kernel: 1 });
      return [x];
    },
  ],
  ['depthwise with a multiplier', (n) => [n.depthwise(n.depthwise(n.input(8, 6, 3), same3, 3), half3)]],
  [
    'a residual branch',
    (n) => {
      const x = n.conv(n.input(9, 8, 3), 6, same3);
      return [n.conv(n.add(x, n.conv(n.conv(x, 4, same3), 6, same3)), 5, { kernel: 1 })];
    },
  ],
  [
    'residual branches one inside the other, with a stride',
    (n) => {
      const x = n.input(12, 8, 4);
      const inner = n.conv(x, 4, same3);
      const both = n.add(inner, n.depthwise(inner, same3));
      const all = n.add(x, n.conv(both, 4, { kernel: [5, 1], pad: [2, 0, 2, 0] }));
      return [n.add(n.conv(all, 6, half3), n.conv(all, 6, { kernel: 1, stride: 2 }))];
    },
  ],
  [
    'a value added to itself',
    (n) => {
      const x = n.conv(n.input(6, 5, 3), 5, same3);
      return [n.conv(n.add(x, x), 4, same3)];
    },
  ],
  ['an added constant', (n) => [n.addConstant(n.addConstant(n.conv(n.input(6, 5, 3), 5, same3), [5]), [1, 1, 5, 1])]],
  [
    'branches that are joined',
    (n) => {
      const x = n.input(9, 7, 3);
      const a = n.conv(x, 4, same3);
      const b = n.requantize(n.conv(x, 6, { kernel: 5, pad: [2, 2, 2, 2] }), 'int8', 0.5, -3);
      return [n.conv(n.concat([n.requantize(a, 'int8', 0.5, -3), b]), 5, same3)];
    },
  ],
  [
    'three inputs joined along columns',
    (n) => {
      const x = n.input(6, 4, 3);
      const y = n.pool(x, 'max', { ...same3, pad: [0, 1, 0, 1], kernel: [1, 3] });
      return [n.conv(n.concat([x, y, x], 2), 2, same3)];
    },
  ],
  [
    'pools',
    (n) => {
      const x = n.pool(n.conv(n.input(17, 13, 3), 9, same3), 'max', { kernel: 2, stride: 2 });
      return [n.pool(x, 'average', { kernel: 3, stride: [1, 2], pad: [0, 1, 0, 1] })];
    },
  ],
  ['a total average', (n) => [n.total(n.conv(n.input(9, 7, 3), 13, same3), 'average')]],
  ['a total average, ties up', (n) => [n.total(n.conv(n.input(8, 4, 3), 4, same3), 'average', 'up')]],
  ['a total maximum', (n) => [n.total(n.depthwise(n.input(5, 6, 7), same3), 'max')]],
  [
    'several outputs, one of them read on',
    (n) => {
      const x = n.conv(n.input(10, 6, 3), 4, same3);
      const y = n.conv(x, 6, half3);
      return [n.conv(y, 3, { kernel: 1 }), x, n.total(y, 'average')];
    },
  ],
  [
    'a uint8 boundary',
    (n) => {
      const x = n.requantize(n.input(9, 8, 3, 'uint8'), 'int8', 0.05, -3);
      return [n.requantize(n.conv(n.conv(x, 7, half3), 4, same3), 'uint8', 0.9, 128)];
    },
  ],
  ['functions', (n) => [n.softmax(n.tanh(n.conv(n.input(6, 5, 3), 7, same3)))]],
  ['float to int8 and back', (n) => [n.dequantize(n.conv(n.quantize(n.input(7, 6, 3, 'float32'), 0.03, 4), 5, same3))]],
  [
    'int16',
    (n) => {
      const x = n.conv(n.input(9, 7, 3, 'int16'), 5, same3);
      return [n.add(x, n.depthwise(x, same3))];
    },
  ],
  [
    'float32',
    (n) => {
      const x = n.conv(n.input(11, 9, 3, 'float32'), 6, half3);
      const y = n.add(x, n.depthwise(x, same3));
      return [n.pool(n.concat([y, n.tanh(x)]), 'average', { kernel: 2 })];
    },
  ],
];

/** Small graphs of everything that streams can do. */
export const rowNets: readonly NamedGraph[] = nets.map(([name, build], i) => {
  const net = new RowNet(500 + i);
  return { name, graph: net.build(...build(net)) };
});
