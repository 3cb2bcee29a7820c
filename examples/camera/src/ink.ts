/** Grey values in rows from the top, a square. */
export interface Grey {
  readonly side: number;
  /** From 0, black, to 255, white. */
  readonly values: Float32Array;
}

/** A part of the square, as shares of its side. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** A digit on paper, as a network wants it. */
export interface Ink {
  /** `cells` x `cells` values from 0, paper, to 255, ink. */
  readonly values: Uint8ClampedArray;
  readonly box: Box;
}

/*
 * How the digits that the network was trained on were made (../digits/README.md): scanned into 32 x 32 black or white pixels that a digit
 * fills from top to bottom and about 20 across, then counted in blocks of 4 x 4. Each has about the same ink, 310 of the 1024 pixels.
 */
const pixels = 32;
const width = 20;
const inkedPixels = 310;
const [narrowest, widest] = [0.7, 1.6];
/** The share of the slant that is taken out. */
const upright = 0.5;
/** How far strokes are made broader at most, or thinner, on each side, in pixels. */
const mostGrowth = 3.5;

/** Ink is darker than this share of the brightness around it, which shadows and lamps change from place to place. */
const darkness = 0.8;
/** What "around" means, as a share of the side. */
const reach = 0.2;

/** A digit is at least so high, as a share of the side. */
const leastHeight = 0.15;
/** Parts smaller than this share of the largest are dust. */
const leastPart = 0.12;

/** Finds a digit, dark on light, as far as there is one; `cells` is the side of the picture that the network takes. */
export function inkIn(grey: Grey, cells: number): Ink | undefined {
  const { side } = grey;
  const mask = largeParts(darkerThanAround(grey), side);
  const places = [...mask.keys()].filter((place) => mask[place] === 1);
  if (places.length === 0) return undefined;
  const [xs, ys] = [places.map((place) => place % side), places.map((place) => Math.floor(place / side))];
  const slant = upright * slantOf(xs, ys);
  const straight = xs.map((x, i) => x - slant * (ys[i] ?? 0));
  const [left, right, top, bottom] = [smallest(straight), largest(straight) + 1, smallest(ys), largest(ys) + 1];
  if (bottom - top < leastHeight * side) return undefined;
  const [first, last] = [smallest(xs), largest(xs) + 1];
  const box = { left: first / side, top: top / side, width: (last - first) / side, height: (bottom - top) / side };

  let growth = 0;
  let distances: readonly number[] = [];
  // Broader strokes reach further out, so that growth and scale depend on each other.
  for (let round = 0; round < 3; round++) {
    const room = pixels - 2 * growth;
    const tall = Math.min(room / (bottom - top), room / (right - left) / narrowest);
    const wanted = (width - 2 * growth) / (right - left);
    const wide = Math.min(Math.max(wanted, tall * narrowest), tall * widest, room / (right - left));
    const sampled = Array.from({ length: pixels * pixels }, (_, pixel) => {
      const y = (Math.floor(pixel / pixels) + 0.5 - pixels / 2) / tall + (top + bottom) / 2 - 0.5;
      const x = ((pixel % pixels) + 0.5 - pixels / 2) / wide + (left + right) / 2 - 0.5 + slant * y;
      return between(mask, side, x, y) > 0.5;
    });
    distances = signedDistances(sampled);
    const nth = distances.toSorted((a, b) => a - b)[inkedPixels] ?? 0;
    growth = Math.min(mostGrowth, Math.max(-mostGrowth, nth));
  }
  return { values: counted(distances, growth, cells), box };
}

const smallest = (values: readonly number[]) => values.reduce((a, b) => Math.min(a, b));
const largest = (values: readonly number[]) => values.reduce((a, b) => Math.max(a, b));

/** 1 where a pixel is clearly darker than the mean of the square around it, which sums over rows and columns give quickly. */
function darkerThanAround({ side, values }: Grey): Uint8Array {
  const stride = side + 1;
  const sums = new Float64Array(stride * stride);
  for (let y = 0; y < side; y++) {
    let row = 0;
    for (let x = 0; x < side; x++) {
      row += values[y * side + x] ?? 0;
      sums[(y + 1) * stride + x + 1] = (sums[y * stride + x + 1] ?? 0) + row;
    }
  }
  const radius = Math.round(reach * side);
  return Uint8Array.from(values, (value, place) => {
    const [x, y] = [place % side, Math.floor(place / side)];
    const [left, right] = [Math.max(0, x - radius), Math.min(side, x + radius + 1)];
    const [top, bottom] = [Math.max(0, y - radius), Math.min(side, y + radius + 1)];
    const at = (row: number, column: number) => sums[row * stride + column] ?? 0;
    const sum = at(bottom, right) - at(top, right) - at(bottom, left) + at(top, left);
    return value < (darkness * sum) / ((right - left) * (bottom - top)) ? 1 : 0;
  });
}

/** Keeps the parts that hang together, do not reach the edge of the picture, and are no dust. */
function largeParts(mask: Uint8Array, side: number): Uint8Array {
  const seen = Uint8Array.from(mask, (value) => 1 - value);
  const parts: number[][] = [];
  for (let start = 0; start < seen.length; start++) {
    if (seen[start] === 1) continue;
    seen[start] = 1;
    const part = [start];
    let reachesEdge = false;
    for (let i = 0; i < part.length; i++) {
      const place = part[i] ?? 0;
      const [x, y] = [place % side, Math.floor(place / side)];
      if (x === 0 || y === 0 || x === side - 1 || y === side - 1) {
        reachesEdge = true;
        continue;
      }
      for (const next of [-side - 1, -side, -side + 1, -1, 1, side - 1, side, side + 1].map((step) => place + step)) {
        if (seen[next] === 1) continue;
        seen[next] = 1;
        part.push(next);
      }
    }
    if (!reachesEdge) parts.push(part);
  }
  const most = parts.reduce((size, { length }) => Math.max(size, length), 0);
  const kept = new Uint8Array(mask.length);
  for (const part of parts) {
    if (part.length >= leastPart * most) for (const place of part) kept[place] = 1;
  }
  return kept;
}

/** Horizontal movement per vertical one, by least squares. */
function slantOf(xs: readonly number[], ys: readonly number[]): number {
  const [x, y] = [xs, ys].map((values) => values.reduce((sum, value) => sum + value, 0) / values.length);
  const down = ys.map((value) => value - (y ?? 0));
  const both = down.reduce((sum, value, i) => sum + value * ((xs[i] ?? 0) - (x ?? 0)), 0);
  const slant = both / down.reduce((sum, value) => sum + value * value, 0);
  return Number.isFinite(slant) ? Math.min(1, Math.max(-1, slant)) : 0;
}

/** The mask between its pixels; 0 outside of it. */
function between(mask: Uint8Array, side: number, x: number, y: number): number {
  const [left, top] = [Math.floor(x), Math.floor(y)];
  const [across, down] = [x - left, y - top];
  const at = (column: number, row: number) =>
    column < 0 || row < 0 || column >= side || row >= side ? 0 : (mask[row * side + column] ?? 0);
  const upper = at(left, top) * (1 - across) + at(left + 1, top) * across;
  const lower = at(left, top + 1) * (1 - across) + at(left + 1, top + 1) * across;
  return upper * (1 - down) + lower * down;
}

/** How far each of `pixels` x `pixels` is from the edge of the ink: below zero within the ink. */
function signedDistances(inked: readonly boolean[]): readonly number[] {
  /** Those with a neighbour of the other kind. */
  const edge = (kind: boolean) =>
    inked.flatMap((value, pixel) => {
      const x = pixel % pixels;
      const neighbours = [
        pixel - pixels,
        pixel + pixels,
        x > 0 ? pixel - 1 : pixel,
        x < pixels - 1 ? pixel + 1 : pixel,
      ];
      return value === kind && neighbours.some((next) => inked[next] === !kind) ? [pixel] : [];
    });
  const [paper, ink] = [edge(false), edge(true)];
  return inked.map((value, pixel) => {
    const [x, y] = [pixel % pixels, Math.floor(pixel / pixels)];
    let square = 2 * pixels ** 2;
    for (const other of value ? paper : ink) {
      square = Math.min(square, ((other % pixels) - x) ** 2 + (Math.floor(other / pixels) - y) ** 2);
    }
    const distance = Math.sqrt(square) - 0.5;
    return value ? -distance : distance;
  });
}

/** The ink within each cell, where strokes are broader by `growth` on each side. */
function counted(distances: readonly number[], growth: number, cells: number): Uint8ClampedArray {
  const block = pixels / cells;
  const sums = new Float64Array(cells * cells);
  distances.forEach((distance, pixel) => {
    const cell = Math.floor(pixel / pixels / block) * cells + Math.floor((pixel % pixels) / block);
    sums[cell] = (sums[cell] ?? 0) + Math.min(1, Math.max(0, growth - distance + 0.5));
  });
  return Uint8ClampedArray.from(sums, (sum) => (sum / block ** 2) * 255);
}
