// @ts-check
// From a picture to what the model reads, and from what it writes to named scores: the same for both engines.

/** @typedef {{ name: string, dtype: string, shape: readonly number[], scale?: number, zeroPoint?: number }} Port */
/** @typedef {{ name: string, range: string, input: Port, output: Port, labels: readonly string[] | null }} Model */
/** @typedef {Float32Array | Int8Array | Uint8Array} Values */

const digitPixels = 8;

/** One of the ten test digits. @param {number} digit @param {string} address of the strip */
export async function loadDigit(digit, address) {
  const blob = await (await fetch(address)).blob();
  return createImageBitmap(blob, digit * digitPixels, 0, digitPixels, digitPixels);
}

/** The greatest square in the middle of the picture, at the size of the model, as its input. @param {ImageBitmap} picture @param {Model} model @returns {Values} */
export function inputOf(picture, { input, range }) {
  const [, height = 1, width = 1, channels = 1] = input.shape;
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (context === null) throw new Error('this browser gives no canvas');
  const side = Math.min(picture.width, picture.height);
  const [left, top] = [(picture.width - side) / 2, (picture.height - side) / 2];
  context.drawImage(picture, left, top, side, side, 0, 0, width, height);
  const { data } = context.getImageData(0, 0, width, height);
  const reals = new Float32Array(height * width * channels);
  for (let i = 0; i < reals.length; i++) {
    const pixel = 4 * Math.floor(i / channels);
    const [red = 0, green = 0, blue = 0] = data.subarray(pixel, pixel + 3);
    // Luma of ITU-R BT.601 where the model reads grey.
    const value = channels === 1 ? 0.299 * red + 0.587 * green + 0.114 * blue : (data[pixel + (i % channels)] ?? 0);
    reals[i] = range === '0..1' ? value / 255 : range === '-1..1' ? value / 127.5 - 1 : value;
  }
  return quantized(reals, input);
}

/** @param {Float32Array} reals @param {Port} port @returns {Values} */
function quantized(reals, { dtype, scale = 1, zeroPoint = 0 }) {
  if (dtype === 'float32') return reals;
  const values = dtype === 'int8' ? new Int8Array(reals.length) : new Uint8ClampedArray(reals.length);
  const [low, high] = dtype === 'int8' ? [-128, 127] : [0, 255];
  for (let i = 0; i < reals.length; i++) {
    values[i] = Math.min(high, Math.max(low, Math.round((reals[i] ?? 0) / scale) + zeroPoint));
  }
  return values instanceof Int8Array ? values : new Uint8Array(values.buffer);
}

/** What the stored values stand for. @param {ArrayLike<number>} values @param {Model} model */
export function realsOf(values, { output: { dtype, scale = 1, zeroPoint = 0 } }) {
  return Array.from(values, (value) => (dtype === 'float32' ? value : scale * (value - zeroPoint)));
}

/** The `count` best classes, best first. @param {ArrayLike<number>} values @param {Model} model @param {number} count */
export function best(values, model, count) {
  return realsOf(values, model)
    .map((score, index) => ({ label: model.labels?.[index] ?? `class ${index}`, score }))
    .sort((a, b) => b.score - a.score)
    .slice(0, count);
}
