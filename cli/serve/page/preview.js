// @ts-check
/*
 * What the model is given, drawn from the stored elements of its input: a picture as its pixels, sound as its wave or its spectra.
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
  else if (feed.features !== null) showSpectra(feed.input, feed.features, info, stored);
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

/**
 * Frames from left to right, bands from below, the larger the lighter.
 * @param {string} input
 * @param {Features} features
 * @param {TensorInfo} info
 * @param {TensorArray} stored
 */
function showSpectra(input, { frames, axes }, info, stored) {
  const values = Float64Array.from(realsOf(input, info, stored));
  const bands = values.length / frames;
  const bounds = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    bounds[0] = Math.min(bounds[0] ?? value, value);
    bounds[1] = Math.max(bounds[1] ?? value, value);
  }
  const [least = 0, most = 1] = bounds;
  const pixels = new Uint8ClampedArray(4 * values.length);
  for (let at = 0; at < values.length; at++) {
    const [frame, band] = [at % frames, bands - 1 - Math.floor(at / frames)];
    const value = values[axes === 'frames-first' ? frame * bands + band : band * frames + frame] ?? 0;
    pixels
      .fill(most > least ? (255 * (value - least)) / (most - least) : 0, 4 * at, 4 * at + 3)
      .fill(255, 4 * at + 3, 4 * at + 4);
  }
  const canvas = element('given');
  Object.assign(canvas, { width: frames, height: bands });
  canvas.style.width = `${frames * Math.max(1, Math.round(shownWidth / frames))}px`;
  canvas.getContext('2d').putImageData(new ImageData(pixels, frames, bands), 0, 0);
  element('given-caption').textContent =
    `What the model is given: ${frames} frames of ${bands} values, ${least.toFixed(1)} to ${most.toFixed(1)}`;
}
