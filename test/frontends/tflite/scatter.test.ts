import { describe, expect, test } from 'vitest';
import { evaluateGraph } from '../../../converter/ir/evaluate.ts';
import { typeOf } from '../../../converter/ir/graph.ts';
import { optimizeGraph } from '../../../converter/pipeline.ts';
import { allocate } from '../../../converter/tensor/dtype.ts';
import { elementCount } from '../../../converter/tensor/shape.ts';
import type { Tensor } from '../../../converter/tensor/tensor.ts';
import { emit, runModule } from '../../backends/wasm/run-graph.ts';
import {
  float,
  graphOf,
  int8,
  ints,
  type ModelDraft,
  type OperatorDraft,
  problemLines,
  type TensorDraft,
} from './model-draft.ts';

/** A tensor with data that is an input of the model rather than a constant. */
interface RunTime {
  readonly atRunTime: TensorDraft;
}

type Input = TensorDraft | RunTime;
const atRunTime = (tensor: TensorDraft): RunTime => ({ atRunTime: tensor });
const whole = (type: 'INT32' | 'INT64', shape: readonly number[], ...data: number[]): TensorDraft => ({
  type,
  shape,
  data,
});

function draftOf(
  name: string,
  inputs: readonly Input[],
  outputs: readonly TensorDraft[],
  options?: OperatorDraft['options'],
): ModelDraft {
  const names = inputs.map((_, i) => `in${i}`);
  const results = outputs.map((_, i) => `out${i}`);
  const tensors = Object.fromEntries([
    ...inputs.map((input, i) => {
      const draft: TensorDraft = 'atRunTime' in input ? { ...input.atRunTime, data: undefined } : input;
      return [`in${i}`, draft] as const;
    }),
    ...outputs.map((output, i) => [`out${i}`, output] as const),
  ]);
  const operator = { name, inputs: names, outputs: results, ...(options === undefined ? {} : { options }) };
  const open = names.filter((_, i) => 'atRunTime' in (inputs[i] ?? {}));
  return { tensors, operators: [operator], inputs: open, outputs: results };
}

/** The elements of the outputs, in which the reference evaluator and the WASM module agree. */
function results(...[name, inputs, outputs, options]: Parameters<typeof draftOf>): number[][] {
  const graph = graphOf(draftOf(name, inputs, outputs, options));
  const given = inputs.flatMap((input) => ('atRunTime' in input ? [input.atRunTime.data ?? []] : []));
  const values = graph.inputs.map((port, k): Tensor => {
    const type = typeOf(graph, port.value);
    const data = allocate(type.dtype, elementCount(type.shape));
    given[k]?.forEach((value, i) => {
      data[i] = data instanceof BigInt64Array ? BigInt(value) : value;
    });
    return { type, data };
  });
  const expected = evaluateGraph(graph, values);
  expect(runModule(emit(optimizeGraph(graph).graph, 'guarded'), values)).toEqual(expected);
  return expected.map(({ data }) => Array.from<number | bigint, number>(data, Number));
}

const y = float([1]);
const table = atRunTime(float([2, 3], [1, 2, 3, 4, 5, 6]));

describe('gathers', () => {
  test('int64 indices of run time, and batches', () => {
    const options = (axis: number, batch_dims: number) => ['GatherOptions', { axis, batch_dims }] as const;
    const rows = atRunTime(whole('INT64', [2], 1, 0));
    expect(results('GATHER', [table, rows], [y], options(0, 0))).toEqual([[4, 5, 6, 1, 2, 3]]);
    const each = atRunTime(whole('INT32', [2, 2], 2, 0, 1, 1));
    expect(results('GATHER', [table, each], [y], options(1, 1))).toEqual([[3, 1, 5, 5]]);
    // Two axes between: [1, 2, 3] by batches of [1], along the last one.
    const deep = atRunTime(float([1, 2, 3], [1, 2, 3, 4, 5, 6]));
    expect(results('GATHER', [deep, whole('INT32', [1, 2], 2, 0)], [y], options(2, 1))).toEqual([[3, 1, 6, 4]]);
  });

  test('EMBEDDING_LOOKUP and REVERSE_SEQUENCE', () => {
    expect(results('EMBEDDING_LOOKUP', [atRunTime(ints(1, 1)), table], [y])).toEqual([[4, 5, 6, 4, 5, 6]]);
    const options = ['ReverseSequenceOptions', { seq_dim: 1, batch_dim: 0 }] as const;
    const lengths = atRunTime(whole('INT64', [2], 2, 3));
    expect(results('REVERSE_SEQUENCE', [table, lengths], [y], options)).toEqual([[2, 1, 3, 6, 5, 4]]);
    const columns = ['ReverseSequenceOptions', { seq_dim: 0, batch_dim: 1 }] as const;
    expect(results('REVERSE_SEQUENCE', [table, atRunTime(ints(1, 2, 0))], [y], columns)).toEqual([[1, 5, 3, 4, 2, 6]]);
  });
});

describe('scatters', () => {
  test('SCATTER_ND adds, and passes over places outside', () => {
    const places = atRunTime(whole('INT32', [4, 1], 1, 3, 1, 9));
    const updates = atRunTime(float([4], [1, 2, 3, 4]));
    expect(results('SCATTER_ND', [places, updates, ints(5)], [y])).toEqual([[0, 4, 0, 2, 0]]);
    const bytes = int8([2], 0.5, 3, [7, 8]);
    const to = int8([4], 0.5, 3);
    expect(results('SCATTER_ND', [whole('INT32', [2, 1], 2, 0), atRunTime(bytes), ints(4)], [to])).toEqual([
      [8, 0, 7, 0],
    ]);
    const twice = draftOf('SCATTER_ND', [whole('INT32', [2, 1], 2, 2), atRunTime(bytes), ints(4)], [to]);
    expect(problemLines(twice)[0]).toContain('sums of int8 are not supported');
  });

  test('SPARSE_TO_DENSE', () => {
    const places = atRunTime(whole('INT32', [2, 2], 0, 1, 1, 0));
    const options = ['SparseToDenseOptions', { validate_indices: false }] as const;
    const one = float([], [7]);
    expect(results('SPARSE_TO_DENSE', [places, ints(2, 2), one, float([], [-1])], [y], options)).toEqual([
      [-1, 7, 7, -1],
    ]);
    const two = atRunTime(float([2], [8, 9]));
    expect(results('SPARSE_TO_DENSE', [places, ints(2, 2), two, float([], [0])], [y], options)).toEqual([[0, 8, 9, 0]]);
  });

  test('segments', () => {
    const rows = atRunTime(float([3, 2], [1, 2, 3, 4, 5, 6]));
    expect(results('SEGMENT_SUM', [rows, ints(0, 0, 1)], [y])).toEqual([[4, 6, 5, 6]]);
    const ids = atRunTime(ints(1, -1, 1));
    expect(results('UNSORTED_SEGMENT_SUM', [rows, ids, ints(2)], [y])).toEqual([[0, 0, 6, 8]]);
    expect(results('UNSORTED_SEGMENT_PROD', [rows, ids, ints(2)], [y])).toEqual([[1, 1, 5, 12]]);
    const lowest = -3.4028234663852886e38;
    expect(results('UNSORTED_SEGMENT_MAX', [rows, ids, ints(2)], [y])).toEqual([[lowest, lowest, 5, 6]]);
    expect(results('UNSORTED_SEGMENT_MIN', [rows, ids, ints(2)], [y])).toEqual([[-lowest, -lowest, 1, 2]]);
    expect(problemLines(draftOf('SEGMENT_SUM', [rows, ids], [y]))[0]).toContain('is computed at run time');
  });

  test('DYNAMIC_UPDATE_SLICE keeps the update inside', () => {
    const update = atRunTime(float([1, 2], [8, 9]));
    const of = (...start: number[]) =>
      results('DYNAMIC_UPDATE_SLICE', [table, update, atRunTime(ints(...start))], [y])[0];
    expect(of(0, 1)).toEqual([1, 8, 9, 4, 5, 6]);
    expect(of(5, 5)).toEqual([1, 2, 3, 4, 8, 9]);
    expect(of(-1, -1)).toEqual([8, 9, 3, 4, 5, 6]);
    const row = atRunTime(float([1, 3], [7, 8, 9]));
    expect(results('DYNAMIC_UPDATE_SLICE', [table, row, atRunTime(ints(1, 2))], [y])).toEqual([[1, 2, 3, 7, 8, 9]]);
  });
});

describe('places along an axis', () => {
  test('TOPK_V2', () => {
    const x = atRunTime(float([2, 4], [4, 1, 4, 3, 0, 9, 2, 9]));
    const outputs = [y, whole('INT32', [1])].map((tensor) => ({ ...tensor, data: undefined }));
    expect(results('TOPK_V2', [x, ints(2)], outputs)).toEqual([
      [4, 4, 9, 9],
      [0, 2, 1, 3],
    ]);
    const quantized = atRunTime(int8([4], 0.5, 3, [-1, 5, 5, 2]));
    const places = outputs.slice(1);
    expect(results('TOPK_V2', [quantized, whole('INT32', [], 3)], [int8([1], 0.5, 3), ...places])).toEqual([
      [5, 5, 2],
      [1, 2, 3],
    ]);
    expect(problemLines(draftOf('TOPK_V2', [x, atRunTime(ints(2))], outputs))[0]).toContain('depends on k');
  });

  test('CUMSUM and ONE_HOT of int64', () => {
    const options = ['CumsumOptions', { exclusive: false, reverse: true }] as const;
    expect(results('CUMSUM', [table, ints(-1)], [y], options)).toEqual([[6, 5, 3, 15, 11, 6]]);
    const hot = [atRunTime(whole('INT64', [2], 2, 5)), whole('INT32', [], 3), float([], [1]), float([], [0])];
    expect(results('ONE_HOT', hot, [y], ['OneHotOptions', { axis: -1 }])).toEqual([[0, 0, 1, 0, 0, 0]]);
  });

  test('WHERE of a constant; what is sized by data of run time is refused', () => {
    const bool = (data: readonly number[]): TensorDraft => ({ type: 'BOOL', shape: [2, 2], data });
    const output: TensorDraft = { type: 'INT64', shape: [1, 2] };
    expect(results('WHERE', [bool([0, 1, 1, 0])], [output])).toEqual([[0, 1, 1, 0]]);
    expect(problemLines(draftOf('WHERE', [atRunTime(bool([]))], [output]))[0]).toContain('depends on the condition');
    const outputs = [y, whole('INT32', [1])].map((tensor) => ({ ...tensor, data: undefined }));
    expect(results('UNIQUE', [float([5], [3, 1, 3, 2, 1])], outputs)).toEqual([
      [3, 1, 2],
      [0, 1, 0, 2, 1],
    ]);
    expect(problemLines(draftOf('UNIQUE', [table], [y, y]))[0]).toContain(
      'the shape of its result depends on its input',
    );
  });
});
