import { describe, expect, test } from 'vitest';
import { importOnnx } from '../../../converter/frontends/onnx/import.ts';
import { evaluateGraph } from '../../../converter/ir/evaluate.ts';
import { valueById } from '../../../converter/ir/graph.ts';
import { tensorType } from '../../../converter/tensor/tensor.ts';
import { floats, type NodeDraft, type TensorDraft, writeModel } from './draft.ts';

const int = (name: string, i: number) => ({ name, type: 2, i });
const real = (name: string, f: number) => ({ name, type: 1, f });
const int32s = (dims: readonly number[], values: readonly number[]): TensorDraft => ({
  dims,
  dataType: 6,
  int32Data: values,
});

interface Draft {
  readonly op: string;
  readonly inputs: Readonly<Record<string, readonly [shape: readonly number[], values: readonly number[]]>>;
  readonly initializers?: Readonly<Record<string, TensorDraft>>;
  readonly operands: readonly string[];
  readonly outputs?: readonly string[];
  readonly attributes: NonNullable<NodeDraft['attributes']>;
}

function resultsOf({ op, inputs, initializers = {}, operands, outputs = ['y'], attributes }: Draft): number[][] {
  const shapes = Object.fromEntries(Object.entries(inputs).map(([name, [shape]]) => [name, shape]));
  const node = { op, domain: 'com.microsoft', inputs: operands, outputs, attributes };
  const read = outputs.filter((name) => name !== '');
  const graph = importOnnx(writeModel({ inputs: shapes, initializers, outputs: read, nodes: [node] }), 'm');
  const data = graph.inputs.map(({ value, name }) => ({
    type: tensorType('float32', valueById(graph, value).type.shape),
    data: Float32Array.from(inputs[name]?.[1] ?? []),
  }));
  return evaluateGraph(graph, data).map((tensor) => Array.from(tensor.data, Number));
}

const close = (actual: readonly number[] | undefined, expected: readonly number[]) => {
  expect(actual?.length).toBe(expected.length);
  expected.forEach((value, i) => {
    expect(actual?.[i]).toBeCloseTo(value, 5);
  });
};

describe('MultiHeadAttention', () => {
  // Two heads of one element; keys are equal, so values are averaged over what may be seen.
  const base = {
    op: 'MultiHeadAttention',
    inputs: {
      q: [
        [1, 2, 2],
        [1, 2, 3, 4],
      ],
      k: [
        [1, 2, 2],
        [1, 1, 1, 1],
      ],
      v: [
        [1, 2, 2],
        [2, 20, 4, 40],
      ],
    },
    operands: ['q', 'k', 'v'],
    attributes: [int('num_heads', 2)],
  } as const;

  test('sees all keys', () => {
    close(resultsOf(base)[0], [3, 30, 3, 30]);
  });

  test.each([
    ['the number of keys', [1], [1]],
    ['a flag for each key', [1, 2], [1, 0]],
    ['a flag for each query and key', [1, 2, 2], [1, 0, 1, 0]],
  ])('hides keys by %s', (_, dims, values) => {
    const initializers = { m: int32s(dims, values) };
    close(resultsOf({ ...base, initializers, operands: ['q', 'k', 'v', '', 'm'] })[0], [2, 20, 2, 20]);
  });

  test('sees no key of the future', () => {
    close(resultsOf({ ...base, attributes: [...base.attributes, int('unidirectional', 1)] })[0], [2, 20, 3, 30]);
  });

  test('adds a bias to queries, keys and values, and a bias to the scores', () => {
    const initializers = { b: floats([6], [0, 0, 0, 0, 100, 200]), s: floats([1, 1, 2, 2], [0, -1e9, -1e9, 0]) };
    const [y] = resultsOf({ ...base, initializers, operands: ['q', 'k', 'v', 'b', '', 's'] });
    close(y, [102, 220, 104, 240]);
  });

  test('puts keys and values behind those of earlier calls', () => {
    const initializers = { pk: floats([1, 2, 1, 1], [1, 1]), pv: floats([1, 2, 1, 1], [9, 90]) };
    const operands = ['q', 'k', 'v', '', '', '', 'pk', 'pv'];
    const [y, , presentV] = resultsOf({ ...base, initializers, operands, outputs: ['y', 'a', 'b'] });
    close(y, [5, 50, 5, 50]);
    expect(presentV).toEqual([9, 2, 4, 90, 20, 40]);
  });

  test('masks of other shapes are refused', () => {
    const initializers = { m: int32s([3], [1, 1, 1]) };
    expect(() => resultsOf({ ...base, initializers, operands: ['q', 'k', 'v', '', 'm'] })).toThrow('a mask of shape 3');
  });
});

describe('Attention of onnxruntime', () => {
  test('splits one product, and gives keys and values together', () => {
    const inputs = {
      x: [
        [1, 2, 1],
        [2, 4],
      ],
    } as const;
    const initializers = { w: floats([1, 3], [0, 0, 1]), b: floats([3], [0, 5, 1]) };
    const common = { op: 'Attention', inputs, initializers, operands: ['x', 'w', 'b'] };
    const [y, present] = resultsOf({ ...common, outputs: ['y', 'p'], attributes: [int('num_heads', 1)] });
    // All queries are 0, so values x + 1 are averaged.
    close(y, [4, 4]);
    expect(present).toEqual([5, 5, 3, 5]);
    expect(() => resultsOf({ ...common, attributes: [int('num_heads', 1), int('do_rotary', 1)] })).toThrow('do_rotary');
  });
});

describe('SkipLayerNormalization', () => {
  const base = {
    inputs: {
      x: [
        [1, 2],
        [1, 2],
      ],
      s: [
        [1, 2],
        [2, 5],
      ],
    },
    initializers: { g: floats([2], [1, 2]), b: floats([2], [10, 20]) },
    operands: ['x', 's', 'g', 'b'],
    attributes: [real('epsilon', 1e-6)],
  } as const;

  test('normalizes the sum, which it gives, too', () => {
    const [y, sum] = resultsOf({ ...base, op: 'SkipLayerNormalization', outputs: ['y', '', '', 'z'] });
    close(y, [9, 22]);
    expect(sum).toEqual([3, 7]);
  });

  test('without mean', () => {
    const [y] = resultsOf({ ...base, op: 'SkipSimplifiedLayerNormalization', operands: ['x', 's', 'g'] });
    const root = Math.sqrt((9 + 49) / 2);
    close(y, [3 / root, 14 / root]);
  });
});

describe('EmbedLayerNormalization', () => {
  const initializers = {
    ids: int32s([1, 2], [1, 0]),
    seg: int32s([1, 2], [0, 0]),
    pos: floats([2, 2], [0, 0, 1, 1]),
    segments: floats([1, 2], [5, 5]),
    g: floats([2], [1, 1]),
    b: floats([2], [0, 10]),
    mask: int32s([1, 2], [1, 0]),
  };

  test('adds rows of three tables, normalizes them and counts the mask', () => {
    const [y, count, sum] = resultsOf({
      op: 'EmbedLayerNormalization',
      inputs: {
        words: [
          [2, 2],
          [1, 3, -2, 2],
        ],
      },
      initializers,
      operands: ['ids', 'seg', 'words', 'pos', 'segments', 'g', 'b', 'mask'],
      outputs: ['y', 'n', 'z'],
      attributes: [],
    });
    expect(sum).toEqual([3, 7, 7, 9]);
    close(y, [-1, 11, -1, 11]);
    expect(count).toEqual([1]);
  });
});

test('Det of 3 x 3', () => {
  const node = { op: 'Det', inputs: ['x'], outputs: ['y'] };
  const graph = importOnnx(writeModel({ inputs: { x: [1, 3, 3] }, outputs: ['y'], nodes: [node] }), 'm');
  const x = { type: tensorType('float32', [1, 3, 3]), data: Float32Array.of(2, 1, 3, 0, 4, 1, 5, 6, 7) };
  // 2 (28 - 6) - 1 (0 - 5) + 3 (0 - 20)
  expect(Array.from(evaluateGraph(graph, [x])[0]?.data ?? [], Number)).toEqual([-11]);
});
