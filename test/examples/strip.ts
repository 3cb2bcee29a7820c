import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { PNG } from 'pngjs';

const side = 8;

/** The pixels of a digit of digits_strip.png: 8 x 8 values from 0, paper, to 255, ink. */
export function stripDigit(digit: number): Uint8Array {
  const path = fileURLToPath(new URL('../../examples/digits/digits_strip.png', import.meta.url));
  const { width, data } = PNG.sync.read(readFileSync(path));
  return Uint8Array.from({ length: side * side }, (_, pixel) => {
    const [x, y] = [digit * side + (pixel % side), Math.floor(pixel / side)];
    return data[(y * width + x) * 4] ?? 0;
  });
}
