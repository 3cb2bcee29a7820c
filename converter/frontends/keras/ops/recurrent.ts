import { type Cell, cellGates } from '../../../ops/recurrent.ts';
import { dimension } from '../../../tensor/shape.ts';
import { dataAs, type Tensor } from '../../../tensor/tensor.ts';
import type { Operand } from '../../graph-writer.ts';
import type { LayerContext, TranslateLayer } from '../context.ts';
import { cellFunction } from './activation.ts';

/** Where Keras keeps the gates of the canonical cell: i o f c of an lstm among i f c o; z r n of a gru are in the same order. */
const gateOrder: { readonly [C in Cell]: readonly number[] } = { lstm: [0, 3, 1, 2], gru: [0, 1, 2], rnn: [0] };

/** A kernel [K, gates * H] as rows of the canonical cell, [gates * H, K]. */
function rows(context: LayerContext, kernel: Tensor | undefined, cell: Cell, units: number): Operand {
  const [depth = 0, columns] = kernel?.type.shape ?? [];
  const order = gateOrder[cell];
  if (kernel === undefined || kernel.type.shape.length !== 2 || columns !== order.length * units) {
    throw context.invalid(`its kernel ${kernel?.type.shape.join('x') ?? ''} is not for ${units} units`);
  }
  const from = dataAs(kernel, 'float32');
  const result = new Float32Array(from.length);
  order.forEach((place, gate) => {
    for (let u = 0; u < units; u++) {
      for (let k = 0; k < depth; k++)
        result[(gate * units + u) * depth + k] = from[k * columns + place * units + u] ?? 0;
    }
  });
  return context.floats(result, [columns, depth]);
}

/** The bias of the canonical cell. A gru that resets after the product has a bias for each of the two products. */
function biasOf(
  context: LayerContext,
  bias: Tensor | undefined,
  cell: Cell,
  units: number,
  resetAfter: boolean,
): Operand {
  const { gates, biases } = cellGates[cell];
  const result = new Float32Array(biases * units);
  const isDouble = cell === 'gru' && resetAfter;
  const expected = isDouble ? `2,${gates * units}` : `${gates * units}`;
  if (bias !== undefined && bias.type.shape.join() !== expected)
    throw context.invalid(`its bias has shape ${bias.type.shape.join('x')}`);
  const from = bias === undefined ? new Float32Array(2 * gates * units) : dataAs(bias, 'float32');
  const second = (place: number) => (isDouble ? (from[gates * units + place] ?? 0) : 0);
  gateOrder[cell].forEach((place, gate) => {
    for (let u = 0; u < units; u++) {
      const own = from[place * units + u] ?? 0;
      // The candidate of a gru keeps its two biases apart.
      const isCandidate = cell === 'gru' && gate === 2;
      result[gate * units + u] = isCandidate ? own : own + second(place * units + u);
      if (isCandidate) result[3 * units + u] = second(place * units + u);
    }
  });
  return context.floats(result, [biases * units]);
}

/** LSTM, GRU and SimpleRNN over [batch, time, inputs], beginning with zeros (Keras `layers/rnn`). */
function recurrent(cell: Cell): TranslateLayer {
  return (context) => {
    const { input } = context;
    context.floatOnly(input);
    context.ignore(
      'dropout',
      'recurrent_dropout',
      'dropout_W',
      'dropout_U',
      'implementation',
      'unroll',
      'unit_forget_bias',
      'use_cudnn',
    );
    if (input.type.shape.length !== 3)
      throw context.invalid(`its input has ${input.type.shape.length} dimensions, not 3`);
    if (context.option('stateful').flag(false))
      throw context.unsupported('stateful', 'build it with stateful=False and give whole sequences');
    if (context.option('time_major').flag(false)) throw context.unsupported('time_major', 'use time_major=False');
    const units = context.option('units', 'output_dim').whole(1, 2 ** 20);
    const resetAfter = context.option('reset_after').flag(false);
    const inner = cellFunction(context, context.option('activation'));
    const gate =
      cell === 'rnn' ? inner : cellFunction(context, context.option('recurrent_activation', 'inner_activation'));
    const hasBias = context.option('use_bias').flag(true);
    const reverse = context.option('go_backwards').flag(false);
    const [kernel, recurrentKernel, bias] = context.weights('kernel', 'recurrent_kernel', hasBias ? 'bias' : null);
    const batch = dimension(input.type.shape, 0);
    if (!(batch * units <= 2 ** 24)) throw context.invalid(`its state would have ${batch * units} elements`);
    const states = Array.from({ length: cell === 'lstm' ? 2 : 1 }, () =>
      context.floats(new Float32Array(batch * units), [batch, units]),
    );
    const activations = cell === 'rnn' ? [inner] : cell === 'gru' ? [gate, inner] : [gate, inner, inner];
    const noLimits = { clip: Number.POSITIVE_INFINITY, cellClip: Number.POSITIVE_INFINITY };
    const attributes = { cell, activations, linearBeforeReset: resetAfter, ...noLimits, reverse };
    const operands = [
      context.transpose(input, [1, 0, 2]),
      rows(context, kernel, cell, units),
      rows(context, recurrentKernel, cell, units),
      biasOf(context, bias, cell, units, resetAfter),
      ...states,
    ];
    const [all, ...last] = context.writeMany({ type: 'recurrent', attributes }, operands, 1 + states.length);
    const [hidden] = last;
    if (all === undefined || hidden === undefined) throw context.invalid('it has no result');
    const result = context.option('return_sequences').flag(false) ? sequence(context, all, reverse) : hidden;
    return context.option('return_state').flag(false) ? [result, ...last] : result;
  };
}

/** [T,B,H] -> [B,T,H]; Keras gives backward results in the order in which they are computed. */
function sequence(context: LayerContext, all: Operand, reverse: boolean): Operand {
  const batchFirst = context.transpose(all, [1, 0, 2]);
  if (!reverse) return batchFirst;
  const { shape } = batchFirst.type;
  const attributes = { begin: [0, dimension(shape, 1) - 1, 0], size: shape, strides: [1, -1, 1] };
  return context.write({ type: 'slice', attributes }, [batchFirst]);
}

export const recurrentLayers: readonly (readonly [string, TranslateLayer])[] = [
  ['LSTM', recurrent('lstm')],
  ['GRU', recurrent('gru')],
  ['SimpleRNN', recurrent('rnn')],
];
