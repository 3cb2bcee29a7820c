import { dimension } from '../../../../tensor/shape.ts';
import { tensorType } from '../../../../tensor/tensor.ts';
import type { OperatorContext, TranslateOperator } from '../../context.ts';
import type { Operand } from '../../writer.ts';
import { concatenated, partOf } from '../movement/along-axis.ts';
import { pickRuns } from './runs.ts';

/** N-grams of one length in the pool, one row each. */
interface GramPool {
  readonly length: number;
  readonly grams: readonly (readonly number[])[];
}

/** The pool by length: `counts` has the place where the n-grams of each length begin. */
function poolsOf(pool: readonly number[], counts: readonly number[]): GramPool[] {
  return counts.map((start, i) => {
    const length = i + 1;
    const part = pool.slice(start, counts[i + 1] ?? pool.length);
    const grams = Array.from({ length: Math.floor(part.length / length) }, (_, g) =>
      part.slice(g * length, (g + 1) * length),
    );
    return { length, grams };
  });
}

function wholes(context: OperatorContext, like: Operand, values: readonly number[], shape: readonly number[]): Operand {
  const wide = like.type.dtype === 'int64';
  const type = tensorType(wide ? 'int64' : 'int32', shape);
  return context.literal({ type, data: wide ? BigInt64Array.from(values, BigInt) : Int32Array.from(values) });
}

/** How often each n-gram stands in each row of `x` [rows, 1, numbers], its numbers `stride` apart: [rows, n-grams]; null where none fits. */
function occurrences(
  context: OperatorContext,
  x: Operand,
  { length, grams }: GramPool,
  stride: number,
): Operand | null {
  const starts = dimension(x.type.shape, 2) - stride * (length - 1);
  if (starts < 1 || grams.length === 0) return null;
  const never = context.literal({ type: tensorType('bool', []), data: Uint8Array.of(0) });
  const matches = Array.from({ length }, (_, k) => {
    const numbers = grams.map((gram) => gram[k] ?? 0);
    const part = partOf(context, x, 2, stride * k, starts, 1);
    return context.compare('equal', part, wholes(context, x, numbers, [grams.length, 1]));
  });
  const all = matches.reduce((both, match) => context.select(both, match, never));
  const attributes = { kind: 'sum', axes: [2], keepDims: false } as const;
  return context.write({ type: 'reduce', attributes }, [context.cast(all, 'float32')]);
}

/** The counts of n-grams in the order of the pool, all strides together. */
function frequencies(context: OperatorContext, x: Operand, pool: GramPool, skips: number): Operand {
  const strides = Array.from({ length: pool.length === 1 ? 1 : skips + 1 }, (_, skip) => skip + 1);
  const found = strides.flatMap((stride) => occurrences(context, x, pool, stride) ?? []);
  const [first, ...others] = found;
  const shape = [dimension(x.type.shape, 0), pool.grams.length];
  if (first === undefined) return context.floats(new Float32Array((shape[0] ?? 1) * pool.grams.length), shape);
  return others.reduce((sum, other) => context.zip('add', sum, other), first);
}

function floatList(context: OperatorContext, name: string): readonly number[] | null {
  const attribute = context.attribute(name);
  return attribute?.kind === 'floats' ? attribute.value : null;
}

/** TfIdfVectorizer of whole numbers: how often the n-grams of a pool occur, with up to so many numbers skipped between theirs. */
const tfIdfVectorizer: TranslateOperator = (context) => {
  const input = context.input(0);
  const { shape, dtype } = input.type;
  if (dtype !== 'int32' && dtype !== 'int64') context.dtypeRefused(dtype, 'int32 or int64');
  if (context.hasAttribute('pool_strings')) throw context.unsupported('a pool of strings', 'use whole numbers');
  const [pool, counts, columns] = ['pool_int64s', 'ngram_counts', 'ngram_indexes'].map(
    (name) => context.ints(name) ?? [],
  );
  const [least, most] = [context.int('min_gram_length', 1), context.int('max_gram_length', 1)];
  const skips = context.int('max_skip_count', 0);
  const mode = context.string('mode', 'TF');
  const weights = floatList(context, 'weights');
  const pools = poolsOf(pool ?? [], counts ?? []);
  const known = pools.reduce((sum, { grams }) => sum + grams.length, 0);
  const fits =
    columns?.length === known &&
    known <= 2 ** 16 &&
    known > 0 &&
    columns.every((column) => column >= 0 && column < 2 ** 20);
  if (!fits || shape.length < 1 || shape.length > 2 || least < 1 || skips < 0 || skips > 100 || most > pools.length) {
    throw context.invalid('its pool, its lengths and its input do not fit together');
  }
  const rows = shape.length === 1 ? 1 : dimension(shape, 0);
  const x = context.reshape(input, [rows, 1, dimension(shape, -1)]);
  const parts = pools
    .filter(({ grams }) => grams.length > 0)
    .map((part) => {
      const count = part.grams.length;
      if (part.length >= least && part.length <= most) return frequencies(context, x, part, skips);
      return context.floats(new Float32Array(rows * count), [rows, count]);
    });
  const counted = concatenated(context, parts, 1);
  const result = inColumns(context, weighted(context, counted, mode, weights, columns ?? []), columns ?? []);
  context.bind(shape.length === 1 ? context.reshape(result, result.type.shape.slice(1)) : result);
};

function weighted(
  context: OperatorContext,
  counts: Operand,
  mode: string,
  weights: readonly number[] | null,
  columns: readonly number[],
): Operand {
  if (mode === 'TF') return counts;
  if (mode !== 'IDF' && mode !== 'TFIDF') throw context.invalid(`the mode ${mode} is not known`);
  // Whether weights count by n-gram or by column is told differently by different readers.
  if (weights !== null && columns.some((column, i) => column !== i)) {
    throw context.unsupported('weights with n-grams in another order than their columns', 'sort the pool by column');
  }
  const each = context.floats(weights ?? columns.map(() => 1), [columns.length]);
  if (mode === 'TFIDF') return context.zip('mul', counts, each);
  const none = context.floats([0], []);
  return context.select(context.compare('greater', counts, none), each, none);
}

/** The n-grams at their columns, zeros at the others. */
function inColumns(context: OperatorContext, counts: Operand, columns: readonly number[]): Operand {
  const width = Math.max(...columns) + 1;
  const gramOf = new Map(columns.map((column, gram) => [column, gram]));
  if (gramOf.size < columns.length) throw context.unsupported('several n-grams in one column', 'give each its own');
  const from = Array.from({ length: width }, (_, column) => gramOf.get(column) ?? -1);
  const zero = context.floats(new Float32Array(dimension(counts.type.shape, 0)), [dimension(counts.type.shape, 0), 1]);
  const open = from.includes(-1);
  const all = open ? context.write({ type: 'concat', attributes: { axis: 1 } }, [counts, zero]) : counts;
  const indices = from.map((index) => (index < 0 ? columns.length : index));
  const runs = pickRuns(context, all, 1, indices);
  if (runs !== null) return runs;
  const op = { type: 'gather', attributes: { axis: 1, count: 1 } } as const;
  return context.write(op, [all, context.int32s(indices, [width, 1])]);
}

export const nGrams: readonly (readonly [string, TranslateOperator])[] = [['TfIdfVectorizer', tfIdfVectorizer]];
