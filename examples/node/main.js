/* Prints the class of each picture: node main.js picture.png pixels.bin ... */

import { readFile } from 'node:fs/promises';
import { info, load } from 'digits';
import { PNG } from 'pngjs';

/** Pixels in rows from the top: red, green, blue and opacity, a byte each. @typedef {{ width: number, height: number, data: Uint8Array }} Picture */

const [[inputName, input]] = Object.entries(info.inputs);
const [outputName] = Object.keys(info.outputs);
const [, height, width] = input.shape;

/**
 * The pictures in a file: of a PNG that is a strip of pictures side by side each of them, of any other the whole.
 * @param {string} path
 * @returns {Promise<Picture[]>}
 */
async function picturesIn(path) {
  const bytes = await readFile(path);
  if (path.endsWith('.bin')) return [fromRaw(bytes)];
  const { width: across, height: down, data } = PNG.sync.read(bytes);
  const count = (across / down) * (height / width);
  const sheet = { width: across, height: down, data };
  if (!Number.isInteger(count)) return [sheet];
  return Array.from({ length: count }, (_, i) => cut(sheet, (i * across) / count, across / count));
}

/**
 * A picture of the size of the model: grey, RGB or RGBA, a byte for each value.
 * @param {Uint8Array} bytes
 * @returns {Picture}
 */
function fromRaw(bytes) {
  const channels = bytes.length / (width * height);
  if (channels !== 1 && channels !== 3 && channels !== 4) {
    throw new Error(`${bytes.length} bytes are no ${width} x ${height} pixels of 1, 3 or 4 bytes`);
  }
  const data = new Uint8Array(width * height * 4).fill(255);
  for (let pixel = 0; pixel < width * height; pixel++) {
    for (let c = 0; c < Math.max(3, channels); c++) {
      data[pixel * 4 + c] = bytes[pixel * channels + Math.min(c, channels - 1)];
    }
  }
  return { width, height, data };
}

/**
 * Columns of a picture.
 * @param {Picture} picture
 * @param {number} left
 * @param {number} columns
 * @returns {Picture}
 */
function cut({ width: across, height: down, data }, left, columns) {
  const out = new Uint8Array(columns * down * 4);
  for (let y = 0; y < down; y++) {
    const start = (y * across + left) * 4;
    out.set(data.subarray(start, start + columns * 4), y * columns * 4);
  }
  return { width: columns, height: down, data: out };
}

const paths = process.argv.slice(2);
if (paths.length === 0) {
  console.error('usage: node main.js picture.png ... (or .bin: bare pixels of the size of the model)');
  process.exit(2);
}

const model = await load();
for (const path of paths) {
  try {
    const pictures = await picturesIn(path);
    pictures.forEach((picture, i) => {
      // Resized, in the channels of the model, scaled and quantized, as it was declared when the model was converted.
      const prepared = model.prepare(picture);
      const outputs = model.run({ [inputName]: prepared });
      const scores = model.dequantize(outputName, outputs[outputName]);
      const best = scores.indexOf(Math.max(...scores));
      const place = pictures.length > 1 ? `${path}, picture ${i + 1}` : path;
      console.log(`${place}: ${info.labels[best]} (${Math.round(scores[best] * 100)} %)`);
    });
  } catch (error) {
    console.error(`${path}: ${error instanceof Error ? error.message : error}`);
    process.exitCode = 1;
  }
}
