import type { ValueId } from '../../../ir/graph.ts';
import { dimension } from '../../../tensor/shape.ts';
import type { OperatorContext, TranslateOperator } from '../context.ts';
import { resolveAxis, sliceAlong } from './axis.ts';

/** MIRROR_PAD: around each axis, its own elements backwards; SYMMETRIC repeats the element at the edge, REFLECT does not. */
export const mirrorPad: TranslateOperator = (context) => {
  const { mode } = context.options('MirrorPadOptions');
  const edge = mode === 'SYMMETRIC' ? 0 : 1;
  const input = context.input(0);
  const { shape } = context.type(input);
  const pairs = context.integers(1, 'the paddings');
  if (pairs.length !== shape.length * 2) throw context.invalid(`${pairs.length} paddings for ${shape.length} axes`);
  const padded = shape.reduce<ValueId>((id, size, axis) => {
    const [before = 0, after = 0] = pairs.slice(2 * axis, 2 * axis + 2);
    if (before < 0 || after < 0 || Math.max(before, after) > size - edge) {
      throw context.invalid(`${size} elements along axis ${axis} cannot be mirrored by ${before} and ${after}`);
    }
    return padAxis(context, id, axis, before, after, edge);
  }, input);
  rename(context, padded);
};

function padAxis(
  context: OperatorContext,
  id: ValueId,
  axis: number,
  before: number,
  after: number,
  edge: number,
): ValueId {
  if (before === 0 && after === 0) return id;
  const type = context.type(id);
  const size = dimension(type.shape, axis);
  const mirrored = (begin: number, count: number, side: string) =>
    count === 0
      ? []
      : [context.node(sliceAlong(type.shape, axis, begin, count, -1), [id], type, `${context.name(id)}/${side}`)];
  const parts = [...mirrored(edge + before - 1, before, 'before'), id, ...mirrored(size - 1 - edge, after, 'after')];
  return context.node({ type: 'concat', attributes: { axis } }, parts, type, `${context.name(id)}/mirrored`);
}

/** Binds output 0 to `id` under the output's own name and type. */
function rename(context: OperatorContext, id: ValueId): void {
  context.output(0, { type: 'reshape', attributes: { shape: context.type(id).shape } }, [id]);
}

/** REVERSE_V2: backwards along the given axes. */
export const reverse: TranslateOperator = (context) => {
  const input = context.input(0);
  const { shape } = context.type(input);
  const axes = context.integers(1, 'the axes').map((axis) => resolveAxis(context, axis, shape.length));
  const begin = shape.map((size, axis) => (axes.includes(axis) ? size - 1 : 0));
  const strides = shape.map((_, axis) => (axes.includes(axis) ? -1 : 1));
  context.output(0, { type: 'slice', attributes: { begin, size: shape, strides } }, [input]);
};
