/** A place on the pad, in pixels, y downwards. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** The way of the pen from where it was put down to where it was lifted. */
export type Stroke = readonly Point[];

/** Side of the picture that the network takes. */
export const cells = 8;

/*
 * How the digits that the network was trained on were made (examples/digits/README.md): scanned into 32 x 32 black or white pixels that a
 * digit fills from top to bottom and about 20 across, then counted in blocks of 4 x 4. Broad or thin, tall or wide, each has about the
 * same ink: 19.4 of the 64 cells on average.
 */
const pixels = 32;
const width = 20;
const inkedPixels = 310;

/** How much the drawing may be narrowed or widened to reach that width. */
const [narrowest, widest] = [0.7, 1.6];

/** The share of the slant that is taken out; people's hands differ more than the training data. */
const upright = 0.5;

/** Half the breadth of the pen, in pixels. */
const [thinnest, thickest] = [2.2, 5.5];

/**
 * A drawing as the network wants it: `cells` x `cells` values from 0, paper, to 255, ink. The strokes are drawn anew, straightened, scaled to the
 * box of the training data, with a pen of the breadth that gives the ink of the training data. Undefined for an empty drawing.
 */
export function inkOf(strokes: readonly Stroke[]): Uint8ClampedArray | undefined {
  const points = strokes.flat();
  if (points.length === 0) return undefined;
  const straight = strokes.map((stroke) => stroke.map(({ x, y }) => ({ x: x - upright * slantOf(strokes) * y, y })));
  let radius = thinnest;
  let distances = new Float64Array();
  // The pen reaches beyond the strokes, so that its breadth and the scale depend on each other.
  for (let round = 0; round < 3; round++) {
    distances = distancesTo(fitted(straight, radius));
    const sorted = Float64Array.from(distances).sort();
    radius = Math.min(thickest, Math.max(thinnest, sorted[inkedPixels] ?? 0));
  }
  return counted(distances, radius);
}

/** How far the drawing leans: horizontal movement per vertical one, by least squares over the length of all strokes. */
function slantOf(strokes: readonly Stroke[]): number {
  const parts = strokes.flatMap((stroke) =>
    stroke.slice(1).map((to, i) => {
      const from = stroke[i] ?? to;
      return { length: Math.hypot(to.x - from.x, to.y - from.y), x: (from.x + to.x) / 2, y: (from.y + to.y) / 2 };
    }),
  );
  const mean = (value: (part: (typeof parts)[number]) => number) =>
    parts.reduce((sum, part) => sum + part.length * value(part), 0) /
    parts.reduce((sum, { length }) => sum + length, 0);
  const [x, y] = [mean((part) => part.x), mean((part) => part.y)];
  const slant = mean((part) => (part.x - x) * (part.y - y)) / mean((part) => (part.y - y) ** 2);
  return Number.isFinite(slant) ? Math.min(1, Math.max(-1, slant)) : 0;
}

/** The strokes in the middle of `pixels` x `pixels`, where a pen of this radius does not reach beyond the edge. */
function fitted(strokes: readonly Stroke[], radius: number): readonly Stroke[] {
  const points = strokes.flat();
  const [xs, ys] = [points.map(({ x }) => x), points.map(({ y }) => y)];
  const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const room = pixels - 2 * radius;
  // A line without height or width has no scale of its own.
  const [across, down] = [Math.max(right - left, 1e-6), Math.max(bottom - top, 1e-6)];
  const tall = Math.min(room / down, room / across / narrowest);
  const wide = Math.min(Math.max((width - 2 * radius) / across, tall * narrowest), tall * widest, room / across);
  const half = pixels / 2;
  return strokes.map((stroke) =>
    stroke.map(({ x, y }) => ({
      x: half + (x - (left + right) / 2) * wide,
      y: half + (y - (top + bottom) / 2) * tall,
    })),
  );
}

/** The distance of the centre of each pixel to the nearest place of a stroke. */
function distancesTo(strokes: readonly Stroke[]): Float64Array<ArrayBuffer> {
  const squares = new Float64Array(pixels * pixels).fill(Number.POSITIVE_INFINITY);
  for (const stroke of strokes) {
    stroke.forEach((from, i) => {
      const to = stroke[i + 1] ?? from;
      const [dx, dy] = [to.x - from.x, to.y - from.y];
      const square = dx * dx + dy * dy;
      for (let pixel = 0; pixel < squares.length; pixel++) {
        const x = (pixel % pixels) + 0.5 - from.x;
        const y = Math.floor(pixel / pixels) + 0.5 - from.y;
        const along = square === 0 ? 0 : Math.min(1, Math.max(0, (x * dx + y * dy) / square));
        const distance = (x - along * dx) ** 2 + (y - along * dy) ** 2;
        if (distance < (squares[pixel] ?? 0)) squares[pixel] = distance;
      }
    });
  }
  return squares.map(Math.sqrt);
}

/** The ink within each cell, where a pen of this radius has passed. */
function counted(distances: Float64Array, radius: number): Uint8ClampedArray {
  const block = pixels / cells;
  const sums = new Float64Array(cells * cells);
  distances.forEach((distance, pixel) => {
    const cell = Math.floor(pixel / pixels / block) * cells + Math.floor((pixel % pixels) / block);
    sums[cell] = (sums[cell] ?? 0) + Math.min(1, Math.max(0, radius - distance + 0.5));
  });
  return Uint8ClampedArray.from(sums, (sum) => (sum / block ** 2) * 255);
}
