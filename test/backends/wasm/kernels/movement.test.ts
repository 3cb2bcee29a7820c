import { describe, test } from 'vitest';
import type { Op } from '../../../../converter/ops/op.ts';
import { outputShapes } from '../../../../converter/ops/registry.ts';
import type { DType } from '../../../../converter/tensor/dtype.ts';
import { perTensor } from '../../../../converter/tensor/quantization.ts';
import type { Shape } from '../../../../converter/tensor/shape.ts';
import { tensorType } from '../../../../converter/tensor/tensor.ts';
import { singleNode } from '../run-graph.ts';
import { expectSame } from './expect-same.ts';

const dtypes: readonly DType[] = ['float32', 'float16', 'int8', 'uint8', 'int16', 'int32', 'int64', 'bool'];

describe.each(dtypes)('movement of %s', (dtype) => {
  const check = (op: Op, ...shapes: readonly Shape[]) => {
    const q = dtype === 'int8' ? perTensor(0.5, -3) : ({ kind: 'none' } as const);
    const inputs = shapes.map((shape) => tensorType(dtype, shape, q));
    const [shape = []] = outputShapes(op, inputs);
    expectSame(singleNode(op, inputs, tensorType(dtype, shape, q)));
  };

  test.each([
    [1, 0],
    [0, 2, 1],
    [2, 0, 1],
    [0, 3, 1, 2],
    [0, 2, 3, 1],
    [3, 2, 1, 0],
    [0, 1, 2, 3],
  ])('transpose %#', (...permutation) => {
    check({ type: 'transpose', attributes: { permutation } }, [3, 5, 2, 7].slice(0, permutation.length));
  });
  test.each([0, 1, 2])('concat along axis %i', (axis) => {
    const shapes = [3, 1, 8].map((size) => [2, 4, 5].map((other, i) => (i === axis ? size : other)));
    check({ type: 'concat', attributes: { axis } }, ...shapes);
  });
  test('slice', () => {
    check({ type: 'slice', attributes: { begin: [1, 0, 2], size: [2, 3, 4], strides: [1, 1, 1] } }, [4, 3, 9]);
    check({ type: 'slice', attributes: { begin: [3, 2, 8], size: [2, 3, 4], strides: [-2, -1, -2] } }, [4, 3, 9]);
    check({ type: 'slice', attributes: { begin: [0, 1], size: [4, 40], strides: [1, 1] } }, [4, 64]);
  });
  test('slice that stands still', () => {
    check({ type: 'slice', attributes: { begin: [1, 0, 2], size: [3, 3, 1], strides: [0, 1, 1] } }, [4, 3, 9]);
    check({ type: 'slice', attributes: { begin: [0, 0], size: [4, 17], strides: [1, 0] } }, [4, 1]);
    check({ type: 'slice', attributes: { begin: [0, 0], size: [5, 4], strides: [0, 0] } }, [1, 1]);
  });
  test('pad with zeros', () => {
    check({ type: 'pad', attributes: { before: [0, 1, 2], after: [1, 0, 3], value: 0 } }, [2, 3, 5]);
  });
});

test.each(['float32', 'int32', 'int8'] as const)('pad %s with another value', (dtype) => {
  const q = dtype === 'int8' ? perTensor(0.5, -3) : ({ kind: 'none' } as const);
  const op = { type: 'pad', attributes: { before: [1, 2], after: [2, 1], value: -4 } } as const;
  expectSame(singleNode(op, [tensorType(dtype, [3, 5], q)], tensorType(dtype, [6, 8], q)));
});

test('a constant output is copied into the arena', () => {
  const op = { type: 'reshape', attributes: { shape: [3] } } as const;
  const constant = { type: tensorType('float32', [3]), data: Float32Array.of(1, 2, 3) };
  expectSame(singleNode(op, [constant], tensorType('float32', [3])));
});
