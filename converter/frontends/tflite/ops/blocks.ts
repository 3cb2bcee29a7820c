import type { ValueId } from '../../../ir/graph.ts';
import { dimension, elementCount } from '../../../tensor/shape.ts';
import type { OperatorContext, TranslateOperator } from '../context.ts';

/** Views `id` as `split`, permutes the axes, and views the result as `joined`. */
function shuffle(
  context: OperatorContext,
  id: ValueId,
  split: readonly number[],
  permutation: readonly number[],
  joined: readonly number[],
): ValueId {
  const view = context.reshape(id, split);
  const op = { type: 'transpose', attributes: { permutation } } as const;
  const moved = context.node(op, [view], context.type(view), `${context.name(id)}/blocks`);
  return context.reshape(moved, joined);
}

/** Binds output 0 to `id` under the output's own name and type. */
function bindView(context: OperatorContext, id: ValueId): void {
  context.output(0, { type: 'reshape', attributes: { shape: context.type(id).shape } }, [id]);
}

function blockSize(context: OperatorContext, size: number): number {
  if (!Number.isInteger(size) || size < 1) throw context.invalid(`the block size is ${size}`);
  if (context.type(context.input(0)).shape.length !== 4) throw context.invalid('it takes 4 dimensions (NHWC)');
  return size;
}

/** SPACE_TO_DEPTH: the pixels of a block, row by row, become channels. */
export const spaceToDepth: TranslateOperator = (context) => {
  const block = blockSize(context, context.options('SpaceToDepthOptions').block_size);
  const [n = 1, h = 1, w = 1, c = 1] = context.type(context.input(0)).shape;
  if (h % block !== 0 || w % block !== 0) throw context.invalid(`${h}x${w} does not divide into blocks of ${block}`);
  const split = [n, h / block, block, w / block, block, c];
  const joined = [n, h / block, w / block, block * block * c];
  bindView(context, shuffle(context, context.input(0), split, [0, 1, 3, 2, 4, 5], joined));
};

/** DEPTH_TO_SPACE: the inverse of {@link spaceToDepth}. */
export const depthToSpace: TranslateOperator = (context) => {
  const block = blockSize(context, context.options('DepthToSpaceOptions').block_size);
  const [n = 1, h = 1, w = 1, c = 1] = context.type(context.input(0)).shape;
  const depth = c / (block * block);
  if (!Number.isInteger(depth)) throw context.invalid(`${c} channels do not make blocks of ${block}x${block}`);
  const split = [n, h, w, block, block, depth];
  bindView(context, shuffle(context, context.input(0), split, [0, 1, 3, 2, 4, 5], [n, h * block, w * block, depth]));
};

/** Block sizes and pairs of numbers for the axes after the batch. */
function blocksAndPairs(context: OperatorContext, pairsRole: string) {
  const blocks = context.integers(1, 'the block shape');
  const pairs = context.integers(2, pairsRole);
  const { shape } = context.type(context.input(0));
  const fits = blocks.length < shape.length && pairs.length === 2 * blocks.length;
  if (!fits || blocks.some((block) => block < 1) || pairs.some((n) => n < 0)) {
    throw context.invalid(`blocks [${blocks.join(', ')}] and ${pairsRole} [${pairs.join(', ')}] do not fit`);
  }
  return {
    blocks,
    first: pairs.filter((_, i) => i % 2 === 0),
    last: pairs.filter((_, i) => i % 2 === 1),
  };
}

/** SPACE_TO_BATCH_ND: pads, then each place within a block becomes a batch of its own, before the old batches. */
export const spaceToBatch: TranslateOperator = (context) => {
  const { blocks, first, last } = blocksAndPairs(context, 'paddings');
  const input = context.input(0);
  const { shape } = context.type(input);
  const rest = shape.slice(blocks.length + 1).map(() => 0);
  const attributes = { before: [0, ...first, ...rest], after: [0, ...last, ...rest], value: 0 };
  const like = context.type(input);
  const padded = context.node({ type: 'pad', attributes }, [input], like, `${context.name(input)}/padded`);
  const [batch = 1, ...sizes] = context.type(padded).shape;
  const spatial = sizes.slice(0, blocks.length).map((size, i) => size / (blocks[i] ?? 1));
  if (!spatial.every(Number.isInteger)) throw context.invalid(`${sizes.join('x')} does not divide into blocks`);
  const tail = sizes.slice(blocks.length);
  const split = [batch, ...blocks.flatMap((block, i) => [spatial[i] ?? 1, block]), ...tail];
  const permutation = [
    ...blocks.map((_, i) => 2 + 2 * i),
    0,
    ...blocks.map((_, i) => 1 + 2 * i),
    ...tail.map((_, i) => 1 + 2 * blocks.length + i),
  ];
  const joined = [batch * elementCount(blocks), ...spatial, ...tail];
  bindView(context, shuffle(context, padded, split, permutation, joined));
};

/** BATCH_TO_SPACE_ND: the inverse of {@link spaceToBatch}, with crops for paddings. */
export const batchToSpace: TranslateOperator = (context) => {
  const { blocks, first, last } = blocksAndPairs(context, 'crops');
  const input = context.input(0);
  const [total = 1, ...sizes] = context.type(input).shape;
  const batch = total / elementCount(blocks);
  if (!Number.isInteger(batch)) throw context.invalid(`${total} batches do not make blocks of ${blocks.join('x')}`);
  const tail = sizes.slice(blocks.length);
  const m = blocks.length;
  const permutation = [m, ...blocks.flatMap((_, i) => [m + 1 + i, i]), ...tail.map((_, i) => 2 * m + 1 + i)];
  const spatial = blocks.map((block, i) => block * dimension(sizes, i));
  const joined = [batch, ...spatial, ...tail];
  const whole = shuffle(context, input, [...blocks, batch, ...sizes], permutation, joined);
  const size = [batch, ...spatial.map((n, i) => n - (first[i] ?? 0) - (last[i] ?? 0)), ...tail];
  const begin = [0, ...first, ...tail.map(() => 0)];
  context.output(0, { type: 'slice', attributes: { begin, size, strides: size.map(() => 1) } }, [whole]);
};
