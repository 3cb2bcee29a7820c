import { describe, test } from 'vitest';
import type { ReduceAttributes } from '../../../../converter/ops/reduce.ts';
import { perTensor } from '../../../../converter/tensor/quantization.ts';
import { type Tensor, tensorType } from '../../../../converter/tensor/tensor.ts';
import { random, randomTensor, singleNode } from '../run-graph.ts';
import { expectSame } from './expect-same.ts';

const axesList = [[1, 2], [3], [0], [0, 3], [1], [2, 3], [0, 1, 2, 3], [1, 3], []] as const;

function outputShape(shape: readonly number[], { axes, keepDims }: ReduceAttributes): number[] {
  if (keepDims) return shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
  return shape.filter((_, axis) => !axes.includes(axis));
}

describe.each(axesList.map((axes) => ({ axes })))('reduce over $axes', ({ axes }) => {
  const shapes = [
    [2, 3, 4, 5],
    [1, 5, 5, 16],
    [3, 1, 2, 9],
  ] as const;
  test.each(['mean', 'sum', 'max', 'min', 'product'] as const)('%s float32', (kind) => {
    for (const shape of shapes) {
      const attributes = { kind, axes, keepDims: true };
      const types = [tensorType('float32', shape), tensorType('float32', outputShape(shape, attributes))] as const;
      expectSame(singleNode({ type: 'reduce', attributes }, [types[0]], types[1]));
    }
  });
  test.each(['sum', 'max', 'min', 'product'] as const)('%s int32', (kind) => {
    const attributes = { kind, axes, keepDims: false };
    const output = tensorType('int32', outputShape([2, 3, 4, 5], attributes));
    expectSame(singleNode({ type: 'reduce', attributes }, [tensorType('int32', [2, 3, 4, 5])], output));
  });
  for (const rounding of ['exact', 'single', 'float'] as const) {
    test.each(['mean', 'sum', 'max', 'min'] as const)(`%s int8, ${rounding}`, (kind) => {
      for (const shape of shapes) {
        const attributes = { kind, axes, keepDims: false };
        const isMove = kind === 'max' || kind === 'min';
        const q = perTensor(0.03, -7);
        const output = tensorType('int8', outputShape(shape, attributes), isMove ? q : perTensor(0.02, 5));
        expectSame(singleNode({ type: 'reduce', attributes }, [tensorType('int8', shape, q)], output, rounding));
      }
    });
  }
});

test('a reduction of a constant', () => {
  const constant: Tensor = randomTensor(tensorType('float32', [3, 4]), random(2));
  const attributes = { kind: 'mean', axes: [0], keepDims: false } as const;
  expectSame(singleNode({ type: 'reduce', attributes }, [constant], tensorType('float32', [4])));
});
