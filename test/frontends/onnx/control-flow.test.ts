import { describe, expect, test } from 'vitest';
import {
  type AttributeDraft,
  bools,
  floats,
  type GraphDraft,
  graphAttribute,
  int64s,
  intAttribute,
  intsAttribute,
  type ModelDraft,
  type NodeDraft,
} from './draft.ts';
import { outputsOf, problemsOf } from './evaluate.ts';

const x = { x: [1, 2] } as const;

const codes = (model: ModelDraft) => problemsOf(model).map(({ code }) => code);

describe('If', () => {
  const branch = (op: string): GraphDraft => ({ outputs: ['r'], nodes: [{ op, inputs: ['x'], outputs: ['r'] }] });
  const choice = (condition: string, no = branch('Neg')): NodeDraft => ({
    op: 'If',
    name: 'choice',
    inputs: [condition],
    outputs: ['y'],
    attributes: [graphAttribute('then_branch', branch('Relu')), graphAttribute('else_branch', no)],
  });
  const model = (value: number): ModelDraft => {
    return { inputs: x, outputs: ['y'], initializers: { c: bools([1], [value]) }, nodes: [choice('c')] };
  };

  test('takes the branch that a constant chooses, which sees the tensors around it', () => {
    expect([outputsOf(model(1), [-3, 4]), outputsOf(model(0), [-3, 4])]).toEqual([[[0, 4]], [[3, -4]]]);
  });

  test('does not ask whether the other branch could be translated', () => {
    expect(outputsOf({ ...model(1), nodes: [choice('c', branch('NoSuchOp'))] }, [-3, 4])).toEqual([[0, 4]]);
    expect(problemsOf({ ...model(0), nodes: [choice('c', branch('NoSuchOp'))] }).map(({ where }) => where)).toEqual([
      'NoSuchOp #0 "r" in If "choice"',
    ]);
  });

  test('is refused where its condition is computed at run time', () => {
    const [problem] = problemsOf({ inputs: { x: [1] }, outputs: ['y'], nodes: [choice('x')] });
    expect([problem?.where, problem?.what]).toEqual(['If "choice"', 'its condition ("x") is computed at run time']);
  });
});

/** Adds x to the state, and gives each state out. */
const accumulate: GraphDraft = {
  inputs: ['i', 'c', 's'],
  outputs: ['c', 't', 't'],
  nodes: [{ op: 'Add', inputs: ['s', 'x'], outputs: ['t'] }],
};

const loopOf = (body: GraphDraft, inputs: readonly string[], outputs: readonly string[]): NodeDraft => {
  return { op: 'Loop', name: 'loop', inputs, outputs, attributes: [graphAttribute('body', body)] };
};

describe('Loop', () => {
  const model = (trips: number): ModelDraft => ({
    inputs: x,
    outputs: ['last', 'all'],
    initializers: { m: int64s([], [trips]) },
    nodes: [loopOf(accumulate, ['m', '', 'x'], ['last', 'all'])],
  });

  test('carries values and stacks scan outputs', () => {
    expect(outputsOf(model(3), [1, 2])).toEqual([
      [4, 8],
      [2, 4, 3, 6, 4, 8],
    ]);
  });

  test('without an iteration gives the values that it got', () => {
    expect(outputsOf({ ...model(0), outputs: ['last'] }, [1, 2])).toEqual([[1, 2]]);
    expect(codes(model(0))).toEqual(['unsupported-attribute']);
  });

  test('ends when its condition says so', () => {
    const body: GraphDraft = {
      inputs: ['i', 'c', 's'],
      outputs: ['next', 't'],
      nodes: [
        { op: 'Less', inputs: ['i', 'limit'], outputs: ['next'] },
        { op: 'Add', inputs: ['s', 'x'], outputs: ['t'] },
      ],
    };
    const initializers = { limit: int64s([], [4]), yes: bools([], [1]), m: int64s([], [2 ** 62]) };
    const nodes = [loopOf(body, ['m', 'yes', 'x'], ['y'])];
    // The condition of iteration 4 is the first that fails; that iteration still counts.
    expect(outputsOf({ inputs: x, outputs: ['y'], initializers, nodes }, [1, 2])).toEqual([[6, 12]]);
  });

  test.each([
    ['2^62 trips', int64s([], [2 ** 62])],
    ['2^40 trips', int64s([], [2 ** 40])],
  ])('of %s ends in a problem', (_, m) => {
    expect(codes({ ...model(0), initializers: { m } })).toEqual(['onnx-unrolled']);
  });

  test('without an end ends in a problem', () => {
    expect(codes({ ...model(0), nodes: [loopOf(accumulate, ['', '', 'x'], ['last', 'all'])] })).toEqual([
      'onnx-unrolled',
    ]);
    const yes = { yes: bools([], [1]) };
    const nodes = [loopOf(accumulate, ['', 'yes', 'x'], ['last', 'all'])];
    expect(codes({ ...model(0), initializers: yes, nodes })).toEqual(['onnx-unrolled']);
  });

  test('in a loop in a loop ends in a problem', () => {
    const nested = (depth: number): GraphDraft => ({
      inputs: [`i${depth}`, `c${depth}`, `s${depth}`],
      outputs: [`c${depth}`, `t${depth}`],
      nodes: [
        depth === 0
          ? { op: 'Relu', inputs: ['s0'], outputs: ['t0'] }
          : loopOf(nested(depth - 1), ['m', '', `s${depth}`], [`t${depth}`]),
      ],
    });
    const model = { inputs: x, outputs: ['y'], initializers: { m: int64s([], [100]) } };
    expect(codes({ ...model, nodes: [loopOf(nested(4), ['m', '', 'x'], ['y'])] })).toEqual(['onnx-unrolled']);
  });

  test('is refused where its trip count is computed at run time, or its body does not fit', () => {
    const nodes = [loopOf(accumulate, ['x', '', 'x'], ['last', 'all'])];
    expect(problemsOf({ ...model(1), nodes })[0]?.what).toBe('its trip count ("x") is computed at run time');
    const short = loopOf(
      { ...accumulate, inputs: ['i', 'c'], nodes: [], outputs: ['c', 'x', 'x'] },
      ['m', '', 'x'],
      ['last', 'all'],
    );
    expect(codes({ ...model(1), nodes: [short] })).toEqual(['onnx-invalid-operator']);
  });
});

describe('Scan', () => {
  const body: GraphDraft = {
    inputs: ['s', 'e'],
    outputs: ['t', 't'],
    nodes: [{ op: 'Add', inputs: ['s', 'e'], outputs: ['t'] }],
  };
  const model = (more: readonly AttributeDraft[], opset = 17): ModelDraft => ({
    opset,
    inputs: { x: [3, 2] },
    outputs: ['last', 'all'],
    initializers: { zero: floats([2], [0, 0]), column: floats([3], [0, 0, 0]) },
    nodes: [
      {
        op: 'Scan',
        inputs: [more.some(({ name }) => name === 'scan_input_axes') ? 'column' : 'zero', 'x'],
        outputs: ['last', 'all'],
        attributes: [graphAttribute('body', body), intAttribute('num_scan_inputs', 1), ...more],
      },
    ],
  });
  const values = [1, 2, 3, 4, 5, 6];

  test.each<readonly [string, readonly AttributeDraft[], readonly number[], readonly number[]]>([
    ['forwards', [], [9, 12], [1, 2, 4, 6, 9, 12]],
    ['backwards', [intsAttribute('scan_input_directions', [1])], [9, 12], [5, 6, 8, 10, 9, 12]],
    ['along another axis', [intsAttribute('scan_input_axes', [-1])], [3, 7, 11], [1, 3, 5, 3, 7, 11]],
    ['with outputs prepended', [intsAttribute('scan_output_directions', [1])], [9, 12], [9, 12, 4, 6, 1, 2]],
    ['with outputs along another axis', [intsAttribute('scan_output_axes', [1])], [9, 12], [1, 4, 9, 2, 6, 12]],
  ])('%s', (_, more, last, all) => {
    expect(outputsOf(model(more), values)).toEqual([last, all]);
  });

  test('of operator set 8 is refused', () => {
    expect(codes(model([], 8))).toEqual(['unsupported-attribute']);
  });
});

describe('sequences', () => {
  const position = (at: number) => int64s([], [at]);
  const initializers = { p0: position(0), p1: position(1), m1: position(-1), far: position(7) };
  const model = (nodes: readonly NodeDraft[]): ModelDraft => ({ inputs: x, outputs: ['y'], initializers, nodes });
  const made: readonly NodeDraft[] = [
    { op: 'Neg', inputs: ['x'], outputs: ['n'] },
    { op: 'SequenceConstruct', inputs: ['x', 'n'], outputs: ['s'] },
  ];
  const node = (op: string, inputs: readonly string[], output: string, attributes: readonly AttributeDraft[] = []) => {
    return { op, inputs, outputs: [output], attributes };
  };

  test.each<readonly [string, readonly NodeDraft[], readonly number[]]>([
    ['give an item', [...made, node('SequenceAt', ['s', 'm1'], 'y')], [-1, -2]],
    [
      'take items in and out',
      [
        ...made,
        node('SequenceInsert', ['s', 'n', 'p0'], 't'),
        node('SequenceErase', ['t', 'p1'], 'u'),
        node('ConcatFromSequence', ['u'], 'y', [intAttribute('axis', 0)]),
      ],
      [-1, -2, -1, -2],
    ],
    [
      'become a tensor with a new axis',
      [...made, node('ConcatFromSequence', ['s'], 'y', [intAttribute('axis', -1), intAttribute('new_axis', 1)])],
      [1, -1, 2, -2],
    ],
    [
      'come from a split',
      [
        node('SplitToSequence', ['x'], 's', [intAttribute('axis', 1), intAttribute('keepdims', 0)]),
        node('SequenceAt', ['s', 'p1'], 'y'),
      ],
      [2],
    ],
    ['have a length', [...made, node('SequenceLength', ['s'], 'y')], [2]],
    [
      'are mapped',
      [
        ...made,
        {
          op: 'SequenceMap',
          inputs: ['s', 'x'],
          outputs: ['t'],
          attributes: [
            graphAttribute('body', {
              inputs: ['a', 'b'],
              outputs: ['r'],
              nodes: [{ op: 'Add', inputs: ['a', 'b'], outputs: ['r'] }],
            }),
          ],
        },
        node('ConcatFromSequence', ['t'], 'y', [intAttribute('axis', 0)]),
      ],
      [2, 4, 0, 0],
    ],
    [
      'are optional',
      [
        ...made,
        node('Optional', ['s'], 'o'),
        node('OptionalGetElement', ['o'], 'g'),
        node('SequenceAt', ['g', 'p0'], 'y'),
      ],
      [1, 2],
    ],
    ['may be absent', [node('Optional', [], 'o'), node('OptionalHasElement', ['o'], 'y')], [0]],
  ])('%s', (_, nodes, expected) => {
    expect(outputsOf(model(nodes), [1, 2])).toEqual([expected]);
  });

  test.each<readonly [string, readonly NodeDraft[], string]>([
    ['an item that is not there', [...made, node('SequenceAt', ['s', 'far'], 'y')], 'onnx-invalid-operator'],
    [
      'an item of none',
      [node('SequenceEmpty', [], 's'), node('SequenceErase', ['s'], 't'), node('SequenceLength', ['t'], 'y')],
      'onnx-invalid-operator',
    ],
    ['a sequence in place of a tensor', [...made, node('Relu', ['s'], 'y')], 'onnx-sequence'],
    ['a tensor in place of a sequence', [node('SequenceLength', ['x'], 'y')], 'onnx-invalid-operator'],
    ['a position that is computed', [...made, node('SequenceAt', ['s', 'x'], 'y')], 'onnx-not-constant'],
    [
      'the value of nothing',
      [node('Optional', [], 'o'), node('OptionalGetElement', ['o'], 'y')],
      'onnx-invalid-operator',
    ],
    ['a sequence as an output of the model', [...made, node('Identity', ['s'], 'y')], 'onnx-output'],
  ])('%s is refused', (_, nodes, code) => {
    expect(codes(model(nodes))).toEqual([code]);
  });
});
