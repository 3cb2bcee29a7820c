import { dimension, elementCount, formatShape, type Shape } from '../tensor/shape.ts';
import { dataAs, type Tensor, type TensorType, zeros } from '../tensor/tensor.ts';
import { sameDtype } from './check.ts';
import { at, type OpDefinition } from './definition.ts';
import { evaluateExpression, type ScalarExpression } from './scalar-expression.ts';

/**
 * The cell of a recurrent layer, with x the input and h what the cell gave for the step before; `*` is elementwise. Rows of weights and
 * bias stand gate by gate in the order of the letters (ONNX operator specification, LSTM, GRU and RNN, without peepholes):
 *
 * - `lstm`, gates i o f c: i, o, f = f(W x + R h + b); c' = f * c + i * g(W x + R h + b); h' = o * h(c').
 * - `gru`, gates z r n: z, r = f(W x + R h + b); n = g(W x + b + R (r * h)); h' = (1 - z) * n + z * h. The bias has a fourth part d:
 *   with `linearBeforeReset` n = g(W x + b + r * (R h + d)), else d is not read.
 * - `rnn`, one gate: h' = f(W x + R h + b).
 */
export type Cell = 'lstm' | 'gru' | 'rnn';

/** A recurrent layer in float32 over time T, batch B, I inputs and H units. */
export interface RecurrentAttributes {
  readonly cell: Cell;
  /** f, g and h above, as many as the cell has. */
  readonly activations: readonly ScalarExpression[];
  readonly linearBeforeReset: boolean;
  /** Limits what goes into f and g to [-clip, clip]; Infinity for no limit. */
  readonly clip: number;
  /** Whether time runs from the last step to the first; results stand where their inputs do. */
  readonly reverse: boolean;
}

/** Gates of each cell, and parts of its bias. */
export const cellGates: {
  readonly [C in Cell]: { readonly gates: number; readonly biases: number; readonly functions: number };
} = {
  lstm: { gates: 4, biases: 4, functions: 3 },
  gru: { gates: 3, biases: 4, functions: 2 },
  rnn: { gates: 1, biases: 1, functions: 1 },
};

/** Sizes of a layer. */
export interface RecurrentSizes {
  readonly steps: number;
  readonly batch: number;
  readonly inputs: number;
  readonly units: number;
}

/** Sizes from x [T,B,I] and recurrent weights [G*H,H]. */
export function recurrentSizes(types: readonly TensorType[]): RecurrentSizes {
  const x = at(types, 0).shape;
  return {
    steps: dimension(x, 0),
    batch: dimension(x, 1),
    inputs: dimension(x, 2),
    units: dimension(at(types, 2).shape, 1),
  };
}

function expectShape(found: Shape, wanted: Shape, what: string): void {
  if (formatShape(found) !== formatShape(wanted)) {
    throw new RangeError(`${what} must have shape ${formatShape(wanted)}, not ${formatShape(found)}`);
  }
}

/**
 * Inputs: x [T,B,I], weights [G*H,I], recurrent weights [G*H,H], bias [parts*H], hidden [B,H] and, for an lstm, cell [B,H]. Outputs: all
 * hidden states [T,B,H], the last one [B,H] and, for an lstm, the last cell [B,H].
 */
export const recurrent: OpDefinition<RecurrentAttributes> = {
  inputNames: ['input', 'weights', 'recurrent weights', 'bias', 'hidden', 'cell'],
  variadic: false,
  channelRule: () => 'opaque',

  outputShapes({ cell }, types) {
    const count = cell === 'lstm' ? 6 : 5;
    if (types.length !== count) throw new RangeError(`expected ${count} inputs, found ${types.length}`);
    if (at(types, 0).shape.length !== 3) throw new RangeError('the input must have 3 dimensions: time, batch, inputs');
    if (at(types, 2).shape.length !== 2) throw new RangeError('the recurrent weights must have 2 dimensions');
    const { steps, batch, inputs, units } = recurrentSizes(types);
    const { gates, biases } = cellGates[cell];
    expectShape(at(types, 1).shape, [gates * units, inputs], 'the weights');
    expectShape(at(types, 2).shape, [gates * units, units], 'the recurrent weights');
    expectShape(at(types, 3).shape, [biases * units], 'the bias');
    for (const state of types.slice(4)) expectShape(state.shape, [batch, units], 'what the cell begins with');
    return [[steps, batch, units], ...types.slice(4).map(() => [batch, units])];
  },

  violations({ cell, activations, clip }, inputs, outputs) {
    const { functions } = cellGates[cell];
    if (activations.length !== functions) return [`a cell of kind ${cell} has ${functions} functions`];
    if (!(clip > 0)) return [`the limit ${clip} is not above 0`];
    if (outputs.length !== inputs.length - 3) return [`expected ${inputs.length - 3} outputs, found ${outputs.length}`];
    return sameDtype([...inputs, ...outputs], ['float32']);
  },

  evaluate(attributes, inputs, outputs) {
    const { steps, batch, units } = recurrentSizes(inputs.map(({ type }) => type));
    const sequence = zeros(at(outputs, 0));
    const last = outputs.slice(1).map((type, i) => ({ type, data: dataAs(at(inputs, 4 + i), 'float32').slice() }));
    const states = last.map(({ data }) => data);
    for (let i = 0; i < steps; i++) {
      const t = attributes.reverse ? steps - 1 - i : i;
      for (let b = 0; b < batch; b++) {
        runCell(attributes, inputs, states, t * batch + b, b);
        dataAs(sequence, 'float32').set(at(states, 0).subarray(b * units, (b + 1) * units), (t * batch + b) * units);
      }
    }
    return [sequence, ...last];
  },

  cost({ cell }, inputs, outputs) {
    const { steps, batch, inputs: width, units } = recurrentSizes(inputs);
    const { gates } = cellGates[cell];
    const elements = outputs.reduce((sum, type) => sum + elementCount(type.shape), 0);
    return {
      macs: steps * batch * gates * units * (width + units),
      elements: elements + steps * batch * gates * units,
    };
  },
};

/** One step of one row of the batch; `states` are hidden and cell, and are changed. */
function runCell(
  { cell, activations, linearBeforeReset, clip }: RecurrentAttributes,
  inputs: readonly Tensor[],
  states: readonly Float32Array[],
  row: number,
  b: number,
): void {
  const { inputs: width, units } = recurrentSizes(inputs.map(({ type }) => type));
  const [x, w, r, bias] = inputs.slice(0, 4).map((tensor) => dataAs(tensor, 'float32'));
  if (x === undefined || w === undefined || r === undefined || bias === undefined)
    throw new RangeError('too few inputs');
  const hidden = at(states, 0);
  const before = hidden.slice(b * units, (b + 1) * units);
  const f = (i: number, value: number) => {
    return evaluateExpression(at(activations, i), Math.fround(Math.min(clip, Math.max(-clip, value))));
  };
  const fromInput = (gate: number, u: number) => dot(w, (gate * units + u) * width, x, row * width, width);
  const fromHidden = (gate: number, u: number, h: Float32Array) => dot(r, (gate * units + u) * units, h, 0, units);
  const sum = (gate: number, u: number) =>
    fromInput(gate, u) + fromHidden(gate, u, before) + at(bias, gate * units + u);
  const reset = cell === 'gru' ? before.map((value, u) => f(0, sum(1, u)) * value) : before;
  for (let u = 0; u < units; u++) {
    const place = b * units + u;
    if (cell === 'rnn') {
      hidden[place] = f(0, sum(0, u));
    } else if (cell === 'lstm') {
      const state = at(states, 1);
      state[place] = Math.fround(f(0, sum(2, u)) * at(state, place)) + Math.fround(f(0, sum(0, u)) * f(1, sum(3, u)));
      hidden[place] = f(0, sum(1, u)) * evaluateExpression(at(activations, 2), at(state, place));
    } else {
      const own = linearBeforeReset
        ? f(0, sum(1, u)) * (fromHidden(2, u, before) + at(bias, 3 * units + u))
        : fromHidden(2, u, reset);
      const candidate = f(1, fromInput(2, u) + at(bias, 2 * units + u) + own);
      const z = f(0, sum(0, u));
      hidden[place] = Math.fround((1 - z) * candidate) + Math.fround(z * at(before, u));
    }
  }
}

function dot(a: Float32Array, aStart: number, b: Float32Array, bStart: number, count: number): number {
  let sum = 0;
  for (let i = 0; i < count; i++) sum = Math.fround(sum + Math.fround(at(a, aStart + i) * at(b, bStart + i)));
  return sum;
}
