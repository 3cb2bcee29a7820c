import { unary, theVariable as x } from '../../../../ops/scalar-expression.ts';
import { dimension, type Shape } from '../../../../tensor/shape.ts';
import type { OperatorContext, TranslateOperator } from '../../context.ts';
import type { Operand } from '../../writer.ts';
import { concatenated, elementAt, partOf } from '../movement/along-axis.ts';
import { inverseRoot, mean, normalize, ofShape } from '../norms/normalization.ts';
import { matrixProduct } from '../products/product.ts';
import { attend, biasOf, hiding, joinHeads, splitHeads } from './attention-core.ts';

/**
 * Operators of transformers in onnxruntime's own domain, which its optimizer and exporters of language models write
 * (onnxruntime `docs/ContribOperators.md`).
 */

/** Attention: one product gives queries, keys and values of [N, length, width]. */
const attention: TranslateOperator = (context) => {
  const [input, weights] = [context.input(0), context.input(1)];
  context.floatOnly(input, weights);
  const heads = context.int('num_heads', 0);
  refuse(context, ['do_rotary', 'past_present_share_buffer']);
  const product = matrixProduct(context, input, weights);
  const total = dimension(weights.type.shape, -1);
  const sizes = context.ints('qkv_hidden_sizes') ?? [total / 3, total / 3, total / 3];
  if (
    sizes.length !== 3 ||
    sizes.some((size) => !(Number.isInteger(size) && size >= 1)) ||
    sizes.reduce((a, b) => a + b) !== total
  )
    throw context.invalid(`weights for ${total} do not split into queries, keys and values`);
  const bias = context.optional(2);
  const sum = bias === null ? product : context.zip('add', product, bias);
  let start = 0;
  const parts = sizes.map((size) => {
    const part = splitHeads(context, lastAxis(context, sum, start, size), heads);
    start += size;
    return part;
  });
  const [q, ownK, ownV] = parts;
  if (q === undefined || ownK === undefined || ownV === undefined) return;
  const past = context.optional(4);
  const [k, v] = [ownK, ownV].map((own, i) =>
    past === null ? own : concatenated(context, [pastOf(context, past, i), own], 2),
  );
  if (k === undefined || v === undefined) return;
  finish(context, { q, k, v }, { mask: context.optional(3), added: context.optional(5) });
  if (!context.isRead(1)) return;
  const both = [k, v].map((operand) => context.reshape(operand, [1, ...operand.type.shape]));
  context.bind(context.write({ type: 'concat', attributes: { axis: 0 } }, both), 1);
};

/** MultiHeadAttention: queries, keys and values apart, each [N, length, width]. */
const multiHeadAttention: TranslateOperator = (context) => {
  const operands = [context.input(0), context.input(1), context.input(2)];
  context.floatOnly(...operands);
  const heads = context.int('num_heads', 0);
  const odd = operands.find(({ type }) => type.shape.length !== 3);
  if (odd !== undefined)
    throw context.unsupported(`an operand of shape ${odd.type.shape.join('x')}`, 'use 3 dimensions');
  const bias = context.optional(3);
  const widths = operands.reduce((total, { type }) => total + dimension(type.shape, -1), 0);
  if (bias !== null && bias.type.shape.join() !== String(widths))
    throw context.invalid(`a bias of shape ${bias.type.shape.join('x')} has not ${widths} elements`);
  let start = 0;
  const [q, ownK, ownV] = operands.map((operand) => {
    const width = dimension(operand.type.shape, -1);
    const sum = bias === null ? operand : context.zip('add', operand, lastAxis(context, bias, start, width));
    start += width;
    return splitHeads(context, sum, heads);
  });
  if (q === undefined || ownK === undefined || ownV === undefined) return;
  const [pastK, pastV] = [context.optional(6), context.optional(7)];
  const k = pastK === null ? ownK : concatenated(context, [pastK, ownK], 2);
  const v = pastV === null ? ownV : concatenated(context, [pastV, ownV], 2);
  finish(context, { q, k, v }, { mask: context.optional(4), added: context.optional(5) });
  context.bind(k, 1);
  context.bind(v, 2);
};

/** Writes the attention with the masks that both operators have, and binds its result. */
function finish(
  context: OperatorContext,
  { q, k, v }: { readonly q: Operand; readonly k: Operand; readonly v: Operand },
  { mask, added }: { readonly mask: Operand | null; readonly added: Operand | null },
): void {
  const [batch, length, keys] = [dimension(q.type.shape, 0), dimension(q.type.shape, 2), dimension(k.type.shape, 2)];
  const hidden = context.float('mask_filter_value', -10000);
  const past = keys - length;
  const causal = context.int('unidirectional', 0) !== 0;
  const biases = [
    mask === null ? null : maskBias(context, mask, [batch, length, keys], hidden),
    added,
    causal ? hiding(context, [1, length, keys], (_, query, key) => key <= query + past) : null,
  ].filter((bias) => bias !== null);
  const bias = biases.length === 0 ? null : biases.reduce((a, b) => context.zip('add', a, b));
  const given = context.float('scale', 0);
  const scale = given === 0 ? 1 / Math.sqrt(dimension(q.type.shape, -1)) : given;
  context.bind(joinHeads(context, attend(context, { q, k, v, bias, scale, softcap: 0 }).output));
}

/** int32 masks: how many keys of each batch count, [N], or 1 for each key that counts, [N, keys] or [N, length, keys]. */
function maskBias(
  context: OperatorContext,
  mask: Operand,
  [batch, length, keys]: readonly [number, number, number],
  hidden: number,
): Operand {
  if (mask.type.dtype !== 'int32') context.dtypeRefused(mask.type.dtype, 'int32');
  const shape: Shape = mask.type.shape;
  const text = shape.join();
  if (text === `${batch}`) {
    const places = context.int32s([...new Array(keys).keys()], [1, 1, 1, keys]);
    const seen = context.compare('greater', context.reshape(mask, [batch, 1, 1, 1]), places);
    return biasOf(context, seen, hidden);
  }
  if (text !== `${batch},${keys}` && text !== `${batch},${length},${keys}`)
    throw context.unsupported(`a mask of shape ${shape.join('x')}`, 'use one of [N], [N, keys] or [N, length, keys]');
  const wide = context.reshape(mask, [batch, 1, shape.length === 2 ? 1 : length, keys]);
  return biasOf(context, context.compare('greater', wide, context.int32s([0], [1])), hidden);
}

function refuse(context: OperatorContext, names: readonly string[]): void {
  const set = names.find((name) => context.int(name, 0) !== 0);
  if (set !== undefined) throw context.unsupported(`${set} is set`, 'export the model without it');
}

function lastAxis(context: OperatorContext, operand: Operand, start: number, count: number): Operand {
  return partOf(context, operand, operand.type.shape.length - 1, start, count);
}

/** Keys or values of earlier calls: one half of [2, N, heads, past, size]. */
function pastOf(context: OperatorContext, past: Operand, index: number): Operand {
  const { shape } = past.type;
  if (shape.length !== 5 || shape[0] !== 2) throw context.invalid(`past keys and values of shape ${shape.join('x')}`);
  return elementAt(context, past, 0, index);
}

/** SkipLayerNormalization and its form without mean: normalizes input + skip + bias. */
function skipNormalization(centered: boolean): TranslateOperator {
  return (context) => {
    const [input, skip, gamma] = [context.input(0), context.input(1), context.input(2)];
    context.floatOnly(input, skip, gamma);
    const beta = centered ? context.optional(3) : null;
    const bias = context.optional(centered ? 4 : 3);
    const epsilon = context.float('epsilon', 1e-12);
    const pair = context.zip('add', input, skip);
    const sum = ofShape(context, bias === null ? pair : context.zip('add', pair, bias), input);
    const axes = [sum.type.shape.length - 1];
    const power = () => mean(context, context.map(sum, unary('square', x)), axes);
    const result = centered
      ? normalize(context, sum, axes, epsilon).result
      : context.zip('mul', sum, context.map(power(), inverseRoot(epsilon)));
    const scaled = context.zip('mul', result, gamma);
    context.bind(ofShape(context, beta === null ? scaled : context.zip('add', scaled, beta), input));
    context.bind(sum, 3);
  };
}

export const contribAttentions: readonly (readonly [string, TranslateOperator])[] = [
  ['com.microsoft:Attention', attention],
  ['com.microsoft:MultiHeadAttention', multiHeadAttention],
  ['com.microsoft:SkipLayerNormalization', skipNormalization(true)],
  ['com.microsoft:SkipSimplifiedLayerNormalization', skipNormalization(false)],
];
