import type { Op } from '../../../ops/op.ts';
import { type Cell, cellGates, type RecurrentAttributes } from '../../../ops/recurrent.ts';
import { binary, constant, type ScalarExpression, theVariable, unary } from '../../../ops/scalar-expression.ts';
import { dimension } from '../../../tensor/shape.ts';
import type { OperatorContext, TranslateOperator } from '../context.ts';
import type { Operand } from '../writer.ts';
import { boxOf, concatenated, elementAt, sliceAlong } from './movement/along-axis.ts';

/** LSTM, GRU and RNN. The canonical operator runs in one direction over [time, batch, inputs]; the rest is movement around it. */

const x = theVariable;
const zero = constant(0);
const one = constant(1);

/** Activation functions by name, with their default alpha and beta (ONNX operator specification, RNN). */
type Make = (alpha: number, beta: number) => ScalarExpression;

const activations: ReadonlyMap<string, readonly [alpha: number, beta: number, make: Make]> = new Map<
  string,
  readonly [number, number, Make]
>([
  ['relu', [0, 0, () => binary('max', x, zero)]],
  ['tanh', [0, 0, () => unary('tanh', x)]],
  ['sigmoid', [0, 0, () => unary('logistic', x)]],
  ['affine', [1, 0, (a, b) => binary('add', binary('mul', x, constant(a)), constant(b))]],
  [
    'leakyrelu',
    [0.01, 0, (a) => binary('add', binary('max', x, zero), binary('mul', constant(a), binary('min', x, zero)))],
  ],
  ['scaledtanh', [1, 1, (a, b) => binary('mul', constant(a), unary('tanh', binary('mul', constant(b), x)))]],
  [
    'hardsigmoid',
    [
      0.2,
      0.5,
      (a, b) => binary('max', zero, binary('min', one, binary('add', binary('mul', constant(a), x), constant(b)))),
    ],
  ],
  [
    'elu',
    [
      1,
      0,
      (a) => binary('add', binary('max', x, zero), binary('mul', constant(a), unary('expm1', binary('min', x, zero)))),
    ],
  ],
  ['softsign', [0, 0, () => binary('div', x, binary('add', one, unary('abs', x)))]],
]);

const defaultNames: { readonly [C in Cell]: readonly string[] } = {
  lstm: ['sigmoid', 'tanh', 'tanh'],
  gru: ['sigmoid', 'tanh'],
  rnn: ['tanh'],
};

/** The functions of all directions, direction by direction. */
function functionsOf(context: OperatorContext, cell: Cell, directions: number): ScalarExpression[] {
  const names =
    context.stringList('activations') ?? Array.from({ length: directions }, () => defaultNames[cell]).flat();
  const alphas = [...(context.floatList('activation_alpha') ?? [])];
  const betas = [...(context.floatList('activation_beta') ?? [])];
  if (names.length !== directions * cellGates[cell].functions) {
    throw context.invalid(`${names.length} activations do not fit ${directions} directions`);
  }
  return names.map((name) => {
    const known = activations.get(name.toLowerCase());
    if (known === undefined)
      throw context.unsupported(`the activation ${name} is not supported`, 'use Sigmoid, Tanh or Relu');
    const [alpha, beta, make] = known;
    // Only functions that take parameters use up the lists.
    const takesAlpha = make.length > 0;
    const takesBeta = make.length > 1;
    return make((takesAlpha ? alphas.shift() : undefined) ?? alpha, (takesBeta ? betas.shift() : undefined) ?? beta);
  });
}

/** The bias of the canonical cell from that of the file, [2 * gates * H]: both halves added, but for the last gate of a gru. */
function biasOf(context: OperatorContext, cell: Cell, bias: Operand | null, units: number, linear: boolean): Operand {
  const { gates, biases } = cellGates[cell];
  if (bias === null) return context.floats(new Float32Array(biases * units), [biases * units]);
  const rows = gates * units;
  const cut = (start: number, size: number) => sliceAlong(context, bias, 0, start, size);
  if (cell !== 'gru') return context.zip('add', cut(0, rows), cut(rows, rows));
  const both = context.zip('add', cut(0, 2 * units), cut(rows, 2 * units));
  const [own, recurrent] = [cut(2 * units, units), cut(rows + 2 * units, units)];
  const candidate = linear ? own : context.zip('add', own, recurrent);
  return concatenated(context, [both, candidate, recurrent], 0);
}

/** Every sequence must be of full length, or of one and the same length: what lies behind it is cut off, and zeros stand there. */
function fullLength(context: OperatorContext, steps: number, batch: number): number[] {
  const lengths = context.optional(4) === null ? null : context.integers(4, 'sequence_lens');
  if (lengths === null) return new Array<number>(batch).fill(steps);
  if (lengths.length !== batch || lengths.some((length) => !(length >= 0 && length <= steps))) {
    throw context.invalid(`sequence lengths ${lengths.join(', ')} do not fit ${batch} sequences of ${steps} steps`);
  }
  return lengths;
}

interface Results {
  readonly all: Operand;
  readonly last: readonly Operand[];
}

/** One direction. Sequences of different lengths run one by one. */
function direction(
  context: OperatorContext,
  attributes: RecurrentAttributes,
  input: Operand,
  weights: readonly Operand[],
  begin: readonly Operand[],
  lengths: readonly number[],
): Results {
  const steps = dimension(input.type.shape, 0);
  const op: Op<'recurrent'> = { type: 'recurrent', attributes };
  const run = (sequence: Operand, states: readonly Operand[]): Results => {
    const operands = [sequence, ...weights, ...states];
    const [all, ...last] = context.writeMany(op, operands, ['float32', ...states.map(() => 'float32' as const)]);
    if (all === undefined) throw context.invalid('it has no result');
    return { all, last };
  };
  if (lengths.every((length) => length === steps)) return run(input, begin);
  const width = dimension(input.type.shape, 2);
  const rows = lengths.map((length, b): Results => {
    const states = begin.map((state) => sliceAlong(context, state, 0, b, 1));
    const units = dimension(states[0]?.type.shape ?? [], 1);
    const missing = context.floats(new Float32Array((steps - length) * units), [steps - length, 1, units]);
    if (length === 0) return { all: missing, last: states };
    const result = run(boxOf(context, input, [0, b, 0], [length, 1, width]), states);
    if (length === steps) return result;
    return { ...result, all: concatenated(context, [result.all, missing], 0) };
  });
  return {
    all: concatenated(
      context,
      rows.map(({ all }) => all),
      1,
    ),
    last: begin.map((_, i) =>
      concatenated(
        context,
        rows.flatMap(({ last }) => last[i] ?? []),
        0,
      ),
    ),
  };
}

function recurrent(cell: Cell): TranslateOperator {
  return (context) => {
    const layout = context.int('layout', 0);
    const name = context.string('direction', 'forward');
    const count = name === 'bidirectional' ? 2 : 1;
    if (!['forward', 'reverse', 'bidirectional'].includes(name)) throw context.invalid(`direction=${name}`);
    if (cell === 'lstm' && context.int('input_forget', 0) !== 0) {
      throw context.unsupported('input_forget=1', 'export the layer with an input gate of its own');
    }
    if (cell === 'lstm' && context.optional(7) !== null) {
      throw context.unsupported('peephole weights are not supported', 'export an LSTM without peepholes');
    }
    context.ignore('hidden_size', 'output_sequence');
    const linear = cell === 'gru' && context.int('linear_before_reset', 0) !== 0;
    const clip = context.float('clip', Number.POSITIVE_INFINITY);
    const functions = functionsOf(context, cell, count);
    const perDirection = cellGates[cell].functions;
    const input = layout === 1 ? context.transpose(context.input(0), [1, 0, 2]) : context.input(0);
    context.floatOnly(input);
    if (input.type.shape.length !== 3) throw context.invalid('its input must have 3 dimensions');
    const [steps, batch] = [dimension(input.type.shape, 0), dimension(input.type.shape, 1)];
    const [w, r, bias] = [context.input(1), context.input(2), context.optional(3)];
    if (
      w.type.shape.length !== 3 ||
      r.type.shape.length !== 3 ||
      w.type.shape[0] !== count ||
      r.type.shape[0] !== count
    ) {
      throw context.invalid(`its weights must have 3 dimensions, the first of size ${count}`);
    }
    const units = dimension(r.type.shape, 2);
    if (bias !== null && bias.type.shape.join() !== `${count},${2 * cellGates[cell].gates * units}`) {
      throw context.invalid(`its bias has shape ${bias.type.shape.join('x')}`);
    }
    const lengths = fullLength(context, steps, batch);
    const states = (cell === 'lstm' ? [5, 6] : [5]).map((index) => {
      const given = context.optional(index);
      return given !== null && layout === 1 ? context.transpose(given, [1, 0, 2]) : given;
    });
    const results = Array.from({ length: count }, (_, d) => {
      const attributes: RecurrentAttributes = {
        cell,
        activations: functions.slice(d * perDirection, (d + 1) * perDirection),
        linearBeforeReset: linear,
        clip: clip > 0 ? clip : Number.POSITIVE_INFINITY,
        cellClip: Number.POSITIVE_INFINITY,
        reverse: name === 'reverse' || d === 1,
      };
      const own = bias === null ? null : elementAt(context, bias, 0, d);
      const weights = [
        elementAt(context, w, 0, d),
        elementAt(context, r, 0, d),
        biasOf(context, cell, own, units, linear),
      ];
      const begin = states.map((state) =>
        state === null
          ? context.floats(new Float32Array(batch * units), [batch, units])
          : elementAt(context, state, 0, d),
      );
      return direction(context, attributes, input, weights, begin, lengths);
    });
    bindResults(context, results, layout, [steps, batch, units]);
  };
}

/** Y [T,D,B,H] and the last states [D,B,H]; batch first for layout 1. */
function bindResults(
  context: OperatorContext,
  results: readonly Results[],
  layout: number,
  [steps, batch, units]: readonly [number, number, number],
): void {
  if (context.isRead(0)) {
    const rows = results.map(({ all }) => context.reshape(all, [steps, 1, batch, units]));
    const all = concatenated(context, rows, 1);
    context.bind(layout === 1 ? context.transpose(all, [2, 0, 1, 3]) : all, 0);
  }
  (results[0]?.last ?? []).forEach((_, i) => {
    if (!context.isRead(1 + i)) return;
    const rows = results.flatMap(({ last }) => {
      const state = last[i];
      return state === undefined ? [] : [context.reshape(state, [1, batch, units])];
    });
    const last = concatenated(context, rows, 0);
    context.bind(layout === 1 ? context.transpose(last, [1, 0, 2]) : last, 1 + i);
  });
}

export const recurrentLayers: readonly (readonly [string, TranslateOperator])[] = [
  ['LSTM', recurrent('lstm')],
  ['GRU', recurrent('gru')],
  ['RNN', recurrent('rnn')],
];
