import { describe, test } from 'vitest';
import type { ZipFunction } from '../../../../converter/ops/zip.ts';
import { perTensor } from '../../../../converter/tensor/quantization.ts';
import { broadcastShapes, type Shape } from '../../../../converter/tensor/shape.ts';
import { tensorType } from '../../../../converter/tensor/tensor.ts';
import { random, randomTensor, singleNode } from '../run-graph.ts';
import { clamps, expectSame } from './expect-same.ts';

const patterns: readonly (readonly [a: Shape, b: Shape])[] = [
  [[1], [1]],
  [[7], [7]],
  [
    [2, 3, 5],
    [2, 3, 5],
  ],
  [[4, 17], [1]],
  [[], [3, 9]],
  [[2, 3, 4, 9], [9]],
  [
    [2, 3, 4, 9],
    [2, 1, 1, 9],
  ],
  [
    [2, 3, 4, 1],
    [1, 1, 4, 5],
  ],
  [
    [3, 1, 4],
    [1, 6, 1],
  ],
  [
    [1, 8, 1, 16],
    [1, 8, 6, 16],
  ],
];

describe.each(patterns)('zip of %j and %j', (a, b) => {
  const to = broadcastShapes(a, b) ?? [];

  test.each([
    ...(['add', 'sub', 'mul', 'div', 'max', 'min', 'rem', 'floor-div', 'floor-mod', 'pow', 'atan2'] as const),
  ])('%s float32', (fn) => {
    const op = { type: 'zip', attributes: { fn, clamp: fn === 'add' ? clamps.relu6 : clamps.none } } as const;
    expectSame(singleNode(op, [tensorType('float32', a), tensorType('float32', b)], tensorType('float32', to)));
  });

  test.each(['add', 'sub', 'mul', 'div', 'max', 'min', 'floor-div', 'floor-mod'] as const)('%s int32', (fn) => {
    const op = { type: 'zip', attributes: { fn, clamp: clamps.none } } as const;
    expectSame(singleNode(op, [tensorType('int32', a), tensorType('int32', b)], tensorType('int32', to)));
  });

  for (const rounding of ['exact', 'single', 'float'] as const) {
    test.each(['add', 'sub', 'mul', 'max', 'min'] as const)(`%s int8, ${rounding}`, (fn: ZipFunction) => {
      const isSelect = fn === 'max' || fn === 'min';
      const q = perTensor(0.03, -7);
      const types = [tensorType('int8', a, q), tensorType('int8', b, isSelect ? q : perTensor(0.011, 9))];
      const output = tensorType('int8', to, isSelect ? q : perTensor(fn === 'mul' ? 0.02 : 0.025, 4));
      expectSame(singleNode({ type: 'zip', attributes: { fn, clamp: clamps.none } }, types, output, rounding));
      expectSame(singleNode({ type: 'zip', attributes: { fn, clamp: { min: 0, max: 1 } } }, types, output, rounding));
    });

    test.each(['add', 'sub', 'mul', 'max', 'min'] as const)(`%s uint8 and int16, ${rounding}`, (fn: ZipFunction) => {
      const isSelect = fn === 'max' || fn === 'min';
      for (const [dtype, zero, unit] of [
        ['uint8', 121, 1],
        ['int16', 0, 1 / 256],
      ] as const) {
        const q = perTensor(Math.fround(0.03 * unit), zero);
        const other = perTensor(Math.fround(0.011 * unit), zero && 137);
        const types = [tensorType(dtype, a, q), tensorType(dtype, b, isSelect ? q : other)];
        const scale = Math.fround((fn === 'mul' ? 0.02 : 0.025) * unit);
        const output = tensorType(dtype, to, isSelect ? q : perTensor(scale, zero && 132));
        expectSame(singleNode({ type: 'zip', attributes: { fn, clamp: clamps.none } }, types, output, rounding));
        expectSame(singleNode({ type: 'zip', attributes: { fn, clamp: { min: 0, max: 1 } } }, types, output, rounding));
      }
    });
  }
});

test.each([1e-4, 3, 100])('int8 add with an output scale of %f', (scale) => {
  const types = [tensorType('int8', [50], perTensor(0.5, 100)), tensorType('int8', [50], perTensor(0.5, -100))];
  const op = { type: 'zip', attributes: { fn: 'add', clamp: clamps.none } } as const;
  for (const rounding of ['exact', 'single', 'float'] as const) {
    expectSame(singleNode(op, types, tensorType('int8', [50], perTensor(scale, 0)), rounding));
  }
});

test('a constant operand', () => {
  const constant = randomTensor(tensorType('float32', [5]), random(3));
  const op = { type: 'zip', attributes: { fn: 'mul', clamp: clamps.none } } as const;
  expectSame(singleNode(op, [tensorType('float32', [4, 5]), constant], tensorType('float32', [4, 5])));
});
