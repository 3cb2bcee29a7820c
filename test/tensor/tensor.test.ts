import { describe, expect, it } from 'vitest';
import { allocate, fromBytes, isQuantizedDType, toBytes } from '../../converter/tensor/dtype.ts';
import { float16ToNumber } from '../../converter/tensor/float16.ts';
import { broadcastOffsets, pickElements, placeElements, stridedOffsets } from '../../converter/tensor/layout.ts';
import { notQuantized, perTensor, quantizationsEqual, scaleAt } from '../../converter/tensor/quantization.ts';
import { broadcastShapes, dimension, elementCount, stridesOf } from '../../converter/tensor/shape.ts';
import {
  byteSize,
  dataAs,
  formatType,
  numericData,
  tensorType,
  typesEqual,
  wholeData,
  zeros,
} from '../../converter/tensor/tensor.ts';

describe('shape', () => {
  it('counts, strides and dimensions', () => {
    expect(elementCount([])).toBe(1);
    expect(elementCount([2, 0, 3])).toBe(0);
    expect(stridesOf([2, 3, 4])).toEqual([12, 4, 1]);
    expect(dimension([2, 3], -1)).toBe(3);
    expect(() => dimension([2, 3], 2)).toThrow(RangeError);
  });

  it('broadcasts as NumPy does', () => {
    expect(broadcastShapes([4, 1, 3], [5, 1])).toEqual([4, 5, 3]);
    expect(broadcastShapes([], [2])).toEqual([2]);
    expect(broadcastShapes([2], [3])).toBeNull();
  });
});

describe('layout', () => {
  it('walks strides forwards, backwards and in place', () => {
    expect([...stridedOffsets([2, 3], [1, 2])]).toEqual([0, 2, 4, 1, 3, 5]);
    expect([...stridedOffsets([3], [-2], 5)]).toEqual([5, 3, 1]);
    expect([...stridedOffsets([], [], 7)]).toEqual([7]);
    expect([...stridedOffsets([2, 0], [1, 1])]).toEqual([]);
  });

  it('repeats broadcast axes', () => {
    expect([...broadcastOffsets([2, 1], [2, 3])]).toEqual([0, 0, 0, 1, 1, 1]);
    expect([...broadcastOffsets([3], [2, 3])]).toEqual([0, 1, 2, 0, 1, 2]);
    expect(() => broadcastOffsets([2, 3], [3])).toThrow(RangeError);
    expect(() => broadcastOffsets([2], [3])).toThrow(RangeError);
  });

  it('moves bigints and numbers', () => {
    const type = tensorType('int64', [3]);
    const source = { type, data: BigInt64Array.of(7n, 8n, 9n) };
    expect(pickElements(source, Int32Array.of(2, 0, 2), type).data).toEqual(BigInt64Array.of(9n, 7n, 9n));
    const target = zeros(tensorType('int8', [4]));
    placeElements({ type: tensorType('int8', [2]), data: Int8Array.of(5, 6) }, Int32Array.of(3, 1), target);
    expect(target.data).toEqual(Int8Array.of(0, 6, 0, 5));
  });
});

describe('data', () => {
  it('reads little-endian bytes at any address', () => {
    const bytes = Uint8Array.of(99, 1, 0, 0, 0, 2, 0, 0, 0).subarray(1);
    expect(fromBytes('int32', bytes)).toEqual(Int32Array.of(1, 2));
    expect(toBytes(Int16Array.of(258))).toEqual(Uint8Array.of(2, 1));
    expect(allocate('float16', 2)).toEqual(new Uint16Array(2));
  });

  it('decodes float16', () => {
    const cases: [number, number][] = [
      [0x3c00, 1],
      [0xc000, -2],
      [0x7bff, 65504],
      [0x0001, 2 ** -24],
      [0x0400, 2 ** -14],
      [0x7c00, Number.POSITIVE_INFINITY],
    ];
    for (const [bits, value] of cases) expect(float16ToNumber(bits)).toBe(value);
    expect(float16ToNumber(0x7e00)).toBeNaN();
  });

  it('knows types and refuses the wrong ones', () => {
    const tensor = zeros(tensorType('int8', [2, 2], perTensor(0.5, -3)));
    expect(byteSize(tensor.type)).toBe(4);
    expect(() => dataAs(tensor, 'uint8')).toThrow(TypeError);
    expect(() => numericData(zeros(tensorType('int64', [1])))).toThrow(TypeError);
    expect(wholeData({ type: tensorType('int32', [1]), data: Int32Array.of(-4) })).toEqual(BigInt64Array.of(-4n));
    expect(formatType(tensor.type)).toBe('int8 2x2 scale=0.5 zero=-3');
    expect(typesEqual(tensor.type, tensorType('int8', [2, 2], perTensor(0.5, -3)))).toBe(true);
    expect(typesEqual(tensor.type, tensorType('int8', [2, 2]))).toBe(false);
    expect(isQuantizedDType('bool')).toBe(false);
  });

  it('compares quantization by value', () => {
    const channels = { kind: 'per-channel', axis: 0, scales: [1, 2], zeroPoints: [0, 0] } as const;
    expect(quantizationsEqual(channels, { ...channels, scales: [1, 2] })).toBe(true);
    expect(quantizationsEqual(channels, { ...channels, axis: 1 })).toBe(false);
    expect(quantizationsEqual(notQuantized, channels)).toBe(false);
    expect(scaleAt(channels, 1)).toBe(2);
    expect(() => scaleAt(channels, 2)).toThrow(RangeError);
    expect(() => scaleAt(notQuantized, 0)).toThrow(RangeError);
  });
});
