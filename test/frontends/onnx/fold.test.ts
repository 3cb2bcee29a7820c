import { describe, expect, test } from 'vitest';
import { importOnnx } from '../../../converter/frontends/onnx/import.ts';
import { evaluateGraph } from '../../../converter/ir/evaluate.ts';
import { typeOf } from '../../../converter/ir/graph.ts';
import type { Tensor } from '../../../converter/tensor/tensor.ts';
import { type AttributeDraft, floats, type ModelDraft, type TensorDraft, writeModel } from './draft.ts';

const intList = (name: string, ints: readonly number[]): AttributeDraft => ({ name, type: 7, ints });
const int = (name: string, i: number): AttributeDraft => ({ name, type: 2, i });
const int64s = (...int64Data: readonly number[]): TensorDraft => ({ dims: [int64Data.length], dataType: 7, int64Data });

interface Draft {
  readonly shape: readonly number[];
  readonly values: readonly number[];
  readonly initializers: Readonly<Record<string, TensorDraft>>;
  readonly attributes: readonly AttributeDraft[];
  readonly inputTypes?: ModelDraft['inputTypes'];
}

function run(op: string, { shape, values, initializers, attributes, inputTypes = {} }: Draft) {
  const nodes = [{ op, inputs: ['x', ...Object.keys(initializers)], outputs: ['y'], attributes }];
  const graph = importOnnx(
    writeModel({ inputs: { x: shape }, inputTypes, outputs: ['y'], initializers, nodes, opset: 22 }),
    'm',
  );
  const given = graph.inputs.map((port): Tensor => {
    const type = typeOf(graph, port.value);
    return { type, data: type.dtype === 'int16' ? Int16Array.from(values) : Float32Array.from(values) };
  });
  const [y] = evaluateGraph(graph, given);
  return [`${y?.type.dtype} ${y?.type.shape.join('x')}`, ...Array.from(y?.data ?? [], Number)];
}

describe('Col2Im', () => {
  const columns = (attributes: readonly AttributeDraft[], shape: readonly number[], image: readonly number[]) =>
    run('Col2Im', {
      ...{ shape, attributes },
      values: Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => i + 1),
      initializers: { image: int64s(...image), block: int64s(1, 2) },
    });

  test('adds what overlaps', () => {
    // Windows of two columns at 0 and 1: (1, 3) and (2, 4).
    expect(columns([], [1, 2, 2], [1, 3])).toEqual(['float32 1x1x1x3', 1, 5, 4]);
    // Two pictures' channels apart.
    expect(columns([], [1, 4, 2], [1, 3])).toEqual(['float32 1x2x1x3', 1, 5, 4, 5, 13, 8]);
  });

  test('leaves out what falls on the padding', () => {
    // Windows at -1, 1 of an image of two columns: the first of the first and the last of the last are outside.
    const padded = [intList('pads', [0, 1, 0, 1]), intList('strides', [1, 2])];
    expect(columns(padded, [1, 2, 2], [1, 2])).toEqual(['float32 1x1x1x2', 3, 2]);
  });

  test('wants as many columns as there are places', () => {
    expect(() => columns([], [1, 2, 3], [1, 3])).toThrow('3 columns for 2 places');
  });
});

test('ConvTranspose of three axes adds pixels times weights, groups apart', () => {
  const convolved = (group: number) =>
    run('ConvTranspose', {
      ...{ shape: [1, 2, 1, 1, 2], values: [1, 2, 3, 4] },
      initializers: { w: floats([2, 1, 1, 1, 2], [1, 10, 100, 1000]), b: floats([group], new Array(group).fill(0.5)) },
      attributes: [int('group', group)],
    });
  expect(convolved(2)).toEqual(['float32 1x2x1x1x3', 1.5, 12.5, 20.5, 300.5, 3400.5, 4000.5]);
  expect(convolved(1)).toEqual(['float32 1x1x1x1x3', 301.5, 3412.5, 4020.5]);
});

describe('MaxUnpool', () => {
  const unpooled = (places: readonly number[], ...shape: readonly number[]) =>
    run('MaxUnpool', {
      ...{ shape: [1, 1, 1, 2], values: [7, 8] },
      initializers: {
        places: { dims: [1, 1, 1, 2], dataType: 7, int64Data: places },
        ...(shape.length > 0 ? { shape: int64s(...shape) } : {}),
      },
      attributes: [intList('kernel_shape', [2, 2]), intList('strides', [2, 2])],
    });

  test('puts elements back to their places', () => {
    const expected = ['float32 1x1x2x4', 0, 7, 0, 0, 0, 0, 8, 0];
    expect(unpooled([1, 6])).toEqual(expected);
    expect(unpooled([1, 6], 1, 1, 2, 4)).toEqual(expected);
  });

  test('refuses places outside and other shapes', () => {
    expect(() => unpooled([1, 8])).toThrow('the index 8 lies outside');
    expect(() => unpooled([1, 6], 1, 1, 2, 5)).toThrow('the output shape 1x1x2x5');
  });
});

describe('AffineGrid', () => {
  const grid = (values: readonly number[], size: readonly number[], aligned: number) =>
    run('AffineGrid', {
      ...{ shape: [1, 2, 3], values, initializers: { size: int64s(...size) } },
      attributes: [int('align_corners', aligned)],
    });

  test('counts x first, from edge to edge or from centre to centre', () => {
    const same = [1, 0, 0, 0, 1, 0];
    expect(grid(same, [1, 1, 2, 2], 1)).toEqual(['float32 1x2x2x2', -1, -1, 1, -1, -1, 1, 1, 1]);
    expect(grid(same, [1, 1, 1, 2], 0)).toEqual(['float32 1x1x2x2', -0.5, 0, 0.5, 0]);
    // x' = 2x + y + 3, y' = y.
    expect(grid([2, 1, 3, 0, 1, 0], [1, 1, 2, 2], 1).slice(1)).toEqual([0, -1, 4, -1, 2, 1, 6, 1]);
  });

  test('refuses one pixel with aligned corners', () => {
    expect(() => grid([1, 0, 0, 0, 1, 0], [1, 1, 1, 2], 1)).toThrow('an axis of one pixel');
  });
});

test('BitCast wraps whole numbers, and refuses bits of real ones that are computed', () => {
  const cast = (to: number, type: number) =>
    run('BitCast', {
      ...{ shape: [2], values: [-1, 5], initializers: {}, inputTypes: { x: type } },
      attributes: [int('to', to)],
    });
  expect(cast(4, 5)).toEqual(['uint16 2', 65535, 5]);
  expect(() => cast(6, 1)).toThrow('the bits of float32 as int32');
  expect(() => cast(6, 5)).toThrow('differ in size');
});
