import { dimension } from '../../../../tensor/shape.ts';
import type { OperatorContext, TranslateOperator } from '../../context.ts';
import type { Operand } from '../../writer.ts';
import { fromEnd } from '../indexing/indices.ts';
import { concatenated, partOf } from '../movement/along-axis.ts';

/**
 * RotaryEmbedding (Su et al., "RoFormer", 2021) of [N, heads, length, size] or [N, length, heads * size]: pairs of elements are turned
 * by the angle of their place, of which the caches hold cosine and sine.
 */
const rotaryEmbedding: TranslateOperator = (context) => {
  const input = context.input(0);
  context.floatOnly(input, context.input(1), context.input(2));
  const { shape } = input.type;
  if (shape.length !== 3 && shape.length !== 4) throw context.invalid('its input must have 3 or 4 dimensions');
  const joined = shape.length === 3;
  const heads = joined ? context.int('num_heads', 0) : dimension(shape, 1);
  context.ignore('num_heads');
  if (!(heads >= 1) || (joined && dimension(shape, 2) % heads !== 0))
    throw context.invalid(`num_heads ${heads} does not fit its input`);
  const [batch, length] = [dimension(shape, 0), dimension(shape, joined ? 1 : 2)];
  const size = joined ? dimension(shape, 2) / heads : dimension(shape, 3);
  const given = context.int('rotary_embedding_dim', 0);
  const turned = given === 0 ? size : given;
  if (turned < 2 || turned % 2 !== 0 || turned > size)
    throw context.invalid(`rotary_embedding_dim ${turned} does not fit ${size}`);
  const by = joined ? [batch, length, 1, turned / 2] : [batch, 1, length, turned / 2];
  const [cos, sin] = [1, 2].map((index) => atPlaces(context, index, [batch, length, turned / 2], by));
  if (cos === undefined || sin === undefined) return;
  const split = joined ? context.reshape(input, [batch, length, heads, size]) : input;
  const inner = along(context, split, 0, turned, 1);
  const interleaved = context.int('interleaved', 0) !== 0;
  const [a, b] = interleaved
    ? [along(context, inner, 0, turned / 2, 2), along(context, inner, 1, turned / 2, 2)]
    : [along(context, inner, 0, turned / 2, 1), along(context, inner, turned / 2, turned / 2, 1)];
  const product = (p: Operand, q: Operand) => context.zip('mul', p, q);
  const first = context.zip('sub', product(a, cos), product(b, sin));
  const second = context.zip('add', product(a, sin), product(b, cos));
  const parts = [interleaved ? woven(context, first, second) : last(context, [first, second])];
  if (turned < size) parts.push(along(context, split, turned, size - turned, 1));
  context.bind(context.reshape(last(context, parts), shape));
};

/** Cosines or sines [N, length, half] of the places: rows of a table, or as the file gives them. */
function atPlaces(context: OperatorContext, index: number, whole: readonly number[], by: readonly number[]): Operand {
  const cache = context.input(index);
  const places = context.optional(3);
  const [batch = 1, length = 1, half = 1] = whole;
  if (places === null) {
    if (cache.type.shape.join() !== whole.join())
      throw context.invalid(`a cache of ${cache.type.shape.join('x')} is not ${whole.join('x')}`);
    return context.reshape(cache, by);
  }
  const [rows, angles] = cache.type.shape;
  const fits = angles === half && places.type.shape.join() === `${batch},${length}`;
  if (cache.type.shape.length !== 2 || rows === undefined || !fits)
    throw context.invalid(`a cache of ${cache.type.shape.join('x')} does not fit position_ids and ${half} angles`);
  const indices = context.reshape(fromEnd(context, places, [rows]), [batch * length, 1]);
  const picked = context.write({ type: 'gather', attributes: { axis: 0, count: 1 } }, [cache, indices]);
  return context.reshape(picked, by);
}

/** Elements of the last axis. */
function along(context: OperatorContext, operand: Operand, start: number, count: number, step: number): Operand {
  return partOf(context, operand, operand.type.shape.length - 1, start, count, step);
}

function last(context: OperatorContext, parts: readonly Operand[]): Operand {
  return concatenated(context, parts, -1);
}

/** The elements of both by turns. */
function woven(context: OperatorContext, first: Operand, second: Operand): Operand {
  const { shape } = first.type;
  const wide = [first, second].map((operand) => context.reshape(operand, [...shape, 1]));
  return context.reshape(last(context, wide), [...shape.slice(0, -1), 2 * dimension(shape, -1)]);
}

export const rotations: readonly (readonly [string, TranslateOperator])[] = [['RotaryEmbedding', rotaryEmbedding]];
