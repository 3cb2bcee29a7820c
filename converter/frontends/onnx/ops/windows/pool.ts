import { noClamp } from '../../../../ops/definition.ts';
import { binary, constant, type ScalarExpression, theVariable, unary } from '../../../../ops/scalar-expression.ts';
import type { OperatorContext, TranslateOperator } from '../../context.ts';
import type { Operand } from '../../writer.ts';
import { type FileWindow, fromNhwc, plane, planeWindow, readWindow, toNhwc } from './window.ts';
import { joinWindows, largestWithPlace, windowCounts } from './window-steps.ts';

/** MaxPool over any number of spatial axes, with the places of the largest elements where the model reads them. */
export const maxPool: TranslateOperator = (context) => {
  const columnMajor = context.int('storage_order', 0) !== 0;
  const given = context.input(0);
  const { dtype, quantization } = given.type;
  if (quantization.kind !== 'none') {
    const window = poolWindow(context, given);
    if (context.isRead(1) || !isPlain(window)) context.dtypeRefused(dtype, 'float32');
    context.bind(pool(context, 'max', given, window));
    return;
  }
  if (dtype !== 'int8' && dtype !== 'uint8') context.floatOnly(given);
  // Small whole numbers without scale are exact as float32.
  const input = context.cast(given, 'float32');
  const window = poolWindow(context, input);
  if (!context.isRead(1)) {
    const result = isPlain(window) ? pool(context, 'max', input, window) : largest(context, input, window);
    context.bind(context.cast(result, dtype));
    return;
  }
  const found = largestWithPlace(context, input, window, columnMajor);
  context.bind(context.cast(found.largest, dtype));
  context.bind(context.cast(found.places, 'int64'), 1);
};

function largest(context: OperatorContext, input: Operand, window: FileWindow): Operand {
  return joinWindows(context, input, window, 'max', Number.NEGATIVE_INFINITY);
}

/** AveragePool: elements of the padding count where count_include_pad says so; those that ceil_mode adds never do. */
export const averagePool: TranslateOperator = (context) => {
  const input = context.input(0);
  context.floatOnly(input);
  const countsPadding = context.int('count_include_pad', 0) !== 0;
  const window = poolWindow(context, input);
  if (!countsPadding && isPlain(window)) {
    context.bind(pool(context, 'average', input, window));
    return;
  }
  const beyond = window.after.map((count, axis) => count - (window.declared.after[axis] ?? 0));
  if (!isPlain(window) || beyond.some((count) => count < 0)) {
    const none = { before: window.before.map(() => 0), after: window.after.map(() => 0) };
    const counted = countsPadding ? window.declared : none;
    const sums = joinWindows(context, input, window, 'add', 0);
    context.bind(context.zip('div', sums, windowCounts(context, window, input.type.shape.slice(2), counted)));
    return;
  }
  const before = [0, 0, ...window.declared.before];
  const after = [0, 0, ...window.declared.after];
  const padded = context.write({ type: 'pad', attributes: { before, after, value: 0 } }, [input]);
  context.bind(pool(context, 'average', padded, { ...window, before: window.before.map(() => 0), after: beyond }));
};

/** LpPool: the p-th root of the sum of the p-th powers of magnitudes. */
export const lpPool: TranslateOperator = (context) => {
  const input = context.input(0);
  context.floatOnly(input);
  const { power, root } = norm(context);
  const sums = joinWindows(context, context.map(input, power), poolWindow(context, input), 'add', 0);
  context.bind(context.map(sums, root));
};

/** GlobalLpPool: the same over all axes after the first two. */
export const globalLpPool: TranslateOperator = (context) => {
  const input = context.input(0);
  context.floatOnly(input);
  const { power, root } = norm(context);
  const axes = input.type.shape.map((_, axis) => axis).slice(2);
  const attributes = { kind: 'sum', axes, keepDims: true } as const;
  context.bind(context.map(context.write({ type: 'reduce', attributes }, [context.map(input, power)]), root));
};

/** |x|^p and its inverse. Roots beyond the square root go through logarithms; that of 0 is minus infinity, which gives 0 again. */
function norm(context: OperatorContext): { readonly power: ScalarExpression; readonly root: ScalarExpression } {
  const p = context.opset < 2 ? context.float('p', 2) : context.int('p', 2);
  if (!Number.isInteger(p) || p < 1 || p > 8) throw context.unsupported(`p=${p}`, 'whole numbers from 1 to 8 are');
  const magnitude = unary('abs', theVariable);
  let power = magnitude;
  for (let i = 1; i < p; i++) power = binary('mul', power, magnitude);
  if (p === 1) return { power, root: theVariable };
  if (p === 2) return { power: unary('square', theVariable), root: unary('sqrt', theVariable) };
  return { power, root: unary('exp', binary('div', unary('log', theVariable), constant(p))) };
}

interface PoolWindow extends FileWindow {
  /** The padding before ceil_mode moved its end. */
  readonly declared: { readonly before: readonly number[]; readonly after: readonly number[] };
}

/** Whether our own pooling computes this window. */
function isPlain({ kernel, dilations, before, after }: FileWindow): boolean {
  const inside = (pads: readonly number[]) => pads.every((count, axis) => count >= 0 && count < (kernel[axis] ?? 1));
  return kernel.length <= 2 && dilations.every((count) => count === 1) && inside(before) && inside(after);
}

/** The window with its end padding set so that rounding down gives the size that ceil_mode asks for. */
function poolWindow(context: OperatorContext, input: Operand): PoolWindow {
  const spatial = input.type.shape.slice(2);
  if (spatial.length === 0) throw context.invalid('its input has no spatial axes');
  const kernel = context.ints('kernel_shape');
  if (kernel === null || kernel.length !== spatial.length || kernel.some((n) => n < 1 || n >= 2 ** 31)) {
    throw context.invalid(`kernel_shape ${kernel?.join(',') ?? ''} does not fit ${spatial.length} spatial axes`);
  }
  const window = readWindow(context, kernel, spatial);
  const declared = { before: window.before, after: window.after };
  if ([...window.before, ...window.after].some((count) => count < 0)) throw context.invalid('its pads are negative');
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
