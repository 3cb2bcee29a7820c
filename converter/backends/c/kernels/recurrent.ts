import { at } from '../../../ops/definition.ts';
import { cellGates, type RecurrentAttributes, type RecurrentSizes, recurrentSizes } from '../../../ops/recurrent.ts';
import type { ScalarExpression } from '../../../ops/scalar-expression.ts';
import { disjoint } from '../../../plan/overlap.ts';
import type { Operand } from '../../../plan/program.ts';
import { expressionText } from '../float/expression.ts';
import type { CKernel, CParameter } from '../kernel.ts';
import { floatLiteral } from '../literal.ts';
import { inputOf, inputParameter, outputAt, outputParameter } from '../operand.ts';
import { c } from '../quote.ts';

/** Floats of scratch: the sums of all gates of one row and, where a gru needs it, what its reset leaves of the hidden state. */
function scratchFloats({ cell }: RecurrentAttributes, { units }: RecurrentSizes): number {
  return (cell === 'gru' ? 4 : cellGates[cell].gates) * units;
}

/** One function for all steps: the sums of the gates of a row, then the cell. Weights may be computed at run time. */
export const recurrent: CKernel<'recurrent'> = {
  problem: () => null,
  overlaps: (_, inputs) => disjoint(inputs),
  scratchBytes: ({ attributes }, inputs) => 4 * scratchFloats(attributes, recurrentSizes(inputs)),

  emit(step) {
    const { attributes } = step.op;
    const sizes = recurrentSizes(step.inputs.map(({ type }) => type));
    const { steps, batch, units } = sizes;
    const held = attributes.cell === 'lstm' ? ['hidden', 'cell'] : ['hidden'];
    const begins = held.map((name, i) => beginning(name, inputOf(step, 4 + i), batch * units));
    const time = attributes.reverse ? `${steps - 1} - step` : 'step';
    return {
      stem: attributes.cell,
      parameters: [
        inputParameter('input', inputOf(step, 0)),
        inputParameter('weights', inputOf(step, 1)),
        inputParameter('recurrent', inputOf(step, 2)),
        inputParameter('bias', inputOf(step, 3)),
        ...begins.flatMap(({ parameters }) => parameters),
        outputParameter('output', outputAt(step, 0)),
        ...held.map((name, i) => outputParameter(name, outputAt(step, 1 + i))),
        { declaration: 'float *gates', argument: { kind: 'scratch' } },
      ],
      body: c`
        ${begins.map(({ statement }) => statement)}
        for (int32_t step = 0; step < ${steps}; step++) {
            ${batch === 1 ? rowText(attributes, sizes, time, '') : rowsText(attributes, sizes, time)}
        }
      `,
      headers: ['recurrent.h'],
    };
  },
};

function rowsText(attributes: RecurrentAttributes, sizes: RecurrentSizes, time: string): string {
  const place = `${time.includes(' ') ? `(${time})` : time} * ${sizes.batch} + row`;
  return c`
    for (int32_t row = 0; row < ${sizes.batch}; row++) {
        ${rowText(attributes, sizes, place, ` + row * ${sizes.units}`)}
    }
  `;
}

/** One step of one row: `place` is its number among all rows of all steps, `from` where its states begin. */
function rowText(attributes: RecurrentAttributes, sizes: RecurrentSizes, place: string, from: string): string {
  const { inputs, units } = sizes;
  return c`
    const int32_t place = ${place};
    const float *const value = input + place * ${inputs};
    float *const h = hidden${from};
    ${attributes.cell === 'lstm' ? `float *const state = cell${from};` : ''}
    ${cellText(attributes, sizes)}
    memcpy(output + place * ${units}, h, ${units} * sizeof *output);
  `;
}

/** Statement and parameters that give a state its first value; zeros need no table. */
function beginning(name: string, operand: Operand, count: number) {
  const isZero = operand.kind === 'constant' && operand.data.every((x: number | bigint) => Object.is(x, 0));
  if (isZero) return { statement: `memset(${name}, 0, ${count} * sizeof *${name});`, parameters: [] as CParameter[] };
  const source = `first_${name}`;
  const statement = `memcpy(${name}, ${source}, ${count} * sizeof *${name});`;
  return { statement, parameters: [inputParameter(source, operand)] };
}

function cellText(attributes: RecurrentAttributes, sizes: RecurrentSizes): string {
  switch (attributes.cell) {
    case 'rnn':
      return rnnText(attributes, sizes);
    case 'lstm':
      return lstmText(attributes, sizes);
    case 'gru':
      return gruText(attributes, sizes);
  }
}

/** Sums of `count` rows of weights and recurrent weights from row `first` on, with the bias. */
function sumsText(first: number, count: number, { inputs, units }: RecurrentSizes, hidden: string | null): string {
  const from = (name: string, stride: number) => (first === 0 ? name : `${name} + ${first * stride}`);
  return c`
    memcpy(${from('gates', 1)}, ${from('bias', 1)}, ${count} * sizeof *gates);
    thimble_add_products(${from('gates', 1)}, ${from('weights', inputs)}, value, ${count}, ${inputs});
    ${hidden === null ? '' : `thimble_add_products(${from('gates', 1)}, ${from('recurrent', units)}, ${hidden}, ${count}, ${units});`}
  `;
}

/** A float variable `name` with the function of what `value` is, limited first. */
function functionText(name: string, value: string, expression: ScalarExpression, clip: number): string {
  const bound = floatLiteral(clip);
  const limited = Number.isFinite(clip) ? `thimble_min(${bound}, thimble_max(-${bound}, ${value}))` : value;
  return c`
    float ${name};
    {
        const float x = ${limited};
        ${name} = ${expressionText(expression)};
    }
  `;
}

function rnnText({ activations, clip }: RecurrentAttributes, sizes: RecurrentSizes): string {
  return c`
    ${sumsText(0, sizes.units, sizes, 'h')}
    for (int32_t u = 0; u < ${sizes.units}; u++) {
        ${functionText('next', 'gates[u]', at(activations, 0), clip)}
        h[u] = next;
    }
  `;
}

function lstmText({ activations, clip, cellClip }: RecurrentAttributes, sizes: RecurrentSizes): string {
  const { units } = sizes;
  const bound = floatLiteral(cellClip);
  const limit = `state[u] = thimble_min(${bound}, thimble_max(-${bound}, state[u]));`;
  return c`
    ${sumsText(0, 4 * units, sizes, 'h')}
    for (int32_t u = 0; u < ${units}; u++) {
        ${functionText('in', 'gates[u]', at(activations, 0), clip)}
        ${functionText('out', `gates[${units} + u]`, at(activations, 0), clip)}
        ${functionText('forget', `gates[${2 * units} + u]`, at(activations, 0), clip)}
        ${functionText('candidate', `gates[${3 * units} + u]`, at(activations, 1), clip)}
        state[u] = forget * state[u] + in * candidate;
        ${Number.isFinite(cellClip) ? limit : ''}
        ${functionText('shown', 'state[u]', at(activations, 2), Number.POSITIVE_INFINITY)}
        h[u] = out * shown;
    }
  `;
}

function gruText({ activations, clip, linearBeforeReset }: RecurrentAttributes, sizes: RecurrentSizes): string {
  const { units } = sizes;
  const last = 2 * units;
  const recurrentRows = `recurrent + ${last * units}`;
  return c`
    ${sumsText(0, last, sizes, 'h')}
    ${sumsText(last, units, sizes, null)}
    ${
      linearBeforeReset
        ? c`
          memcpy(gates + ${3 * units}, bias + ${3 * units}, ${units} * sizeof *gates);
          thimble_add_products(gates + ${3 * units}, ${recurrentRows}, h, ${units}, ${units});
        `
        : ''
    }
    for (int32_t u = 0; u < ${units}; u++) {
        ${functionText('reset', `gates[${units} + u]`, at(activations, 0), clip)}
        ${linearBeforeReset ? `gates[${last} + u] += reset * gates[${3 * units} + u];` : `gates[${3 * units} + u] = reset * h[u];`}
    }
    ${linearBeforeReset ? '' : `thimble_add_products(gates + ${last}, ${recurrentRows}, gates + ${3 * units}, ${units}, ${units});`}
    for (int32_t u = 0; u < ${units}; u++) {
        ${functionText('update', 'gates[u]', at(activations, 0), clip)}
        ${functionText('candidate', `gates[${last} + u]`, at(activations, 1), clip)}
        h[u] = (1.0f - update) * candidate + update * h[u];
    }
  `;
}
