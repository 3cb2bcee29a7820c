import { dimension } from '../../../tensor/shape.ts';
import type { Operand } from '../../graph-writer.ts';
import { JsonView } from '../../json-view.ts';
import type { LayerContext, TranslateLayer } from '../context.ts';
import type { KerasLayer } from '../layer.ts';

/** Layers that hold another layer. */

/** The held layer that an option describes, with `changes` of its options. */
function held(
  context: LayerContext,
  option: JsonView,
  changes: { readonly [option: string]: boolean } = {},
): KerasLayer {
  const className = option.get('class_name').text();
  const config = option.get('config');
  const name = `${context.layer.name}/${config.get('name').textOr(className)}`;
  const place = `${className} in ${context.layer.place}`;
  const own = Object.fromEntries(config.keys().map((key) => [key, config.get(key).value]));
  const view = new JsonView({ ...own, ...changes }, place, 'keras');
  return { className, name, place, config: view, calls: null, model: null };
}

/** TimeDistributed: the layer on each step of [batch, time, ...]. */
const timeDistributed: TranslateLayer = (context) => {
  const { input } = context;
  const [batch = 1, steps = 1, ...rest] = input.type.shape;
  if (rest.length === 0) throw context.invalid('its input has fewer than 3 dimensions');
  const layer = held(context, context.option('layer'));
  const result = context.callInner(layer, context.reshape(input, [batch * steps, ...rest]), context.takeWeights());
  return context.reshape(result, [batch, steps, ...result.type.shape.slice(1)]);
};

/** Bidirectional: one recurrent layer over time and one against it; the weights of the first are stored first. */
const bidirectional: TranslateLayer = (context) => {
  const { input } = context;
  const [first, other] = [context.option('layer'), context.option('backward_layer')];
  const options = first.get('config');
  const isForward = !options.get('go_backwards').flag(false);
  const isSequence = options.get('return_sequences').flag(false);
  const className = first.get('class_name').text();
  if (!isForward || !['LSTM', 'GRU', 'SimpleRNN'].includes(className)) {
    throw context.unsupported(
      `${className} inside${isForward ? '' : ' with go_backwards'}`,
      'use LSTM, GRU or SimpleRNN',
    );
  }
  if (!other.isNull && other.get('config').get('return_sequences').flag(false) !== isSequence) {
    throw context.invalid('its two layers differ in return_sequences');
  }
  const weights = context.takeWeights();
  const half = weights.length / 2;
  const named = (from: number, to: number, word: string) =>
    weights.slice(from, to).every(({ role, name }) => role === null || name.includes(word));
  if (!Number.isInteger(half) || !named(0, half, 'forward') || !named(half, 2 * half, 'backward')) {
    throw context.problem('keras-weights', 'its weights are not those of two layers', 'save the model again');
  }
  const forward = context.callInner(held(context, first), input, weights.slice(0, half));
  const against = held(context, other.isNull ? first : other, { go_backwards: true });
  const backward = context.callInner(against, input, weights.slice(half));
  return merged(context, forward, isSequence ? reversed(context, backward) : backward);
};

/** Backward results stand in the order in which they are computed; here at the place of their steps. */
function reversed(context: LayerContext, sequence: Operand): Operand {
  const { shape } = sequence.type;
  const attributes = { begin: [0, dimension(shape, 1) - 1, 0], size: shape, strides: [1, -1, 1] };
  return context.write({ type: 'slice', attributes }, [sequence]);
}

function merged(context: LayerContext, forward: Operand, backward: Operand): Operand | readonly Operand[] {
  const mode = context.option('merge_mode');
  if (mode.isNull) return [forward, backward];
  switch (mode.text()) {
    case 'concat':
      return context.write({ type: 'concat', attributes: { axis: forward.type.shape.length - 1 } }, [
        forward,
        backward,
      ]);
    case 'sum':
      return context.zip('add', forward, backward);
    case 'mul':
      return context.zip('mul', forward, backward);
    case 'ave':
      return context.zip('mul', context.zip('add', forward, backward), context.floats([0.5], [1]));
    default:
      throw context.unsupported(`merge_mode ${mode.text()}`, 'use concat, sum, mul or ave');
  }
}

export const wrappers: readonly (readonly [string, TranslateLayer])[] = [
  ['TimeDistributed', timeDistributed],
  ['Bidirectional', bidirectional],
];
