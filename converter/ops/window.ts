import { dimension, formatShape, type Shape } from '../tensor/shape.ts';

/** Geometry of a sliding window over the two spatial axes of an NHWC tensor. 1-D is 2-D with height 1. */
export interface Window {
  readonly strides: readonly [height: number, width: number];
  readonly dilations: readonly [height: number, width: number];
  readonly padding: Padding;
}

/** Rows and columns of zeros (real value 0) around the input. */
export interface Padding {
  readonly top: number;
  readonly left: number;
  readonly bottom: number;
  readonly right: number;
}

export const noPadding: Padding = { top: 0, left: 0, bottom: 0, right: 0 };

/** Output size along one axis; throws RangeError where the window is larger than the padded input. */
export function windowOutputSize(input: number, kernel: number, stride: number, dilation: number, pad: number): number {
  const extent = (kernel - 1) * dilation + 1;
  const size = Math.floor((input + pad - extent) / stride) + 1;
  if (size < 1) throw new RangeError(`a window of ${extent} does not fit into ${input} with ${pad} of padding`);
  return size;
}

/** The dimensions of an NHWC tensor. Weights in OHWI order have their output channels as `batch`. */
export interface Nhwc {
  readonly batch: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** Names the four dimensions of `shape`; throws RangeError where it has another number of them. */
export function nhwc(shape: Shape): Nhwc {
  if (shape.length !== 4) throw new RangeError(`shape ${formatShape(shape)} must have 4 dimensions`);
  return {
    batch: dimension(shape, 0),
    height: dimension(shape, 1),
    width: dimension(shape, 2),
    channels: dimension(shape, 3),
  };
}

interface Size {
  readonly height: number;
  readonly width: number;
}

/** Height and width of the output of a window of size `kernel` over `input`. */
export function windowOutput(window: Window, input: Size, kernel: Size): [height: number, width: number] {
  const { strides, dilations, padding } = window;
  return [
    windowOutputSize(input.height, kernel.height, strides[0], dilations[0], padding.top + padding.bottom),
    windowOutputSize(input.width, kernel.width, strides[1], dilations[1], padding.left + padding.right),
  ];
}

/** Sentences about strides, dilations or padding out of range. */
export function windowViolations({ strides, dilations, padding }: Window): string[] {
  const bad: string[] = [];
  const counts = [...strides, ...dilations];
  if (!counts.every((n) => Number.isInteger(n) && n >= 1)) {
    bad.push(`strides ${strides.join('x')} and dilations ${dilations.join('x')} must be whole numbers of 1 or more`);
  }
  const pads = [padding.top, padding.left, padding.bottom, padding.right];
  if (!pads.every((n) => Number.isInteger(n) && n >= 0)) bad.push(`padding ${pads.join(',')} must not be negative`);
  return bad;
}
