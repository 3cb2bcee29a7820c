import { vectorBytes } from './panels.ts';
import { headerVectors, type RequantizationForm } from './requantization.ts';

/** A depthwise layer, in bytes. */
export interface ByteDepthwise {
  readonly images: number;
  /** Of the output. */
  readonly channels: number;
  /** Outputs of each input channel. */
  readonly multiplier: number;
  readonly outputHeight: number;
  readonly outputWidth: number;
  readonly inputHeight: number;
  readonly inputRowBytes: number;
  /** Rows of padding above, bytes of padding at the left, and what of an input row the windows cover. */
  readonly top: number;
  readonly start: number;
  readonly usedBytes: number;
  /** Bytes of a row with its padding, each input repeated for its outputs. */
  readonly rowBytes: number;
  readonly kernelRows: number;
  readonly kernelColumns: number;
  readonly strideRows: number;
  readonly dilationRows: number;
  readonly walk: ColumnWalk;
  /** Weights of more than 8 bits are the sum of two, 255 of three. */
  readonly sets: 1 | 2 | 3;
  readonly form: RequantizationForm;
}

/**
 * How windows go along a row. Every so many outputs, `phases`, have windows over the same columns: these follow each other, their windows
 * `stride` of the columns apart.
 */
export interface ColumnWalk {
  readonly phases: number;
  readonly stride: number;
  /** Bytes from a column of a window to the next, and from the first window of a phase to that of the next one. */
  readonly columnBytes: number;
  readonly phaseBytes: number;
}

export function columnWalk(stride: number, dilation: number, channels: number): ColumnWalk {
  const common = greatestDivisor(stride, dilation);
  return {
    phases: dilation / common,
    stride: stride / common,
    columnBytes: dilation * channels,
    phaseBytes: stride * channels,
  };
}

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestDivisor(b, a % b);
}

/** Rows that are kept: those under a window, and between them. */
export function ringRows({ kernelRows, dilationRows }: Pick<ByteDepthwise, 'kernelRows' | 'dilationRows'>): number {
  return (kernelRows - 1) * dilationRows + 1;
}

/** Groups of four rows of a column of the window, which lie in one lane. */
export function quadsOf(kernelRows: number): number {
  return Math.ceil(kernelRows / 4);
}

/** Windows larger than this have too much code. */
const mostVectors = 24;

/** Whether the window has a kernel here; of a single row three quarters of the products would be for nothing. */
export function fitsQuads(kernel: { readonly height: number; readonly width: number }): boolean {
  return kernel.height > 1 && quadsOf(kernel.height) * kernel.width <= mostVectors && kernel.width <= 12;
}

/** Bytes of scratch: the rows under the window, with some to read behind them, and one as it is before its inputs are repeated. */
export function byteDepthwiseScratch(shape: Omit<ByteDepthwise, 'sets' | 'form'>): number {
  const plain = shape.multiplier > 1 ? shape.usedBytes + 16 : 0;
  return ringBytes(shape) + plain;
}

export function ringBytes(shape: Omit<ByteDepthwise, 'sets' | 'form'>): number {
  return Math.ceil((ringRows(shape) * shape.rowBytes) / 16) * 16 + 16;
}

type Window = Pick<ByteDepthwise, 'kernelRows' | 'kernelColumns'>;

/** Bytes of the constants of eight channels: header, then for each set, column and four rows two vectors for four channels. */
export function byteDepthwiseBlock(
  form: RequantizationForm,
  sets: number,
  { kernelRows, kernelColumns }: Window,
): number {
  return headerVectors(form) * vectorBytes + sets * kernelColumns * quadsOf(kernelRows) * 32;
}
