import { describe, expect, test } from 'vitest';
import { evaluateGraph } from '../../../../converter/ir/evaluate.ts';
import type { Op } from '../../../../converter/ops/op.ts';
import { outputShapes } from '../../../../converter/ops/registry.ts';
import { allocate, type DType } from '../../../../converter/tensor/dtype.ts';
import { notQuantized, perTensor } from '../../../../converter/tensor/quantization.ts';
import { elementCount, type Shape } from '../../../../converter/tensor/shape.ts';
import { type Tensor, tensorType } from '../../../../converter/tensor/tensor.ts';
import { emit, runModule, singleNode } from '../run-graph.ts';
import { expectSame } from './expect-same.ts';

const quantization = (dtype: DType) => (dtype === 'int8' ? perTensor(0.5, -3) : notQuantized);

/** Indices from -1 to 6, so that some lie outside. */
function indices(shape: Shape): Tensor {
  const data = Int32Array.from({ length: elementCount(shape) }, (_, i) => ((i * 5) % 8) - 1);
  return { type: tensorType('int32', shape), data };
}

describe.each(['float32', 'int8', 'int16', 'int32', 'int64', 'bool'] as const)('gather of %s', (dtype) => {
  test.each([
    [0, 1, [5], [1, 1]],
    [0, 1, [4, 3], [7, 1]],
    [1, 1, [3, 4, 17], [2, 3, 1]],
    [2, 1, [3, 4, 5], [2, 1]],
    [0, 2, [4, 6, 8], [5, 2]],
    [1, 2, [2, 3, 5, 3], [4, 2]],
    [0, 3, [2, 3, 4], [6, 3]],
  ])('axis %i, %i indices, %j by %j', (axis, count, shape, places) => {
    const op: Op = { type: 'gather', attributes: { axis, count } };
    const data = tensorType(dtype, shape, quantization(dtype));
    const [to = []] = outputShapes(op, [data, tensorType('int32', places)]);
    expectSame(singleNode(op, [data, indices(places)], tensorType(dtype, to, quantization(dtype))));
    expectSame(singleNode(op, [data, tensorType('int32', places)], tensorType(dtype, to, quantization(dtype))));
  });
});

describe.each(['float32', 'int8', 'uint8', 'int32'] as const)('arg-reduce of %s', (dtype) => {
  test.each([
    [0, [7]],
    [0, [1]],
    [1, [3, 5, 4]],
    [2, [2, 3, 21]],
    [0, [6, 2]],
  ])('axis %i of %j', (axis, shape) => {
    for (const kind of ['max', 'min'] as const) {
      for (const place of ['int32', 'int64'] as const) {
        const op: Op = { type: 'arg-reduce', attributes: { kind, axis } };
        const input = tensorType(dtype, shape, quantization(dtype));
        expectSame(singleNode(op, [input], tensorType(place, shape.toSpliced(axis, 1))));
      }
    }
  });
});

describe('cast', () => {
  const dtypes = ['float32', 'int8', 'uint8', 'int16', 'int32', 'bool'] as const;
  test.each(dtypes)('from %s', (from) => {
    const values = [0, 1, -1, 1.5, -2.5, 127, 128, 200, -129, 255, 256, 40000, -40000, 3e9, -3e9, 1e30, 0.4];
    const data = allocate(from, values.length);
    values.forEach((value, i) => {
      if (!(data instanceof BigInt64Array)) data[i] = from === 'bool' ? i % 2 : value;
    });
    for (const to of dtypes) {
      const type = tensorType(from, [values.length]);
      const graph = singleNode({ type: 'cast', attributes: {} }, [type], tensorType(to, [values.length]));
      const [expected] = evaluateGraph(graph, [{ type, data }]);
      const [actual] = runModule(emit(graph, 'guarded'), [{ type, data }]);
      expect(actual?.data, `to ${to}`).toEqual(expected?.data);
      const [planned] = runModule(emit(graph), [{ type, data }]);
      expect(planned?.data, `to ${to}, planned`).toEqual(expected?.data);
    }
  });
});

describe.each([
  ['float32', 'fixed'],
  ['int8', 'fixed'],
  ['int8', 'real-uint8'],
] as const)('resize-bilinear of %s, %s', (dtype, integers) => {
  test.each([
    [[1, 2, 3, 1], 5, 4],
    [[2, 4, 4, 3], 8, 8],
    [[1, 5, 7, 4], 3, 2],
    [[1, 1, 1, 9], 2, 3],
    [[1, 3, 3, 17], 6, 3],
  ])('%j to %i x %i', (shape, height, width) => {
    for (const mode of ['plain', 'corners', 'half']) {
      const attributes = {
        height,
        width,
        alignCorners: mode === 'corners',
        halfPixelCenters: mode === 'half',
        integers,
      };
      const output = [shape[0] ?? 1, height, width, shape[3] ?? 1];
      const types = [shape, output].map((each) => tensorType(dtype, each, quantization(dtype)));
      const [from, to] = types;
      if (from !== undefined && to !== undefined)
        expectSame(singleNode({ type: 'resize-bilinear', attributes }, [from], to));
    }
  });
});

const patterns: readonly (readonly [a: Shape, b: Shape, to: Shape])[] = [
  [[7], [7], [7]],
  [[], [3, 4], [3, 4]],
  [
    [2, 3, 1],
    [1, 3, 5],
    [2, 3, 5],
  ],
  [
    [4, 1, 3],
    [2, 1],
    [4, 2, 3],
  ],
];
const relations = ['equal', 'not-equal', 'less', 'less-equal', 'greater', 'greater-equal'] as const;

describe.each(['float32', 'int8', 'uint8', 'int32', 'bool'] as const)('compare and select %s', (dtype) => {
  test.each(patterns)('%j and %j', (a, b, to) => {
    for (const relation of relations) {
      const op: Op = { type: 'compare', attributes: { relation } };
      const types = [a, b].map((shape) => tensorType(dtype, shape, quantization(dtype)));
      expectSame(singleNode(op, types, tensorType('bool', to)));
    }
    const select: Op = { type: 'select', attributes: {} };
    for (const condition of [to, a, []]) {
      const sides = [a, b].map((shape) => tensorType(dtype, shape, quantization(dtype)));
      const inputs = [tensorType('bool', condition), ...sides];
      expectSame(singleNode(select, inputs, tensorType(dtype, to, quantization(dtype))));
    }
  });
});
