import { noClamp } from '../../../../ops/definition.ts';
import { binary, constant, type ScalarExpression, unary, theVariable as x } from '../../../../ops/scalar-expression.ts';
import { noPadding } from '../../../../ops/window.ts';
import { dimension, elementCount } from '../../../../tensor/shape.ts';
import type { OperatorContext, TranslateOperator } from '../../context.ts';
import type { Operand } from '../../writer.ts';

/** Normalizations that divide by something without learned scale. */

const c = constant;

function reduced(context: OperatorContext, kind: 'mean' | 'sum', input: Operand, axes: readonly number[]): Operand {
  return context.write({ type: 'reduce', attributes: { kind, axes, keepDims: true } }, [input]);
}

/** y^-beta for y > 0: the shortest products of roots for the usual exponents. */
function inversePower(y: ScalarExpression, beta: number): ScalarExpression {
  const root = unary('rsqrt', y);
  if (beta === 0.5) return root;
  if (beta === 0.75) return binary('mul', root, unary('sqrt', root));
  if (beta === 1) return binary('div', c(1), y);
  return unary('exp', binary('mul', c(-beta), unary('log', y)));
}

/** LRN: x / (bias + alpha / size * sum of x² over `size` neighbouring channels)^beta; the window is padded with zeros. */
const lrn: TranslateOperator = (context) => {
  const input = context.input(0);
  context.floatOnly(input);
  const { shape } = input.type;
  if (shape.length < 3) throw context.invalid('its input must have 3 or more dimensions');
  const size = context.int('size', 0);
  if (!(size >= 1 && size < 2 ** 16)) throw context.invalid(`size ${size} must be 1 or more`);
  const [alpha, beta] = [context.float('alpha', 1e-4), context.float('beta', 0.75)];
  const bias = context.float('bias', 1);
  if (!(bias > 0 && alpha >= 0)) throw context.unsupported(`bias=${bias} and alpha=${alpha}`, 'use positive numbers');
  const [batch, channels] = [dimension(shape, 0), dimension(shape, 1)];
  const pixels = elementCount(shape.slice(2));
  const squares = context.reshape(context.map(input, unary('square', x)), [batch, channels, 1, pixels]);
  const before = Math.floor((size - 1) / 2);
  const pads = { before: [0, before, 0, 0], after: [0, size - 1 - before, 0, 0], value: 0 };
  const padded = size === 1 ? squares : context.write({ type: 'pad', attributes: pads }, [squares]);
  // Channels as rows of an image of one column: the mean over a window of channels.
  const window = { kernel: [size, 1], strides: [1, 1], dilations: [1, 1], padding: noPadding } as const;
  const pool = { type: 'pool-2d', attributes: { ...window, kind: 'average', clamp: noClamp, ties: 'away' } } as const;
  const mean = context.write(pool, [padded]);
  const factor = context.map(mean, inversePower(binary('add', c(bias), binary('mul', c(alpha), x)), beta));
  context.bind(context.zip('mul', input, context.reshape(factor, shape)));
};

/** MeanVarianceNormalization: (x - mean) / (deviation + 1e-9), by default over all axes but the channels. */
const meanVariance: TranslateOperator = (context) => {
  const input = context.input(0);
  context.floatOnly(input);
  const axes = context.axes(context.ints('axes') ?? [0, 2, 3], input.type.shape.length);
  const centered = context.zip('sub', input, reduced(context, 'mean', input, axes));
  const variance = reduced(context, 'mean', context.map(centered, unary('square', x)), axes);
  const deviation = context.map(variance, binary('add', unary('sqrt', x), c(1e-9)));
  context.bind(context.zip('div', centered, deviation));
};

/** LpNormalization: x / (sum |x|^p)^(1/p) along an axis; zeros stay zeros. */
const lpNormalization: TranslateOperator = (context) => {
  const input = context.input(0);
  context.floatOnly(input);
  const axis = context.axis(context.int('axis', -1), input.type.shape.length);
  const p = context.int('p', 2);
  if (p !== 1 && p !== 2) throw context.unsupported(`p=${p}`, 'use 1 or 2');
  const sum = reduced(context, 'sum', context.map(input, unary(p === 1 ? 'abs' : 'square', x)), [axis]);
  const smallest = 2 ** -149;
  const norm = context.map(sum, binary('max', p === 1 ? x : unary('sqrt', x), c(smallest)));
  context.bind(context.zip('div', input, norm));
};

export const responses: readonly (readonly [string, TranslateOperator])[] = [
  ['LRN', lrn],
  ['MeanVarianceNormalization', meanVariance],
  ['LpNormalization', lpNormalization],
];
