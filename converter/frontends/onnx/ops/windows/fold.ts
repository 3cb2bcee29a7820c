import { at } from '../../../../ops/definition.ts';
import { dimension, elementCount, type Shape } from '../../../../tensor/shape.ts';
import type { TransposedAxis } from '../../../transposed-window.ts';
import type { OperatorContext, TranslateOperator } from '../../context.ts';
import type { Operand } from '../../writer.ts';
import { fromEnd } from '../indexing/indices.ts';
import { readAxes } from '../products/conv-transpose.ts';
import { counts } from './window.ts';

/** Operators that put elements of windows back to where the windows lie: scattered to places known at conversion, or to given ones. */

/** For each tap, then each window of one axis, the place in the output; -1 outside. */
function placesAlong({ input, output, kernel, stride, dilation, pad }: TransposedAxis): number[][] {
  return Array.from({ length: kernel }, (_, tap) =>
    Array.from({ length: input }, (__, window) => {
      const place = window * stride + tap * dilation - pad;
      return place >= 0 && place < output ? place : -1;
    }),
  );
}

/** The flat places of all taps of all axes, each for all windows of all axes; -1 where one of them lies outside. */
function flatPlaces(axes: readonly TransposedAxis[]): number[] {
  return axes
    .reduce<number[][]>(
      (all, axis) =>
        all.flatMap((places) =>
          placesAlong(axis).map((along) =>
            places.flatMap((outer) =>
              along.map((inner) => (outer < 0 || inner < 0 ? -1 : outer * axis.output + inner)),
            ),
          ),
        ),
      [[0]],
    )
    .flat();
}

/** [rows, taps * windows] -> [rows, elements]: the sum of what lies on each element of the output. */
function folded(context: OperatorContext, columns: Operand, axes: readonly TransposedAxis[]): Operand {
  const rows = dimension(columns.type.shape, 0);
  const size = elementCount(axes.map(({ output }) => output));
  const count = elementCount(axes.map(({ input, kernel }) => input * kernel));
  context.claim(count);
  context.claim(rows * size);
  const places = context.int32s(flatPlaces(axes), [count, 1]);
  const empty = context.floats(new Float32Array(rows * size), [rows, size]);
  return context.write({ type: 'scatter', attributes: { axis: 1, count: 1, reduction: 'add' } }, [
    empty,
    places,
    columns,
  ]);
}

/** Col2Im: columns [N, C * taps, windows] as images [N, C, ...]; what overlaps is added. */
const col2im: TranslateOperator = (context) => {
  const input = context.input(0);
  context.floatOnly(input);
  const [image, block] = [context.integers(1, 'the shape of the image'), context.integers(2, 'the shape of a block')];
  const rank = image.length;
  const [batch = 1, depth = 1, windows = 1] = input.type.shape;
  const taps = elementCount(block);
  const isSize = (size: number) => size >= 1 && size < 2 ** 24;
  const fits = rank >= 1 && block.length === rank && [...image, ...block].every(isSize) && depth % taps === 0;
  if (input.type.shape.length !== 3 || !fits)
    throw context.invalid(`blocks of ${block.join('x')} do not fit columns of ${input.type.shape.join('x')}`);
  const [strides, dilations] = [counts(context, 'strides', rank), counts(context, 'dilations', rank)];
  const pads = context.ints('pads') ?? new Array<number>(2 * rank).fill(0);
  if (pads.length !== 2 * rank || pads.some((pad) => pad < 0)) throw context.invalid(`pads ${pads.join(',')}`);
  const axes = image.map((output, axis): TransposedAxis => {
    const [kernel, stride, dilation, pad] = [at(block, axis), at(strides, axis), at(dilations, axis), at(pads, axis)];
    const room = output + pad + at(pads, axis + rank) - (kernel - 1) * dilation - 1;
    return { input: Math.floor(room / stride) + 1, output, kernel, stride, dilation, pad };
  });
  const expected = axes.reduce((product, axis) => product * Math.max(0, axis.input), 1);
  if (expected !== windows) throw context.invalid(`it has ${windows} columns for ${expected} places of a block`);
  const channels = depth / taps;
  const columns = context.reshape(input, [batch * channels, taps * windows]);
  context.bind(context.reshape(folded(context, columns, axes), [batch, channels, ...image]));
};

/** ConvTranspose of three spatial axes: each pixel times all weights, folded to where the weights lie. */
export const convTranspose3d: TranslateOperator = (context) => {
  const [input, weights] = [context.input(0), context.input(1)];
  context.floatOnly(input, weights);
  const [batch = 1, channels = 1, ...spatial] = input.type.shape;
  const [rows = 1, outputs = 1, ...kernel] = weights.type.shape;
  const groups = context.int('group', 1);
  if (kernel.length !== spatial.length || rows !== channels || groups < 1 || channels % groups !== 0)
    throw context.invalid(
      `weights ${weights.type.shape.join('x')} and group ${groups} do not fit ${channels} channels`,
    );
  if ((context.ints('kernel_shape') ?? kernel).join() !== kernel.join())
    throw context.invalid('kernel_shape is not that of the weights');
  const axes = readAxes(context, kernel, spatial);
  const [pixels, taps, depth] = [elementCount(spatial), elementCount(kernel), channels / groups];
  const pictures = context.reshape(input, [batch, groups, depth, pixels]);
  const filters = context.reshape(weights, [groups, depth, outputs * taps]);
  const product = { type: 'matmul', attributes: { transposeA: true, transposeB: false } } as const;
  const columns = context.write(product, [filters, pictures]);
  const all = outputs * groups;
  const sums = folded(context, context.reshape(columns, [batch * all, taps * pixels]), axes);
  const result = context.reshape(sums, [batch, all, ...axes.map(({ output }) => output)]);
  const bias = context.optional(2);
  if (bias === null) context.bind(result);
  else context.bind(context.zip('add', result, context.reshape(bias, [all, ...spatial.map(() => 1)])));
};

/**
 * MaxUnpool: each element goes to the place in the output that MaxPool found it at, 0 elsewhere. A given shape other than the one that
 * follows from the window is refused: the specification and onnxruntime place elements differently then.
 */
const maxUnpool: TranslateOperator = (context) => {
  const [input, given] = [context.input(0), context.input(1)];
  context.floatOnly(input);
  const kernel = context.ints('kernel_shape') ?? [];
  const { shape } = input.type;
  const rank = shape.length - 2;
  if (rank < 1 || kernel.length !== rank || given.type.shape.join() !== shape.join())
    throw context.invalid('its window, its indices and its input do not fit together');
  const strides = counts(context, 'strides', rank);
  const pads = context.ints('pads') ?? new Array<number>(2 * rank).fill(0);
  if (pads.length !== 2 * rank) throw context.invalid(`pads has ${pads.length} entries for ${rank} spatial axes`);
  const sizes = shape.slice(2).map((size, axis) => {
    return (size - 1) * at(strides, axis) + at(kernel, axis) - at(pads, axis) - at(pads, axis + rank);
  });
  const output: Shape = [...shape.slice(0, 2), ...sizes];
  const wanted = context.optionalIntegers(2, 'the shape of the output');
  if (wanted !== null && wanted.join() !== output.join())
    throw context.unsupported(
      `the output shape ${wanted.join('x')} where the window makes ${output.join('x')}`,
      'leave output_shape out and pad the result',
    );
  const [count, total] = [elementCount(shape), elementCount(output)];
  if (sizes.some((size) => size < 1)) throw context.invalid(`its output would be ${output.join('x')}`);
  context.claim(total);
  const places = context.reshape(fromEnd(context, given, [total]), [count, 1]);
  const empty = context.floats(new Float32Array(total), [total]);
  const attributes = { axis: 0, count: 1, reduction: 'none' } as const;
  const result = context.write({ type: 'scatter', attributes }, [empty, places, context.reshape(input, [count])]);
  context.bind(context.reshape(result, output));
};

export const folds: readonly (readonly [string, TranslateOperator])[] = [
  ['Col2Im', col2im],
  ['MaxUnpool', maxUnpool],
];
