import { describe, expect, test } from 'vitest';
import { importOnnx } from '../../../converter/frontends/onnx/import.ts';
import { evaluateGraph } from '../../../converter/ir/evaluate.ts';
import { typeOf } from '../../../converter/ir/graph.ts';
import { optimizeGraph } from '../../../converter/pipeline.ts';
import { ProblemError } from '../../../converter/problem.ts';
import type { Tensor } from '../../../converter/tensor/tensor.ts';
import { emit, runModule } from '../../backends/wasm/run-graph.ts';
import { floats, int64s, type NodeDraft, type TensorDraft, writeModel } from './draft.ts';

interface Given {
  readonly shape: readonly number[];
  readonly data: readonly number[];
  readonly kind: 'float' | 'int64' | 'bool';
}

const real = (shape: readonly number[], ...data: number[]): Given => ({ shape, data, kind: 'float' });
const wide = (shape: readonly number[], ...data: number[]): Given => ({ shape, data, kind: 'int64' });

type Attributes = Readonly<Record<string, number | string | readonly number[]>>;

function attributesOf(attributes: Attributes): NodeDraft['attributes'] {
  return Object.entries(attributes).map(([name, value]) => {
    if (typeof value === 'number') return { name, type: 2, i: value };
    return typeof value === 'string' ? { name, type: 3, s: Buffer.from(value) } : { name, type: 7, ints: value };
  });
}

/** One operator whose inputs are those of the model (`given`) or constants. */
interface One {
  readonly op: string;
  readonly inputs: Readonly<Record<string, Given | TensorDraft>>;
  readonly attributes?: Attributes;
  readonly outputs?: readonly string[];
  readonly opset?: number;
}

const isGiven = (input: Given | TensorDraft): input is Given => 'kind' in input;
const codes = { float: 1, int64: 7, bool: 9 } as const;

function convert({ op, inputs, attributes = {}, outputs = ['y'], opset = 18 }: One) {
  const given = Object.entries(inputs).flatMap(([name, input]) => (isGiven(input) ? [[name, input] as const] : []));
  const initializers = Object.entries(inputs).flatMap(([name, input]) =>
    isGiven(input) ? [] : [[name, input] as const],
  );
  const draft = {
    opset,
    inputs: Object.fromEntries(given.map(([name, { shape }]) => [name, shape])),
    inputTypes: Object.fromEntries(given.map(([name, { kind }]) => [name, codes[kind]])),
    initializers: Object.fromEntries(initializers),
    outputs,
    nodes: [{ op, inputs: Object.keys(inputs), outputs, attributes: attributesOf(attributes) ?? [] }],
  };
  const graph = importOnnx(writeModel(draft), 'm');
  const values = graph.inputs.map((port): Tensor => {
    const { data = [] } = given.find(([name]) => name === port.name)?.[1] ?? {};
    const type = typeOf(graph, port.value);
    return { type, data: type.dtype === 'int64' ? BigInt64Array.from(data, BigInt) : Float32Array.from(data) };
  });
  return { graph, values };
}

/** The outputs, in which the reference evaluator and the WASM module agree, as [shape, ...elements]. */
function results(one: One): (readonly [string, ...number[]])[] {
  const { graph, values } = convert(one);
  const expected = evaluateGraph(graph, values);
  expect(runModule(emit(optimizeGraph(graph).graph, 'guarded'), values)).toEqual(expected);
  return expected.map(({ type, data }) => [
    `${type.dtype} ${type.shape.join('x')}`,
    ...Array.from<number | bigint, number>(data, Number),
  ]);
}

const only = (one: One) => results(one)[0];

function problemOf(one: One): string {
  try {
    convert(one);
  } catch (error) {
    if (error instanceof ProblemError) return error.problems.map(({ what, advice }) => `${what}; ${advice}`).join('\n');
    throw error;
  }
  return expect.fail('no problem was found');
}

const x = real([2, 3], 1, 2, 3, 4, 5, 6);

describe('Gather and its kin with indices computed at run time', () => {
  test('negative ones count from the end', () => {
    expect(only({ op: 'Gather', inputs: { x, i: wide([3], 1, -1, -2) } })).toEqual([
      'float32 3x3',
      4,
      5,
      6,
      4,
      5,
      6,
      1,
      2,
      3,
    ]);
    expect(only({ op: 'Gather', inputs: { x, i: wide([], -1) }, attributes: { axis: 1 } })).toEqual([
      'float32 2',
      3,
      6,
    ]);
    expect(only({ op: 'Gather', inputs: { x: wide([3], 7, 8, 9), i: wide([2], 2, 0) } })).toEqual(['int64 2', 9, 7]);
  });

  test('a table of the file is an embedding', () => {
    const table = floats([3, 2], [1, 2, 3, 4, 5, 6]);
    expect(only({ op: 'Gather', inputs: { table, ids: wide([1, 2], 2, 0) } })).toEqual(['float32 1x2x2', 5, 6, 1, 2]);
  });

  test('many constant indices without order', () => {
    const places = Array.from({ length: 200 }, (_, i) => (i * i * 7) % 31);
    const long = real([31], ...Array.from({ length: 31 }, (_, i) => i));
    const [, ...values] = only({ op: 'Gather', inputs: { long, i: int64s([200], places) } }) ?? [];
    expect(values).toEqual(places);
    expect(problemOf({ op: 'Gather', inputs: { x, i: int64s([1], [-3]) } })).toContain(
      'the index -3 lies outside of an axis of 2',
    );
  });

  test('elements', () => {
    const i = wide([2, 2], 2, 0, -1, 1);
    expect(only({ op: 'GatherElements', inputs: { x, i }, attributes: { axis: 1 } })).toEqual([
      'float32 2x2',
      3,
      1,
      6,
      5,
    ]);
    const rows = wide([1, 3], 1, 0, -1);
    expect(only({ op: 'GatherElements', inputs: { x, rows } })).toEqual(['float32 1x3', 4, 2, 6]);
    expect(problemOf({ op: 'GatherElements', inputs: { x, i: wide([1], 0) } })).toContain('do not fit data of 2x3');
  });

  test('tuples, in batches too', () => {
    expect(only({ op: 'GatherND', inputs: { x, i: wide([2, 2], 0, -1, 1, 0) } })).toEqual(['float32 2', 3, 4]);
    expect(only({ op: 'GatherND', inputs: { x, i: wide([2, 1], 2, -3) }, attributes: { batch_dims: 1 } })).toEqual([
      'float32 2',
      3,
      4,
    ]);
    expect(
      problemOf({ op: 'GatherND', inputs: { x, i: wide([3, 1], 0, 0, 0) }, attributes: { batch_dims: 1 } }),
    ).toContain('do not fit');
  });

  test('sequences turn around', () => {
    const inputs = { x: real([3, 2], 1, 2, 3, 4, 5, 6), lengths: wide([2], 3, 2) };
    expect(only({ op: 'ReverseSequence', inputs })).toEqual(['float32 3x2', 5, 4, 3, 2, 1, 6]);
    const byRow = { x, lengths: wide([2], 1, 3) };
    const attributes = { batch_axis: 0, time_axis: 1 };
    expect(only({ op: 'ReverseSequence', inputs: byRow, attributes })).toEqual(['float32 2x3', 1, 2, 3, 6, 5, 4]);
  });
});

describe('Scatter', () => {
  test('places elements and parts, and passes over what lies outside', () => {
    const i = wide([3, 1], -1, 0, 5);
    const updates = real([3, 3], 7, 7, 7, 8, 8, 8, 9, 9, 9);
    expect(only({ op: 'ScatterND', inputs: { x, i, updates } })).toEqual(['float32 2x3', 8, 8, 8, 7, 7, 7]);
    const elements = { x, i: wide([1, 2], -1, 0), updates: real([1, 2], 9, 8) };
    expect(only({ op: 'ScatterElements', inputs: elements, attributes: { axis: 1 } })).toEqual([
      'float32 2x3',
      8,
      2,
      9,
      4,
      5,
      6,
    ]);
    expect(only({ op: 'Scatter', inputs: elements, opset: 9 })).toEqual(['float32 2x3', 1, 8, 3, 9, 5, 6]);
  });

  test('joins', () => {
    const inputs = { x: real([2], 1, 2), i: wide([3], 0, 0, 1), updates: real([3], 3, 4, 5) };
    const of = (reduction: string) => only({ op: 'ScatterElements', inputs, attributes: { reduction } })?.slice(1);
    expect([of('add'), of('mul'), of('max'), of('min')]).toEqual([
      [8, 7],
      [12, 10],
      [4, 5],
      [1, 2],
    ]);
    expect(problemOf({ op: 'ScatterND', inputs, attributes: { reduction: 'xor' } })).toContain(
      'the reduction xor is not known',
    );
  });

  test('into a cache, from a place of its own in each batch', () => {
    const inputs = {
      cache: real([2, 3, 1], 1, 2, 3, 4, 5, 6),
      update: real([2, 2, 1], 7, 8, 9, 10),
      at: wide([2], 0, 2),
    };
    expect(only({ op: 'TensorScatter', inputs, attributes: { mode: 'circular' }, opset: 24 })).toEqual([
      'float32 2x3x1',
      7,
      8,
      3,
      10,
      5,
      9,
    ]);
  });
});

describe('places along an axis', () => {
  test('ArgMax and ArgMin, the first or the last one', () => {
    const ties = real([1, 4], 2, 5, 5, 2);
    expect(only({ op: 'ArgMax', inputs: { ties }, attributes: { axis: -1 } })).toEqual(['int64 1x1', 1]);
    expect(
      only({ op: 'ArgMax', inputs: { ties }, attributes: { axis: 1, keepdims: 0, select_last_index: 1 } }),
    ).toEqual(['int64 1', 2]);
    expect(only({ op: 'ArgMin', inputs: { ties }, attributes: { axis: 1, select_last_index: 1 } })).toEqual([
      'int64 1x1',
      3,
    ]);
  });

  test('TopK', () => {
    const inputs = { x: real([2, 4], 4, 1, 4, 3, 0, 9, 2, 9), k: int64s([1], [2]) };
    expect(results({ op: 'TopK', inputs, outputs: ['v', 'i'] })).toEqual([
      ['float32 2x2', 4, 4, 9, 9],
      ['int64 2x2', 0, 2, 1, 3],
    ]);
    expect(results({ op: 'TopK', inputs, outputs: ['v', 'i'], attributes: { largest: 0, axis: 0 } })[1]).toEqual([
      'int64 2x4',
      1,
      0,
      1,
      0,
      0,
      1,
      0,
      1,
    ]);
    expect(problemOf({ op: 'TopK', inputs: { x, k: wide([1], 1) }, outputs: ['v', 'i'] })).toContain(
      'k ("k") is computed at run time',
    );
    expect(problemOf({ op: 'TopK', inputs: { x, k: int64s([1], [4]) }, outputs: ['v', 'i'] })).toContain(
      '4 elements cannot be picked',
    );
  });

  test('CumSum, OneHot and Hardmax', () => {
    const axis = int64s([], [-1]);
    expect(only({ op: 'CumSum', inputs: { x, axis }, attributes: { exclusive: 1, reverse: 1 } })).toEqual([
      'float32 2x3',
      5,
      3,
      0,
      11,
      6,
      0,
    ]);
    const oneHot = { i: wide([4], 1, -1, 3, -4), depth: int64s([], [3]), values: floats([2], [-1, 5]) };
    expect(only({ op: 'OneHot', inputs: oneHot })).toEqual([
      'float32 4x3',
      -1,
      5,
      -1,
      -1,
      -1,
      5,
      -1,
      -1,
      -1,
      -1,
      -1,
      -1,
    ]);
    expect(only({ op: 'OneHot', inputs: oneHot, attributes: { axis: 0 } })?.[0]).toBe('float32 3x4');
    expect(only({ op: 'Hardmax', inputs: { x: real([2, 2], 1, 1, 0, 3) } })).toEqual(['float32 2x2', 1, 0, 0, 1]);
    expect(only({ op: 'Hardmax', inputs: { x: real([1, 2, 2], 1, 1, 0, 3) }, opset: 11 })).toEqual([
      'float32 1x2x2',
      0,
      0,
      0,
      1,
    ]);
  });
});

describe('losses', () => {
  const logs = real([2, 3], -1, -2, -3, -4, -5, -6);
  const of = (attributes: Attributes, weights?: TensorDraft) => {
    const inputs = { logs, t: wide([2], 2, 0), ...(weights === undefined ? {} : { weights }) };
    return only({ op: 'NegativeLogLikelihoodLoss', inputs, attributes });
  };

  test('by target, weighted, ignored, and joined', () => {
    const weights = floats([3], [2, 1, 0.5]);
    expect(of({ reduction: 'none' })).toEqual(['float32 2', 3, 4]);
    expect(of({ reduction: 'sum' })).toEqual(['float32 ', 7]);
    expect(of({})).toEqual(['float32 ', 3.5]);
    expect(of({ reduction: 'none' }, weights)).toEqual(['float32 2', 1.5, 8]);
    expect(of({}, weights)).toEqual(['float32 ', Math.fround(9.5 / 2.5)]);
    expect(of({ ignore_index: 2 }, weights)).toEqual(['float32 ', 4]);
    expect(of({ ignore_index: -1, reduction: 'sum' })).toEqual(['float32 ', 7]);
  });

  test('a target outside of the classes that is ignored counts nowhere', () => {
    const inputs = { logs, t: wide([2], -100, 1) };
    expect(only({ op: 'NegativeLogLikelihoodLoss', inputs, attributes: { ignore_index: -100 } })).toEqual([
      'float32 ',
      5,
    ]);
  });
});

describe('patterns, pieces and what has no elements', () => {
  test('Trilu, EyeLike and CenterCropPad', () => {
    const square = real([3, 3], 1, 2, 3, 4, 5, 6, 7, 8, 9);
    expect(only({ op: 'Trilu', inputs: { square, k: int64s([], [1]) } })?.slice(1)).toEqual([
      0, 2, 3, 0, 0, 6, 0, 0, 0,
    ]);
    expect(only({ op: 'Trilu', inputs: { square }, attributes: { upper: 0 } })?.slice(1)).toEqual([
      1, 0, 0, 4, 5, 0, 7, 8, 9,
    ]);
    expect(only({ op: 'EyeLike', inputs: { x }, attributes: { k: -1 } })).toEqual(['float32 2x3', 0, 0, 0, 1, 0, 0]);
    const shape = int64s([2], [3, 2]);
    expect(only({ op: 'CenterCropPad', inputs: { x, shape } })).toEqual(['float32 3x2', 1, 2, 4, 5, 0, 0]);
  });

  test('Pad beyond what is inside, and with a value of run time', () => {
    const row = real([3], 1, 2, 3);
    const pads = int64s([2], [4, 4]);
    const of = (mode: string) => only({ op: 'Pad', inputs: { row, pads }, attributes: { mode }, opset: 19 })?.slice(1);
    expect(of('reflect')).toEqual([1, 2, 3, 2, 1, 2, 3, 2, 1, 2, 3]);
    expect(of('edge')).toEqual([1, 1, 1, 1, 1, 2, 3, 3, 3, 3, 3]);
    expect(of('wrap')).toEqual([3, 1, 2, 3, 1, 2, 3, 1, 2, 3, 1]);
    const value = real([], 9);
    expect(only({ op: 'Pad', inputs: { row, p: int64s([2], [1, -1]), value } })).toEqual(['float32 3', 9, 1, 2]);
  });

  test('Tile and Expand repeat in one step', () => {
    const { graph } = convert({ op: 'Expand', inputs: { v: real([1, 1], 4), s: int64s([2], [2000, 3]) } });
    expect(graph.nodes.map(({ op }) => op.type)).toEqual(['slice']);
    expect(only({ op: 'Tile', inputs: { x: real([1, 2], 1, 2), r: int64s([2], [2, 2]) } })).toEqual([
      'float32 2x4',
      1,
      2,
      1,
      2,
      1,
      2,
      1,
      2,
    ]);
  });

  test('Range of real numbers', () => {
    const range = (start: number, limit: number, delta: number) => {
      const inputs = { start: floats([], [start]), limit: floats([], [limit]), delta: floats([], [delta]) };
      const { graph } = convert({ op: 'Range', inputs });
      return Array.from(evaluateGraph(graph, [])[0]?.data ?? [], Number);
    };
    expect(range(1, 2, 0.25)).toEqual([1, 1.25, 1.5, 1.75]);
    expect(range(0, -1, -0.5)).toEqual([0, -0.5]);
  });

  test('results whose size the data decide', () => {
    const flags: TensorDraft = { dims: [3], dataType: 9, int32Data: [1, 0, 1] };
    const plus = (one: One) => only(one);
    expect(plus({ op: 'Compress', inputs: { x, flags }, attributes: { axis: 1 } })).toEqual([
      'float32 2x2',
      1,
      3,
      4,
      6,
    ]);
    expect(plus({ op: 'Compress', inputs: { x, flags } })).toEqual(['float32 2', 1, 3]);
    expect(problemOf({ op: 'NonZero', inputs: { x } })).toContain('the shape of its result depends on its input ("x")');
    const rough = floats([6], [2, 1, 1, 3, 4, 3]);
    const unique = (sorted: number) => {
      const { graph } = convert({
        op: 'Unique',
        inputs: { rough },
        attributes: { sorted },
        outputs: ['y', 'i', 'n', 'c'],
      });
      return evaluateGraph(graph, []).map(({ data }) => Array.from<number | bigint, number>(data, Number));
    };
    expect(unique(1)).toEqual([
      [1, 2, 3, 4],
      [1, 0, 3, 4],
      [1, 0, 0, 2, 3, 2],
      [2, 1, 2, 1],
    ]);
    expect(unique(0)).toEqual([
      [2, 1, 3, 4],
      [0, 1, 3, 4],
      [0, 1, 1, 2, 3, 2],
      [1, 2, 2, 1],
    ]);
  });

  test('tensors without elements are constants, and no outputs', () => {
    const nothing = real([2, 0]);
    expect(only({ op: 'ReduceSum', inputs: { nothing, axes: int64s([1], [1]) } })).toEqual(['float32 2x1', 0, 0]);
    expect(only({ op: 'ReduceMax', inputs: { nothing, axes: int64s([1], [1]) }, attributes: { keepdims: 0 } })).toEqual(
      ['float32 2', Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY],
    );
    expect(only({ op: 'Concat', inputs: { nothing, x }, attributes: { axis: 1 } })?.[0]).toBe('float32 2x3');
    expect(problemOf({ op: 'Relu', inputs: { nothing } })).toContain('without elements: its shape is 2x0');
  });
});
