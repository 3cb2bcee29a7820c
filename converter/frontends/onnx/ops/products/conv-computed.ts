import { dimension, elementCount, type Shape } from '../../../../tensor/shape.ts';
import type { OperatorContext } from '../../context.ts';
import type { Operand } from '../../writer.ts';
import { concatenated } from '../movement/along-axis.ts';
import type { FileWindow } from '../windows/window.ts';

/** Positions of a kernel for which a slice each is written. */
const mostTaps = 256;

/**
 * A convolution of [N,C,...] with computed weights [O, C/groups, ...]: the input under each position of the kernel is cut out, and what
 * lies under all of them is multiplied with the weights as they are stored. Any number of spatial axes.
 */
export function computedConvolution(
  context: OperatorContext,
  input: Operand,
  weights: Operand,
  { window, groups }: { readonly window: FileWindow; readonly groups: number },
): Operand {
  const [batch, channels] = [dimension(input.type.shape, 0), dimension(input.type.shape, 1)];
  const outputs = dimension(weights.type.shape, 0);
  const padded = pad(context, input, window);
  const output = outputSizes(padded.type.shape.slice(2), window);
  if (output.some((size) => size < 1)) throw context.invalid('its kernel is larger than its padded input');
  const taps = elementCount(window.kernel);
  if (taps > mostTaps)
    throw context.unsupported(
      `computed weights of ${taps} positions`,
      `use at most ${mostTaps}, or make them constant`,
    );
  const perGroup = channels / groups;
  const pixels = elementCount(output);
  const pieces = Array.from({ length: taps }, (_, tap) => {
    const piece = cut(context, padded, window, output, tap);
    return context.reshape(piece, [batch, groups, perGroup, 1, pixels]);
  });
  const patches = concatenated(context, pieces, 3);
  const columns = context.reshape(patches, [batch, groups, perGroup * taps, pixels]);
  const rows = context.reshape(weights, [groups, outputs / groups, perGroup * taps]);
  const product = { type: 'matmul', attributes: { transposeA: false, transposeB: false } } as const;
  return context.reshape(context.write(product, [rows, columns]), [batch, outputs, ...output]);
}

function pad(context: OperatorContext, input: Operand, { before, after }: FileWindow): Operand {
  if ([...before, ...after].every((count) => count === 0)) return input;
  if ([...before, ...after].some((count) => count < 0)) throw context.unsupported('negative pads', 'use a Slice');
  const attributes = { before: [0, 0, ...before], after: [0, 0, ...after], value: 0 };
  return context.write({ type: 'pad', attributes }, [input]);
}

function outputSizes(padded: Shape, { kernel, strides, dilations }: FileWindow): number[] {
  return padded.map((size, axis) => {
    const extent = ((kernel[axis] ?? 1) - 1) * (dilations[axis] ?? 1) + 1;
    return Math.floor((size - extent) / (strides[axis] ?? 1)) + 1;
  });
}

/** The input under position `tap` of the kernel, for all places of the window: [N,C,...output]. */
function cut(context: OperatorContext, padded: Operand, window: FileWindow, output: Shape, tap: number): Operand {
  const { kernel, strides, dilations } = window;
  const begin = kernel.map(() => 0);
  let rest = tap;
  for (let axis = kernel.length - 1; axis >= 0; axis--) {
    const size = kernel[axis] ?? 1;
    begin[axis] = (rest % size) * (dilations[axis] ?? 1);
    rest = Math.floor(rest / size);
  }
  const shape = padded.type.shape;
  const attributes = {
    begin: [0, 0, ...begin],
    size: [...shape.slice(0, 2), ...output],
    strides: [1, 1, ...output.map((size, axis) => (size === 1 ? 1 : (strides[axis] ?? 1)))],
  };
  const whole = attributes.size.every((size, axis) => size === shape[axis]);
  return whole ? padded : context.write({ type: 'slice', attributes }, [padded]);
}
