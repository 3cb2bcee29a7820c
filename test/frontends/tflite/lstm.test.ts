import { describe, expect, test } from 'vitest';
import { evaluateRuns } from '../../../converter/ir/evaluate.ts';
import { type Graph, typeOf } from '../../../converter/ir/graph.ts';
import { optimizeGraph } from '../../../converter/pipeline.ts';
import { float, graphOf, int8, type ModelDraft, problemLines, type TensorDraft } from './model-draft.ts';

/** Numbers in [-1, 1] that look random, the same every time. */
const numbers = (count: number, seed: number) =>
  Array.from({ length: count }, (_, i) => Math.fround((((i * 7919 + seed * 104729) % 1009) / 1009 - 0.5) * 2));

const gateNames = ['i', 'f', 'c', 'o'] as const;

interface Options {
  readonly coupled?: boolean;
  readonly peepholes?: boolean;
  readonly norm?: boolean;
  /** Width of the projection. */
  readonly projection?: number;
  readonly cellClip?: number;
  readonly projectionClip?: number;
  readonly timeMajor?: boolean;
  readonly steps?: number;
  readonly batch?: number;
}

const [width, units] = [3, 5];

/** The tensors of a float LSTM by their letters, and their places among the inputs. */
function lstmDraft(options: Options): ModelDraft {
  const { coupled, peepholes, norm, projection, timeMajor = false, steps = 4, batch = 2 } = options;
  const outputs = projection ?? units;
  const tensors: Record<string, TensorDraft> = {};
  const add = (name: string, shape: readonly number[]): string => {
    tensors[name] = float(
      shape,
      numbers(
        shape.reduce((a, b) => a * b, 1),
        Object.keys(tensors).length,
      ),
    );
    return name;
  };
  const each = (make: (gate: string) => string) =>
    gateNames.map((gate) => (coupled === true && gate === 'i' ? '' : make(gate)));
  const weights = each((gate) => add(`w${gate}`, [units, width]));
  const recurrent = each((gate) => add(`r${gate}`, [units, outputs]));
  const peephole = ['i', 'f', 'o'].map((gate) =>
    peepholes !== true || (coupled === true && gate === 'i') ? '' : add(`p${gate}`, [units]),
  );
  const biases = each((gate) => add(`b${gate}`, [units]));
  const projections = projection === undefined ? ['', ''] : [add('wp', [projection, units]), add('bp', [projection])];
  const norms = each((gate) => (norm === true ? add(`n${gate}`, [units]) : ''));
  const shape = timeMajor ? [steps, batch, width] : [batch, steps, width];
  const out = timeMajor ? [steps, batch, outputs] : [batch, steps, outputs];
  const { cellClip = 0, projectionClip = 0 } = options;
  const fields = {
    ...{ fused_activation_function: 'TANH', cell_clip: cellClip, proj_clip: projectionClip },
    time_major: timeMajor,
  };
  return {
    tensors: {
      x: float(shape),
      ...tensors,
      h: { ...float([batch, outputs]), variable: true },
      s: { ...float([batch * units]), variable: true },
      y: float(out),
    },
    operators: [
      {
        name: 'UNIDIRECTIONAL_SEQUENCE_LSTM',
        inputs: ['x', ...weights, ...recurrent, ...peephole, ...biases, ...projections, 'h', 's', ...norms],
        outputs: ['y'],
        options: ['UnidirectionalSequenceLSTMOptions', fields],
      },
    ],
    inputs: ['x'],
    outputs: ['y'],
  };
}

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const limit = (x: number, bound: number) => (bound > 0 ? Math.max(-bound, Math.min(bound, x)) : x);

/** The same layer as its equations read, for one sequence of steps; `data` gives the elements of a tensor, or null. */
function expectedRun(
  data: (name: string) => readonly number[] | null,
  sequence: readonly (readonly number[])[],
  state: { h: number[]; c: number[] },
  { cellClip = 0, projectionClip = 0 }: Options,
): number[][] {
  return sequence.map((x) => {
    const sums = (gate: string, cell: readonly number[] | null) => {
      const [w, r, b] = [data(`w${gate}`), data(`r${gate}`), data(`b${gate}`)];
      const [p, n] = [data(`p${gate}`), data(`n${gate}`)];
      if (w === null || r === null || b === null) return null;
      const raw = Array.from({ length: units }, (_, u) => {
        const own = x.reduce((sum, value, k) => sum + value * (w[u * x.length + k] ?? 0), 0);
        const back = state.h.reduce((sum, value, k) => sum + value * (r[u * state.h.length + k] ?? 0), 0);
        const peep = p === null || cell === null ? 0 : (p[u] ?? 0) * (cell[u] ?? 0);
        return own + back + peep + (n === null ? (b[u] ?? 0) : 0);
      });
      if (n === null) return raw;
      const mean = raw.reduce((sum, value) => sum + value, 0) / units;
      const variance = raw.reduce((sum, value) => sum + (value - mean) ** 2, 0) / units;
      return raw.map((value, u) => ((value - mean) / Math.sqrt(variance + 1e-8)) * (n[u] ?? 0) + (b[u] ?? 0));
    };
    const forget = (sums('f', state.c) ?? []).map(sigmoid);
    const input = sums('i', state.c)?.map(sigmoid) ?? forget.map((f) => 1 - f);
    const candidate = (sums('c', null) ?? []).map(Math.tanh);
    const next = forget.map((f, u) => limit(f * (state.c[u] ?? 0) + (input[u] ?? 0) * (candidate[u] ?? 0), cellClip));
    const shown = (sums('o', next) ?? []).map((o, u) => sigmoid(o) * Math.tanh(next[u] ?? 0));
    const [wp, bp] = [data('wp'), data('bp')];
    state.c = next;
    state.h =
      wp === null || bp === null
        ? shown
        : bp.map((bias, o) =>
            limit(
              shown.reduce((sum, value, u) => sum + value * (wp[o * units + u] ?? 0), bias),
              projectionClip,
            ),
          );
    return state.h;
  });
}

/** Feeds three runs and compares every result with the equations. */
function expectEquations(options: Options, tolerance = 1e-5, draft = lstmDraft(options)): Graph {
  const { timeMajor = false, steps = 4, batch = 2, projection } = options;
  const graph = graphOf(draft);
  const runs = [1, 2, 3].map((seed) => numbers(steps * batch * width, 50 + seed));
  const type = typeOf(graph, graph.inputs[0]?.value ?? expect.fail('one input'));
  const samples = runs.map((values) => [{ type, data: Float32Array.from(values) }]);
  const found = evaluateRuns(graph, samples);
  const optimized = evaluateRuns(optimizeGraph(graph).graph, samples);
  const data = (name: string) => draft.tensors[name]?.data ?? null;
  const outputs = projection ?? units;
  const states = Array.from({ length: batch }, () => ({
    h: numbers(outputs, 0).map(() => 0),
    c: numbers(units, 0).map(() => 0),
  }));
  runs.forEach((values, run) => {
    const row = (b: number, t: number) => (timeMajor ? t * batch + b : b * steps + t);
    states.forEach((state, b) => {
      const sequence = Array.from({ length: steps }, (_, t) =>
        values.slice(row(b, t) * width, (row(b, t) + 1) * width),
      );
      expectedRun(data, sequence, state, options).forEach((h, t) => {
        h.forEach((value, o) => {
          for (const results of [found, optimized]) {
            const result = Number(results[run]?.[0]?.data[row(b, t) * outputs + o]);
            expect(Math.abs(result - value), `run ${run}, step ${t}, row ${b}, output ${o}`).toBeLessThan(tolerance);
          }
        });
      });
    });
  });
  return graph;
}

describe('a float LSTM gives what its equations say, from run to run', () => {
  test.each<[string, Options]>([
    ['plain', {}],
    ['time first', { timeMajor: true }],
    ['one row', { batch: 1 }],
    ['one step', { steps: 1 }],
    ['input gate coupled', { coupled: true }],
    ['cell state limited', { cellClip: 0.2 }],
  ])('%s: one layer', (_, options) => {
    expect(expectEquations(options).nodes.filter(({ op }) => op.type === 'recurrent')).toHaveLength(1);
  });

  test.each<[string, Options]>([
    ['projection', { projection: 4 }],
    ['projection, limited', { projection: 2, projectionClip: 0.1, cellClip: 0.3 }],
    ['peepholes', { peepholes: true }],
    ['layer normalization', { norm: true }],
    ['everything', { peepholes: true, norm: true, projection: 6, coupled: true, timeMajor: true, cellClip: 0.5 }],
  ])('%s: step by step', (_, options) => {
    expect(expectEquations(options).nodes.every(({ op }) => op.type !== 'recurrent')).toBe(true);
  });
});

/** The weights of a draft as int8, with a scale each. */
function withInt8Weights(draft: ModelDraft): ModelDraft {
  const tensors = Object.entries(draft.tensors).map(([name, tensor]) => {
    if (!/^[wrp]/.test(name) || tensor.data === undefined) return [name, tensor] as const;
    const scale = Math.fround(1 / 127);
    return [
      name,
      int8(
        tensor.shape,
        scale,
        0,
        tensor.data.map((value) => Math.round(value * 127)),
      ),
    ] as const;
  });
  return { ...draft, tensors: Object.fromEntries(tensors) };
}

test.each<[string, Options]>([
  ['plain', {}],
  ['peepholes and projection', { peepholes: true, projection: 4 }],
])('int8 weights with float32 data stay close: %s', (_, options) => {
  expectEquations(options, 0.05, lstmDraft(options));
  const draft = withInt8Weights(lstmDraft(options));
  const real = lstmDraft(options);
  const type = { ...typeOf(graphOf(draft), graphOf(draft).inputs[0]?.value ?? expect.fail('one input')) };
  const sample = [{ type, data: Float32Array.from(numbers(24, 7)) }];
  const [hybrid, exact] = [draft, real].map((d) =>
    Array.from(evaluateRuns(graphOf(d), [sample])[0]?.[0]?.data ?? [], Number),
  );
  expect(
    graphOf(draft).nodes.some(({ op }) => op.type === 'fully-connected' && op.attributes.hybrid === 'symmetric'),
  ).toBe(true);
  hybrid?.forEach((value, i) => {
    expect(Math.abs(value - (exact?.[i] ?? 0))).toBeLessThan(0.05);
  });
  expect(hybrid).not.toEqual(exact);
});

describe('refused', () => {
  const draft = lstmDraft({});
  const [operator] = draft.operators;
  const withOptions = (fields: Record<string, unknown>): ModelDraft => ({
    ...draft,
    operators: [
      {
        ...(operator ?? expect.fail('one operator')),
        options: ['UnidirectionalSequenceLSTMOptions', { fused_activation_function: 'TANH', ...fields }],
      },
    ],
  });

  test.each<[string, ModelDraft, RegExp]>([
    ['diagonal weights', withOptions({ diagonal_recurrent_tensors: true }), /diagonal recurrent weights/],
    ['other functions', withOptions({ fused_activation_function: 'SIGN_BIT' }), /the activation SIGN_BIT/],
    ['negative limits', withOptions({ cell_clip: -1 }), /limits must be 0 or more/],
    ['many steps of a projection', lstmDraft({ projection: 2, steps: 65 }), /65 steps of an LSTM with projection/],
    [
      'states with values',
      { ...draft, tensors: { ...draft.tensors, h: { ...float([2, 5], numbers(10, 1)), variable: true } } },
      /its state has values in the file/,
    ],
    [
      'states of another size',
      { ...draft, tensors: { ...draft.tensors, h: { ...float([2, 4]), variable: true } } },
      /its state has 8 elements, expected 10/,
    ],
    [
      'half a gate',
      {
        ...draft,
        operators: [
          { ...(operator ?? expect.fail('one')), inputs: (operator?.inputs ?? []).map((n) => (n === 'ri' ? '' : n)) },
        ],
      },
      /a gate has some, but not all/,
    ],
    [
      'the basic kernel of LSTM',
      {
        ...draft,
        operators: [
          {
            ...(operator ?? expect.fail('one')),
            name: 'LSTM',
            options: ['LSTMOptions', { fused_activation_function: 'TANH', kernel_type: 'BASIC' }],
          },
        ],
      },
      /the kernel type BASIC is not supported/,
    ],
  ])('%s', (_, model, reason) => {
    expect(problemLines(model).join('\n')).toMatch(reason);
  });
});
