// @ts-check
/*
 * What the model is given, drawn from the stored elements of its input: a picture as its pixels, sound as its wave.
 */

import { element } from './elements.js';
import { realsOf } from './tensors.js';

/** @import { Features } from '../../../runtime-wasm/feature-tables.js' */
/** @import { Feed } from '../../../runtime-wasm/feed.js' */
/** @import { TensorArray, TensorInfo } from '../../../runtime-wasm/tensors.js' */

/** Small pictures are shown about so wide. */
const shownWidth = 192;

/**
 * @param {Feed} feed
 * @param {TensorInfo} info
 * @param {TensorArray} stored
 */
export function showGiven(feed, info, stored) {
  element('preview').hidden = false;
  if (feed.kind === 'picture') showPicture(feed, info, stored);
  else if (feed.features !== null) showSpectra(feed, feed.features, info, stored);
  else showWave(feed, info, stored);
}

export function hideGiven() {
  element('preview').hidden = true;
}

/**
 * Pixels of 0 to 255 out of the values of the input: the declared arithmetic backwards.
 * @param {Extract<Feed, { kind: 'picture' }>} feed
 * @param {TensorInfo} info
 * @param {TensorArray} stored
 * @returns {Uint8ClampedArray<ArrayBuffer>} RGBA
 */
export function pixelsOf(feed, info, stored) {
  const { width, height, channels, layout, color, arithmetic } = feed;
  const isAsIs = arithmetic === null && info.dtype === 'uint8';
  const values = isAsIs ? /** @type {ArrayLike<number>} */ (stored) : realsOf(feed.input, info, stored);
  const { scale = 1, offset = 0, mean = [0], std = [1], stride = 1 } = arithmetic ?? {};
  const pixel = (/** @type {number} */ i) => {
    const channel = Math.floor(i / stride);
    const value = (values[i] ?? 0) * (std[channel % std.length] ?? 1) + (mean[channel % mean.length] ?? 0);
    return (value - offset) / scale;
  };
  const area = width * height;
  const out = new Uint8ClampedArray(4 * area);
  const order = color === 'bgr' ? [2, 1, 0] : [0, 1, 2];
  for (let at = 0; at < area; at++) {
    for (let c = 0; c < 3; c++) {
      const from = channels === 1 ? 0 : (order[c] ?? 0);
      out[4 * at + c] = pixel(layout === 'nhwc' ? at * channels + from : from * area + at);
    }
    out[4 * at + 3] = 255;
  }
  return out;
}

/**
 * @param {Extract<Feed, { kind: 'picture' }>} feed
 * @param {TensorInfo} info
 * @param {TensorArray} stored
 */
function showPicture(feed, info, stored) {
  const { width, height, channels } = feed;
  const canvas = element('given');
  const factor = Math.max(1, Math.round(shownWidth / width));
  Object.assign(canvas, { width, height });
  canvas.style.width = `${width * factor}px`;
  canvas.getContext('2d').putImageData(new ImageData(pixelsOf(feed, info, stored), width, height), 0, 0);
  const colours = channels === 1 ? 'grey' : 'colour';
  element('given-caption').textContent = `What the model is given: ${width} x ${height}, ${colours}`;
}

/**
 * Time to the right, bands upwards, larger values brighter.
 * @param {Extract<Feed, { kind: 'sound' }>} feed
 * @param {Features} features
 * @param {TensorInfo} info
 * @param {TensorArray} stored
 */
function showSpectra({ input }, { frames, axes }, info, stored) {
  const values = realsOf(input, info, stored);
  const bands = values.length / frames;
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < values.length; i++) {
    least = Math.min(least, values[i] ?? 0);
    most = Math.max(most, values[i] ?? 0);
  }
  const pixels = new Uint8ClampedArray(4 * values.length);
  for (let frame = 0; frame < frames; frame++) {
    for (let band = 0; band < bands; band++) {
      const value = values[axes === 'frames-first' ? frame * bands + band : band * frames + frame] ?? 0;
      const at = 4 * ((bands - 1 - band) * frames + frame);
      const grey = (255 * (value - least)) / Math.max(most - least, 1e-9);
      pixels.set([grey, grey, grey, 255], at);
    }
  }
  const canvas = element('given');
  Object.assign(canvas, { width: frames, height: bands });
  canvas.style.width = `${frames * Math.max(1, Math.round((1.5 * shownWidth) / frames))}px`;
  canvas.getContext('2d').putImageData(new ImageData(pixels, frames, bands), 0, 0);
  element('given-caption').textContent =
    `What the model is given: ${frames} frames of ${bands} bands, time to the right`;
}

/**
 * @param {Extract<Feed, { kind: 'sound' }>} feed
 * @param {TensorInfo} info
 * @param {TensorArray} stored
 */
function showWave({ input, sampleRateHz }, info, stored) {
  const values = realsOf(input, info, stored);
  const canvas = element('given');
  const [width, height] = [320, 80];
  Object.assign(canvas, { width, height });
  canvas.style.width = `${width}px`;
  const context = canvas.getContext('2d');
  context.fillStyle = getComputedStyle(canvas).color;
  let largest = 1e-9;
  for (let i = 0; i < values.length; i++) largest = Math.max(largest, Math.abs(values[i] ?? 0));
  for (let x = 0; x < width; x++) {
    let most = 0;
    const end = Math.floor(((x + 1) * values.length) / width);
    for (let i = Math.floor((x * values.length) / width); i < end; i++) most = Math.max(most, Math.abs(values[i] ?? 0));
    const tall = Math.max(1, (most / largest) * height);
    context.fillRect(x, (height - tall) / 2, 1, tall);
  }
  const seconds = sampleRateHz === null ? '' : `, ${(values.length / sampleRateHz).toFixed(2)} s`;
  element('given-caption').textContent = `What the model is given: ${values.length} values${seconds}`;
}
