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

/** The rows under the windows of a few output rows are copied at a time, one behind the other. */
export interface RowCopies {
  readonly top: number;
  /** Output rows of a band, and the input rows under them. */
  readonly bandRows: number;
  readonly rows: number;
  /** Elements of a row with its padding. */
  readonly rowElements: number;
  readonly dilationRows: number;
  /** Elements of padding in front of each row. */
  readonly start: number;
  /** Elements of the input that a row takes, each written `multiplier` times. */
  readonly elements: number;
  readonly multiplier: number;
}

/** Most taps that are written out; larger windows loop. */
export const unrolledTaps = 32;

/** Most output rows of a band: neighbours share most of their input rows, which are copied once for all of a band. */
const mostBandRows = 8;

/** The rows of a band, for windows that cover `span` rows. */
export function bandOf(outputHeight: number, span: number, stride: number): Pick<RowCopies, 'bandRows' | 'rows'> {
  const bandRows = stride >= span ? 1 : Math.min(mostBandRows, outputHeight);
  return { bandRows, rows: (bandRows - 1) * stride + span };
}

/** Bytes of scratch: the rows of a band. */
export function depthwiseScratch({ copy }: DepthwiseShape, elementBytes: number): number {
  return copy === null ? 0 : copy.rows * copy.rowElements * elementBytes;
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
