// @ts-check
/*
 * Spectra of sound as models want them: spectrograms, mel bands, their logarithm, cepstral coefficients. In float64. The command line
 * computes them by the same code.
 *
 * What libraries do, in whose words the declarations are explained: librosa (librosa.stft, filters.mel, power_to_db, feature.mfcc),
 * torchaudio (Spectrogram, functional.melscale_fbanks, MFCC), TensorFlow (tf.signal.stft, linear_to_mel_weight_matrix,
 * mfccs_from_log_mel_spectrograms).
 */

import { cosinesOf, melTriangles, windowOf } from './feature-tables.js';
import { fourierTransform } from './fourier.js';

/** @import { Features, Logarithm, Triangle } from './feature-tables.js' */
/** @import { Transform } from './fourier.js' */

/** Points of all transforms of one recording: more would take minutes. */
const mostPoints = 2 ** 27;
/** Samples that frames may need: 512 MiB in float64. */
const mostSamples = 2 ** 26;
/** Values of all its frames: 128 MiB. */
const mostValues = 2 ** 24;

/**
 * The features of a recording of mono samples of -1 to 1: frames x bands, or bands x frames. `fit` pads shorter recordings with silence
 * and leaves out frames at the end of longer ones. Throws RangeError where `misfitOf` finds fault.
 * @param {Float32Array} samples
 * @param {Features} features
 * @param {'exact' | 'fit'} length
 * @returns {Float64Array}
 */
export function featureValues(samples, features, length) {
  const misfit = misfitOf(samples.length, features, length);
  if (misfit !== null) throw new RangeError(`${misfit.what}; ${misfit.advice}`);
  const { frames, firstFrame, axes, log, cepstrum } = features;
  const signal = signalOf(samples, features);
  const relative = isRelative(features);
  const first = relative ? 0 : firstFrame;
  const count = relative ? frameCount(signal.length, features) : frames;
  const tables = tablesOf(features);
  const values = rowsOf(signal, features, tables, first, count);
  if (log !== null) takeLogarithm(values, log);
  const taken = values.subarray((firstFrame - first) * tables.width, (firstFrame - first + frames) * tables.width);
  const rows = cepstrum === null ? taken : cosineTransformed(taken, tables);
  return axes === 'frames-first' ? rows : transposed(rows, frames);
}

/**
 * Why a recording of so many samples does not fit, and what helps; null where it does.
 * @param {number} sampleCount
 * @param {Features} features
 * @param {'exact' | 'fit'} length
 * @returns {{ readonly what: string, readonly advice: string } | null}
 */
export function misfitOf(sampleCount, features, length) {
  const { frames, firstFrame, fftSamples } = features;
  const found = frameCount(sampleCount, features) - firstFrame;
  const needed = samplesNeeded(features);
  if (length === 'exact' && found !== frames) {
    const after = firstFrame === 0 ? '' : ` after the first ${firstFrame}`;
    const what = `the sound has ${sampleCount} samples and gives ${Math.max(0, found)} frames${after}, the model wants ${frames}`;
    return { what, advice: `give ${needed} samples, or declare the length "fit" to cut and pad` };
  }
  if (needed > mostSamples) {
    const what = `${frames} frames from frame ${firstFrame} on need ${needed} samples, which is too much at once`;
    return { what, advice: 'declare an earlier first frame, or a shorter hop' };
  }
  const computed = isRelative(features) ? Math.max(found + firstFrame, frames + firstFrame) : frames;
  if (computed * fftSamples > mostPoints || computed * widthOf(features) > mostValues) {
    const what = `${computed} frames of ${fftSamples} points, ${widthOf(features)} values each, are too much to compute at once`;
    return { what, advice: 'give a shorter recording, or a longer hop' };
  }
  return null;
}

/**
 * The least number of samples that gives the frames that the model takes.
 * @param {Features} features
 */
export function samplesNeeded({ frames, firstFrame, padding, windowSamples, hopSamples, fftSamples }) {
  const before = (firstFrame + frames - 1) * hopSamples;
  if (padding === 'none') return before + windowSamples;
  if (padding === 'none-fft') return before + fftSamples;
  if (padding === 'end') return before + 1;
  // A reflection needs samples to reflect.
  return Math.max(before, padding === 'centre' ? 1 : fftSamples / 2 + 1);
}

/**
 * How many frames there are of so many samples.
 * @param {number} sampleCount
 * @param {Features} features
 */
export function frameCount(sampleCount, { padding, windowSamples, hopSamples, fftSamples }) {
  if (padding === 'end') return Math.ceil(sampleCount / hopSamples);
  if (padding === 'centre') return sampleCount === 0 ? 0 : 1 + Math.floor(sampleCount / hopSamples);
  if (padding === 'centre-reflect') return sampleCount <= fftSamples / 2 ? 0 : 1 + Math.floor(sampleCount / hopSamples);
  const frame = padding === 'none' ? windowSamples : fftSamples;
  return sampleCount < frame ? 0 : 1 + Math.floor((sampleCount - frame) / hopSamples);
}

/**
 * The sample at which the window of frame 0 begins. `none`: windows one after the other from the first sample on (tf.signal.stft); `end`:
 * the same, as many as begin within the recording, with silence after it (its pad_end). `none-fft`: the window lies in the middle of
 * `fftSamples` (librosa and torch with centre off). `centre`, `centre-reflect`: frame t has its middle at sample t * hop, with silence or
 * the mirrored recording around it (librosa and torch with centre on).
 * @param {Features} features
 */
function frameStart({ padding, windowSamples, fftSamples }) {
  if (padding === 'none' || padding === 'end') return 0;
  const margin = Math.floor((fftSamples - windowSamples) / 2);
  return padding === 'none-fft' ? margin : margin - fftSamples / 2;
}

/**
 * The samples after everything that is done to the recording as a whole.
 * @param {Float32Array} samples
 * @param {Features} features
 * @returns {Float64Array}
 */
function signalOf(samples, features) {
  const { normalize, gain, preEmphasis } = features;
  let largest = normalize === 'none' ? 1 : Number.NEGATIVE_INFINITY;
  if (normalize !== 'none') {
    for (const sample of samples) largest = Math.max(largest, normalize === 'peak' ? Math.abs(sample) : sample);
  }
  // Silence stays silence.
  const divisor = largest === 0 || !Number.isFinite(largest) ? 1 : largest;
  const signal = new Float64Array(Math.max(samples.length, samplesNeeded(features)));
  let last = 0;
  for (let t = 0; t < samples.length; t++) {
    const value = ((samples[t] ?? 0) / divisor) * gain;
    signal[t] = value - preEmphasis * last;
    last = value;
  }
  if (samples.length < signal.length) signal[samples.length] = -preEmphasis * last;
  return signal;
}

/**
 * Whether values depend on the largest of the whole recording, so that all frames have to be computed.
 * @param {Features} features
 */
function isRelative({ log }) {
  return log !== null && (log.reference === 'maximum' || log.topDb !== null);
}

/**
 * Values of a frame before cepstral coefficients.
 * @param {Features} features
 */
function widthOf({ mel, fftSamples }) {
  return mel === null ? fftSamples / 2 + 1 : mel.bands;
}

/**
 * @typedef {object} Tables
 * @property {number} width
 * @property {Transform} transform
 * @property {Float64Array} window
 * @property {readonly Triangle[] | null} triangles
 * @property {Float64Array} cosines
 */

/** What depends on features alone. @type {WeakMap<Features, Tables>} */
const allTables = /* @__PURE__ */ new WeakMap();

/**
 * @param {Features} features
 * @returns {Tables}
 */
function tablesOf(features) {
  const known = allTables.get(features);
  if (known !== undefined) return known;
  const { mel, cepstrum, fftSamples } = features;
  const tables = {
    width: widthOf(features),
    transform: fourierTransform(fftSamples),
    window: windowOf(features),
    triangles: mel === null ? null : melTriangles(mel, features),
    cosines: cepstrum === null || mel === null ? new Float64Array(0) : cosinesOf(cepstrum, mel.bands),
  };
  allTables.set(features, tables);
  return tables;
}

/**
 * Spectra, in bands where there are some, frame after frame.
 * @param {Float64Array} signal
 * @param {Features} features
 * @param {Tables} tables
 * @param {number} first
 * @param {number} count
 */
function rowsOf(signal, features, { width, transform, window, triangles }, first, count) {
  const { fftSamples, hopSamples, padding, power } = features;
  const rows = new Float64Array(count * width);
  const [re, im] = [new Float64Array(fftSamples), new Float64Array(fftSamples)];
  for (let frame = 0; frame < count; frame++) {
    const start = frameStart(features) + (first + frame) * hopSamples;
    re.fill(0);
    im.fill(0);
    for (let n = 0; n < window.length; n++) re[n] = (window[n] ?? 0) * sampleAt(signal, start + n, padding);
    transform(re, im);
    for (let k = 0; k <= fftSamples / 2; k++) {
      const square = (re[k] ?? 0) ** 2 + (im[k] ?? 0) ** 2;
      re[k] = power === 2 ? square : Math.sqrt(square);
    }
    const row = rows.subarray(frame * width, (frame + 1) * width);
    if (triangles === null) row.set(re.subarray(0, width));
    else for (const [band, { first, weights }] of triangles.entries()) row[band] = weightedSum(re, first, weights);
  }
  return rows;
}

/**
 * @param {Float64Array} signal
 * @param {number} at
 * @param {Features['padding']} padding
 */
function sampleAt(signal, at, padding) {
  if (padding !== 'centre-reflect') return signal[at] ?? 0;
  const mirrored = Math.abs(at);
  return signal[mirrored < signal.length ? mirrored : 2 * (signal.length - 1) - mirrored] ?? 0;
}

/**
 * @param {Float64Array} values
 * @param {number} first
 * @param {Float64Array} weights
 */
function weightedSum(values, first, weights) {
  let sum = 0;
  for (let i = 0; i < weights.length; i++) sum += (weights[i] ?? 0) * (values[first + i] ?? 0);
  return sum;
}

/** What the logarithm of each base is multiplied by. */
const factors = { ln: 1, log10: Math.LOG10E, '10log10': 10 * Math.LOG10E, '20log10': 20 * Math.LOG10E };

/**
 * In place.
 * @param {Float64Array} values of the whole recording, where any depends on the largest
 * @param {Logarithm} log
 */
function takeLogarithm(values, { base, offset, floor, reference, topDb }) {
  let largest = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < values.length; i++) {
    const logarithm = factors[base] * Math.log(Math.max((values[i] ?? 0) + offset, floor));
    values[i] = logarithm;
    largest = Math.max(largest, logarithm);
  }
  const [least, zero] = [
    topDb === null ? Number.NEGATIVE_INFINITY : largest - topDb,
    reference === 'maximum' ? largest : 0,
  ];
  if (topDb === null && zero === 0) return;
  for (let i = 0; i < values.length; i++) values[i] = Math.max(values[i] ?? 0, least) - zero;
}

/**
 * @param {Float64Array} rows frames x bands
 * @param {Tables} tables
 */
function cosineTransformed(rows, { width, cosines }) {
  const coefficients = cosines.length / width;
  return Float64Array.from({ length: (rows.length / width) * coefficients }, (_, i) => {
    const [row, k] = [Math.floor(i / coefficients), i % coefficients];
    return weightedSum(rows, row * width, cosines.subarray(k * width, (k + 1) * width));
  });
}

/**
 * @param {Float64Array} rows
 * @param {number} frames
 */
function transposed(rows, frames) {
  const width = rows.length / frames;
  return rows.map((_, i) => rows[(i % frames) * width + Math.floor(i / frames)] ?? 0);
}
