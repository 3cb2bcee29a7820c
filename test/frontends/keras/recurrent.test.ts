import { describe, expect, test } from 'vitest';
import { parseJson } from '../../../converter/frontends/json-view.ts';
import { importKerasArchive, importKerasH5, importKerasModel } from '../../../converter/frontends/keras/import.ts';
import { flatScope, floatTensor } from '../../../converter/frontends/keras/weights.ts';
import { noImportOptions } from '../../../converter/frontends/options.ts';
import { evaluateGraph } from '../../../converter/ir/evaluate.ts';
import { type Graph, typeOf } from '../../../converter/ir/graph.ts';
import { archive, sequential, sequentialH5, weight } from './drafts.ts';

/** Recurrent layers of 2 inputs and 2 units against their cells written out one number at a time, as Keras documents them. */

const x = [0.5, -1, 1, 0.25, -0.75, 0.5];
const sigmoid = (v: number) => 1 / (1 + Math.exp(-v));
type Weights = ReturnType<typeof weight>;

/** Column u of gate `gate` of a kernel with `gates` gates. */
const product = (from: readonly number[], { values }: Weights, gates: number, gate: number, u: number) =>
  from.reduce((sum, value, k) => sum + value * (values[k * gates * 2 + gate * 2 + u] ?? 0), 0);

function steps(next: (input: readonly number[], h: readonly number[]) => number[], backwards = false): number[][] {
  let h = [0, 0];
  const rows = [0, 1, 2].map((t) => x.slice(2 * t, 2 * t + 2));
  return (backwards ? rows.reverse() : rows).map((row) => {
    h = next(row, h);
    return h;
  });
}

function run(graph: Graph): number[][] {
  const type = typeOf(graph, graph.inputs[0]?.value ?? expect.fail('no input'));
  return evaluateGraph(graph, [{ type, data: Float32Array.from(x) }]).map(({ data }) => Array.from(data, Number));
}

function expectClose(found: readonly number[] | undefined, expected: readonly number[]): void {
  expect(found?.length).toBe(expected.length);
  found?.forEach((value, i) => {
    expect(value).toBeCloseTo(expected[i] ?? Number.NaN, 5);
  });
}

const layer = (className: string, config: object, weights: { readonly [role: string]: Weights }) =>
  run(
    importKerasH5(
      sequentialH5([null, 3, 2], [{ className, config: { units: 2, activation: 'tanh', ...config }, weights }]),
      'm',
    ),
  )[0];

describe('LSTM: gates i f c o', () => {
  const weights = { kernel: weight(2, 8), recurrent_kernel: weight(2, 8), bias: weight(8) };
  const cell = () => {
    let c = [0, 0];
    return (input: readonly number[], h: readonly number[]) => {
      const sum = (gate: number, u: number) =>
        product(input, weights.kernel, 4, gate, u) +
        product(h, weights.recurrent_kernel, 4, gate, u) +
        (weights.bias.values[gate * 2 + u] ?? 0);
      c = c.map((value, u) => sigmoid(sum(1, u)) * value + sigmoid(sum(0, u)) * Math.tanh(sum(2, u)));
      return c.map((value, u) => sigmoid(sum(3, u)) * Math.tanh(value));
    };
  };

  test('the last state', () => {
    expectClose(layer('LSTM', { recurrent_activation: 'sigmoid' }, weights), steps(cell())[2] ?? []);
  });

  test('all states, and backwards in the order of computation', () => {
    const config = { recurrent_activation: 'sigmoid', return_sequences: true };
    expectClose(layer('LSTM', config, weights), steps(cell()).flat());
    expectClose(layer('LSTM', { ...config, go_backwards: true }, weights), steps(cell(), true).flat());
  });

  test('the cell of a Keras 3 archive has its weights', () => {
    const config = sequential(
      [null, 3, 2],
      [{ className: 'LSTM', config: { units: 2, activation: 'tanh', recurrent_activation: 'sigmoid' } }],
    );
    const file = archive(config, {
      'layers/lstm/cell/vars/0': weights.kernel,
      'layers/lstm/cell/vars/1': weights.recurrent_kernel,
      'layers/lstm/cell/vars/2': weights.bias,
    });
    expectClose(run(importKerasArchive(file, 'm'))[0], steps(cell())[2] ?? []);
  });
});

describe('GRU: gates z r h', () => {
  test.each([true, false])('reset_after=%s', (resetAfter) => {
    const weights = {
      kernel: weight(2, 6),
      recurrent_kernel: weight(2, 6),
      bias: resetAfter ? weight(2, 6) : weight(6),
    };
    const bias = (row: number, gate: number, u: number) =>
      row === 1 && !resetAfter ? 0 : (weights.bias.values[row * 6 + gate * 2 + u] ?? 0);
    const cell = (input: readonly number[], h: readonly number[]) => {
      const own = (gate: number, u: number) => product(input, weights.kernel, 3, gate, u) + bias(0, gate, u);
      const other = (gate: number, u: number, from: readonly number[]) =>
        product(from, weights.recurrent_kernel, 3, gate, u) + bias(1, gate, u);
      const z = h.map((_, u) => sigmoid(own(0, u) + other(0, u, h)));
      const r = h.map((_, u) => sigmoid(own(1, u) + other(1, u, h)));
      const gated = h.map((value, u) => value * (r[u] ?? 0));
      return h.map((value, u) => {
        const inner = resetAfter ? (r[u] ?? 0) * other(2, u, h) : other(2, u, gated);
        return (z[u] ?? 0) * value + (1 - (z[u] ?? 0)) * Math.tanh(own(2, u) + inner);
      });
    };
    const found = layer(
      'GRU',
      { recurrent_activation: 'sigmoid', reset_after: resetAfter, return_sequences: true },
      weights,
    );
    expectClose(found, steps(cell).flat());
  });
});

test('SimpleRNN', () => {
  const weights = { kernel: weight(2, 2), recurrent_kernel: weight(2, 2) };
  const cell = (input: readonly number[], h: readonly number[]) =>
    h.map((_, u) =>
      Math.max(0, product(input, weights.kernel, 1, 0, u) + product(h, weights.recurrent_kernel, 1, 0, u)),
    );
  const found = layer('SimpleRNN', { activation: 'relu', use_bias: false, return_sequences: true }, weights);
  expectClose(found, steps(cell).flat());
});

describe('layers that hold others', () => {
  const [kernel, other, recurrentKernel] = [weight(2, 2), { shape: [2, 2], values: [0.5, -1, 0.25, 1] }, weight(2, 2)];
  const cell = (own: Weights) => (input: readonly number[], h: readonly number[]) =>
    h.map((_, u) => Math.tanh(product(input, own, 1, 0, u) + product(h, recurrentKernel, 1, 0, u)));
  const inner = (returnSequences: boolean) => ({
    class_name: 'SimpleRNN',
    config: {
      name: 'r',
      units: 2,
      activation: 'tanh',
      use_bias: false,
      return_sequences: returnSequences,
      go_backwards: false,
    },
  });
  const [forward, backward] = [steps(cell(kernel)), steps(cell(other), true)];

  test('Bidirectional joins both directions at the steps they belong to', () => {
    const config = sequential(
      [null, 3, 2],
      [{ className: 'Bidirectional', config: { layer: inner(true), merge_mode: 'concat' } }],
    );
    const file = archive(config, {
      'layers/bidirectional/forward_layer/cell/vars/0': kernel,
      'layers/bidirectional/forward_layer/cell/vars/1': recurrentKernel,
      'layers/bidirectional/backward_layer/cell/vars/0': other,
      'layers/bidirectional/backward_layer/cell/vars/1': recurrentKernel,
    });
    const expected = forward.flatMap((row, t) => [...row, ...(backward[2 - t] ?? [])]);
    expectClose(run(importKerasArchive(file, 'm'))[0], expected);
  });

  test('Bidirectional with weights by name, and the sum of the last states', () => {
    const config = sequential(
      [null, 3, 2],
      [{ className: 'Bidirectional', config: { layer: inner(false), merge_mode: 'sum' } }],
    );
    const named = (name: string, { shape, values }: Weights) => ({
      name: `layer0/${name}:0`,
      read: () => floatTensor(shape, values),
    });
    const scope = flatScope([
      named('forward_r/simple_rnn_cell/kernel', kernel),
      named('forward_r/simple_rnn_cell/recurrent_kernel', recurrentKernel),
      named('backward_r/simple_rnn_cell/kernel', other),
      named('backward_r/simple_rnn_cell/recurrent_kernel', recurrentKernel),
    ]);
    const json = parseJson(JSON.stringify(config), 'config', 'keras');
    const graph = importKerasModel(json, [2, 9], () => scope, 'm', noImportOptions);
    expectClose(run(graph)[0], forward[2]?.map((value, u) => value + (backward[2]?.[u] ?? Number.NaN)) ?? []);
  });

  test('TimeDistributed applies a Dense to each step', () => {
    const dense = { class_name: 'Dense', config: { name: 'd', units: 2, activation: 'linear', use_bias: false } };
    const found = layer0('TimeDistributed', { layer: dense }, { kernel });
    expectClose(
      found,
      [0, 1, 2].flatMap((t) => [0, 1].map((u) => product(x.slice(2 * t, 2 * t + 2), kernel, 1, 0, u))),
    );
  });

  /** A layer without the options of a recurrent one. */
  function layer0(className: string, config: object, weights: { readonly [role: string]: Weights }) {
    return run(importKerasH5(sequentialH5([null, 3, 2], [{ className, config: { ...config }, weights }]), 'm'))[0];
  }
});
