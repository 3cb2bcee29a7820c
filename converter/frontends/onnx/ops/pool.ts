import { noClamp } from '../../../ops/definition.ts';
import type { OperatorContext, TranslateOperator } from '../context.ts';
import type { Operand } from '../writer.ts';
import { type FileWindow, fromNhwc, plane, planeWindow, readWindow, spatialOf, toNhwc } from './window.ts';

export const maxPool: TranslateOperator = (context) => {
  if (context.int('storage_order', 0) !== 0) throw context.unsupported('storage_order=1', 'use 0');
  const input = context.input(0);
  if (input.type.quantization.kind === 'none') context.floatOnly(input);
  context.bind(pool(context, 'max', input, poolWindow(context, input)));
};

/** AveragePool: elements of the padding count where count_include_pad says so; those that ceil_mode adds never do. */
export const averagePool: TranslateOperator = (context) => {
  const input = context.input(0);
  context.floatOnly(input);
  const countsPadding = context.int('count_include_pad', 0) !== 0;
  const window = poolWindow(context, input);
  if (!countsPadding) {
    context.bind(pool(context, 'average', input, window));
    return;
  }
  const before = [0, 0, ...window.declared.before];
  const after = [0, 0, ...window.declared.after];
  const padded = context.write({ type: 'pad', attributes: { before, after, value: 0 } }, [input]);
  const none = window.before.map(() => 0);
  const beyond = window.after.map((count, axis) => count - (window.declared.after[axis] ?? 0));
  if (beyond.some((count) => count < 0)) throw context.unsupported('ceil_mode with this padding', 'set ceil_mode=0');
  context.bind(pool(context, 'average', padded, { ...window, before: none, after: beyond }));
};

interface PoolWindow extends FileWindow {
  /** The padding before ceil_mode moved its end. */
  readonly declared: { readonly before: readonly number[]; readonly after: readonly number[] };
}

/** The window with its end padding set so that rounding down gives the size that ceil_mode asks for. */
function poolWindow(context: OperatorContext, input: Operand): PoolWindow {
  const spatial = spatialOf(context, input);
  const kernel = context.ints('kernel_shape');
  if (kernel === null || kernel.length !== spatial.length || kernel.some((n) => n < 1 || n >= 2 ** 31)) {
    throw context.invalid(`kernel_shape ${kernel?.join(',') ?? ''} does not fit ${spatial.length} spatial axes`);
  }
  const window = readWindow(context, kernel, spatial);
  const declared = { before: window.before, after: window.after };
  const ceil = context.int('ceil_mode', 0) !== 0;
  const after = window.after.map((end, axis) => {
    const stride = window.strides[axis] ?? 1;
    const extent = ((kernel[axis] ?? 1) - 1) * (window.dilations[axis] ?? 1) + 1;
    const start = window.before[axis] ?? 0;
    const size = spatial[axis] ?? 1;
    const room = size + start + end - extent;
    if (!ceil || room < 0 || room % stride === 0) return end;
    const last = Math.ceil(room / stride);
    // The last window begins inside the input or the padding before it.
    return last * stride >= size + start ? end : last * stride + extent - size - start;
  });
  return { ...window, after, declared };
}

function pool(context: OperatorContext, kind: 'average' | 'max', input: Operand, window: FileWindow): Operand {
  const attributes = {
    ...planeWindow(window),
    kind,
    kernel: plane(window.kernel, 1),
    clamp: noClamp,
    ties: 'away',
  } as const;
  const result = context.write({ type: 'pool-2d', attributes }, [toNhwc(context, input)]);
  return fromNhwc(context, result, input.type.shape.length);
}

/** GlobalAveragePool and GlobalMaxPool: over all axes after the first two. */
export function globalPool(kind: 'mean' | 'max'): TranslateOperator {
  return (context) => {
    const input = context.input(0);
    context.floatOnly(input);
    const axes = input.type.shape.map((_, axis) => axis).slice(2);
    context.bind(context.write({ type: 'reduce', attributes: { kind, axes, keepDims: true } }, [input]));
  };
}
