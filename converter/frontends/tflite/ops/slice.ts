import type { SliceAttributes } from '../../../ops/slice.ts';
import { dimension, type Shape } from '../../../tensor/shape.ts';
import type { OperatorContext, TranslateOperator } from '../context.ts';

/** SLICE: size -1 takes everything from `begin` on. */
export const slice: TranslateOperator = (context) => {
  const input = context.input(0);
  const { shape } = context.type(input);
  const begin = context.integers(1, 'begin');
  const wanted = context.integers(2, 'size');
  if (begin.length !== shape.length || wanted.length !== shape.length) {
    throw context.invalid(`begin [${begin.join(', ')}] and size [${wanted.join(', ')}] do not fit ${shape.join('x')}`);
  }
  const size = wanted.map((count, axis) => (count < 0 ? dimension(shape, axis) - (begin[axis] ?? 0) : count));
  context.output(0, { type: 'slice', attributes: { begin, size, strides: shape.map(() => 1) } }, [input]);
};

/** One axis of a strided slice: first element, step, number of elements. TFLite `StridedSlice` start and stop rules. */
function sliceAxis(size: number, begin: number | null, end: number | null, stride: number): readonly [number, number] {
  const clampTo = (value: number, low: number, high: number) => Math.min(Math.max(value, low), high);
  const resolve = (value: number) => (value < 0 ? value + size : value);
  if (stride > 0) {
    const first = begin === null ? 0 : clampTo(resolve(begin), 0, size);
    const last = end === null ? size : clampTo(resolve(end), 0, size);
    return [first, Math.max(0, Math.ceil((last - first) / stride))];
  }
  const first = begin === null ? size - 1 : clampTo(resolve(begin), -1, size - 1);
  const last = end === null ? -1 : clampTo(resolve(end), -1, size - 1);
  return [first, Math.max(0, Math.ceil((last - first) / stride))];
}

/** STRIDED_SLICE with begin, end and shrink masks; ellipsis and new-axis masks are refused. */
export const stridedSlice: TranslateOperator = (context) => {
  const options = context.options('StridedSliceOptions');
  if (options.ellipsis_mask !== 0 || options.new_axis_mask !== 0) {
    throw context.unsupported('ellipsis and new-axis masks are not supported', 'write the slice with explicit axes');
  }
  if (options.offset) {
    throw context.unsupported('ends counted from the begins are not supported', 'write the slice with absolute ends');
  }
  const input = context.input(0);
  const { shape } = context.type(input);
  const { attributes, kept } = resolveSlice(context, shape, options);
  const sliced = context.node(
    { type: 'slice', attributes },
    [input],
    context.outputType(0),
    context.outputTensor(0).name,
  );
  context.bind(0, context.reshape(sliced, kept, context.outputTensor(0).name));
};

interface SliceMasks {
  readonly begin_mask: number;
  readonly end_mask: number;
  readonly shrink_axis_mask: number;
}

function resolveSlice(
  context: OperatorContext,
  shape: Shape,
  masks: SliceMasks,
): { readonly attributes: SliceAttributes; readonly kept: Shape } {
  const [begins, ends, strides] = [1, 2, 3].map((index) => context.integers(index, 'begin, end and strides'));
  if (new Set([begins?.length, ends?.length, strides?.length]).size > 1 || (begins?.length ?? 0) > shape.length) {
    throw context.invalid(`begin, end and strides do not fit ${shape.join('x')}`);
  }
  const begin: number[] = [];
  const size: number[] = [];
  const steps: number[] = [];
  shape.forEach((length, axis) => {
    const stride = strides?.[axis] ?? 1;
    if (stride === 0) throw context.invalid(`stride 0 on axis ${axis}`);
    const shrink = (masks.shrink_axis_mask >> axis) & 1;
    const from = begins?.[axis];
    const to = ends?.[axis];
    const open = (mask: number, value: number | undefined) =>
      value === undefined || (mask >> axis) & 1 ? null : value;
    const [first, count] = shrink
      ? [(from ?? 0) < 0 ? (from ?? 0) + length : (from ?? 0), 1]
      : sliceAxis(length, open(masks.begin_mask, from), open(masks.end_mask, to), stride);
    begin.push(first);
    size.push(count);
    steps.push(shrink ? 1 : stride);
  });
  const kept = size.filter((_, axis) => !((masks.shrink_axis_mask >> axis) & 1));
  return { attributes: { begin, size, strides: steps }, kept };
}
