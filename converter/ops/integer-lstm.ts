import { divideByPowerOfTwo, logistic16, tanh16 } from '../tensor/fixed-point-16.ts';
import { scaleAt, zeroPointAt } from '../tensor/quantization.ts';
import { type FixedPointMultiplier, quantizeMultiplier, requantize } from '../tensor/requantize.ts';
import { dimension, elementCount, formatShape, type Shape } from '../tensor/shape.ts';
import { dataAs, type Tensor, type TensorType, zeros } from '../tensor/tensor.ts';
import { arity, factorFits, firstOf, sameDtype, sameQuantization } from './check.ts';
import { at, type OpDefinition } from './definition.ts';
import { clampTo } from './quantized.ts';
import { recurrentSizes } from './recurrent.ts';

/**
 * An LSTM on int8 with an int16 cell state, as TFLite computes it (`lstm_eval.cc`, `CalculateLstmGateInteger8x8_16` and what follows;
 * elementwise functions of `portable_tensor_utils.cc`).
 *
 * Every gate is a sum in Q3.12 of two products, each rescaled and saturated to 16 bits; logistic and tanh are 16-bit fixed-point
 * functions. Rows of weights and bias stand gate by gate, i o f c, and have a scale each, equal within a gate. Two rounding steps
 * everywhere, whatever the rounding of the graph. TFLite Micro computes logistic and tanh by table, which gives other last bits.
 */
export interface IntegerLstmAttributes {
  /** Whether there is no input gate: i = 1 - f (rows then are o f c). */
  readonly coupled: boolean;
  /** Limits the stored cell state to [-cellClip, cellClip]; 0 for no limit. */
  readonly cellClip: number;
}

/** Constants of the arithmetic. A gate sum is requantize(input sum) saturated, plus requantize(hidden sum), saturated. */
export interface IntegerLstmConstants {
  /** Factors to Q3.12 for the products with the input and with the hidden state, one of each per gate. */
  readonly inputFactors: readonly FixedPointMultiplier[];
  readonly hiddenFactors: readonly FixedPointMultiplier[];
  readonly inputZero: number;
  readonly hiddenZero: number;
  /** Integer bits of the cell state, 0 to 6. */
  readonly cellBits: number;
  /** Right shift of (input gate) * (candidate) to the scale of the cell state. */
  readonly updateShift: number;
  /** Factor of (output gate) * tanh(cell) to the hidden state. */
  readonly outputFactor: FixedPointMultiplier;
}

const gateScale = 2 ** -12;

export const gatesOf = ({ coupled }: IntegerLstmAttributes): number => (coupled ? 3 : 4);

export function integerLstmConstants(
  attributes: IntegerLstmAttributes,
  types: readonly TensorType[],
): IntegerLstmConstants {
  const [x, w, r, , hidden, cell] = types;
  if (x === undefined || w === undefined || r === undefined || hidden === undefined || cell === undefined)
    throw new RangeError('too few inputs');
  const { units } = recurrentSizes(types);
  const [inputScale, hiddenScale] = [scaleAt(x.quantization, 0), scaleAt(hidden.quantization, 0)];
  const factors = (weights: TensorType, scale: number) =>
    Array.from({ length: gatesOf(attributes) }, (_, gate) =>
      quantizeMultiplier(Math.fround(scaleAt(weights.quantization, gate * units) * scale) / gateScale),
    );
  const cellBits = 15 + Math.round(Math.log2(scaleAt(cell.quantization, 0)));
  return {
    inputFactors: factors(w, inputScale),
    hiddenFactors: factors(r, hiddenScale),
    inputZero: zeroPointAt(x.quantization, 0),
    hiddenZero: zeroPointAt(hidden.quantization, 0),
    cellBits,
    updateShift: 15 + cellBits,
    outputFactor: quantizeMultiplier(Math.fround(2 ** -15 / hiddenScale) * 2 ** -15),
  };
}

/**
 * The bias of one product with everything that zero points add: bias - zero * (sum of a row), an int32 per row. `bias` is null for
 * the product with the hidden state.
 */
export function foldedBias(weights: Int8Array, zero: number, bias: Int32Array | null, rows: number): Int32Array {
  const depth = weights.length / rows;
  return Int32Array.from({ length: rows }, (_, row) => {
    const sum = weights.subarray(row * depth, (row + 1) * depth).reduce((total, weight) => total + weight, 0);
    return (bias === null ? 0 : at(bias, row)) - zero * sum;
  });
}

function expectShape(found: Shape, wanted: Shape, what: string): void {
  if (formatShape(found) !== formatShape(wanted)) {
    throw new RangeError(`${what} must have shape ${formatShape(wanted)}, not ${formatShape(found)}`);
  }
}

/** Whether every gate has one scale. */
function scalePerGate(type: TensorType, units: number): boolean {
  const { quantization } = type;
  if (quantization.kind === 'per-tensor') return quantization.zeroPoint === 0;
  if (quantization.kind === 'none' || quantization.axis !== 0) return false;
  const { scales, zeroPoints } = quantization;
  return zeroPoints.every((zero) => zero === 0) && scales.every((s, row) => s === scales[row - (row % units)]);
}

function cellScaleFault({ quantization }: TensorType): string[] {
  const bits = quantization.kind === 'per-tensor' ? 15 + Math.log2(quantization.scale) : Number.NaN;
  const fits = quantization.kind === 'per-tensor' && quantization.zeroPoint === 0 && bits >= 0 && bits <= 6;
  return fits && Number.isInteger(bits)
    ? []
    : ['the cell state needs a scale of 2^-15 to 2^-9, a power of two, and zero point 0'];
}

/**
 * Inputs: x [T,B,I] int8, weights [G*H,I] and recurrent weights [G*H,H] int8, bias [G*H] int32, hidden [B,H] int8 and cell [B,H] int16.
 * Outputs: all hidden states [T,B,H], the last one [B,H] and the last cell [B,H].
 */
export const integerLstm: OpDefinition<IntegerLstmAttributes> = {
  inputNames: ['input', 'weights', 'recurrent weights', 'bias', 'hidden', 'cell'],
  variadic: false,
  channelRule: () => 'opaque',

  outputShapes(attributes, types) {
    if (types.length !== 6) throw new RangeError(`expected 6 inputs, found ${types.length}`);
    if (at(types, 0).shape.length !== 3) throw new RangeError('the input must have 3 dimensions: time, batch, inputs');
    if (at(types, 2).shape.length !== 2) throw new RangeError('the recurrent weights must have 2 dimensions');
    const { steps, batch, inputs, units } = recurrentSizes(types);
    const rows = gatesOf(attributes) * units;
    expectShape(at(types, 1).shape, [rows, inputs], 'the weights');
    expectShape(at(types, 2).shape, [rows, units], 'the recurrent weights');
    expectShape(at(types, 3).shape, [rows], 'the bias');
    for (const state of types.slice(4)) expectShape(state.shape, [batch, units], 'what the cell begins with');
    return [
      [steps, batch, units],
      [batch, units],
      [batch, units],
    ];
  },

  violations(attributes, inputs, outputs) {
    const dtypes = ['int8', 'int8', 'int8', 'int32', 'int8', 'int16'] as const;
    return firstOf(
      () => arity(inputs, 6, outputs, 3),
      () => inputs.flatMap((type, i) => sameDtype([type], [at(dtypes, i)])),
      () => sameDtype(outputs.slice(0, 2), ['int8']),
      () => sameDtype(outputs.slice(2), ['int16']),
      () => sameQuantization([at(inputs, 4), ...outputs.slice(0, 2)]),
      () => sameQuantization([at(inputs, 5), at(outputs, 2)]),
      () => cellScaleFault(at(inputs, 5)),
      () => {
        const states = [at(inputs, 0), at(inputs, 4)];
        if (states.some(({ quantization }) => quantization.kind !== 'per-tensor'))
          return ['activations need one scale'];
        const { units } = recurrentSizes(inputs);
        const rows = gatesOf(attributes) * units;
        const weights = [at(inputs, 1), at(inputs, 2)];
        if (weights.some((type) => !scalePerGate(type, units) || type.shape[0] !== rows))
          return ['weights need one scale for each gate and zero point 0'];
        return weights.flatMap(({ quantization }, i) =>
          Array.from({ length: gatesOf(attributes) }, (_, gate) => {
            const scale = scaleAt(quantization, gate * units) * scaleAt(at(states, i).quantization, 0);
            // The largest sum of products with the hidden state must stay far inside of 32 bits, since it is added to another one.
            const largest = i === 0 ? 1 : units * 2 ** 15;
            return factorFits((scale / gateScale) * largest, 'the factor of a gate');
          }).flat(),
        );
      },
      () => factorFits(2 ** -30 / scaleAt(at(inputs, 4).quantization, 0), 'the factor of the hidden state'),
      () => {
        const { cellClip } = attributes;
        return Number.isInteger(cellClip) && cellClip >= 0 && cellClip <= 32767
          ? []
          : [`the limit ${cellClip} is no int16`];
      },
    );
  },

  evaluate(attributes, inputs, outputs) {
    const { steps, batch, units } = recurrentSizes(inputs.map(({ type }) => type));
    const all = zeros(at(outputs, 0));
    const hidden: Tensor = { type: at(outputs, 1), data: dataAs(at(inputs, 4), 'int8').slice() };
    const cell: Tensor = { type: at(outputs, 2), data: dataAs(at(inputs, 5), 'int16').slice() };
    for (let t = 0; t < steps; t++) {
      for (let b = 0; b < batch; b++) {
        runRow(attributes, inputs, hidden, cell, t * batch + b, b);
        const result = dataAs(hidden, 'int8').subarray(b * units, (b + 1) * units);
        dataAs(all, 'int8').set(result, (t * batch + b) * units);
      }
    }
    return [all, hidden, cell];
  },

  cost(attributes, inputs) {
    const { steps, batch, inputs: width, units } = recurrentSizes(inputs);
    const gates = gatesOf(attributes) * units * steps * batch;
    return { macs: gates * (width + units), elements: gates + elementCount([steps, batch, dimension([units], 0)]) };
  },
};

/** One step of one row of the batch; changes the row of hidden and cell. */
function runRow(
  attributes: IntegerLstmAttributes,
  inputs: readonly Tensor[],
  hidden: Tensor,
  cell: Tensor,
  row: number,
  b: number,
): void {
  const types = inputs.map(({ type }) => type);
  const { inputs: width, units } = recurrentSizes(types);
  const constants = integerLstmConstants(attributes, types);
  const [x, w, r] = [dataAs(at(inputs, 0), 'int8'), dataAs(at(inputs, 1), 'int8'), dataAs(at(inputs, 2), 'int8')];
  const bias = dataAs(at(inputs, 3), 'int32');
  const [h, c] = [dataAs(hidden, 'int8'), dataAs(cell, 'int16')];
  const value = x.subarray(row * width, (row + 1) * width);
  const before = h.slice(b * units, (b + 1) * units);
  const sum = (gate: number, u: number) => {
    const place = gate * units + u;
    const own = (at(bias, place) + dot(w, place * width, value, constants.inputZero)) | 0;
    const first = saturate16(requantize(own, at(constants.inputFactors, gate), 'exact'));
    const second = dot(r, place * units, before, constants.hiddenZero);
    return saturate16(first + requantize(second, at(constants.hiddenFactors, gate), 'exact'));
  };
  const first = attributes.coupled ? 0 : 1;
  for (let u = 0; u < units; u++) {
    const place = b * units + u;
    const out = logistic16(sum(first, u));
    const forget = logistic16(sum(first + 1, u));
    const candidate = tanh16(sum(first + 2, u), 3);
    const input = attributes.coupled ? 32767 - forget : logistic16(sum(0, u));
    const kept = divideByPowerOfTwo(forget * at(c, place), 15);
    const added = divideByPowerOfTwo(input * candidate, constants.updateShift);
    const { cellClip } = attributes;
    const state = saturate16(kept + added);
    c[place] = cellClip > 0 ? clampTo(state, { min: -cellClip, max: cellClip }) : state;
    const shown = out * tanh16(at(c, place), constants.cellBits);
    const result = requantize(shown, constants.outputFactor, 'exact') + constants.hiddenZero;
    h[place] = clampTo(result, { min: -128, max: 127 });
  }
}

const saturate16 = (x: number) => clampTo(x, { min: -32768, max: 32767 });

function dot(weights: Int8Array, start: number, values: Int8Array, zero: number): number {
  return values.reduce((sum, value, i) => sum + at(weights, start + i) * (value - zero), 0) | 0;
}
