import { describe, expect, test } from 'vitest';
import { translations } from '../../../converter/frontends/tflite/ops/table.ts';
import {
  float,
  graphOf,
  int8,
  ints,
  type ModelDraft,
  op,
  problemLines,
  resultsOf,
  single,
  type TensorDraft,
} from './model-draft.ts';

const y = float([1]);

/** The operator of the only node. */
function only(draft: ModelDraft) {
  const { nodes } = graphOf(draft);
  expect(nodes.length).toBe(1);
  return nodes[0]?.op ?? expect.fail('one node');
}

describe('functions of one tensor', () => {
  const x = { kind: 'x' };
  const bound = (fn: string, a: object, value: number) => ({ kind: 'binary', fn, a, b: { kind: 'constant', value } });

  const functions: readonly (readonly [name: string, expression: object])[] = [
    ['RELU', bound('max', x, 0)],
    ['RELU_0_TO_1', bound('min', bound('max', x, 0), 1)],
    ['RELU6', bound('min', bound('max', x, 0), 6)],
    ['RELU_N1_TO_1', bound('min', bound('max', x, -1), 1)],
    ...[
      'LOGISTIC',
      'TANH',
      'EXP',
      'LOG',
      'SQRT',
      'RSQRT',
      'SQUARE',
      'NEG',
      'ABS',
      'FLOOR',
      'CEIL',
      'ROUND',
      'SIGN',
      'SIN',
      'COS',
    ].map((name) => [name, { kind: 'unary', fn: name.toLowerCase(), of: x }] as const),
  ];

  test.each(functions)('%s', (name, expression) => {
    expect(only(single(name, float([2, 3]), {}, y))).toEqual({ type: 'map', attributes: { expression } });
  });

  test.each(['LOG', 'SQRT', 'RSQRT', 'SQUARE', 'NEG', 'FLOOR', 'CEIL', 'ROUND', 'SIGN', 'SIN', 'COS'])(
    '%s of int8 is refused',
    (name) => {
      const lines = problemLines(single(name, int8([2, 3], 0.1, 0), {}, int8([2, 3], 0.1, 0)));
      expect(lines).toEqual([expect.stringContaining('the dtype int8 is not supported here')]);
    },
  );

  test('LOG_SOFTMAX and SOFTMAX', () => {
    expect(only(single('LOG_SOFTMAX', float([2, 3]), {}, y))).toEqual({ type: 'log-softmax', attributes: {} });
    const softmax = (beta: number) => single('SOFTMAX', float([2, 3]), {}, y, ['SoftmaxOptions', { beta }]);
    expect(only(softmax(0.5))).toEqual({ type: 'softmax', attributes: { beta: 0.5 } });
    for (const beta of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(problemLines(softmax(beta))).toEqual([
        expect.stringContaining(`beta is ${beta}, expected a positive number`),
      ]);
    }
    expect(problemLines(single('LOG_SOFTMAX', float([]), {}, y))).toEqual([
      expect.stringContaining('a scalar has no axis'),
    ]);
  });
});

describe('functions of two tensors', () => {
  const both = (name: string, a: TensorDraft, b: TensorDraft, out = y, activation?: string): ModelDraft => ({
    tensors: { a, b, y: out },
    operators: [
      op(
        name,
        ['a', 'b'],
        'y',
        activation === undefined
          ? undefined
          : [`${name[0]}${name.slice(1).toLowerCase()}Options`, { fused_activation_function: activation }],
      ),
    ],
    inputs: ['a', 'b'],
    outputs: ['y'],
  });

  test.each([
    ['ADD', 'add'],
    ['SUB', 'sub'],
    ['MUL', 'mul'],
    ['DIV', 'div'],
    ['MAXIMUM', 'max'],
    ['MINIMUM', 'min'],
  ])('%s', (name, fn) => {
    const found = only(both(name, float([2, 1]), float([3])));
    expect(found).toMatchObject({ type: 'zip', attributes: { fn, clamp: { min: Number.NEGATIVE_INFINITY } } });
    const graph = graphOf(both(name, float([2, 1]), float([3])));
    expect(graph.values.get(graph.outputs[0]?.value ?? expect.fail('an output'))?.type.shape).toEqual([2, 3]);
  });

  test.each(['ADD', 'SUB', 'MUL', 'DIV'])('%s with a fused activation', (name) => {
    expect(only(both(name, float([2]), float([2]), y, 'RELU6')).attributes).toMatchObject({
      clamp: { min: 0, max: 6 },
    });
    expect(problemLines(both(name, float([2]), float([2]), y, 'TANH'))).toEqual([
      `unsupported-attribute | ${name} #0 "y" | the fused activation TANH is not supported | export the model with the activation as an operator of its own`,
    ]);
  });

  test('scalars broadcast', () => {
    const graph = graphOf(both('MUL', float([2, 3]), float([], [2])));
    expect(graph.inputs.length).toBe(1);
    expect(graph.values.get(graph.outputs[0]?.value ?? expect.fail('an output'))?.type.shape).toEqual([2, 3]);
  });

  const long: TensorDraft = { type: 'INT64', shape: [2] };

  test.each([
    ['shapes', both('ADD', float([2]), float([3])), 'shapes 2 and 3 do not broadcast'],
    ['dtypes', both('ADD', float([2]), { type: 'INT32', shape: [2] }), 'dtypes float32 and int32 do not go together'],
    [
      'int8 division',
      both('DIV', int8([2], 1, 0), int8([2], 1, 0), int8([2], 1, 0)),
      'division of quantized tensors is not supported',
    ],
    [
      'int8 maximum of two scales',
      both('MAXIMUM', int8([2], 1, 0), int8([2], 2, 0), int8([2], 1, 0)),
      'must have equal scales and zero points',
    ],
    ['a clamp on int64', both('ADD', long, long, long, 'RELU'), 'a clamp on int64 is not supported'],
    [
      'absurd scales',
      both('ADD', int8([2], 1e20, 0), int8([2], 1, 0), int8([2], 1e-10, 0)),
      'which no 32-bit multiplier can hold',
    ],
    [
      'absurd products',
      both('MUL', int8([2], 1e30, 0), int8([2], 1e30, 0), int8([2], 1, 0)),
      'which no 32-bit multiplier can hold',
    ],
  ])('wrong: %s', (_, draft, what) => {
    expect(problemLines(draft)).toEqual([expect.stringContaining(what)]);
  });
});

describe('pools', () => {
  const pool = (name: string, fields: object) =>
    single(name, float([1, 5, 5, 2]), {}, y, [
      'Pool2DOptions',
      { padding: 'SAME', stride_w: 2, stride_h: 1, filter_width: 3, filter_height: 2, ...fields },
    ]);

  test.each([
    ['AVERAGE_POOL_2D', 'average'],
    ['MAX_POOL_2D', 'max'],
  ])('%s', (name, kind) => {
    expect(only(pool(name, { fused_activation_function: 'RELU' }))).toMatchObject({
      type: 'pool-2d',
      attributes: {
        kind,
        kernel: [2, 3],
        strides: [1, 2],
        dilations: [1, 1],
        padding: { top: 0, bottom: 1, left: 1, right: 1 },
        clamp: { min: 0, max: Number.POSITIVE_INFINITY },
      },
    });
  });

  test('a window of nothing is refused', () => {
    expect(problemLines(pool('MAX_POOL_2D', { filter_width: 0 }))).toEqual([
      expect.stringContaining('kernel 2x0, stride 1x2: all must be 1 or more'),
    ]);
  });
});

test('the table holds names of the schema in order, so that a reader finds them', () => {
  const names = [...translations.keys()];
  expect(names).toEqual([...names].sort());
});

describe('functions that become several nodes, or constants', () => {
  const values = (draft: ModelDraft) => resultsOf(draft)[0]?.values;
  const two = (name: string, x: TensorDraft, other: TensorDraft, out: TensorDraft) =>
    single(name, x, { b: other }, out);

  test('SQUARED_DIFFERENCE, PRELU and ADD_N', () => {
    expect(values(two('SQUARED_DIFFERENCE', float([3]), float([1], [3]), y))).toEqual([4, 1, 0]);
    const negated: ModelDraft = {
      tensors: { x: float([1, 2, 2]), n: y, a: float([2], [0.5, 2]), y },
      operators: [op('NEG', ['x'], 'n'), op('PRELU', ['n', 'a'], 'y')],
      inputs: ['x'],
      outputs: ['y'],
    };
    expect(values(negated)).toEqual([-0.5, -4, -1.5, -8]);
    expect(values(two('PRELU', float([2]), float([2], [0.5, 2]), y))).toEqual([1, 2]);
    expect(values(single('ADD_N', float([2]), { a: float([2], [1, 1]), b: float([2], [5, 6]) }, y))).toEqual([7, 9]);
    expect(values(single('ADD_N', float([2]), {}, y))).toEqual([1, 2]);
  });

  test.each(['SQUARED_DIFFERENCE', 'PRELU', 'ADD_N'])('%s of int8 is refused', (name) => {
    const type = int8([2], 0.1, 0, [1, 2]);
    expect(problemLines(two(name, int8([2], 0.1, 0), type, int8([2], 0.1, 0)))).toEqual([
      expect.stringContaining('the dtype int8 is not supported here'),
    ]);
  });

  const leaky = (alpha: number, x: TensorDraft = float([2])): ModelDraft => ({
    tensors: { x, n: x, y: x },
    operators: [op('NEG', ['x'], 'n'), op('LEAKY_RELU', ['n'], 'y', ['LeakyReluOptions', { alpha }])],
    inputs: ['x'],
    outputs: ['y'],
  });

  test.each([0, 0.5, 1, 2, -1])('LEAKY_RELU with slope %f', (alpha) => {
    expect(values(leaky(alpha))?.map((value) => value + 0)).toEqual([-alpha + 0, -2 * alpha + 0]);
  });

  test('LEAKY_RELU of int8 takes slopes from 0 to 1', () => {
    const draft = (alpha: number) =>
      single('LEAKY_RELU', int8([2], 0.1, 5), {}, int8([2], 0.1, 5), ['LeakyReluOptions', { alpha }]);
    // Stored 1 and 2 are -0.4 and -0.3: half of them is -2 and -1.5 steps; the fixed-point product rounds the tie up.
    expect(values(draft(0.5))).toEqual([3, 4]);
    expect(problemLines(draft(-0.5))[0]).toContain('alpha -0.5 on int8 is not supported');
  });

  test('ELU and HARD_SWISH', () => {
    expect(values(single('ELU', float([2]), {}, y))).toEqual([1, 2]);
    expect(values(single('HARD_SWISH', float([4]), {}, y))).toEqual([Math.fround(2 / 3), Math.fround(5 / 3), 3, 4]);
  });

  test('EXP of int8 is a table, ABS of int8 is requantized', () => {
    // Stored 1 and 2 are 0.1 and 0.2; exp gives 1.105 and 1.221.
    expect(values(single('EXP', int8([2], 0.1, 0), {}, int8([2], 0.02, -60)))).toEqual([-5, 1]);
    // Stored 1 and 2 are -0.4 and -0.3.
    expect(values(single('ABS', int8([2], 0.1, 5), {}, int8([2], 0.1, 5)))).toEqual([9, 8]);
    expect(values(single('ABS', int8([2], 0.1, 5), {}, int8([2], 0.05, 0)))).toEqual([8, 6]);
  });

  test('ABS, NEG and SIGN of whole numbers', () => {
    const whole = { type: 'INT32', shape: [2] } as const;
    expect(values(single('NEG', whole, {}, whole))).toEqual([-1, -2]);
    expect(values(single('ABS', whole, {}, whole))).toEqual([1, 2]);
    expect(values(single('SIGN', whole, {}, whole))).toEqual([1, 1]);
    const wide = { type: 'INT64', shape: [2] } as const;
    expect(values(single('NEG', wide, {}, wide))).toEqual([-1, -2]);
    expect(problemLines(single('ABS', wide, {}, wide))[0]).toContain('the dtype int64 is not supported here');
  });

  test('ATAN2, BITWISE_XOR and RIGHT_SHIFT', () => {
    expect(values(two('ATAN2', float([2]), float([2], [1, -2]), y))?.map((angle) => angle.toFixed(4))).toEqual([
      ...['0.7854', '2.3562'],
    ]);
    const whole = { type: 'INT32', shape: [2] } as const;
    expect(values(two('BITWISE_XOR', whole, ints(3, 3), whole))).toEqual([2, 1]);
    expect(values(two('RIGHT_SHIFT', whole, ints(1, 0), whole))).toEqual([0, 2]);
    expect(problemLines(two('RIGHT_SHIFT', float([2]), float([2], [1, 1]), y))[0]).toContain(
      'float32 is not supported',
    );
  });

  test.each(['ADD', 'MUL', 'SUM'])('%s of int8 without a scale is refused', (name) => {
    const bare: TensorDraft = { type: 'INT8', shape: [2] };
    const other: TensorDraft = name === 'SUM' ? ints(0) : { ...bare, data: [1, 2] };
    const options = name === 'SUM' ? 'ReducerOptions' : name === 'ADD' ? 'AddOptions' : 'MulOptions';
    const draft = two(name, bare, other, bare);
    const operators = [op(name, ['x', 'c'], 'y', [options, {}])];
    expect(problemLines({ ...draft, operators })[0]).toContain('int8 tensors need one scale and zero point');
  });

  test.each(['ELU', 'HARD_SWISH', 'EXP', 'LOGISTIC', 'TANH'])('%s of int16 is refused', (name) => {
    const type = { type: 'INT16', shape: [2], scale: 0.1, zero: 0 } as const;
    expect(problemLines(single(name, type, {}, type))[0]).toContain('the dtype int16 is not supported here');
  });

  test('ZEROS_LIKE of int8 is refused', () => {
    const type = int8([2], 0.1, 3);
    expect(problemLines(single('ZEROS_LIKE', type, {}, type))[0]).toContain('zeros of quantized int8');
  });

  test('FLOOR_DIV and FLOOR_MOD of constants are constants', () => {
    const draft: ModelDraft = {
      tensors: { x: float([2]), a: ints(7), b: ints(-2), s: ints(0), y },
      operators: [op('FLOOR_DIV', ['a', 'b'], 's'), op('ADD', ['x', 'x'], 'y')],
      inputs: ['x'],
      outputs: ['s'],
    };
    const tensors = { ...draft.tensors, s: { type: 'INT32', shape: [1] } as const };
    expect(resultsOf({ ...draft, tensors })).toEqual([{ shape: [1], values: [-4] }]);
    const mod = draft.operators.with(0, op('FLOOR_MOD', ['a', 'b'], 's'));
    expect(resultsOf({ ...draft, tensors, operators: mod })).toEqual([{ shape: [1], values: [-1] }]);
  });

  test('FILL, RANGE, RANK and ZEROS_LIKE', () => {
    const run = (name: string, constants: Readonly<Record<string, TensorDraft>>, out: TensorDraft): unknown => {
      const draft = { tensors: { x: y, ...constants, y: out }, inputs: ['x'], outputs: ['y'] };
      return resultsOf({ ...draft, operators: [op(name, Object.keys(constants), 'y')] })[0];
    };
    const scalar = (value: number): TensorDraft => ({ type: 'INT32', shape: [], data: [value] });
    const whole = { type: 'INT32', shape: [1] } as const;
    expect(run('FILL', { s: ints(2, 2), v: float([], [1.5]) }, y)).toEqual({
      shape: [2, 2],
      values: [1.5, 1.5, 1.5, 1.5],
    });
    expect(run('RANGE', { a: scalar(5), b: scalar(0), d: scalar(-2) }, whole)).toEqual({
      shape: [3],
      values: [5, 3, 1],
    });
    expect(run('RANK', { a: float([2, 3], [1, 2, 3, 4, 5, 6]) }, whole)).toEqual({ shape: [], values: [2] });
    expect(run('ZEROS_LIKE', { a: float([2], [1, 2]) }, y)).toEqual({ shape: [2], values: [0, 0] });
    expect(() => run('RANGE', { a: scalar(0), b: scalar(5), d: scalar(0) }, whole)).toThrow();
    expect(() => run('FILL', { s: ints(0), v: float([], [1]) }, y)).toThrow();
  });
});
