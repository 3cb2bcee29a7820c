import { dimension, elementCount, type Shape } from '../../../../tensor/shape.ts';
import { tensorType } from '../../../../tensor/tensor.ts';
import type { OperatorContext, TranslateOperator } from '../../context.ts';
import type { Operand } from '../../writer.ts';
import { fromNhwc, toNhwc } from '../windows/window.ts';
import { type Resizing, readResize, readUpsample } from './resize-options.ts';
import { type ResizedAxis, type ResizeRule, resizeTaps, type Tap } from './resize-taps.ts';
import { pick, weigh } from './weigh-along-axis.ts';

/** Resize: along each axis every output element is one input element or a weighted sum of some. */
export const resize: TranslateOperator = (context) => translate(context, readResize(context));

/** Upsample and Resize of operator set 10, which have scales only. */
export const upsample: TranslateOperator = (context) => translate(context, readUpsample(context));

function translate(context: OperatorContext, resizing: Resizing): void {
  const input = context.input(0);
  const { rule, axes } = resizing;
  if (rule.mode !== 'nearest') context.floatOnly(input);
  const rank = input.type.shape.length;
  const isSpatial = (rank === 3 || rank === 4) && [...axes.keys()].every((axis) => axis >= 2);
  if (!isSpatial) {
    context.bind(resized(context, input, axes, resizing));
    return;
  }
  // [N,C,L] is [N,1,L,C] there.
  const moved = new Map([...axes].map(([axis, sizes]) => [axis + 2 - (rank - 1), sizes] as const));
  const nhwc = resized(context, toNhwc(context, input), moved, resizing);
  context.bind(fromNhwc(context, nhwc, rank));
}

function resized(
  context: OperatorContext,
  input: Operand,
  axes: ReadonlyMap<number, ResizedAxis>,
  { rule, extrapolation }: Resizing,
): Operand {
  const bilinear = asBilinear(input.type.shape, axes, rule);
  if (bilinear !== null) return context.write({ type: 'resize-bilinear', attributes: bilinear }, [input]);
  const outside = new Map<number, boolean[]>();
  const ordered = [...axes].sort(([, a], [, b]) => a.output / a.input - b.output / b.input);
  const result = ordered.reduce((operand, [axis, sizes]) => {
    const taps = resizeTaps(rule, sizes);
    if (taps.includes(null))
      outside.set(
        axis,
        Array.from(taps, (list) => list === null),
      );
    const rows = taps.map((list): readonly Tap[] => list ?? [{ index: 0, weight: 1 }]);
    const places = rows.map(([only, ...others]) => (others.length === 0 && only?.weight === 1 ? only.index : -1));
    return places.includes(-1) ? weigh(context, operand, axis, rows) : pick(context, operand, axis, places);
  }, input);
  return outside.size === 0 ? result : extrapolated(context, result, outside, extrapolation);
}

/** The attributes of our own bilinear operator where it computes the same. */
function asBilinear(shape: Shape, axes: ReadonlyMap<number, ResizedAxis>, rule: ResizeRule) {
  const { mode, transform, antialias } = rule;
  const shrinks = [...axes.values()].some(({ scale }) => scale < 1);
  if (mode !== 'linear' || (antialias && shrinks) || shape.length !== 4) return null;
  for (const [axis, { input, output, scale }] of axes) {
    const isWhole = scale === Math.fround(output / input);
    const fits =
      transform === 'align_corners' ||
      ((transform === 'half_pixel' || transform === 'asymmetric') && isWhole) ||
      (transform === 'pytorch_half_pixel' && isWhole && output > 1);
    if ((axis !== 1 && axis !== 2) || !fits) return null;
  }
  return {
    height: axes.get(1)?.output ?? dimension(shape, 1),
    width: axes.get(2)?.output ?? dimension(shape, 2),
    alignCorners: transform === 'align_corners',
    halfPixelCenters: transform === 'half_pixel' || transform === 'pytorch_half_pixel',
    integers: 'fixed' as const,
  };
}

/** `value` where the place lies outside of the input along some axis. */
function extrapolated(
  context: OperatorContext,
  result: Operand,
  outside: ReadonlyMap<number, readonly boolean[]>,
  value: number,
): Operand {
  context.floatOnly(result);
  const { shape } = result.type;
  const maskShape = shape.map((size, axis) => (outside.has(axis) ? size : 1));
  const count = elementCount(maskShape);
  context.claim(count);
  const data = new Uint8Array(count);
  let inner = 1;
  for (const axis of [...shape.keys()].reverse()) {
    const size = dimension(maskShape, axis);
    const list = outside.get(axis);
    if (list === undefined) continue;
    for (let i = 0; i < count; i++) if (list[Math.floor(i / inner) % size]) data[i] = 1;
    inner *= size;
  }
  const mask = context.literal({ type: tensorType('bool', maskShape), data });
  return context.select(mask, context.floats([value], []), result);
}
