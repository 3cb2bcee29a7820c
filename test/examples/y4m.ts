import { stripDigit } from './strip.ts';

/** Size of the frames. */
const [width, height] = [320, 240];

/** Side of a digit on the paper, in pixels. */
const digitSide = 150;

/** How much ink is at a place of a digit, 0 to 1, between the cells of its 8 x 8 pixels. */
function inkAt(cells: Uint8Array, x: number, y: number): number {
  const [left, top] = [Math.floor(x), Math.floor(y)];
  const at = (column: number, row: number) =>
    column < 0 || row < 0 || column > 7 || row > 7 ? 0 : (cells[row * 8 + column] ?? 0) / 255;
  const [across, down] = [x - left, y - top];
  const upper = at(left, top) * (1 - across) + at(left + 1, top) * across;
  const amount = upper * (1 - down) + (at(left, top + 1) * (1 - across) + at(left + 1, top + 1) * across) * down;
  // Ink has edges, which the cells have lost.
  return Math.min(1, Math.max(0, (amount - 0.35) * 5));
}

/** Brightness of a photograph of a digit: paper that is lit from the right, grain, dark ink; colour is none. */
function photograph(digit: number, frame: number): Uint8Array<ArrayBuffer> {
  const cells = stripDigit(digit);
  const shift = 4 * Math.sin(frame);
  const planes = new Uint8Array((width * height * 3) / 2).fill(128);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [column, row] = [x - shift - width / 2, y - height / 2].map((from) => (from / digitSide) * 8 + 3.5);
      const paper = 150 + 0.2 * x + 6 * Math.sin(x * 12.9898 + y * 78.233 + frame);
      planes[y * width + x] = Math.round(paper * (1 - 0.75 * inkAt(cells, column ?? 0, row ?? 0)));
    }
  }
  return planes;
}

/**
 * A film of the digits of digits_strip.png on paper, as a camera gives it: each for `framesEach` frames of 100 ms, in YUV4MPEG2 with 4:2:0.
 */
export function digitsFilm(digits: readonly number[], framesEach: number): Uint8Array {
  const text = new TextEncoder();
  const parts = [text.encode(`YUV4MPEG2 W${width} H${height} F10:1 Ip A1:1 C420jpeg\n`)];
  for (const digit of digits) {
    for (let i = 0; i < framesEach; i++) parts.push(text.encode('FRAME\n'), photograph(digit, i));
  }
  return Buffer.concat(parts);
}
