import { binary, constant, unary, theVariable as x } from '../../../../ops/scalar-expression.ts';
import { dimension, elementCount } from '../../../../tensor/shape.ts';
import { tensorType } from '../../../../tensor/tensor.ts';
import type { OperatorContext } from '../../context.ts';
import type { Operand } from '../../writer.ts';
import { times } from '../products/product.ts';

/** Scaled dot-product attention (Vaswani et al., "Attention Is All You Need", 2017) of [N, heads, length, size] operands. */
export interface AttentionParts {
  readonly q: Operand;
  /** Keys and values of as many heads, or of fewer, each of which serves several heads of q that lie side by side. */
  readonly k: Operand;
  readonly v: Operand;
  /** Added to the scores, which it broadcasts to; -infinity hides a key. */
  readonly bias: Operand | null;
  readonly scale: number;
  /** Scores become softcap * tanh(score / softcap); 0 leaves them. */
  readonly softcap: number;
}

/** The result [N, heads, length, size of v] and what lies on the way to it, all [N, heads, length of q, length of k]. */
export interface AttentionResult {
  readonly output: Operand;
  readonly scores: Operand;
  readonly capped: Operand;
  readonly biased: () => Operand;
  readonly probabilities: Operand;
}

/** Writes the attention. A query that may see no key gets zeros, as in onnxruntime. */
export function attend(context: OperatorContext, { q, k, v, bias, scale, softcap }: AttentionParts): AttentionResult {
  const [batch, heads, length, size] = fourOf(context, q);
  const [, groups, keys] = fourOf(context, k);
  const width = dimension(v.type.shape, -1);
  if (groups < 1 || heads % groups !== 0) throw context.invalid(`${heads} heads do not share ${groups} heads of keys`);
  if (dimension(v.type.shape, 1) !== groups || dimension(v.type.shape, 2) !== keys)
    throw context.invalid(`values ${v.type.shape.join('x')} do not fit keys ${k.type.shape.join('x')}`);
  // Heads that share keys are rows of one product.
  const rows = (heads / groups) * length;
  const queries = context.reshape(times(context, q, scale), [batch, groups, rows, size]);
  const product = (transposeB: boolean) => ({ type: 'matmul', attributes: { transposeA: false, transposeB } }) as const;
  const scores = context.reshape(context.write(product(true), [queries, k]), [batch, heads, length, keys]);
  const capped = softcap === 0 ? scores : context.map(scores, capping(softcap));
  const probabilities = maskedSoftmax(context, capped, bias);
  const weights = context.reshape(probabilities, [batch, groups, rows, keys]);
  const mixed = context.write(product(false), [weights, v]);
  return {
    output: context.reshape(mixed, [batch, heads, length, width]),
    scores,
    capped,
    biased: () => (bias === null ? capped : sameShape(context, context.zip('add', capped, bias), capped)),
    probabilities,
  };
}

function fourOf(context: OperatorContext, { type }: Operand): [number, number, number, number] {
  const [a, b, c, d] = type.shape;
  if (type.shape.length === 4 && a !== undefined && b !== undefined && c !== undefined && d !== undefined)
    return [a, b, c, d];
  throw context.invalid(`an operand of shape ${type.shape.join('x')} has not 4 dimensions`);
}

function capping(softcap: number) {
  return binary('mul', constant(softcap), unary('tanh', binary('div', x, constant(softcap))));
}

function sameShape(context: OperatorContext, result: Operand, like: Operand): Operand {
  if (result.type.shape.join() === like.type.shape.join()) return result;
  throw context.invalid(`its mask does not broadcast to ${like.type.shape.join('x')}`);
}

/** The most negative float32: with it, a row of hidden keys has differences of 0 and no NaN. */
const lowest = -3.4028234663852886e38;

/** softmax(scores + bias) over the last axis, and zeros where the bias hides a whole row. */
function maskedSoftmax(context: OperatorContext, scores: Operand, bias: Operand | null): Operand {
  const softmax = { type: 'softmax', attributes: { beta: 1 } } as const;
  if (bias === null) return context.write(softmax, [scores]);
  if (bias.type.shape.length === 0) throw context.invalid('its mask is a scalar');
  const mayHide = bias.tensor === null || hidesRow(bias.tensor.data, dimension(bias.type.shape, -1));
  if (!mayHide) return context.write(softmax, [sameShape(context, context.zip('add', scores, bias), scores)]);
  const finite = context.map(bias, binary('max', x, constant(lowest)));
  const probabilities = context.write(softmax, [sameShape(context, context.zip('add', scores, finite), scores)]);
  const axes = [bias.type.shape.length - 1];
  const best = context.write({ type: 'reduce', attributes: { kind: 'max', axes, keepDims: true } }, [bias]);
  const least = context.floats([Number.NEGATIVE_INFINITY], [1]);
  return context.select(context.compare('greater', best, least), probabilities, context.floats([0], [1]));
}

function hidesRow(data: ArrayLike<number | bigint>, depth: number): boolean {
  for (let row = 0; row < data.length; row += depth) {
    let hidden = true;
    for (let i = row; i < row + depth && hidden; i++) hidden = data[i] === Number.NEGATIVE_INFINITY;
    if (hidden) return true;
  }
  return false;
}

/** A bias of 0 where a constant or computed bool is true, -infinity (or `hidden`) where it is false. */
export function biasOf(context: OperatorContext, mask: Operand, hidden = Number.NEGATIVE_INFINITY): Operand {
  if (mask.type.dtype !== 'bool') {
    context.floatOnly(mask);
    return mask;
  }
  return context.select(mask, context.floats([0], [1]), context.floats([hidden], [1]));
}

/** A constant bias [batch, 1, length, keys] that hides the keys for which `sees` is false; null where it hides none. */
export function hiding(
  context: OperatorContext,
  shape: readonly [batch: number, length: number, keys: number],
  sees: (batch: number, query: number, key: number) => boolean,
): Operand | null {
  const [batch, length, keys] = shape;
  context.claim(elementCount(shape));
  const data = new Float32Array(elementCount(shape));
  let any = false;
  data.forEach((_, i) => {
    const [key, query] = [i % keys, Math.floor(i / keys) % length];
    if (sees(Math.floor(i / (keys * length)), query, key)) return;
    data[i] = Number.NEGATIVE_INFINITY;
    any = true;
  });
  return any ? context.literal({ type: tensorType('float32', [batch, 1, length, keys]), data }) : null;
}

/** [N, length, heads * size] as [N, heads, length, size]. */
export function splitHeads(context: OperatorContext, operand: Operand, heads: number): Operand {
  const [batch, length, width] = operand.type.shape;
  if (operand.type.shape.length !== 3 || batch === undefined || length === undefined || width === undefined)
    throw context.invalid(`an operand of shape ${operand.type.shape.join('x')} has not 3 dimensions`);
  if (!(heads >= 1) || width % heads !== 0)
    throw context.invalid(`a width of ${width} does not split into ${heads} heads`);
  return context.transpose(context.reshape(operand, [batch, length, heads, width / heads]), [0, 2, 1, 3]);
}

/** [N, heads, length, size] as [N, length, heads * size]. */
export function joinHeads(context: OperatorContext, operand: Operand): Operand {
  const [batch, heads, length, size] = fourOf(context, operand);
  return context.reshape(context.transpose(operand, [0, 2, 1, 3]), [batch, length, heads * size]);
}
