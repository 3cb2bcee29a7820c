import { at } from '../../../ops/definition.ts';
import { cellGates, type RecurrentSizes, recurrentSizes } from '../../../ops/recurrent.ts';
import { binary, constant, type ScalarExpression } from '../../../ops/scalar-expression.ts';
import { disjoint } from '../../../plan/overlap.ts';
import type { TensorType } from '../../../tensor/tensor.ts';
import { roundUp } from '../constant-pool.ts';
import { type Address, addressPlus, type StepEmitter, type WasmKernel } from '../kernel.ts';
import { constantNumbers, inputOf } from '../operand.ts';
import { packPanels } from '../packing/panels.ts';
import { copyRows, fillBytes } from '../routines/copy.ts';
import { recurrentLayer } from '../routines/recurrent.ts';

/** Vectors of four floats that the input and the hidden state take in a row. */
function vectorsOf({ inputs, units }: RecurrentSizes) {
  return { inputVectors: roundUp(inputs, 4) / 4, hiddenVectors: roundUp(units, 4) / 4 };
}

function rowBytes(sizes: RecurrentSizes): number {
  const { inputVectors, hiddenVectors } = vectorsOf(sizes);
  return 16 * (inputVectors + hiddenVectors);
}

/** Rows of weights and recurrent weights of `gates` gates from gate `first` on, side by side or one of them alone. */
function packed(
  emitter: StepEmitter<'recurrent'>,
  first: number,
  gates: number,
  part: 'both' | 'input' | 'hidden',
): Address {
  const { step } = emitter;
  const sizes = recurrentSizes(step.inputs.map(({ type }) => type));
  const { inputs, units } = sizes;
  const [w, r, bias] = [constantNumbers(step, 1), constantNumbers(step, 2), constantNumbers(step, 3)];
  const { inputVectors, hiddenVectors } = vectorsOf(sizes);
  const offset = part === 'hidden' ? 0 : 4 * inputVectors;
  const depth = offset + (part === 'input' ? 0 : 4 * hiddenVectors);
  const row = first * units;
  // The bias of a candidate that is computed apart is the part behind all gates.
  const biasFirst = part === 'hidden' ? 3 * units : row;
  const weights = {
    channels: gates * units,
    depth,
    zero: 0,
    at(channel: number, k: number): number {
      if (k < offset) return k < inputs ? at(w, (row + channel) * inputs + k) : 0;
      return k - offset < units ? at(r, (row + channel) * units + k - offset) : 0;
    },
  };
  const header = Float32Array.from({ length: gates * units }, (_, i) => at(bias, biasFirst + i));
  return emitter.constant(packPanels(weights, [header], 'fours', 'float32'));
}

interface WeightPlaces {
  readonly weights: Address;
  readonly candidate: Address | 0;
  readonly own: Address | 0;
}

function packedWeights(emitter: StepEmitter<'recurrent'>): WeightPlaces {
  const { cell, linearBeforeReset } = emitter.step.op.attributes;
  const isGru = cell === 'gru';
  return {
    weights: packed(emitter, 0, isGru ? 2 : cellGates[cell].gates, 'both'),
    candidate: isGru ? packed(emitter, 2, 1, linearBeforeReset ? 'input' : 'both') : 0,
    own: isGru && linearBeforeReset ? packed(emitter, 2, 1, 'hidden') : 0,
  };
}

function plainWeights(emitter: StepEmitter<'recurrent'>): WeightPlaces {
  return { weights: emitter.input(1), candidate: emitter.input(2), own: emitter.input(3) };
}

/** `expression` of x limited to [-clip, clip]. */
function limited(expression: ScalarExpression, clip: number): ScalarExpression {
  if (!Number.isFinite(clip)) return expression;
  const inside = binary('min', binary('max', { kind: 'x' }, constant(-clip)), constant(clip));
  const replace = (part: ScalarExpression): ScalarExpression => {
    switch (part.kind) {
      case 'x':
        return inside;
      case 'constant':
        return part;
      case 'unary':
        return { ...part, of: replace(part.of) };
      case 'binary':
        return { ...part, a: replace(part.a), b: replace(part.b) };
    }
  };
  return replace(expression);
}

/** One product of a row with all gates and then elementwise vectors, for each step and row of the batch. */
export const recurrent: WasmKernel<'recurrent'> = {
  problem: () => null,
  scratchBytes: (_, inputs: readonly TensorType[]) => {
    const sizes = recurrentSizes(inputs);
    return rowBytes(sizes) + 16 * sizes.units;
  },
  overlaps: (_, inputs) => disjoint(inputs),
  emit(emitter) {
    const { step } = emitter;
    const { cell, activations, linearBeforeReset, clip, cellClip, reverse } = step.op.attributes;
    const sizes = recurrentSizes(step.inputs.map(({ type }) => type));
    const { steps, batch, inputs, units } = sizes;
    const row = emitter.scratch;
    emitter.call(fillBytes, null, { target: row, value: 0, bytes: rowBytes(sizes) });
    const held = cell === 'lstm' ? [0, 1] : [0];
    for (const i of held) {
      const bytes = 4 * batch * units;
      const copy = { source: emitter.input(4 + i), target: emitter.outputAt(1 + i), rowBytes: bytes };
      emitter.call(copyRows, null, { ...copy, rows: 1, sourceStep: 0, targetStep: 0 });
    }
    const isPacked = [1, 2, 3].every((index) => inputOf(step, index).kind === 'constant');
    emitter.call(
      recurrentLayer,
      {
        ...{ cell, linearBeforeReset, reverse, cellClip, packed: isPacked },
        activations: activations.map((expression, i) => (i < 2 ? limited(expression, clip) : expression)),
      },
      {
        ...{ input: emitter.input(0), output: emitter.output, hidden: emitter.outputAt(1) },
        cell: cell === 'lstm' ? emitter.outputAt(2) : 0,
        ...{
          row,
          gates: addressPlus(row, rowBytes(sizes)),
          ...(isPacked ? packedWeights(emitter) : plainWeights(emitter)),
        },
        ...{ steps, batch, inputs, units, ...vectorsOf(sizes) },
      },
    );
  },
};
