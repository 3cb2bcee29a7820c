import { describe, expect, test } from 'vitest';
import { evaluateRuns } from '../../../converter/ir/evaluate.ts';
import { typeOf } from '../../../converter/ir/graph.ts';
import { optimizeGraph } from '../../../converter/pipeline.ts';
import { quantizeMultiplier, requantizeDefinition } from '../../../converter/tensor/requantize.ts';
import { zeros as emptyTensor, storeElement } from '../../../converter/tensor/tensor.ts';
import { float, graphOf, int8, type ModelDraft, problemLines, type TensorDraft } from './model-draft.ts';

const pick = (i: number, seed: number, limit: number) => ((i * 7919 + seed * 104729) % (2 * limit + 1)) - limit;
const integers = (count: number, seed: number, limit = 127) =>
  Array.from({ length: count }, (_, i) => pick(i, seed, limit));

interface Sizes {
  readonly rank: number;
  readonly units: number;
  readonly memory: number;
  readonly batch: number;
}

const width = 6;
const sizes: readonly Sizes[] = [
  { rank: 1, units: 4, memory: 3, batch: 1 },
  { rank: 2, units: 3, memory: 5, batch: 2 },
  { rank: 3, units: 8, memory: 1, batch: 1 },
];

function draftOf(
  { rank, units, memory, batch }: Sizes,
  tensors: {
    readonly x: TensorDraft;
    readonly feature: TensorDraft;
    readonly time: TensorDraft;
    readonly bias: TensorDraft | null;
    readonly state: TensorDraft;
    readonly y: TensorDraft;
  },
  fields: Record<string, unknown> = {},
): ModelDraft {
  const filters = rank * units;
  const { bias, ...others } = tensors;
  const shaped = {
    x: { ...others.x, shape: [batch, width] },
    feature: { ...others.feature, shape: [filters, width] },
    time: { ...others.time, shape: [filters, memory] },
    state: { ...others.state, shape: [batch, filters * memory], variable: true },
    y: { ...others.y, shape: [batch, units] },
  };
  return {
    tensors: bias === null ? shaped : { ...shaped, bias: { ...bias, shape: [units] } },
    operators: [
      {
        name: 'SVDF',
        inputs: ['x', 'feature', 'time', bias === null ? '' : 'bias', 'state'],
        outputs: ['y'],
        options: ['SVDFOptions', { rank, fused_activation_function: 'RELU', ...fields }],
      },
    ],
    inputs: ['x'],
    outputs: ['y'],
  };
}

/** What each of `runs` gives, before and after the passes. */
function outputsOf(draft: ModelDraft, runs: readonly (readonly number[])[]): number[][][] {
  const graph = graphOf(draft);
  const type = typeOf(graph, graph.inputs[0]?.value ?? expect.fail('one input'));
  const samples = runs.map((values) => {
    const { data } = emptyTensor({ ...type, shape: [values.length] });
    values.forEach((value: number, i: number) => {
      storeElement(data, i, value);
    });
    return [{ type, data }];
  });
  return [graph, optimizeGraph(graph).graph].map((each) =>
    evaluateRuns(each, samples).map(([y]) => Array.from(y?.data ?? [], Number)),
  );
}

const scales = { x: 0.05, feature: 0.007, time: 0.012, state: 0.31, y: 0.11 };
const zeros = { x: -3, state: 11, y: -128 };

function int8Draft(size: Sizes): ModelDraft {
  const filters = size.rank * size.units;
  return draftOf(size, {
    x: int8([], scales.x, zeros.x),
    feature: int8([], scales.feature, 0, integers(filters * width, 1)),
    time: int8([], scales.time, 0, integers(filters * size.memory, 2)),
    bias: { type: 'INT32', shape: [], data: integers(size.units, 3, 500) },
    state: int8([], scales.state, zeros.state),
    y: int8([], scales.y, zeros.y),
  });
}

const f32 = Math.fround;
const clamp8 = (x: number) => Math.max(-128, Math.min(127, x));

/** The loops of TFLite Micro's kernel, with the state as the file has it. */
function int8Reference({ rank, units, memory, batch }: Sizes, runs: readonly (readonly number[])[]): number[][] {
  const filters = rank * units;
  const [feature, time, bias] = [integers(filters * width, 1), integers(filters * memory, 2), integers(units, 3, 500)];
  const first = quantizeMultiplier(f32(f32(f32(scales.x) * f32(scales.feature)) / f32(scales.state)));
  const second = quantizeMultiplier(f32(f32(f32(scales.state) * f32(scales.time)) / f32(scales.y)));
  const state = new Array<number>(batch * filters * memory).fill(zeros.state);
  return runs.map((x) => {
    const results: number[] = [];
    for (let b = 0; b < batch; b++) {
      const sums = Array.from({ length: filters }, (_, f) => {
        const row = (b * filters + f) * memory;
        for (let m = 0; m + 1 < memory; m++) state[row + m] = state[row + m + 1] ?? 0;
        let dot = 0;
        for (let k = 0; k < width; k++) dot += (feature[f * width + k] ?? 0) * ((x[b * width + k] ?? 0) - zeros.x);
        state[row + memory - 1] = clamp8(requantizeDefinition(dot, first, 'exact') + zeros.state);
        let sum = 0;
        for (let m = 0; m < memory; m++) sum += (time[f * memory + m] ?? 0) * ((state[row + m] ?? 0) - zeros.state);
        return sum;
      });
      for (let u = 0; u < units; u++) {
        const total = sums.slice(u * rank, (u + 1) * rank).reduce((a, c) => a + c, bias[u] ?? 0);
        results.push(clamp8(requantizeDefinition(total, second, 'exact') + zeros.y));
      }
    }
    return results;
  });
}

describe('int8 SVDF', () => {
  test.each(sizes)('rank $rank, $units units, $memory runs, batch $batch: as TFLite Micro to the bit', (size) => {
    const runs = Array.from({ length: 7 }, (_, run) => integers(size.batch * width, 20 + run));
    const expected = int8Reference(size, runs);
    for (const found of outputsOf(int8Draft(size), runs)) expect(found).toEqual(expected);
    expect(new Set(expected.flat()).size).toBeGreaterThan(5);
  });

  test('begins with the zero point of the state everywhere', () => {
    const [state] = graphOf(int8Draft(sizes[1] ?? expect.fail('sizes'))).states;
    expect(new Set(Array.from(state?.initial ?? [], Number))).toEqual(new Set([zeros.state]));
  });
});

describe('float SVDF', () => {
  const real = (count: number, seed: number) => integers(count, seed, 100).map((value) => f32(value / 100));

  const floatDraft = ({ rank, units, memory, batch }: Sizes, fields: Record<string, unknown> = {}, bias = true) =>
    draftOf(
      { rank, units, memory, batch },
      {
        x: float([]),
        feature: float([], real(rank * units * width, 1)),
        time: float([], real(rank * units * memory, 2)),
        bias: bias ? float([], real(units, 3)) : null,
        state: float([]),
        y: float([]),
      },
      fields,
    );

  test.each(sizes)('rank $rank, $units units, $memory runs, batch $batch', (size) => {
    const { rank, units, memory, batch } = size;
    const filters = rank * units;
    const runs = Array.from({ length: 6 }, (_, run) => real(batch * width, 20 + run));
    const [feature, time, bias] = [real(filters * width, 1), real(filters * memory, 2), real(units, 3)];
    const response = (run: number, b: number, f: number) => {
      const x = runs[run];
      return x === undefined
        ? 0
        : Array.from({ length: width }, (_, k) => (feature[f * width + k] ?? 0) * (x[b * width + k] ?? 0)).reduce(
            (a, c) => a + c,
          );
    };
    for (const found of outputsOf(floatDraft(size), runs)) {
      found.forEach((results, run) => {
        results.forEach((value, place) => {
          const [b, u] = [Math.floor(place / units), place % units];
          let sum = bias[u] ?? 0;
          for (let f = u * rank; f < (u + 1) * rank; f++) {
            for (let m = 0; m < memory; m++)
              sum += (time[f * memory + m] ?? 0) * response(run - (memory - 1 - m), b, f);
          }
          expect(value).toBeCloseTo(Math.max(0, sum), 4);
        });
      });
    }
  });

  test('other functions, and no bias', () => {
    const size = sizes[0] ?? expect.fail('sizes');
    const x = real(width, 20);
    const [plain] = outputsOf(floatDraft(size, { fused_activation_function: 'NONE' }, false), [x]);
    const [tanh] = outputsOf(floatDraft(size, { fused_activation_function: 'TANH' }, false), [x]);
    plain?.[0]?.forEach((value, i) => {
      expect(tanh?.[0]?.[i]).toBeCloseTo(Math.tanh(value), 5);
    });
  });

  test('int8 weights with float data stay close', () => {
    const size = sizes[1] ?? expect.fail('sizes');
    const draft = floatDraft(size);
    const stored = (name: string) => {
      const tensor = draft.tensors[name] ?? expect.fail(name);
      return int8(
        tensor.shape,
        f32(1 / 100),
        0,
        tensor.data?.map((value) => Math.round(value * 100)),
      );
    };
    const hybrid = { ...draft, tensors: { ...draft.tensors, feature: stored('feature'), time: stored('time') } };
    const runs = Array.from({ length: 4 }, (_, run) => real(size.batch * width, 20 + run));
    const [exact, found] = [outputsOf(draft, runs)[0], outputsOf(hybrid, runs)[0]];
    found?.flat().forEach((value, i) => {
      expect(Math.abs(value - (exact?.flat()[i] ?? 0))).toBeLessThan(0.1);
    });
    expect(found).not.toEqual(exact);
  });
});

describe('refused', () => {
  const size = sizes[0] ?? expect.fail('sizes');
  const good = int8Draft(size);
  const withTensor = (name: string, change: Partial<TensorDraft>): ModelDraft => ({
    ...good,
    tensors: { ...good.tensors, [name]: { ...(good.tensors[name] ?? expect.fail(name)), ...change } },
  });

  test.each<[string, ModelDraft, RegExp]>([
    [
      'a state of int16',
      withTensor('state', { type: 'INT16', scale: 0.001, zero: 0 }),
      /an SVDF of int8 int8 int8 int16 \(input, feature weights, time weights, state\) is not supported/,
    ],
    ['weights with a zero point', withTensor('time', { zero: 2 }), /weights need one scale and a zero point of 0/],
    ['a state of another size', withTensor('state', { shape: [1, 7] }), /its state has 7 elements, expected 12/],
    [
      'a rank that does not fit',
      draftOf(
        { ...size, rank: 1 },
        {
          x: int8([], 1, 0),
          feature: int8([], 1, 0, integers(24, 1)),
          time: int8([], 1, 0, integers(12, 1)),
          bias: null,
          state: int8([], 1, 0),
          y: int8([], 1, 0),
        },
        { rank: 3 },
      ),
      /of rank 3 do not fit/,
    ],
  ])('%s', (_, model, reason) => {
    expect(problemLines(model).join('\n')).toMatch(reason);
  });
});
