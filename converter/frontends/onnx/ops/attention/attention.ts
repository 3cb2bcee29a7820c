import { dimension } from '../../../../tensor/shape.ts';
import type { OperatorContext, TranslateOperator } from '../../context.ts';
import type { Operand } from '../../writer.ts';
import { concatenated } from '../movement/along-axis.ts';
import { attend, biasOf, hiding, joinHeads, splitHeads } from './attention-core.ts';

/** Attention of ONNX (operator sets 23 to 25), on [N, length, width] with head counts or on [N, heads, length, size]. */
const attention: TranslateOperator = (context) => {
  const [q, ownK, ownV] = operands(context);
  const { joined, first } = q;
  const k = joinPast(context, ownK, 4);
  const v = joinPast(context, ownV, 5);
  const size = dimension(first.type.shape, -1);
  const precision = context.int('softmax_precision', 1);
  if (precision !== 1 && precision !== 11) throw context.unsupported('softmax_precision other than float', 'use 1');
  const softcap = context.float('softcap', 0);
  const bias = totalBias(context, first, k);
  const scale = context.float('scale', 1 / Math.sqrt(size));
  const result = attend(context, { q: first, k, v, bias, scale, softcap });
  context.bind(joined ? joinHeads(context, result.output) : result.output);
  context.bind(k, 1);
  context.bind(v, 2);
  const mode = context.int('qk_matmul_output_mode', 0);
  if (!context.isRead(3)) return;
  const raw = [result.scores, result.capped, null, result.probabilities][mode];
  if (raw === undefined) throw context.invalid(`qk_matmul_output_mode ${mode} is not known`);
  // The specification and its reference implementation differ on what this is.
  if (mode === 0 && softcap !== 0)
    throw context.unsupported('qk_matmul_output_mode 0 together with softcap', 'leave this output out');
  context.bind(raw ?? result.biased(), 3);
};

/** Queries, keys and values by heads, and whether the heads of the file were joined. */
function operands(context: OperatorContext): [{ first: Operand; joined: boolean }, Operand, Operand] {
  const [q, k, v] = [context.input(0), context.input(1), context.input(2)];
  context.floatOnly(q, k, v);
  const joined = q.type.shape.length === 3;
  const heads = context.int('q_num_heads', 0);
  const groups = context.int('kv_num_heads', 0);
  if (!joined) {
    const other = [q, k, v].find(({ type }) => type.shape.length !== 4);
    if (other !== undefined)
      throw context.invalid(`an operand of shape ${other.type.shape.join('x')} has not 4 dimensions`);
    return [{ first: q, joined }, k, v];
  }
  return [
    { first: splitHeads(context, q, heads), joined },
    splitHeads(context, k, groups),
    splitHeads(context, v, groups),
  ];
}

/** Keys or values behind those of earlier calls. */
function joinPast(context: OperatorContext, own: Operand, index: number): Operand {
  const past = context.optional(index);
  return past === null ? own : concatenated(context, [past, own], 2);
}

/** The mask, the keys that lie in the future or outside of the window, and the padding behind the keys, as one bias. */
function totalBias(context: OperatorContext, q: Operand, k: Operand): Operand | null {
  const length = dimension(q.type.shape, 2);
  const keys = dimension(k.type.shape, 2);
  const own = context.optional(3);
  const mask = own === null ? null : padded(context, biasOf(context, own), keys);
  const past = context.optional(4);
  const valid = context.optionalIntegers(6, 'nonpad_kv_seqlen');
  const batch = valid === null ? 1 : dimension(q.type.shape, 0);
  if (valid !== null && valid.length !== batch) throw context.invalid('nonpad_kv_seqlen does not fit the batch');
  const causal = context.int('is_causal', 0) !== 0;
  const [left, right] = [context.int('left_window_size', -1), context.int('right_window_size', -1)];
  const fixed = hiding(context, [batch, length, keys], (n, query, key) => {
    const offset = past !== null ? keys - length : valid !== null ? (valid[n] ?? 0) - length : 0;
    const place = query + (past === null ? offset : dimension(past.type.shape, 2));
    if (valid !== null && key >= (valid[n] ?? 0)) return false;
    if (causal && key > place) return false;
    return (left < 0 || key >= place - left) && (right < 0 || causal || key <= place + right);
  });
  if (mask === null || fixed === null) return mask ?? fixed;
  return context.zip('add', mask, fixed);
}

/** A mask that ends before the last key hides the keys behind it. */
function padded(context: OperatorContext, mask: Operand, keys: number): Operand {
  const { shape } = mask.type;
  const missing = keys - (shape.at(-1) ?? 1);
  if (missing <= 0 || shape.length === 0) return mask;
  const before = shape.map(() => 0);
  const after = shape.map((_, axis) => (axis === shape.length - 1 ? missing : 0));
  return context.write({ type: 'pad', attributes: { before, after, value: Number.NEGATIVE_INFINITY } }, [mask]);
}

export const attentions: readonly (readonly [string, TranslateOperator])[] = [['Attention', attention]];
