import type { ValueId } from '../../../ir/graph.ts';
import { dimension } from '../../../tensor/shape.ts';
import type { OperatorContext, TranslateOperator } from '../context.ts';
import { axisInput, resolveAxis, sliceAlong } from './axis.ts';

/** Output i is the piece of `sizes[i]` elements along `axis`; the pieces stand one after the other. */
function pieces(context: OperatorContext, input: ValueId, axis: number, sizes: readonly number[]): void {
  const { shape } = context.type(input);
  if (sizes.length !== context.outputCount) {
    throw context.invalid(`it has ${context.outputCount} outputs for ${sizes.length} pieces`);
  }
  let begin = 0;
  sizes.forEach((size, index) => {
    context.output(index, sliceAlong(shape, axis, begin, size), [input]);
    begin += size;
  });
}

/** SPLIT: equal pieces. */
export const split: TranslateOperator = (context) => {
  const count = context.options('SplitOptions').num_splits;
  const input = context.input(1);
  const { shape } = context.type(input);
  const axis = axisInput(context, 0, shape.length);
  const total = dimension(shape, axis);
  if (count < 1 || total % count !== 0) throw context.invalid(`${total} elements do not split into ${count} pieces`);
  pieces(
    context,
    input,
    axis,
    Array.from({ length: count }, () => total / count),
  );
};

/** SPLIT_V: pieces of given sizes, one of which may be -1 for the rest. */
export const splitV: TranslateOperator = (context) => {
  const input = context.input(0);
  const { shape } = context.type(input);
  const wanted = context.integers(1, 'the sizes');
  const axis = axisInput(context, 2, shape.length);
  const total = dimension(shape, axis);
  const known = wanted.reduce((sum, size) => sum + Math.max(size, 0), 0);
  const open = wanted.filter((size) => size < 0).length;
  if (open > 1 || known > total || (open === 0 && known !== total)) {
    throw context.invalid(`the sizes [${wanted.join(', ')}] do not split ${total} elements`);
  }
  pieces(
    context,
    input,
    axis,
    wanted.map((size) => (size < 0 ? total - known : size)),
  );
};

/** UNPACK: one output for each index along an axis, which it loses. */
export const unpack: TranslateOperator = (context) => {
  const options = context.options('UnpackOptions');
  const input = context.input(0);
  const { shape } = context.type(input);
  const axis = resolveAxis(context, options.axis, shape.length);
  const count = dimension(shape, axis);
  if (context.outputCount !== count) {
    throw context.invalid(`it has ${context.outputCount} outputs for ${count} elements along axis ${axis}`);
  }
  for (let index = 0; index < count; index++) {
    const { name } = context.outputTensor(index);
    const piece = context.node(sliceAlong(shape, axis, index, 1), [input], context.outputType(index), name);
    context.bind(index, context.reshape(piece, shape.toSpliced(axis, 1), name));
  }
};
