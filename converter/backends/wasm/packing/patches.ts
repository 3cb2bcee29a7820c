import { type Nhwc, type Window, windowOutput } from '../../../ops/window.ts';

/**
 * Where the patches of a convolution lie, all in elements. If a window leaves the input, patches are read from a padded
 * copy of each image.
 */
export interface PatchGeometry {
  readonly images: number;
  /** Elements of one image of the input. */
  readonly imageElements: number;
  readonly channels: number;
  readonly outputHeight: number;
  readonly outputWidth: number;
  /** The padded copy, or null where the windows stay inside. */
  readonly padded: PaddedCopy | null;
  /** From one output column, and one output row, to the next. */
  readonly pixelStep: number;
  readonly rowStep: number;
  readonly kernelRows: number;
  readonly kernelRowStep: number;
  readonly kernelColumns: number;
  readonly kernelColumnStep: number;
}

export interface PaddedCopy {
  /** Elements of the copy. */
  readonly elements: number;
  /** Rows that are copied, each of `rowElements`, from rows `inputRowElements` apart. */
  readonly rows: number;
  readonly rowElements: number;
  readonly inputRowElements: number;
  /** Where the first element goes, and from there to the next row. */
  readonly start: number;
  readonly paddedRowElements: number;
}

/** The geometry of a window over `input`. */
export function patchGeometry(
  window: Window,
  input: Nhwc,
  kernel: { readonly height: number; readonly width: number },
): PatchGeometry {
  const [outputHeight, outputWidth] = windowOutput(window, input, kernel);
  const { strides, dilations, padding } = window;
  const height = (outputHeight - 1) * strides[0] + (kernel.height - 1) * dilations[0] + 1;
  const width = (outputWidth - 1) * strides[1] + (kernel.width - 1) * dilations[1] + 1;
  const { channels } = input;
  const isInside = padding.top === 0 && padding.left === 0 && height <= input.height && width <= input.width;
  const rowElements = (isInside ? input.width : width) * channels;
  return {
    images: input.batch,
    imageElements: input.height * input.width * channels,
    channels,
    outputHeight,
    outputWidth,
    padded: isInside ? null : paddedCopy(window, input, height, width),
    pixelStep: strides[1] * channels,
    rowStep: strides[0] * rowElements,
    kernelRows: kernel.height,
    kernelRowStep: dilations[0] * rowElements,
    kernelColumns: kernel.width,
    kernelColumnStep: dilations[1] * channels,
  };
}

function paddedCopy({ padding }: Window, input: Nhwc, height: number, width: number): PaddedCopy {
  const { channels } = input;
  const columns = Math.max(0, Math.min(input.width, width - padding.left));
  return {
    elements: height * width * channels,
    rows: columns === 0 ? 0 : Math.max(0, Math.min(input.height, height - padding.top)),
    rowElements: columns * channels,
    inputRowElements: input.width * channels,
    start: (padding.top * width + padding.left) * channels,
    paddedRowElements: width * channels,
  };
}

/** Contiguous elements of a patch. */
export interface Chunks {
  readonly rows: number;
  readonly columns: number;
  readonly elements: number;
}

/** Joins the columns of a kernel into one chunk where they lie side by side. */
export function chunksOf(geometry: PatchGeometry, groups: number): Chunks {
  const { kernelRows, kernelColumns, kernelColumnStep, channels } = geometry;
  const joined = groups === 1 && (kernelColumnStep === channels || kernelColumns === 1);
  return joined
    ? { rows: kernelRows, columns: 1, elements: kernelColumns * channels }
    : { rows: kernelRows, columns: kernelColumns, elements: channels / groups };
}

/** The weights of one output channel in the order of a packed patch: an index for each k, or null for padding. */
export function packedOrder(chunks: Chunks, align: number): readonly (number | null)[] {
  const order: (number | null)[] = [];
  for (let chunk = 0; chunk < chunks.rows * chunks.columns; chunk++) {
    for (let i = 0; i < chunks.elements; i++) order.push(chunk * chunks.elements + i);
    while (order.length % align !== 0) order.push(null);
  }
  return order;
}

/** The shape without its middle: every output position of a 1 x 1 window that visits all elements in order. */
export function flattened(geometry: PatchGeometry): PatchGeometry {
  const { kernelRows, kernelColumns, channels, padded, pixelStep, images, outputHeight, outputWidth } = geometry;
  const isPointwise = kernelRows === 1 && kernelColumns === 1 && padded === null && pixelStep === channels;
  const isDense = outputHeight * outputWidth * channels === geometry.imageElements;
  if (!isPointwise || !isDense) return geometry;
  const rows = images * outputHeight * outputWidth;
  return {
    ...geometry,
    images: 1,
    imageElements: rows * channels,
    outputHeight: 1,
    outputWidth: rows,
    rowStep: rows * channels,
    kernelRowStep: rows * channels,
  };
}
