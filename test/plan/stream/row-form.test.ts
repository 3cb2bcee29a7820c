import { expect, test } from 'vitest';
import { wasmKernelNeeds } from '../../../converter/backends/wasm/needs.ts';
import type { ValueId } from '../../../converter/ir/graph.ts';
import { lowerGraph } from '../../../converter/plan/lower.ts';
import { rowFormOf } from '../../../converter/plan/stream/row-form.ts';
import { tensorType } from '../../../converter/tensor/tensor.ts';
import { RowNet } from './row-net.ts';
import { rowNets } from './row-nets.ts';

/** The row forms of the steps of a small graph. */
function formsOf(build: (net: RowNet) => ValueId) {
  const net = new RowNet(1);
  return lowerGraph(net.build(build(net)), wasmKernelNeeds).steps.map(rowFormOf);
}

const same3 = { kernel: 3, pad: [1, 1, 1, 1] } as const;

test('windows follow stride, padding and dilation', () => {
  const [conv] = formsOf((n) =>
    n.conv(n.input(20, 6, 3), 5, { kernel: [4, 2], stride: 3, dilation: 2, pad: [5, 0, 1, 0] }),
  );
  expect(conv).toMatchObject({ kind: 'window', windows: [{ stride: 3, top: 5, rows: 7 }, null, null] });
  expect(conv?.op).toMatchObject({ attributes: { padding: { top: 0, bottom: 0, left: 0, right: 0 } } });
});

test('sides stay padded', () => {
  const [conv] = formsOf((n) => n.depthwise(n.input(6, 6, 3), same3));
  expect(conv?.op).toMatchObject({ attributes: { padding: { top: 0, bottom: 0, left: 1, right: 1 } } });
});

test('all steps of the small graphs work by rows', () => {
  for (const { name, graph } of rowNets) {
    const steps = lowerGraph(graph, wasmKernelNeeds).steps;
    expect(steps.filter((step) => rowFormOf(step) === null).map((step) => `${name}: ${step.name}`)).toEqual([]);
  }
});

test.each<[string, (net: RowNet) => ValueId]>([
  ['an image of one row', (n) => n.conv(n.input(1, 6, 3), 4, { kernel: 1 })],
  ['one row of output', (n) => n.conv(n.input(3, 6, 3), 4, { kernel: 3 })],
  [
    'joined rows',
    (n) => {
      const x = n.input(3, 6, 3);
      return n.concat([x, x], 1);
    },
  ],
  ['a constant that differs by rows', (n) => n.addConstant(n.input(5, 4, 3), [1, 5, 4, 3])],
  ['a pool across the upper edge', (n) => n.pool(n.input(6, 6, 3), 'max', same3)],
  [
    'a pool over all rows but not over all columns',
    (n) => n.pool(n.input(6, 9, 4), 'average', { kernel: [6, 3], stride: [1, 3] }),
  ],
  ['a total of floats', (n) => n.total(n.input(6, 6, 3, 'float32'), 'average')],
  [
    'a scale for each row',
    (n) => {
      const quantization = { kind: 'per-channel', axis: 1, scales: [1, 2, 3], zeroPoints: [0, 0, 0] } as const;
      return n.dequantize(n.builder.input('rows', tensorType('int8', [1, 3, 4, 2], quantization)));
    },
  ],
])('%s has no row form', (_, build) => {
  expect(formsOf(build)).toEqual([null]);
});
