// @ts-check
/*
 * From what an app has (a canvas, a video, a recording) to what the model takes, by the steps that were declared when the
 * model was converted, and from scores to classes.
 */

import { pictureValues } from './pictures.js';
import { dequantizeValues, isTagged, quantizeValues } from './tensors.js';

/** @import { Features } from './feature-tables.js' */
/** @import { Picture, PictureFeed } from './pictures.js' */
/** @import { ModelInfo, TensorArray, TensorArrays } from './tensors.js' */

/**
 * (value * scale + offset - mean) / std in float64, before any quantization. Element i belongs to channel
 * floor(i / stride) mod the number of means or deviations.
 * @typedef {{ readonly scale: number, readonly offset: number, readonly mean: readonly number[], readonly std: readonly number[], readonly stride: number }} Arithmetic
 */

/**
 * Mono sound of -1 to 1, or its spectra where there are `features`. `fit` cuts longer recordings at the end and pads shorter ones with
 * silence. `samples` is how many the input needs.
 * @typedef {{ readonly kind: 'sound', readonly samples: number, readonly sampleRateHz: number | null, readonly length: 'exact' | 'fit', readonly features: Features | null }} SoundFeed
 */

/** `featureValues` of `features.js`. @typedef {(samples: Float32Array, features: Features, length: 'exact' | 'fit') => Float64Array} Extract */

/**
 * How the one input of a model is made. Arithmetic of null takes pixels as they are.
 * @typedef {{ readonly input: string, readonly arithmetic: Arithmetic | null } & (({ readonly kind: 'picture' } & PictureFeed) | SoundFeed)} Feed
 */

/** A class of output 0, with its score as a real number. @typedef {{ readonly index: number, readonly label: string, readonly score: number }} Classification */
/** @typedef {{ run(inputs: Readonly<TensorArrays>, options?: object): TensorArrays }} Runner */

/**
 * `model` with `prepare` and `classify`. `extract` is there for models of spectra of sound.
 * @template {Runner} M
 * @param {ModelInfo & { readonly labels: readonly string[] | null }} info
 * @param {Feed} feed
 * @param {M} model
 * @param {Extract} [extract]
 */
export function withFeed(info, feed, model, extract) {
  /** @param {unknown} source */
  const prepare = (source) => prepared(info, feed, source, extract);
  return {
    ...model,
    prepare,
    /**
     * @param {unknown} source
     * @param {{ readonly top?: number, readonly width?: number }} [options]
     */
    classify(source, options) {
      return classesOf(info, model.run({ [feed.input]: prepare(source) }, options), options);
    },
  };
}

/**
 * The classes of output 0, the best first.
 * @param {ModelInfo & { readonly labels: readonly string[] | null }} info
 * @param {TensorArrays} outputs
 * @param {{ readonly top?: number }} [options]
 * @returns {Classification[]}
 */
export function classesOf(info, outputs, { top = 5 } = {}) {
  const [[name, tensor] = ['', { dtype: 'float32', shape: [] }]] = Object.entries(info.outputs);
  const scores = dequantizeValues(name, /** @type {any} */ (tensor), outputs[name]);
  return Array.from(scores, (score, index) => ({ index, label: info.labels?.[index] ?? String(index), score }))
    .sort((a, b) => rank(b.score) - rank(a.score) || a.index - b.index)
    .slice(0, top);
}

/** NaN is the class of nothing, and comes last. @param {number} score */
function rank(score) {
  return Number.isNaN(score) ? Number.NEGATIVE_INFINITY : score;
}

/**
 * The values of the input, quantized.
 * @param {ModelInfo} info
 * @param {Feed} feed
 * @param {unknown} source
 * @param {Extract} [extract]
 * @returns {TensorArray}
 */
export function prepared(info, feed, source, extract) {
  const tensor = info.inputs[feed.input];
  if (tensor === undefined) throw new TypeError(`there is no input "${feed.input}"`);
  const values =
    feed.kind === 'picture' ? pictureValues(pixelsOf(source, feed), feed) : soundValues(source, feed, extract);
  const { arithmetic } = feed;
  if (arithmetic === null && tensor.dtype === 'uint8' && values instanceof Uint8Array) return values;
  return quantizeValues(feed.input, tensor, arithmetic === null ? values : computed(values, arithmetic));
}

/**
 * @param {ArrayLike<number>} values
 * @param {Arithmetic} arithmetic
 * @returns {Float64Array}
 */
export function computed(values, { scale, offset, mean, std, stride }) {
  return Float64Array.from(values, (value, i) => {
    const channel = Math.floor(i / stride);
    return (value * scale + offset - (mean[channel % mean.length] ?? 0)) / (std[channel % std.length] ?? 1);
  });
}

/**
 * The pixels of anything that a page can draw. Frames of a video that are far larger than the model's picture are drawn smaller, which is
 * quick; all else is taken as it is and resized as declared.
 * @param {any} source
 * @param {PictureFeed} feed
 * @returns {Picture}
 */
function pixelsOf(source, feed) {
  if (source === null || typeof source !== 'object') throw new TypeError(`${String(source)} is no picture`);
  if (ArrayBuffer.isView(source.data) && source.width > 0 && source.height > 0) return imagePixels(source);
  const isCanvas = typeof source.getContext === 'function';
  const context = isCanvas ? source.getContext('2d', { willReadFrequently: true }) : null;
  if (context !== null) return imagePixels(context.getImageData(0, 0, source.width, source.height));
  const isVideo = source.videoWidth > 0 || source.displayWidth > 0;
  const width = source.videoWidth || source.displayWidth || source.naturalWidth || source.width;
  const height = source.videoHeight || source.displayHeight || source.naturalHeight || source.height;
  if (!(width > 0 && height > 0)) {
    throw new TypeError('the picture has no pixels yet: wait for load, loadeddata or decode()');
  }
  const factor = isVideo ? Math.min(1, 2 * Math.max(feed.width / width, feed.height / height)) : 1;
  const [across, down] = [Math.max(1, Math.round(width * factor)), Math.max(1, Math.round(height * factor))];
  const drawing = newCanvas(across, down).getContext('2d', { willReadFrequently: true });
  drawing.drawImage(source, 0, 0, across, down);
  return imagePixels(drawing.getImageData(0, 0, across, down));
}

/**
 * @param {number} width
 * @param {number} height
 * @returns {any}
 */
function newCanvas(width, height) {
  if (typeof OffscreenCanvas !== 'undefined') return new OffscreenCanvas(width, height);
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  return canvas;
}

/**
 * @param {{ readonly width: number, readonly height: number, readonly data: Uint8ClampedArray | Uint8Array }} image RGBA, 8 bits each
 * @returns {Picture}
 */
function imagePixels({ width, height, data }) {
  if (data.length !== width * height * 4 || data.BYTES_PER_ELEMENT !== 1) {
    throw new RangeError(`${data.length} values are no ${width} x ${height} pixels of RGBA`);
  }
  return { width, height, channels: 4, data: new Uint8Array(data.buffer, data.byteOffset, data.length) };
}

/**
 * @param {any} source an AudioBuffer, its channels and rate, or a Float32Array of mono samples at the rate of the model
 * @param {SoundFeed} feed
 * @param {Extract} [extract]
 * @returns {Float32Array | Float64Array}
 */
function soundValues(source, feed, extract) {
  const mono = monoOf(source, feed);
  const { samples, length, features } = feed;
  if (features !== null && extract !== undefined) return extract(mono, features, length);
  if (length === 'exact' && mono.length !== samples) {
    throw new RangeError(`the sound has ${mono.length} samples, the model wants ${samples}`);
  }
  const fitted = new Float32Array(samples);
  fitted.set(mono.subarray(0, samples));
  return fitted;
}

/**
 * @param {any} source
 * @param {SoundFeed} feed
 * @returns {Float32Array}
 */
function monoOf(source, { samples, sampleRateHz }) {
  const isBuffer = typeof source?.getChannelData === 'function' || Array.isArray(source?.channels);
  if (!isBuffer && !isTagged(source, 'Float32Array')) {
    throw new TypeError('sound has to be an AudioBuffer, { sampleRate, channels }, or a Float32Array of mono samples');
  }
  if (isBuffer && sampleRateHz !== null && source.sampleRate !== sampleRateHz) {
    const advice = `decode it with new OfflineAudioContext(1, ${samples}, ${sampleRateHz}).decodeAudioData(bytes)`;
    throw new RangeError(
      `the sound has ${source.sampleRate} samples a second, the model wants ${sampleRateHz}; ${advice}`,
    );
  }
  if (!isBuffer) return source;
  const channels = source.channels ?? channelsOf(source);
  if (!channels.every((/** @type {unknown} */ channel) => isTagged(channel, 'Float32Array'))) {
    throw new TypeError('channels have to be Float32Arrays');
  }
  return mixDown(channels);
}

/**
 * @param {{ readonly numberOfChannels: number, getChannelData(channel: number): Float32Array }} buffer
 * @returns {Float32Array[]}
 */
function channelsOf(buffer) {
  return Array.from({ length: buffer.numberOfChannels }, (_, channel) => buffer.getChannelData(channel));
}

/**
 * The mean of all channels.
 * @param {readonly Float32Array[]} channels
 * @returns {Float32Array}
 */
function mixDown(channels) {
  const [first = new Float32Array(0)] = channels;
  if (channels.length === 1) return first;
  return first.map((_, i) => channels.reduce((sum, channel) => sum + (channel[i] ?? 0), 0) / channels.length);
}
