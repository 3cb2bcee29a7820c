import { at } from '../../../ops/definition.ts';
import { gatesOf, integerLstmConstants } from '../../../ops/integer-lstm.ts';
import { recurrentSizes } from '../../../ops/recurrent.ts';
import { disjoint } from '../../../plan/overlap.ts';
import type { FixedPointMultiplier } from '../../../tensor/requantize.ts';
import { roundUp } from '../constant-pool.ts';
import { type Address, addressPlus, type StepEmitter, type WasmKernel } from '../kernel.ts';
import { constantNumbers, requireConstants } from '../operand.ts';
import { packPanels } from '../packing/panels.ts';
import { planRequantization, type Requantization } from '../packing/requantization.ts';
import { copyRows } from '../routines/copy.ts';
import { integerLstmLayer } from '../routines/integer-lstm.ts';

/** Bytes of a widened row, of the input or of the hidden state. */
function rowBytes(inputs: number, units: number): number {
  return 2 * roundUp(Math.max(inputs, units), 8);
}

interface PackedGates {
  readonly weights: Address;
  readonly requantization: Requantization;
}

/** Weights of all gates, each padded to whole panels of 8 rows. */
function packGates(
  emitter: StepEmitter<'integer-lstm'>,
  input: 1 | 2,
  depth: number,
  factors: readonly FixedPointMultiplier[],
  hasBias: boolean,
): PackedGates {
  const { step } = emitter;
  const { units } = recurrentSizes(step.inputs.map(({ type }) => type));
  const [data, bias] = [constantNumbers(step, input), constantNumbers(step, 3)];
  const padded = roundUp(units, 8);
  const channels = factors.length * padded;
  const rowOf = (channel: number) => {
    const unit = channel % padded;
    return unit < units ? Math.floor(channel / padded) * units + unit : null;
  };
  const weights = {
    channels,
    depth: roundUp(depth, 8),
    zero: 0,
    at(channel: number, k: number): number {
      const row = rowOf(channel);
      return row === null || k >= depth ? 0 : at(data, row * depth + k);
    },
  };
  const rows = Array.from({ length: channels }, (_, channel) => rowOf(channel));
  const biases = rows.map((row) => (row === null || !hasBias ? 0 : at(bias, row)));
  const bounds = rows.map((row, channel) => {
    let sum = Math.abs(at(biases, channel));
    for (let k = 0; row !== null && k < depth; k++) sum += 255 * Math.abs(at(data, row * depth + k));
    return sum;
  });
  const perChannel = rows.map((row, channel) =>
    row === null ? { multiplier: 0, shift: 0 } : at(factors, Math.floor(channel / padded)),
  );
  const requantization = planRequantization(perChannel, bounds, 'exact');
  const headers = [Int32Array.from(biases), ...requantization.vectors];
  return { weights: emitter.constant(packPanels(weights, headers, 'eights', 'int8')), requantization };
}

/** From a product of two numbers in Q0, below 2^30, to the hidden state. */
function resultRequantization(factor: FixedPointMultiplier): Requantization {
  const { multiplier, shift } = factor;
  if (shift > -1 || shift < -29) return planRequantization([factor], [2 ** 30], 'exact');
  // Doubled, such a product still fits 32 bits.
  const form = { kind: 'exact', pre: 'double', post: 'uniform', unshifted: false } as const;
  return { form, shift: -shift, vectors: [Int32Array.of(multiplier)] };
}

/** Two products of a row with all gates and then elementwise vectors, for each step and row of the batch. */
export const integerLstm: WasmKernel<'integer-lstm'> = {
  problem: (step) => requireConstants(step, [1, 2, 3]),
  scratchBytes: ({ attributes }, types) => {
    const { inputs, units } = recurrentSizes(types);
    return rowBytes(inputs, units) + 2 * gatesOf(attributes) * roundUp(units, 8);
  },
  overlaps: (_, inputs) => disjoint(inputs),
  emit(emitter) {
    const { step, scratch } = emitter;
    const { attributes } = step.op;
    const types = step.inputs.map(({ type }) => type);
    const { steps, batch, inputs, units } = recurrentSizes(types);
    const constants = integerLstmConstants(attributes, types);
    for (const i of [0, 1]) {
      const copy = { source: emitter.input(4 + i), target: emitter.outputAt(1 + i), rowBytes: (1 + i) * batch * units };
      emitter.call(copyRows, null, { ...copy, rows: 1, sourceStep: 0, targetStep: 0 });
    }
    const fromInput = packGates(emitter, 1, inputs, constants.inputFactors, true);
    const fromHidden = packGates(emitter, 2, units, constants.hiddenFactors, false);
    const { inputZero, hiddenZero, cellBits, updateShift } = constants;
    emitter.call(
      integerLstmLayer,
      {
        ...{ coupled: attributes.coupled, cellBits, updateShift, cellClip: attributes.cellClip, hiddenZero },
        result: resultRequantization(constants.outputFactor),
        ...{ inputForm: fromInput.requantization.form, hiddenForm: fromHidden.requantization.form },
      },
      {
        ...{ input: emitter.input(0), output: emitter.output, hidden: emitter.outputAt(1), cell: emitter.outputAt(2) },
        ...{ row: scratch, gates: addressPlus(scratch, rowBytes(inputs, units)) },
        ...{ inputWeights: fromInput.weights, hiddenWeights: fromHidden.weights, steps, batch, inputs, units },
        ...{ inputVectors: roundUp(inputs, 8) / 8, hiddenVectors: roundUp(units, 8) / 8 },
        ...{ channels: gatesOf(attributes) * roundUp(units, 8), inputZero, hiddenZero },
        ...{ inputShift: fromInput.requantization.shift, hiddenShift: fromHidden.requantization.shift },
      },
    );
  },
};
