import type { Padding, Window } from '../../../../ops/window.ts';
import { dimension, type Shape } from '../../../../tensor/shape.ts';
import type { OperatorContext } from '../../context.ts';
import type { Operand } from '../../writer.ts';

/** A sliding window along the spatial axes, in the file's order of axes. */
export interface FileWindow {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly before: readonly number[];
  readonly after: readonly number[];
}

/** Reads strides, dilations, pads and auto_pad (operator Conv of the ONNX specification). `spatial` are the sizes of the input. */
export function readWindow(context: OperatorContext, kernel: readonly number[], spatial: Shape): FileWindow {
  const rank = spatial.length;
  const strides = counts(context, 'strides', rank);
  const dilations = counts(context, 'dilations', rank);
  const autoPad = context.string('auto_pad', 'NOTSET');
  const pads = context.ints('pads') ?? new Array<number>(2 * rank).fill(0);
  if (pads.length !== 2 * rank) throw context.invalid(`pads has ${pads.length} entries for ${rank} spatial axes`);
  if (autoPad === 'NOTSET') {
    return { kernel, strides, dilations, before: pads.slice(0, rank), after: pads.slice(rank) };
  }
  if (!['SAME_UPPER', 'SAME_LOWER', 'VALID'].includes(autoPad))
    throw context.invalid(`auto_pad ${autoPad} is not known`);
  const before: number[] = [];
  const after: number[] = [];
  spatial.forEach((size, axis) => {
    const stride = strides[axis] ?? 1;
    const extent = ((kernel[axis] ?? 1) - 1) * (dilations[axis] ?? 1) + 1;
    const total = autoPad === 'VALID' ? 0 : Math.max(0, (Math.ceil(size / stride) - 1) * stride + extent - size);
    const less = Math.floor(total / 2);
    before.push(autoPad === 'SAME_LOWER' ? total - less : less);
    after.push(autoPad === 'SAME_LOWER' ? less : total - less);
  });
  return { kernel, strides, dilations, before, after };
}

/** A list of positive numbers, one for each spatial axis; 1 by default. */
export function counts(context: OperatorContext, name: string, rank: number): number[] {
  const values = context.ints(name) ?? new Array<number>(rank).fill(1);
  if (values.length === rank && values.every((n) => n >= 1 && n < 2 ** 31)) return values;
  throw context.invalid(`${name} ${values.join(',')} must be ${rank} whole numbers of 1 or more`);
}

/** The window of our own operators: two spatial axes; 1-D is 2-D with height 1. */
export function planeWindow({ strides, dilations, before, after }: FileWindow): Window {
  const padding: Padding = {
    top: plane(before, 0)[0],
    left: plane(before, 0)[1],
    bottom: plane(after, 0)[0],
    right: plane(after, 0)[1],
  };
  return { strides: plane(strides, 1), dilations: plane(dilations, 1), padding };
}

/** Two numbers from one or two: what is missing stands first. */
export function plane(values: readonly number[], missing: number): [height: number, width: number] {
  return values.length === 1 ? [missing, values[0] ?? missing] : [values[0] ?? missing, values[1] ?? missing];
}

/** The spatial sizes of an operand [N,C,...] with one or two spatial axes. */
export function spatialOf(context: OperatorContext, { type }: Operand): Shape {
  const rank = type.shape.length - 2;
  if (rank === 1 || rank === 2) return type.shape.slice(2);
  throw context.unsupported(`an input of ${type.shape.length} dimensions`, 'use 1-D or 2-D convolutions and pools');
}

/** [N,C,L] or [N,C,H,W] as NHWC. */
export function toNhwc(context: OperatorContext, operand: Operand): Operand {
  const { shape } = operand.type;
  if (shape.length === 4) return context.transpose(operand, [0, 2, 3, 1]);
  const [batch, channels, length] = [dimension(shape, 0), dimension(shape, 1), dimension(shape, 2)];
  return context.reshape(context.transpose(operand, [0, 2, 1]), [batch, 1, length, channels]);
}

/** NHWC as [N,C,H,W], or as [N,C,L] where `rank` is 3. */
export function fromNhwc(context: OperatorContext, operand: Operand, rank: number): Operand {
  if (rank === 4) return context.transpose(operand, [0, 3, 1, 2]);
  const { shape } = operand.type;
  const flat = context.reshape(operand, [dimension(shape, 0), dimension(shape, 2), dimension(shape, 3)]);
  return context.transpose(flat, [0, 2, 1]);
}
