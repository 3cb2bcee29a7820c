import type { Op } from '../../ops/op.ts';
import { dimension } from '../../tensor/shape.ts';
import type { TensorType } from '../../tensor/tensor.ts';
import type { Operand, Step } from '../program.ts';

/** Which rows of a tensor make output row r: `rows` of them from `stride * r - top` on; some may lie outside the tensor. */
export interface RowWindow {
  readonly stride: number;
  readonly top: number;
  readonly rows: number;
}

/**
 * One output row of an operator as an operator of its own, without rows of padding. `total` is a pooling of all rows, whose one
 * output row grows row by row.
 */
export interface RowForm {
  readonly kind: 'window' | 'total';
  readonly op: Op;
  /** Of each input: the window, or null for an operand that is the same for all rows. */
  readonly windows: readonly (RowWindow | null)[];
}

/** Each output row is made of the same row of each input. */
const sameRow: RowWindow = { stride: 1, top: 0, rows: 1 };

/** Number of rows of a tensor that has rows: [1,H,W,C] with more than one row, all of one quantization; else null. */
export function rowsOf({ shape, quantization }: TensorType): number | null {
  const [batch, height] = shape;
  if (quantization.kind === 'per-channel' && quantization.axis === 1) return null;
  return shape.length === 4 && batch === 1 && height !== undefined && height > 1 ? height : null;
}

/** The type of `rows` rows of a tensor with rows. */
export function rowType(type: TensorType, rows: number): TensorType {
  return { ...type, shape: type.shape.map((size, axis) => (axis === 1 ? rows : size)) };
}

/** How a step works row by row, or null where it does not. */
export function rowFormOf(step: Step): RowForm | null {
  const [input] = step.inputs;
  const [output] = step.outputs;
  if (input === undefined || output === undefined || step.outputs.length !== 1 || input.kind !== 'arena') return null;
  if (step.op.type === 'pool-2d') return poolForm(step.op.attributes, input, output);
  if (rowsOf(output.type) === null) return null;
  switch (step.op.type) {
    case 'conv-2d': {
      const { attributes } = step.op;
      const window = productWindow(step, attributes);
      const op: Op = { type: 'conv-2d', attributes: { ...attributes, padding: sidesOnly(attributes.padding) } };
      return window === null ? null : firstInput(step, op, window);
    }
    case 'depthwise-conv-2d': {
      const { attributes } = step.op;
      const window = productWindow(step, attributes);
      const op: Op = {
        type: 'depthwise-conv-2d',
        attributes: { ...attributes, padding: sidesOnly(attributes.padding) },
      };
      return window === null ? null : firstInput(step, op, window);
    }
    case 'zip':
      return elementwiseForm(step, output.type);
    case 'concat':
      return step.op.attributes.axis === 1 ? null : elementwiseForm(step, output.type);
    case 'map':
    case 'quantize':
    case 'dequantize':
    case 'requantize':
    case 'cast':
    case 'softmax':
    case 'log-softmax':
      return firstInput(step, step.op, sameRow);
    default:
      return null;
  }
}

/** Padding without rows. */
function sidesOnly<P extends { readonly top: number; readonly bottom: number }>(padding: P): P {
  return { ...padding, top: 0, bottom: 0 };
}

/** Only input 0 has rows. */
function firstInput({ inputs }: Step, op: Op, window: RowWindow): RowForm | null {
  const [first, ...others] = inputs;
  if (first === undefined || rowsOf(first.type) === null || others.some(({ kind }) => kind === 'arena')) return null;
  return { kind: 'window', op, windows: inputs.map((_, i) => (i === 0 ? window : null)) };
}

/** The window of a convolution. Weights are [O,KH,KW,C] or [1,KH,KW,O]. */
function productWindow(
  { inputs }: Step,
  { padding, strides, dilations }: Extract<Op, { type: 'conv-2d' }>['attributes'] | WindowAttributes,
): RowWindow | null {
  const [input, weights] = inputs;
  if (input === undefined || weights === undefined) return null;
  // A hybrid layer quantizes by the range of the whole image.
  if (input.type.dtype === 'float32' && weights.type.dtype !== 'float32') return null;
  const extent = (dimension(weights.type.shape, 1) - 1) * dilations[0] + 1;
  return { stride: strides[0], top: padding.top, rows: extent };
}

type WindowAttributes = Extract<Op, { type: 'depthwise-conv-2d' }>['attributes'];

type PoolAttributes = Extract<Op, { type: 'pool-2d' }>['attributes'];

/** Windows across the edge have rows of no elements, not of padding, and so no form of one row. */
function poolForm(attributes: PoolAttributes, input: Operand, output: Operand): RowForm | null {
  const height = rowsOf(input.type);
  const { kernel, strides, padding } = attributes;
  if (height === null || padding.top !== 0 || padding.bottom !== 0) return null;
  const op: Op = { type: 'pool-2d', attributes };
  if (rowsOf(output.type) === null) {
    const isWide = kernel[1] === input.type.shape[2] && padding.left === 0 && padding.right === 0;
    const isTotal = kernel[0] === height && isWide && input.type.dtype === 'int8';
    return isTotal ? { kind: 'total', op, windows: [sameRow] } : null;
  }
  return { kind: 'window', op, windows: [{ stride: strides[0], top: 0, rows: kernel[0] }] };
}

/** Operands of the output's rows, and constants that are the same for all rows. */
function elementwiseForm({ op, inputs }: Step, output: TensorType): RowForm | null {
  const height = rowsOf(output);
  const windows = inputs.map(({ kind, type }) => {
    if (kind === 'constant') return isSameForRows(type) ? null : undefined;
    return rowsOf(type) === height ? sameRow : undefined;
  });
  const known = windows.filter((window) => window !== undefined);
  return known.length === windows.length ? { kind: 'window', op, windows: known } : null;
}

/** Whether an operand that is broadcast looks the same from every row. */
function isSameForRows({ shape }: TensorType): boolean {
  return shape.length < 3 || shape[shape.length - 3] === 1;
}
