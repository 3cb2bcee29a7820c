import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PNG } from 'pngjs';
import { digits } from '../run-cli.ts';

const side = 8;

/** The grey pixels of a test digit, of the strip that ships with the repository. */
export function digitPixels(digit: number): Uint8Array {
  const strip = PNG.sync.read(readFileSync(join(digits, 'digits_strip.png')));
  const pixel = (x: number, y: number) => strip.data[4 * (y * strip.width + digit * side + x)] ?? 0;
  return Uint8Array.from({ length: side * side }, (_, i) => pixel(i % side, Math.floor(i / side)));
}

/** A test digit as a picture of its own. */
export function digitPng(digit: number): Buffer {
  const png = new PNG({ width: side, height: side });
  digitPixels(digit).forEach((grey, i) => {
    png.data.set([grey, grey, grey, 255], 4 * i);
  });
  return PNG.sync.write(png);
}

/** A file of YUV4MPEG2 that shows a test digit, for the fake camera of Chromium. Luma has 16 to 235, as video has it. */
export function digitVideo(digit: number): string {
  const [factor, frames] = [32, 4];
  const wide = side * factor;
  const pixels = digitPixels(digit);
  const luma = Buffer.alloc(wide * wide);
  for (let y = 0; y < wide; y++) {
    for (let x = 0; x < wide; x++) {
      const grey = pixels[Math.floor(y / factor) * side + Math.floor(x / factor)] ?? 0;
      luma[y * wide + x] = 16 + Math.round((219 * grey) / 255);
    }
  }
  const frame = Buffer.concat([Buffer.from('FRAME\n'), luma, Buffer.alloc((wide * wide) / 2, 128)]);
  const head = Buffer.from(`YUV4MPEG2 W${wide} H${wide} F20:1 Ip A1:1 C420jpeg\n`);
  const file = join(mkdtempSync(join(tmpdir(), 'thimble-camera-')), 'digit.y4m');
  writeFileSync(file, Buffer.concat([head, ...Array.from({ length: frames }, () => frame)]));
  return file;
}
