import type { PatchGeometry } from './patches.ts';

/**
 * Winograd's minimal filtering F(2 x 2, 3 x 3): four outputs of a 3 x 3 convolution from sixteen products in place of thirty-six, as
 * Y = A^T [(G g G^T) * (B^T d B)] A with d a tile of 4 x 4 inputs (Lavin, Gray: Fast Algorithms for Convolutional Neural Networks,
 * arXiv:1509.09308, section 4.1). Sums are those of other numbers than the reference's: they differ by some roundings of the largest
 * input of a tile.
 */
export interface WinogradShape {
  readonly images: number;
  /** Elements of a row that is read: of the padded copy where there is one. */
  readonly rowElements: number;
  readonly channels: number;
  readonly outputs: number;
  /** Tiles of 2 x 2 outputs. */
  readonly tileRows: number;
  readonly tileColumns: number;
  /** Rows of tiles that are transformed and multiplied together; divides `tileRows`. */
  readonly blockRows: number;
}

/** Transformed tiles and their products of a block stay in the second-level cache, in bytes. */
const blockBytes = 128_000;

/** The products of a tile. */
export const winogradProducts = 16;

/** The shape of a layer that gains by it, or null: 3 x 3, stride 1, an even number of output rows and columns, whole vectors of channels. */
export function winogradShape(geometry: PatchGeometry, groups: number, outputs: number): WinogradShape | null {
  const { channels, kernelRows, kernelColumns, outputHeight, outputWidth, rowStep, images } = geometry;
  const isDense = geometry.pixelStep === channels && geometry.kernelColumnStep === channels;
  const is3x3 = kernelRows === 3 && kernelColumns === 3 && isDense && geometry.kernelRowStep === rowStep;
  const isEven = outputHeight % 2 === 0 && outputWidth % 2 === 0;
  if (!is3x3 || !isEven || groups !== 1 || channels % 4 !== 0 || outputs % 4 !== 0) return null;
  if (!pays(channels, outputs)) return null;
  const [tileRows, tileColumns] = [outputHeight / 2, outputWidth / 2];
  const rowBytes = 4 * winogradProducts * tileColumns * (channels + outputs);
  const fitting = Math.max(1, Math.floor(blockBytes / rowBytes));
  const divisors = Array.from({ length: tileRows }, (_, i) => i + 1).filter((rows) => tileRows % rows === 0);
  const blockRows = divisors.findLast((rows) => rows <= fitting) ?? 1;
  return { images, rowElements: rowStep, channels, outputs, tileRows, tileColumns, blockRows };
}

/** Vector multiplications that a tile saves against about what its transformations take. */
function pays(channels: number, outputs: number): boolean {
  return ((36 - winogradProducts) * channels * outputs) / 8 > 1.5 * (5 * channels + 12 * outputs);
}

/** Bytes of the transformed tiles of a block, and of their products. */
export function winogradBytes({ channels, outputs, tileColumns, blockRows }: WinogradShape): {
  readonly transformed: number;
  readonly products: number;
} {
  const tiles = blockRows * tileColumns;
  return { transformed: 4 * winogradProducts * tiles * channels, products: 4 * winogradProducts * tiles * outputs };
}

/** G, by rows. */
const weightRows = [
  [1, 0, 0],
  [0.5, 0.5, 0.5],
  [0.5, -0.5, 0.5],
  [0, 0, 1],
] as const;

/** Element `product` (row by row of 4 x 4) of G g G^T for the 3 x 3 weights g. */
export function transformedWeight(product: number, g: (row: number, column: number) => number): number {
  const [rows, columns] = [weightRows[product >> 2] ?? [], weightRows[product & 3] ?? []];
  let total = 0;
  rows.forEach((a, row) => {
    columns.forEach((b, column) => {
      total += a * b * g(row, column);
    });
  });
  return total;
}
