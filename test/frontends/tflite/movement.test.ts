import { describe, expect, test } from 'vitest';
import { evaluateGraph } from '../../../converter/ir/evaluate.ts';
import { typeOf } from '../../../converter/ir/graph.ts';
import {
  counting,
  float,
  graphOf,
  int8,
  ints,
  type ModelDraft,
  op,
  problemLines,
  single,
  type TensorDraft,
} from './model-draft.ts';

/** Output of the model for inputs 1, 2, 3 ... */
function run(draft: ModelDraft): { readonly shape: readonly number[]; readonly values: readonly number[] } {
  const graph = graphOf(draft);
  const inputs = graph.inputs.map((port) => {
    const type = typeOf(graph, port.value);
    const count = type.shape.reduce((a, b) => a * b, 1);
    return { type, data: type.dtype === 'int8' ? Int8Array.from(counting(count)) : Float32Array.from(counting(count)) };
  });
  const [output] = evaluateGraph(graph, inputs);
  return { shape: output?.type.shape ?? [], values: Array.from(output?.data ?? [], Number) };
}

const y = float([1]);

describe('RESHAPE', () => {
  const reshape = (...to: readonly number[]) => single('RESHAPE', float([2, 3]), { s: ints(...to) }, y);

  test('one dimension may be open', () => {
    expect(run(reshape(3, 2)).shape).toEqual([3, 2]);
    expect(run(reshape(-1)).shape).toEqual([6]);
    expect(run(reshape(1, -1, 2)).shape).toEqual([1, 3, 2]);
  });

  test('the shape may be an option', () => {
    const draft = single('RESHAPE', float([2, 3]), {}, y, ['ReshapeOptions', { new_shape: [6, -1] }]);
    expect(run(draft).shape).toEqual([6, 1]);
  });

  test('one element may become a scalar', () => {
    expect(run(single('RESHAPE', float([1, 1]), {}, y, ['ReshapeOptions', { new_shape: [] }])).shape).toEqual([]);
  });

  test.each([[[4, -1]], [[-1, -1]], [[7]], [[0, -1]]])('%j does not fit', (to) => {
    expect(problemLines(reshape(...to))).toEqual([
      expect.stringMatching(/^tflite-invalid-operator \| RESHAPE #0 "y" \| 6 elements cannot take the shape/),
    ]);
  });

  test('a shape computed at run time is refused', () => {
    const draft = single('RESHAPE', float([2, 3]), { s: { type: 'INT32', shape: [2] } }, y);
    expect(problemLines({ ...draft, inputs: ['x', 's'] })).toEqual([
      expect.stringContaining('the new shape ("s") is computed at run time'),
    ]);
  });
});

describe('SQUEEZE, EXPAND_DIMS and SHAPE', () => {
  test.each([
    [[], [2, 3]],
    [[0], [2, 1, 3]],
    [[-2], [1, 2, 3]],
  ])('squeeze %j', (dims, shape) => {
    expect(
      run(single('SQUEEZE', float([1, 2, 1, 3]), {}, y, ['SqueezeOptions', { squeeze_dims: dims }])).shape,
    ).toEqual(shape);
  });

  test('squeeze of another axis is refused', () => {
    const draft = single('SQUEEZE', float([1, 2]), {}, y, ['SqueezeOptions', { squeeze_dims: [1] }]);
    expect(problemLines(draft)).toEqual([expect.stringContaining('axis 1 of 1x2 is not of size 1')]);
  });

  test.each([
    [0, [1, 2, 3]],
    [2, [2, 3, 1]],
    [-1, [2, 3, 1]],
    [-3, [1, 2, 3]],
  ])('expand at %i', (axis, shape) => {
    expect(run(single('EXPAND_DIMS', float([2, 3]), { a: ints(axis) }, y)).shape).toEqual(shape);
  });

  test('expand beyond the axes is refused', () => {
    expect(problemLines(single('EXPAND_DIMS', float([2, 3]), { a: ints(3) }, y))).toEqual([
      expect.stringContaining('axis 3 does not exist'),
    ]);
  });

  test.each(['INT32', 'INT64'] as const)('a shape is a constant of %s', (type) => {
    const draft = {
      tensors: { x: float([2, 3]), s: { type, shape: [2] }, y },
      operators: [op('SHAPE', ['x'], 's'), op('RESHAPE', ['x', 's'], 'y')],
      inputs: ['x'],
      outputs: ['s', 'y'],
    };
    const graph = graphOf(draft);
    expect(typeOf(graph, graph.outputs[0]?.value ?? expect.fail('an output')).dtype).toBe(type.toLowerCase());
    expect(graph.nodes.map((node) => node.op)).toEqual([{ type: 'reshape', attributes: { shape: [2, 3] } }]);
  });
});

describe('SLICE and STRIDED_SLICE', () => {
  test('slice, with size -1 for the rest', () => {
    const draft = single('SLICE', float([2, 4]), { b: ints(1, 1), s: ints(-1, 2) }, y);
    expect(run(draft)).toEqual({ shape: [1, 2], values: [6, 7] });
  });

  test.each([
    [ints(0, 3), ints(2, 2), 'the slice leaves shape 2x4 along axis 1'],
    [ints(-1, 0), ints(1, 1), 'the slice leaves shape 2x4 along axis 0'],
    [ints(0), ints(1), 'begin [0] and size [1] do not fit 2x4'],
    [ints(0, 0), ints(0, 1), 'its result has no elements'],
  ])('slice beyond the tensor is refused', (b, s, what) => {
    expect(problemLines(single('SLICE', float([2, 4]), { b, s }, y))).toEqual([expect.stringContaining(what)]);
  });

  const strided = (begin: number[], end: number[], strides: number[], masks: Readonly<Record<string, unknown>> = {}) =>
    single('STRIDED_SLICE', float([3, 4]), { b: ints(...begin), e: ints(...end), s: ints(...strides) }, y, [
      'StridedSliceOptions',
      masks,
    ]);

  // Expected values: numpy on arange(1, 13).reshape(3, 4).
  test.each([
    ['x[1:3, 0:2]', strided([1, 0], [3, 2], [1, 1]), [2, 2], [5, 6, 9, 10]],
    ['x[-2:, :3]', strided([-2, 0], [0, 3], [1, 1], { end_mask: 1, begin_mask: 2 }), [2, 3], [5, 6, 7, 9, 10, 11]],
    ['x[::2, ::3]', strided([0, 0], [9, 9], [2, 3]), [2, 2], [1, 4, 9, 12]],
    [
      'x[::-1, 3:0:-2]',
      strided([0, 3], [0, 0], [-1, -2], { begin_mask: 1, end_mask: 1 }),
      [3, 2],
      [12, 10, 8, 6, 4, 2],
    ],
    ['x[1, 1:]', strided([1, 1], [2, 0], [1, 1], { shrink_axis_mask: 1, end_mask: 2 }), [3], [6, 7, 8]],
    ['x[-1, -1]', strided([-1, -1], [0, 0], [1, 1], { shrink_axis_mask: 3 }), [], [12]],
    ['x[1:]', strided([1], [3], [1]), [2, 4], [5, 6, 7, 8, 9, 10, 11, 12]],
    ['x[-9:9, 9:-9:-1]', strided([-9, 9], [9, -9], [1, -1]), [3, 4], [4, 3, 2, 1, 8, 7, 6, 5, 12, 11, 10, 9]],
  ] as const)('%s', (_, draft, shape, values) => {
    expect(run(draft)).toEqual({ shape, values });
  });

  test.each([
    ['stride 0', strided([0, 0], [1, 1], [0, 1]), 'stride 0 on axis 0'],
    [
      'an ellipsis',
      strided([0, 0], [1, 1], [1, 1], { ellipsis_mask: 1 }),
      'ellipsis and new-axis masks are not supported',
    ],
    [
      'a new axis',
      strided([0, 0], [1, 1], [1, 1], { new_axis_mask: 1 }),
      'ellipsis and new-axis masks are not supported',
    ],
    [
      'ends as offsets',
      strided([0, 0], [1, 1], [1, 1], { offset: true }),
      'ends counted from the begins are not supported',
    ],
    ['nothing left', strided([2, 0], [1, 1], [1, 1]), 'its result has no elements'],
    ['lists of different lengths', strided([0, 0], [1], [1, 1]), 'begin, end and strides do not fit 3x4'],
    ['too many axes', strided([0, 0, 0], [1, 1, 1], [1, 1, 1]), 'begin, end and strides do not fit 3x4'],
    [
      'an index outside',
      strided([3, 0], [4, 1], [1, 1], { shrink_axis_mask: 1 }),
      'the slice leaves shape 3x4 along axis 0',
    ],
  ])('%s is refused', (_, draft, what) => {
    expect(problemLines(draft)).toEqual([expect.stringContaining(what)]);
  });
});

describe('PAD, PADV2 and TRANSPOSE', () => {
  const table = (...rows: readonly (readonly number[])[]): TensorDraft => ({
    type: 'INT32',
    shape: [rows.length, 2],
    data: rows.flat(),
  });

  test('pad with zeros, int8 with the zero point', () => {
    expect(run(single('PAD', float([1, 2]), { p: table([0, 1], [1, 0]) }, y))).toEqual({
      shape: [2, 3],
      values: [0, 1, 2, 0, 0, 0],
    });
    expect(run(single('PAD', int8([2], 0.5, 7), { p: table([1, 1]) }, int8([4], 0.5, 7))).values).toEqual([7, 1, 2, 7]);
  });

  test('padv2 with a value, int8 with the stored value', () => {
    expect(run(single('PADV2', float([2]), { p: table([1, 0]), v: float([], [-2.5]) }, y)).values).toEqual([
      -2.5, 1, 2,
    ]);
    for (const v of [int8([], 0.5, 7, [-90]), { type: 'INT8', shape: [1], data: [-90] } as TensorDraft]) {
      expect(run(single('PADV2', int8([2], 0.5, 7), { p: table([0, 1]), v }, int8([3], 0.5, 7))).values).toEqual([
        1, 2, -90,
      ]);
    }
  });

  test.each([
    ['negative', single('PAD', float([2]), { p: table([-1, 0]) }, y), 'paddings [-1, 0] must not be negative'],
    ['too many', single('PAD', float([2]), { p: table([1, 0], [0, 0]) }, y), '4 paddings for 1 dimensions'],
    [
      'two values',
      single('PADV2', float([2]), { p: table([1, 0]), v: float([2], [1, 2]) }, y),
      'there are 2 padding values',
    ],
    [
      'int64 for float',
      single('PADV2', float([2]), { p: table([1, 0]), v: { type: 'INT64', shape: [], data: [1] } }, y),
      'dtype int64, not float32',
    ],
    ['huge', single('PAD', float([2]), { p: table([2 ** 30, 2 ** 30]) }, y), 'needs more than 2147483648 bytes'],
  ])('%s paddings are refused', (_, draft, what) => {
    expect(problemLines(draft)).toEqual([expect.stringContaining(what)]);
  });

  test('transpose', () => {
    expect(run(single('TRANSPOSE', float([2, 3]), { p: ints(1, 0) }, y))).toEqual({
      shape: [3, 2],
      values: [1, 4, 2, 5, 3, 6],
    });
    expect(problemLines(single('TRANSPOSE', float([2, 3]), { p: ints(1, 1) }, y))).toEqual([
      expect.stringContaining('permutation 1,1 does not fit 2 dimensions'),
    ]);
  });
});

describe('CONCATENATION and PACK', () => {
  const join = (name: string, axis: number, table: string, more: object = {}): ModelDraft => ({
    tensors: { a: float([1, 2]), b: float([1, 2]), y },
    operators: [op(name, ['a', 'b'], 'y', [table, { axis, ...more }])],
    inputs: ['a', 'b'],
    outputs: ['y'],
  });

  test.each([
    ['CONCATENATION', 0, [2, 2], [1, 2, 1, 2]],
    ['CONCATENATION', -1, [1, 4], [1, 2, 1, 2]],
    ['PACK', 0, [2, 1, 2], [1, 2, 1, 2]],
    ['PACK', -1, [1, 2, 2], [1, 1, 2, 2]],
  ])('%s along %i', (name, axis, shape, values) => {
    const table = name === 'PACK' ? 'PackOptions' : 'ConcatenationOptions';
    expect(run(join(name, axis, table))).toEqual({ shape, values });
  });

  test('of constants is a constant', () => {
    const draft: ModelDraft = {
      tensors: {
        x: float([6]),
        a: { type: 'INT32', shape: [], data: [2] },
        b: { type: 'INT32', shape: [], data: [3] },
        s: ints(),
        y,
      },
      operators: [
        op('PACK', ['a', 'b'], 's', ['PackOptions', { axis: 0, values_count: 2 }]),
        op('RESHAPE', ['x', 's'], 'y'),
      ],
      inputs: ['x'],
      outputs: ['y'],
    };
    const tensors = { ...draft.tensors, s: { type: 'INT32', shape: [2] } as const };
    expect(run({ ...draft, tensors }).shape).toEqual([2, 3]);
  });

  test.each([
    [join('CONCATENATION', 2, 'ConcatenationOptions'), 'axis 2 does not exist in 2 dimensions'],
    [join('PACK', 3, 'PackOptions'), 'axis 3 does not exist in 3 dimensions'],
    [
      join('CONCATENATION', 0, 'ConcatenationOptions', { fused_activation_function: 'RELU' }),
      'a fused activation after CONCATENATION is not supported',
    ],
  ])('is refused', (draft, what) => {
    expect(problemLines(draft)).toEqual([expect.stringContaining(what)]);
  });
});

describe('reductions', () => {
  const reduce = (name: string, axes: TensorDraft, keep = false) =>
    single(name, float([2, 3]), { axes }, y, ['ReducerOptions', { keep_dims: keep }]);

  test.each([
    ['MEAN', ints(1), false, [2], [2, 5]],
    ['MEAN', ints(-1), true, [2, 1], [2, 5]],
    ['SUM', ints(0, 1), false, [], [21]],
    ['SUM', ints(1, -2, 1), true, [1, 1], [21]],
    ['REDUCE_MAX', ints(0), false, [3], [4, 5, 6]],
    ['REDUCE_MIN', ints(0), false, [3], [1, 2, 3]],
    ['REDUCE_PROD', { type: 'INT32', shape: [], data: [1] } as TensorDraft, false, [2], [6, 120]],
  ])('%s', (name, axes, keep, shape, values) => {
    expect(run(reduce(name, axes, keep))).toEqual({ shape, values });
  });

  test('axes that do not exist are refused', () => {
    expect(problemLines(reduce('MEAN', ints(-3)))).toEqual([
      expect.stringContaining('axes [-1] do not exist in 2 dimensions'),
    ]);
    expect(problemLines(reduce('MEAN', float([1], [0])))).toEqual([
      'tflite-dtype | MEAN #0 "y" | the axes has dtype float32 | int32 and int64 are supported',
    ]);
  });
});
