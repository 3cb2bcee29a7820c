import { binary, constant, type ScalarExpression, unary, theVariable as x } from '../../../ops/scalar-expression.ts';
import {
  clip,
  elu,
  geluExact,
  geluTanh,
  hardSigmoid2,
  hardSigmoid3,
  leakyRelu,
  namedFunctions,
  positive,
} from '../../activation-functions.ts';
import type { Operand } from '../../graph-writer.ts';
import type { JsonView } from '../../json-view.ts';
import { softmax } from '../../nhwc-layers.ts';
import type { LayerContext, TranslateLayer } from '../context.ts';

/** Applies the activation that an option names; null is none. */
export function applyActivation(context: LayerContext, operand: Operand, activation: JsonView): Operand {
  if (activation.isNull) return operand;
  const name = typeof activation.value === 'string' ? activation.value : functionName(activation);
  if (name === null) {
    const layer = activation.get('class_name').text();
    const options = (key: string) => activation.get('config').get(key);
    const fixed = layerFunctions.get(layer);
    if (fixed !== undefined) return context.map(operand, fixed(context, options));
    throw context.unsupported(`the activation ${layer} is not supported`, 'use the function of the same name');
  }
  if (name === 'softmax') return softmax(context, operand, operand.type.shape.length - 1);
  return context.map(operand, functionOf(context, name));
}

/** Keras 3 writes functions as `{class_name: "function", config: "relu6"}`. */
function functionName(activation: JsonView): string | null {
  if (activation.get('class_name').value !== 'function') return null;
  const config = activation.get('config');
  return typeof config.value === 'string' ? config.value : config.get('name').text();
}

/**
 * Step functions of the hls4ml examples, from nn_playground: `ternary_tanh` is 1 above 0.5, -1 at or below -0.5, else 0 (two steps,
 * each exact: near its edge x - 0.5 has no rounding); `relu1` ends at 1.
 */
const customFunctions: ReadonlyMap<string, ScalarExpression> = new Map([
  ['relu1', clip(x, 0, 1)],
  [
    'ternary_tanh',
    binary(
      'sub',
      binary('add', step(binary('sub', x, constant(0.5))), step(binary('add', x, constant(0.5)))),
      constant(1),
    ),
  ],
]);

/** 1 where the expression is above 0, else 0. */
function step(of: ScalarExpression): ScalarExpression {
  return unary('ceil', clip(of, 0, 1));
}

/** The function of x that an option names; a problem for a softmax, which is none. */
export function cellFunction(context: LayerContext, option: JsonView): ScalarExpression {
  return functionOf(context, typeof option.value === 'string' ? option.value : (functionName(option) ?? option.text()));
}

function functionOf(context: LayerContext, name: string): ScalarExpression {
  const known = namedFunctions.get(name) ?? customFunctions.get(name);
  if (known !== undefined) return known;
  if (name === 'leaky_relu') return leakyRelu(0.2);
  if (name === 'hard_sigmoid') return hardSigmoid(context);
  throw context.unsupported(
    `the activation ${name} is not supported`,
    `use one of ${[...namedFunctions.keys()].join(', ')}, softmax`,
  );
}

/** Its meaning changed with Keras 3. */
function hardSigmoid(context: LayerContext): ScalarExpression {
  if (context.version === null) {
    throw context.unsupported(
      'hard_sigmoid means another function in Keras 3 than before, and the file names no version',
      'save the model again',
    );
  }
  return context.version[0] >= 3 ? hardSigmoid3 : hardSigmoid2;
}

type Options = (key: string) => JsonView;

/** Options may be numbers, or (early Keras 2) arrays as `{type: "ndarray", value: 0.3}`. */
function numberOption(option: JsonView, fallback: number): number {
  return option.get('value').isNull ? option.numberOr(fallback) : option.get('value').number();
}

/** Layers that are a function of x alone. */
const layerFunctions: ReadonlyMap<string, (context: LayerContext, options: Options) => ScalarExpression> = new Map([
  ['ReLU', relu],
  [
    'LeakyReLU',
    (_, options) =>
      leakyRelu(numberOption(options('negative_slope').isNull ? options('alpha') : options('negative_slope'), 0.3)),
  ],
  ['ELU', (_, options) => elu(numberOption(options('alpha'), 1))],
]);

/** x above the threshold, slope * (x - threshold) below, at most max_value. */
function relu(context: LayerContext, options: Options): ScalarExpression {
  const slope = numberOption(options('negative_slope'), 0);
  if (numberOption(options('threshold'), 0) !== 0) throw context.unsupported('a threshold other than 0', 'use 0');
  const max = options('max_value');
  if (max.isNull) return leakyRelu(slope);
  const limit = numberOption(max, 0);
  if (limit < 0) throw context.invalid(`its max_value ${limit} is negative`);
  return slope === 0 ? clip(x, 0, limit) : binary('min', leakyRelu(slope), constant(limit));
}

const asLayer = (name: string): TranslateLayer => {
  return (context) => {
    const expression = layerFunctions.get(name)?.(context, (key) => context.option(key)) ?? positive;
    return context.map(context.input, expression);
  };
};

const activation: TranslateLayer = (context) => applyActivation(context, context.input, context.option('activation'));

/** max(x, 0) + alpha * min(x, 0) with an alpha for each channel, or each element with shared axes of size 1. */
const pRelu: TranslateLayer = (context) => {
  const { input } = context;
  context.ignore('shared_axes');
  const [alpha] = context.weights('alpha');
  if (alpha === undefined || alpha.type.shape.length !== input.type.shape.length - 1) {
    throw context.invalid('its alpha has not the dimensions of the input');
  }
  const slope = context.constant(alpha, 'alpha');
  const below = context.zip('mul', context.map(input, binary('min', x, constant(0))), slope);
  return sameShape(context, context.zip('add', context.map(input, positive), below), input);
};

/** What a layer's weights broadcast to must be its input, never the other way round. */
export function sameShape(context: LayerContext, result: Operand, input: Operand): Operand {
  if (result.type.shape.join() === input.type.shape.join()) return result;
  throw context.invalid(`its weights do not fit an input of ${input.type.shape.join('x')}`);
}

const softmaxLayer: TranslateLayer = (context) => {
  const { input } = context;
  const axis = context.option('axis');
  const only = axis.items()?.[0] ?? axis;
  if ((axis.items()?.length ?? 1) !== 1) throw context.unsupported('a softmax over several axes', 'use one axis');
  const place = only.isNull ? -1 : only.whole(-8, 8);
  return softmax(context, input, context.axis(place, input.type.shape.length));
};

/** GELU as an operation of Keras 3; which of its two forms stands in the options or in the call. */
export const gelu: TranslateLayer = (context) => {
  const given = context.arguments.find(({ name }) => name === 'approximate')?.value;
  const form = given !== undefined && 'isNull' in given ? given : context.option('approximate');
  const [input] = context.inputs;
  if (input === undefined) throw context.invalid('it has no input');
  if (form.isNull) throw context.unsupported('a GELU that does not say which', 'use an Activation layer');
  return context.map(input, form.flag(false) ? geluTanh : geluExact);
};

export const activations: readonly (readonly [string, TranslateLayer])[] = [
  ['Activation', activation],
  ['ReLU', asLayer('ReLU')],
  ['LeakyReLU', asLayer('LeakyReLU')],
  ['ELU', asLayer('ELU')],
  ['PReLU', pRelu],
  ['Softmax', softmaxLayer],
];
