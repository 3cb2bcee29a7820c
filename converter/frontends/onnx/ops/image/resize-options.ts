import { dimension, type Shape } from '../../../../tensor/shape.ts';
import type { OperatorContext } from '../../context.ts';
import { nearestModes, type ResizedAxis, type ResizeRule, transforms } from './resize-taps.ts';

/** A Resize as its file gives it: only the axes that change. */
export interface Resizing {
  readonly rule: ResizeRule;
  readonly axes: ReadonlyMap<number, ResizedAxis>;
  /** What stands outside of the input with tf_crop_and_resize. */
  readonly extrapolation: number;
}

/** More output elements along one axis than this are a damaged file. */
const longestAxis = 2 ** 20;

/** Upsample (scales as an attribute before operator set 9) and Resize 10: places are divided by the scale. */
export function readUpsample(context: OperatorContext): Resizing {
  const mode = context.string('mode', 'nearest');
  if (mode !== 'nearest' && mode !== 'linear' && mode !== 'bilinear')
    throw context.invalid(`mode ${mode} is not known`);
  const { shape } = context.input(0).type;
  const scales = context.opset < 9 ? attributeScales(context) : floats(context, 1, 'scales');
  if (scales === null || scales.length !== shape.length) throw context.invalid('scales does not fit its input');
  const rule: ResizeRule = {
    mode: mode === 'nearest' ? 'nearest' : 'linear',
    transform: 'asymmetric',
    nearest: 'simple',
    cubicA: 0,
    excludeOutside: false,
    antialias: false,
  };
  const all = [...shape.keys()];
  return { rule, axes: scaledAxes(context, shape, all, scales, null, false), extrapolation: 0 };
}

function attributeScales(context: OperatorContext): number[] | null {
  const attribute = context.attribute('scales');
  if (attribute?.kind === 'floats') return Array.from(attribute.value);
  // Upsample 1
  const [height, width] = [context.float('height_scale', 0), context.float('width_scale', 0)];
  return height > 0 && width > 0 ? [1, 1, height, width] : null;
}

/** Resize: roi, then scales or sizes. */
export function readResize(context: OperatorContext): Resizing {
  const { shape } = context.input(0).type;
  const rule = readRule(context);
  const given = context.opset >= 18 ? context.ints('axes') : null;
  const axes = given === null ? [...shape.keys()] : given.map((axis) => context.axis(axis, shape.length));
  if (new Set(axes).size < axes.length) throw context.invalid('an axis is listed twice');
  const crops = rule.transform === 'tf_crop_and_resize';
  const roiInput = context.optional(1);
  const roi = crops && roiInput !== null ? floats(context, 1, 'roi') : null;
  if (crops && roi?.length !== 2 * axes.length) throw context.invalid('roi does not fit its axes');
  const policy = context.string('keep_aspect_ratio_policy', 'stretch');
  const extrapolation = context.float('extrapolation_value', 0);
  const scales = context.optional(2) === null ? null : floats(context, 2, 'scales');
  const sizes = context.optional(3) === null ? null : context.integers(3, 'sizes');
  const isScaled = scales !== null && scales.length > 0;
  const isSized = sizes !== null && sizes.length > 0;
  if (isScaled === isSized) throw context.invalid('it has not one of scales and sizes');
  if (isScaled) {
    if (scales.length !== axes.length) throw context.invalid('scales does not fit its axes');
    return { rule, axes: scaledAxes(context, shape, axes, scales, roi, crops), extrapolation };
  }
  if (sizes?.length !== axes.length) throw context.invalid('sizes does not fit its axes');
  const ratios = sizes.map((size, i) => Math.fround(size / dimension(shape, axes[i] ?? 0)));
  if (policy === 'stretch') {
    return { rule, axes: sizedAxes(context, shape, axes, sizes, ratios, roi, crops), extrapolation };
  }
  if (policy !== 'not_larger' && policy !== 'not_smaller') throw context.invalid(`policy ${policy} is not known`);
  const scale = policy === 'not_larger' ? Math.min(...ratios) : Math.max(...ratios);
  const kept = axes.map((axis) => Math.floor(Math.fround(scale * dimension(shape, axis)) + 0.5));
  const same = axes.map(() => scale);
  return { rule, axes: sizedAxes(context, shape, axes, kept, same, roi, crops), extrapolation };
}

function readRule(context: OperatorContext): ResizeRule {
  const mode = context.string('mode', 'nearest');
  const transformName = context.string('coordinate_transformation_mode', 'half_pixel');
  const nearestName = context.string('nearest_mode', 'round_prefer_floor');
  const transform = transforms.find((name) => name === transformName);
  const nearest = nearestModes.find((name) => name === nearestName);
  if (mode !== 'nearest' && mode !== 'linear' && mode !== 'cubic') throw context.invalid(`mode ${mode} is not known`);
  if (transform === undefined) throw context.invalid(`the transformation ${transformName} is not known`);
  if (nearest === undefined || nearest === 'simple') throw context.invalid(`nearest_mode ${nearestName} is not known`);
  return {
    mode,
    transform,
    nearest,
    cubicA: context.float('cubic_coeff_a', -0.75),
    excludeOutside: context.int('exclude_outside', 0) !== 0,
    antialias: context.int('antialias', 0) !== 0,
  };
}

function scaledAxes(
  context: OperatorContext,
  shape: Shape,
  axes: readonly number[],
  scales: readonly number[],
  roi: readonly number[] | null,
  crops: boolean,
): Map<number, ResizedAxis> {
  const sizes = scales.map((scale, i) => Math.floor(Math.fround(scale * dimension(shape, axes[i] ?? 0))));
  return sizedAxes(context, shape, axes, sizes, scales, roi, crops);
}

function sizedAxes(
  context: OperatorContext,
  shape: Shape,
  axes: readonly number[],
  sizes: readonly number[],
  scales: readonly number[],
  roi: readonly number[] | null,
  crops: boolean,
): Map<number, ResizedAxis> {
  const resized = new Map<number, ResizedAxis>();
  axes.forEach((axis, i) => {
    const [input, output, scale] = [dimension(shape, axis), sizes[i] ?? 0, scales[i] ?? 0];
    if (!(scale > 0) || !Number.isInteger(output) || output < 1 || output > longestAxis) {
      throw context.invalid(`axis ${axis} of size ${input} cannot be resized to ${output}`);
    }
    const part = [roi?.[i] ?? 0, roi?.[i + axes.length] ?? 1] as const;
    const isWhole = !crops || (part[0] === 0 && part[1] === 1);
    if (input === output && scale === 1 && isWhole) return;
    resized.set(axis, { input, output, scale, roi: part });
  });
  return resized;
}

/** A constant list of float32 numbers. */
function floats(context: OperatorContext, index: number, role: string): number[] {
  const { data, type } = context.constant(index, role);
  if (type.dtype !== 'float32') throw context.problem('onnx-dtype', `${role} has dtype ${type.dtype}`, 'use float32');
  return Array.from(data, Number);
}
