import { describe, expect, test } from 'vitest';
import { evaluateRuns } from '../../../converter/ir/evaluate.ts';
import { typeOf } from '../../../converter/ir/graph.ts';
import { float, graphOf, int8, type ModelDraft, problemLines, type TensorDraft } from './model-draft.ts';

const [width, units, steps] = [3, 2, 4];
const pick = (i: number, seed: number) => ((i * 7919 + seed * 104729) % 255) - 127;
const integers = (count: number, seed: number) => Array.from({ length: count }, (_, i) => pick(i, seed));

function draftOf(
  options: { readonly coupled?: boolean; readonly timeMajor?: boolean; readonly batch?: number } = {},
): ModelDraft {
  const { coupled = false, timeMajor = false, batch = 1 } = options;
  const tensors: Record<string, TensorDraft> = {};
  const each = (letter: string, make: (seed: number) => TensorDraft) =>
    ['i', 'f', 'c', 'o'].map((gate, seed) => {
      if (coupled && gate === 'i') return '';
      tensors[letter + gate] = make(seed);
      return letter + gate;
    });
  const weights = each('w', (seed) => int8([units, width], 0.01 + seed / 1000, 0, integers(units * width, seed)));
  const recurrent = each('r', (seed) => int8([units, units], 0.02 + seed / 1000, 0, integers(units * units, 9 + seed)));
  const biases = each('b', (seed) => ({ type: 'INT32', shape: [units], data: integers(units, 20 + seed) }));
  const none = (count: number) => new Array<string>(count).fill('');
  const first = timeMajor ? [steps, batch] : [batch, steps];
  const state = { ...int8([batch, units], 1 / 128, 5), variable: true };
  return {
    tensors: {
      x: int8([...first, width], 0.02, -7),
      ...tensors,
      h: state,
      s: { type: 'INT16', shape: [batch, units], scale: 2 ** -11, zero: 0, variable: true },
      y: int8([...first, units], 1 / 128, 5),
    },
    operators: [
      {
        name: 'UNIDIRECTIONAL_SEQUENCE_LSTM',
        inputs: ['x', ...weights, ...recurrent, ...none(3), ...biases, ...none(2), 'h', 's', ...none(4)],
        outputs: ['y'],
        options: [
          'UnidirectionalSequenceLSTMOptions',
          { fused_activation_function: 'TANH', cell_clip: 10, time_major: timeMajor },
        ],
      },
    ],
    inputs: ['x'],
    outputs: ['y'],
  };
}

function outputsOf(draft: ModelDraft, runs: readonly (readonly number[])[]): number[][] {
  const graph = graphOf(draft);
  const type = typeOf(graph, graph.inputs[0]?.value ?? expect.fail('one input'));
  return evaluateRuns(
    graph,
    runs.map((values) => [{ type, data: Int8Array.from(values) }]),
  ).map(([y]) => Array.from(y?.data ?? [], Number));
}

test('gates stand below each other with a scale each, and the limit is that of the stored cell state', () => {
  const graph = graphOf(draftOf());
  const [node] = graph.nodes.filter(({ op }) => op.type === 'integer-lstm');
  expect(node?.op.attributes).toEqual({ coupled: false, cellClip: 20480 });
  const weights = typeOf(graph, node?.inputs[1] ?? expect.fail('weights'));
  expect(weights.shape).toEqual([8, 3]);
  // input, output, forget, cell
  expect(weights.quantization).toMatchObject({
    axis: 0,
    scales: [0.01, 0.01, 0.013, 0.013, 0.011, 0.011, 0.012, 0.012].map(Math.fround),
  });
  expect(graph.states.map(({ initial }) => (initial === null ? null : Array.from(initial, Number)))).toEqual([
    [5, 5],
    null,
  ]);
});

test('its states go from run to run: two runs are one of twice the steps', () => {
  const [a, b] = [integers(steps * width, 3), integers(steps * width, 4)];
  const [first, second] = outputsOf(draftOf(), [a, b]);
  expect(first).not.toEqual(second);
  const long = draftOf();
  const twice: ModelDraft = {
    ...long,
    tensors: { ...long.tensors, x: int8([1, 2 * steps, width], 0.02, -7), y: int8([1, 2 * steps, units], 1 / 128, 5) },
  };
  expect(outputsOf(twice, [[...a, ...b]])).toEqual([[...(first ?? []), ...(second ?? [])]]);
});

test('time first or batch first are the same numbers', () => {
  const values = integers(2 * steps * width, 5);
  const part = (list: readonly number[], size: number, place: number) => list.slice(place * size, (place + 1) * size);
  const swapped = Array.from({ length: steps }, (_, t) =>
    [0, 1].flatMap((b) => part(values, width, b * steps + t)),
  ).flat();
  const [batchFirst] = outputsOf(draftOf({ batch: 2 }), [values]);
  const [timeFirst] = outputsOf(draftOf({ batch: 2, timeMajor: true }), [swapped]);
  const back = [0, 1].flatMap((b) =>
    Array.from({ length: steps }, (_, t) => part(timeFirst ?? [], units, t * 2 + b)).flat(),
  );
  expect(batchFirst).toEqual(back);
});

test('without an input gate it is coupled to the forget gate', () => {
  const graph = graphOf(draftOf({ coupled: true }));
  expect(graph.nodes.some(({ op }) => op.type === 'integer-lstm' && op.attributes.coupled)).toBe(true);
});

describe('refused', () => {
  const good = draftOf();
  const withTensor = (name: string, change: Partial<TensorDraft>): ModelDraft => ({
    ...good,
    tensors: { ...good.tensors, [name]: { ...(good.tensors[name] ?? expect.fail(name)), ...change } },
  });
  const withInput = (place: number, name: string, tensor: TensorDraft): ModelDraft => ({
    ...good,
    tensors: { ...good.tensors, [name]: tensor },
    operators: good.operators.map((each) => ({
      ...each,
      inputs: each.inputs.map((input, i) => (i === place ? name : input)),
    })),
  });

  test.each<[string, ModelDraft, RegExp]>([
    ['a projection', withInput(16, 'wp', int8([2, 2], 0.1, 0, [1, 2, 3, 4])), /an int8 LSTM with a projection/],
    [
      'layer normalization',
      withInput(21, 'nf', { type: 'INT16', shape: [2], scale: 0.1, zero: 0, data: [1, 2] }),
      /an int8 LSTM with peepholes or layer normalization/,
    ],
    ['another scale of the result', withTensor('y', { scale: 0.5 }), /have different scales/],
    ['weights with zero points', withTensor('wf', { zero: 3 }), /one scale per gate and zero points of 0/],
    ['a cell state that is no power of two', withTensor('s', { scale: 0.001 }), /a power of two/],
    ['a cell state of int8', withTensor('s', { type: 'INT8' }), /states of int8 and int8 are not supported/],
    [
      'data of int16',
      withTensor('x', { type: 'INT16', zero: 0 }),
      /an LSTM of int16 int8 \(data, weights\) is not supported/,
    ],
  ])('%s', (_, model, reason) => {
    expect(problemLines(model).join('\n')).toMatch(reason);
  });
});

describe('float RNN', () => {
  const rnn = (steps: number, change: Readonly<Record<string, TensorDraft>> = {}): ModelDraft => ({
    tensors: {
      x: float([1, steps, 1]),
      w: float([1, 1], [0.5]),
      r: float([1, 1], [-0.25]),
      b: float([1], [0.125]),
      h: { ...float([1, 1]), variable: true },
      y: float([1, steps, 1]),
      ...change,
    },
    operators: [
      {
        name: 'UNIDIRECTIONAL_SEQUENCE_RNN',
        inputs: ['x', 'w', 'r', 'b', 'h'],
        outputs: ['y'],
        options: ['SequenceRNNOptions', { fused_activation_function: 'TANH', time_major: false }],
      },
    ],
    inputs: ['x'],
    outputs: ['y'],
  });

  test('h = tanh(w x + r h + b), from run to run', () => {
    const graph = graphOf(rnn(2));
    const type = typeOf(graph, graph.inputs[0]?.value ?? expect.fail('one input'));
    const runs = [
      [1, -2],
      [3, 0.5],
    ].map((values) => [{ type, data: Float32Array.from(values) }]);
    const found = evaluateRuns(graph, runs).flatMap(([y]) => Array.from(y?.data ?? [], Number));
    let h = 0;
    [1, -2, 3, 0.5].forEach((x, i) => {
      h = Math.tanh(0.5 * x - 0.25 * h + 0.125);
      expect(found[i]).toBeCloseTo(h, 5);
    });
  });

  test('a second layer on the same state begins with what the first one left', () => {
    const one = rnn(1);
    const [first] = one.operators;
    if (first === undefined) throw new Error('one operator');
    const two: ModelDraft = {
      ...one,
      tensors: { ...one.tensors, z: float([1, 1, 1]) },
      operators: [first, { ...first, inputs: ['y', 'w', 'r', 'b', 'h'], outputs: ['z'] }],
      outputs: ['z'],
    };
    const graph = graphOf(two);
    const type = typeOf(graph, graph.inputs[0]?.value ?? expect.fail('one input'));
    const found = evaluateRuns(graph, [[{ type, data: Float32Array.of(1) }], [{ type, data: Float32Array.of(2) }]]);
    let h = 0;
    const layer = (x: number) => {
      h = Math.tanh(0.5 * x - 0.25 * h + 0.125);
      return h;
    };
    for (const [i, x] of [1, 2].entries()) expect(found[i]?.[0]?.data[0]).toBeCloseTo(layer(layer(x)), 5);
  });

  test('int8 weights are refused', () => {
    expect(problemLines(rnn(2, { w: int8([1, 1], 0.1, 0, [1]) })).join()).toMatch(
      /a layer of float32 int8 float32 float32/,
    );
  });
});
