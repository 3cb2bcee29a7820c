import { describe, expect, test } from 'vitest';
import { evaluateGraph } from '../../../../converter/ir/evaluate.ts';
import type { Op } from '../../../../converter/ops/op.ts';
import type { ScatterReduction } from '../../../../converter/ops/scatter.ts';
import type { DType } from '../../../../converter/tensor/dtype.ts';
import { notQuantized, perTensor } from '../../../../converter/tensor/quantization.ts';
import { elementCount, type Shape } from '../../../../converter/tensor/shape.ts';
import { type Tensor, tensorType } from '../../../../converter/tensor/tensor.ts';
import { emit, runModule, singleNode } from '../run-graph.ts';
import { expectSame } from './expect-same.ts';

const typed = (dtype: DType, shape: Shape) =>
  tensorType(dtype, shape, dtype === 'int8' ? perTensor(0.5, -3) : notQuantized);

/** Indices from -1 to 6 with repetitions, so that some lie outside. */
function indices(shape: Shape): Tensor {
  const data = Int32Array.from({ length: elementCount(shape) }, (_, i) => ((i * 5 + (i >> 2)) % 8) - 1);
  return { type: tensorType('int32', shape), data };
}

const scatters: readonly (readonly [axis: number, count: number, data: Shape, places: Shape])[] = [
  [0, 1, [5], [9, 1]],
  [0, 1, [4, 3], [7, 1]],
  [1, 1, [3, 4, 17], [2, 3, 1]],
  [2, 1, [3, 4, 5], [2, 1]],
  [0, 2, [4, 6, 8], [5, 2]],
  [0, 3, [2, 3, 4], [16, 3]],
];

describe.each(['float32', 'int8', 'int16', 'int32', 'int64', 'bool'] as const)('scatter of %s', (dtype) => {
  test.each(scatters)('axis %i, %i indices, %j by %j', (axis, count, shape, places) => {
    const updates = [...shape.slice(0, axis), ...places.slice(0, -1), ...shape.slice(axis + count)];
    const joins = dtype === 'float32' || dtype === 'int32' || dtype === 'int64';
    const reductions: ScatterReduction[] = joins ? ['none', 'add', 'mul', 'max', 'min'] : ['none'];
    for (const reduction of reductions) {
      const op: Op = { type: 'scatter', attributes: { axis, count, reduction } };
      const [data, update] = [typed(dtype, shape), typed(dtype, updates)];
      expectSame(singleNode(op, [data, indices(places), update], data));
      expectSame(singleNode(op, [data, tensorType('int32', places), update], data));
    }
  });
});

const rows: readonly (readonly [axis: number, shape: Shape])[] = [
  [0, [1]],
  [0, [7]],
  [1, [3, 5, 4]],
  [2, [2, 3, 21]],
  [0, [6, 2]],
];

describe.each(['float32', 'int32', 'int64'] as const)('cumulative of %s', (dtype) => {
  test.each(rows)('axis %i of %j', (axis, shape) => {
    for (const kind of ['sum', 'product'] as const) {
      for (const [exclusive, reverse] of [[], [true], [false, true], [true, true]] as boolean[][]) {
        const attributes = { kind, axis, exclusive: exclusive ?? false, reverse: reverse ?? false };
        expectSame(singleNode({ type: 'cumulative', attributes }, [typed(dtype, shape)], typed(dtype, shape)));
      }
    }
  });
});

describe.each(['float32', 'int8', 'uint8', 'int16', 'int32', 'int64'] as const)('top-k of %s', (dtype) => {
  test.each(rows)('axis %i of %j', (axis, shape) => {
    const length = shape[axis] ?? 1;
    for (const k of new Set([1, Math.ceil(length / 2), length])) {
      for (const largest of [true, false]) {
        const op: Op = { type: 'top-k', attributes: { k, axis, largest } };
        expectSame(singleNode(op, [typed(dtype, shape)], tensorType('int32', shape.with(axis, k))));
      }
    }
  });

  test('equal elements keep their order', () => {
    const op: Op = { type: 'top-k', attributes: { k: 5, axis: 0, largest: true } };
    const type = typed('int8', [9]);
    const graph = singleNode(op, [type], tensorType('int32', [5]));
    const input = { type, data: Int8Array.of(3, 1, 3, 9, -1, 1, 9, 3, 0) };
    expect(runModule(emit(graph), [input])[0]?.data).toEqual(evaluateGraph(graph, [input])[0]?.data);
  });
});

describe('int64', () => {
  const wides = [0n, 1n, -1n, 7n, -7n, 300n, 2n ** 31n, -(2n ** 40n) - 3n, 2n ** 62n + 2n ** 38n + 1n];
  wides.push(2n ** 63n - 1n, -(2n ** 63n), 2n ** 53n + 1n, 2n ** 54n + 2n ** 30n + 1n, 3n);
  const data = BigInt64Array.from(wides);
  const type = tensorType('int64', [data.length]);

  test.each(['float32', 'int8', 'uint8', 'int16', 'int32', 'int64', 'bool'] as const)('to and from %s', (dtype) => {
    const to = singleNode({ type: 'cast', attributes: {} }, [type], tensorType(dtype, type.shape));
    const expected = evaluateGraph(to, [{ type, data }]);
    expect(runModule(emit(to), [{ type, data }])[0]?.data).toEqual(expected[0]?.data);
    const back = singleNode({ type: 'cast', attributes: {} }, [tensorType(dtype, type.shape)], type);
    const inputs = expected.slice(0, 1);
    expect(runModule(emit(back), inputs)[0]?.data).toEqual(evaluateGraph(back, inputs)[0]?.data);
  });

  test('real numbers beyond its range saturate', () => {
    const reals = Float32Array.of(1e30, -1e30, Number.NaN, 9.3e18, -9.3e18, 1.9, -1.9);
    const real = tensorType('float32', [reals.length]);
    const graph = singleNode({ type: 'cast', attributes: {} }, [real], tensorType('int64', real.shape));
    const expected = BigInt64Array.of(2n ** 63n - 1n, -(2n ** 63n), 0n, 2n ** 63n - 1n, -(2n ** 63n), 1n, -1n);
    expect(evaluateGraph(graph, [{ type: real, data: reals }])[0]?.data).toEqual(expected);
    expect(runModule(emit(graph), [{ type: real, data: reals }])[0]?.data).toEqual(expected);
  });

  test.each(['add', 'sub', 'mul', 'div', 'max', 'min', 'floor-div', 'floor-mod'] as const)('%s', (fn) => {
    const n = data.length;
    const [a, b] = [tensorType('int64', [n, 1]), tensorType('int64', [1, n])];
    const attributes = { fn, clamp: { min: Number.NEGATIVE_INFINITY, max: Number.POSITIVE_INFINITY } };
    const graph = singleNode({ type: 'zip', attributes }, [a, b], tensorType('int64', [n, n]));
    const inputs = [
      { type: a, data },
      { type: b, data },
    ];
    expect(runModule(emit(graph), inputs)[0]?.data).toEqual(evaluateGraph(graph, inputs)[0]?.data);
  });

  test.each(['equal', 'not-equal', 'less', 'less-equal', 'greater', 'greater-equal'] as const)('%s', (relation) => {
    const n = data.length;
    const [a, b] = [tensorType('int64', [n, 1]), tensorType('int64', [1, n])];
    const graph = singleNode({ type: 'compare', attributes: { relation } }, [a, b], tensorType('bool', [n, n]));
    const inputs = [
      { type: a, data },
      { type: b, data },
    ];
    expect(runModule(emit(graph), inputs)[0]?.data).toEqual(evaluateGraph(graph, inputs)[0]?.data);
  });
});
