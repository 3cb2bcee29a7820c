import { foldedBias, gatesOf, integerLstmConstants } from '../../../ops/integer-lstm.ts';
import { recurrentSizes } from '../../../ops/recurrent.ts';
import { disjoint } from '../../../plan/overlap.ts';
import type { Operand } from '../../../plan/program.ts';
import type { FixedPointMultiplier } from '../../../tensor/requantize.ts';
import { unsupported } from '../../kernel.ts';
import type { CKernel, CParameter } from '../kernel.ts';
import { constantData, inputOf, inputParameter, outputAt, outputParameter, tableParameter } from '../operand.ts';
import { c } from '../quote.ts';

/** The sums of all gates of a row in 16 bits, then the cell. */
export const integerLstm: CKernel<'integer-lstm'> = {
  problem: (step) =>
    [1, 2, 3].every((index) => inputOf(step, index).kind === 'constant')
      ? null
      : unsupported('weights that are computed at run time are not supported', 'make them constants'),
  overlaps: (_, inputs) => disjoint(inputs),
  scratchBytes: ({ attributes }, inputs) => 2 * gatesOf(attributes) * recurrentSizes(inputs).units,

  emit(step) {
    const { attributes } = step.op;
    const types = step.inputs.map(({ type }) => type);
    const { steps, batch, inputs, units } = recurrentSizes(types);
    const constants = integerLstmConstants(attributes, types);
    const gates = gatesOf(attributes);
    const [w, r] = [int8Data(inputOf(step, 1)), int8Data(inputOf(step, 2))];
    const bias = Int32Array.from(constantData(inputOf(step, 3)));
    const begins = ['hidden', 'cell'].map((name, i) => beginning(name, inputOf(step, 4 + i), batch * units));
    const factors = [...constants.inputFactors, ...constants.hiddenFactors, constants.outputFactor].flatMap(pair);
    const gate = (index: number) => (index === 0 ? 'gates' : `gates + ${index * units}`);
    const [inputStride, hiddenStride] = [gateBytes(units, inputs), gateBytes(units, units)];
    const first = attributes.coupled ? 0 : 1;
    const cellGates = [attributes.coupled ? '0' : 'gates', gate(first), gate(first + 1), gate(first + 2)];
    const clip = attributes.cellClip === 0 ? 32768 : attributes.cellClip;
    return {
      stem: 'integer_lstm',
      parameters: [
        inputParameter('input', inputOf(step, 0)),
        weightsParameter('weights', w, gates, units),
        weightsParameter('recurrent', r, gates, units),
        numbers('input_bias', foldedBias(w, constants.inputZero, bias, gates * units)),
        numbers('hidden_bias', foldedBias(r, constants.hiddenZero, null, gates * units)),
        numbers('factors', Int32Array.from(factors)),
        ...begins.flatMap(({ parameters }) => parameters),
        outputParameter('output', outputAt(step, 0)),
        outputParameter('hidden', outputAt(step, 1)),
        outputParameter('cell', outputAt(step, 2)),
        { declaration: 'int16_t *gates', argument: { kind: 'scratch' } },
      ],
      body: c`
        ${begins.map(({ statement }) => statement)}
        for (int32_t step = 0; step < ${steps}; step++) {
            for (int32_t row = 0; row < ${batch}; row++) {
                const int8_t *const value = input + (step * ${batch} + row) * ${inputs};
                int8_t *const h = hidden + row * ${units};
                for (int32_t g = 0; g < ${gates}; g++) {
                    int16_t *const gate = gates + g * ${units};
                    ${call('thimble_gate', ['gate', `weights + g * ${inputStride}`, `input_bias + g * ${units}`, 'value', units, inputs, 'factors + 2 * g', 0])}
                    ${call('thimble_gate', ['gate', `recurrent + g * ${hiddenStride}`, `hidden_bias + g * ${units}`, 'h', units, units, `factors + ${2 * gates} + 2 * g`, 1])}
                }
                ${call('thimble_lstm_cell', [...cellGates, 'h', `cell + row * ${units}`, units, constants.cellBits, clip, `factors + ${4 * gates}`, constants.hiddenZero])}
                memcpy(output + (step * ${batch} + row) * ${units}, h, ${units});
            }
        }
      `,
      headers: ['lstm.h'],
    };
  },
};

const call = (name: string, values: readonly (string | number)[]) => `${name}(${values.join(', ')});`;

const pair = ({ multiplier, shift }: FixedPointMultiplier) => [multiplier, -shift];

const int8Data = (operand: Operand): Int8Array => Int8Array.from(constantData(operand));

function numbers(name: string, data: Int32Array): CParameter {
  return tableParameter(name, { kind: 'numbers', stem: name, element: 'int32_t', data });
}

/** Bytes from one gate's weights to the next: every gate begins at a word. */
function gateBytes(units: number, depth: number): number {
  return 4 * Math.ceil((units * depth) / 4);
}

/** Weights gate by gate, each in blocks of four rows (see dot.h) and, for what is left, row by row. */
function weightsParameter(name: string, weights: Int8Array, gates: number, units: number): CParameter {
  const depth = weights.length / (gates * units);
  const stride = gateBytes(units, depth);
  const data = new Int8Array(gates * stride);
  for (let gate = 0; gate < gates; gate++) {
    const rowsOf = (first: number, count: number) =>
      Array.from({ length: count }, (_, i) => {
        const start = (gate * units + first + i) * depth;
        return weights.subarray(start, start + depth);
      });
    const blocks = Math.floor(units / 4);
    for (let block = 0; block < blocks; block++) {
      data.set(interleaved(rowsOf(4 * block, 4)), gate * stride + 4 * block * depth);
    }
    rowsOf(4 * blocks, units % 4).forEach((row, i) => {
      data.set(row, gate * stride + (4 * blocks + i) * depth);
    });
  }
  return tableParameter(name, { kind: 'numbers', stem: name, element: 'int8_t', data, words: true });
}

/** Four rows as `thimble_run4` reads them: four inputs of each row in turn, then what is left input by input. */
function interleaved(rows: readonly Int8Array[]): number[] {
  const depth = rows[0]?.length ?? 0;
  const whole = depth - (depth % 4);
  const groups = Array.from({ length: whole / 4 }, (_, g) => rows.map((row) => [...row.subarray(4 * g, 4 * g + 4)]));
  const rest = Array.from({ length: depth - whole }, (_, i) => rows.map((row) => row[whole + i] ?? 0));
  return [...groups.flat(2), ...rest.flat()];
}

/** Statement and parameters that give a state its first value; zeros need no table. */
function beginning(name: string, operand: Operand, count: number) {
  const isZero = operand.kind === 'constant' && operand.data.every((x: number | bigint) => Number(x) === 0);
  const bytes = `${count} * sizeof *${name}`;
  if (isZero) return { statement: `memset(${name}, 0, ${bytes});`, parameters: [] as CParameter[] };
  const source = `first_${name}`;
  return { statement: `memcpy(${name}, ${source}, ${bytes});`, parameters: [inputParameter(source, operand)] };
}
