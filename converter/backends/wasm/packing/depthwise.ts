/** What the code of a depthwise layer depends on, in elements. */
export interface DepthwiseShape {
  readonly images: number;
  /** Output channels. */
  readonly channels: number;
  readonly outputHeight: number;
  readonly outputWidth: number;
  readonly inputHeight: number;
  readonly inputRowElements: number;
  readonly kernelRows: number;
  readonly kernelColumns: number;
  /** Steps in the memory that the window goes over: the input, or the copy of its rows. */
  readonly kernelRowStep: number;
  readonly kernelColumnStep: number;
  readonly pixelStep: number;
  readonly strideRows: number;
  /** How rows are copied to scratch to be padded or spread out, or null where the window goes over the input itself. */
  readonly copy: RowCopies | null;
}

/** The rows under the window are copied for each output row, `kernelRowStep` apart. */
export interface RowCopies {
  readonly top: number;
  readonly dilationRows: number;
  /** Elements of padding in front of each row. */
  readonly start: number;
  /** Elements of the input that a row takes, each written `multiplier` times. */
  readonly elements: number;
  readonly multiplier: number;
}

/** Most taps that are written out; larger windows loop. */
export const unrolledTaps = 32;

/** Bytes of scratch: the rows under the window. */
export function depthwiseScratch({ copy, kernelRows, kernelRowStep }: DepthwiseShape, elementBytes: number): number {
  return copy === null ? 0 : kernelRows * kernelRowStep * elementBytes;
}

/** Taps in the order of the packed weights: pairs stay within a row of the window where the taps are not written out. */
export function tapOrder(kernelRows: number, kernelColumns: number, isFloat: boolean): readonly (number | null)[] {
  const taps = kernelRows * kernelColumns;
  const order: (number | null)[] = [];
  for (let tap = 0; tap < taps; tap++) {
    order.push(tap);
    const isEnd = taps <= unrolledTaps ? tap === taps - 1 : tap % kernelColumns === kernelColumns - 1;
    if (!isFloat && isEnd && order.length % 2 === 1) order.push(null);
  }
  return order;
}
