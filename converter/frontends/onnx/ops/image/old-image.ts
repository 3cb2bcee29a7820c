import { dimension } from '../../../../tensor/shape.ts';
import type { TranslateOperator } from '../../context.ts';
import { sliceAlong } from '../movement/along-axis.ts';

/** Experimental operators of ONNX before 1.5, which files of WinMLTools and Core ML converters still have. */

/** ImageScaler: x * scale + bias, one bias for each channel of [N, C, H, W]. */
const imageScaler: TranslateOperator = (context) => {
  const input = context.input(0);
  context.floatOnly(input);
  const { shape } = input.type;
  if (shape.length !== 4) throw context.invalid(`it takes 4 dimensions (NCHW), not ${shape.length}`);
  const channels = dimension(shape, 1);
  const bias = context.floatList('bias');
  if (bias !== null && bias.length !== channels) throw context.invalid(`bias does not fit ${channels} channels`);
  const scaled = context.zip('mul', input, context.floats([context.float('scale', 1)], []));
  context.bind(bias === null ? scaled : context.zip('add', scaled, context.floats(bias, [channels, 1, 1])));
};

/** Affine: x * alpha + beta. */
const affine: TranslateOperator = (context) => {
  const input = context.input(0);
  context.floatOnly(input);
  const scaled = context.zip('mul', input, context.floats([context.float('alpha', 1)], []));
  context.bind(context.zip('add', scaled, context.floats([context.float('beta', 0)], [])));
};

/** Crop: [N, C, H, W] without its border (left, top, right, bottom), or `scale` (height, width) pixels from the left and top border on. */
const crop: TranslateOperator = (context) => {
  const input = context.input(0);
  const { shape } = input.type;
  const [left = -1, top = -1, right = -1, bottom = -1] = context.ints('border') ?? [];
  if (shape.length !== 4 || Math.min(left, top, right, bottom) < 0)
    throw context.invalid('it takes 4 dimensions (NCHW) and a border of left, top, right and bottom');
  const [rows, columns] = [dimension(shape, 2), dimension(shape, 3)];
  const [height = 0, width = 0] = context.ints('scale') ?? [rows - top - bottom, columns - left - right];
  if (height < 1 || width < 1 || top + height > rows || left + width > columns)
    throw context.invalid(`${height}x${width} pixels from row ${top} and column ${left} do not fit ${rows}x${columns}`);
  context.bind(sliceAlong(context, sliceAlong(context, input, 2, top, height, 1), 3, left, width, 1));
};

export const oldImageOperators: readonly (readonly [string, TranslateOperator])[] = [
  ['ImageScaler', imageScaler],
  ['Affine', affine],
  ['Crop', crop],
];
