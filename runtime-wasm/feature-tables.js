// @ts-check
/*
 * What spectra of sound are computed with: windows, triangles on the mel scale, cosines.
 */

/** Overlapping triangles, equally wide on the mel scale. @typedef {{ readonly bands: number, readonly lowHz: number, readonly highHz: number, readonly scale: 'htk' | 'slaney', readonly triangles: 'hz' | 'mel', readonly norm: 'none' | 'slaney' }} MelBands */
/** log(max(value + offset, floor)). @typedef {{ readonly base: 'ln' | 'log10' | '10log10' | '20log10', readonly offset: number, readonly floor: number, readonly reference: 'one' | 'maximum', readonly topDb: number | null }} Logarithm */
/** The first coefficients of DCT-II over bands. @typedef {{ readonly coefficients: number, readonly norm: 'ortho' | 'htk' }} Cepstrum */

/**
 * Which spectra a model takes; `Features` in `converter/ir/features.ts` explains every field.
 * @typedef {object} Features
 * @property {'spectrogram' | 'mel' | 'log-mel' | 'mfcc'} kind
 * @property {number} sampleRateHz
 * @property {'none' | 'maximum' | 'peak'} normalize
 * @property {number} gain
 * @property {number} preEmphasis
 * @property {number} windowSamples
 * @property {'hann' | 'hann-symmetric' | 'hamming' | 'hamming-symmetric' | 'none'} windowFunction
 * @property {number} hopSamples
 * @property {number} fftSamples
 * @property {'none' | 'none-fft' | 'end' | 'centre' | 'centre-reflect'} padding
 * @property {1 | 2} power
 * @property {MelBands | null} mel
 * @property {Logarithm | null} log
 * @property {Cepstrum | null} cepstrum
 * @property {number} frames
 * @property {number} firstFrame
 * @property {'frames-first' | 'bands-first'} axes
 */

/** The weights of the points of a transform from `first` on. @typedef {{ readonly first: number, readonly weights: Float64Array }} Triangle */

/**
 * a - (1 - a) cos(2 pi n / N), a of 0.5 (Hann) or 0.54 (Hamming), N the length of the window, or one less for the symmetric ones.
 * A window of one sample is 1. Harris, "On the use of windows for harmonic analysis with the discrete Fourier transform", 1978, equations 27 and 30.
 * @param {Features} features
 */
export function windowOf({ windowSamples, windowFunction }) {
  if (windowFunction === 'none' || windowSamples === 1) return new Float64Array(windowSamples).fill(1);
  const constant = windowFunction.startsWith('hann') ? 0.5 : 0.54;
  const period = Math.max(1, windowFunction.endsWith('symmetric') ? windowSamples - 1 : windowSamples);
  return Float64Array.from({ length: windowSamples }, (_, n) => {
    return constant - (1 - constant) * Math.cos((2 * Math.PI * n) / period);
  });
}

/**
 * Mels of frequencies: those of HTK, 2595 log10(1 + f / 700) (O'Shaughnessy, "Speech Communication", 1987), or of Slaney's Auditory
 * Toolbox (1998), straight up to 1000 Hz, then 27 logarithmic steps for a factor of 6.4.
 * @param {number} hz
 * @param {'htk' | 'slaney'} scale
 */
function melOf(hz, scale) {
  if (scale === 'htk') return 2595 * Math.log10(1 + hz / 700);
  return hz < 1000 ? (3 * hz) / 200 : 15 + (27 * Math.log(hz / 1000)) / Math.log(6.4);
}

/**
 * The inverse of {@link melOf}.
 * @param {number} mel
 * @param {'htk' | 'slaney'} scale
 */
function hzOf(mel, scale) {
  if (scale === 'htk') return 700 * (10 ** (mel / 2595) - 1);
  return mel < 15 ? (200 * mel) / 3 : 1000 * Math.exp(((mel - 15) * Math.log(6.4)) / 27);
}

/**
 * Band b rises from edge b to edge b + 1 and falls to edge b + 2; the edges are equally far apart in mels. A triangle that is so narrow
 * that it lies between two points of the transform has no weights.
 * @param {MelBands} mel
 * @param {Features} features
 * @returns {Triangle[]}
 */
export function melTriangles({ bands, lowHz, highHz, scale, triangles, norm }, { sampleRateHz, fftSamples }) {
  const [low, high] = [melOf(lowHz, scale), melOf(highHz, scale)];
  const mels = Array.from({ length: bands + 2 }, (_, i) => low + ((high - low) * i) / (bands + 1));
  const hertz = mels.map((value) => hzOf(value, scale));
  const edges = triangles === 'mel' ? mels : hertz;
  const points = Float64Array.from({ length: fftSamples / 2 + 1 }, (_, k) => {
    const frequency = (k * sampleRateHz) / fftSamples;
    return triangles === 'mel' ? melOf(frequency, scale) : frequency;
  });
  return Array.from({ length: bands }, (_, band) => {
    const [start = 0, peak = 0, end = 0] = edges.slice(band, band + 3);
    const factor = norm === 'slaney' ? 2 / ((hertz[band + 2] ?? 0) - (hertz[band] ?? 0)) : 1;
    const first = points.findIndex((point) => point > start);
    const last = points.findLastIndex((point) => point < end);
    if (first < 0 || last < first) return { first: 0, weights: new Float64Array(0) };
    const weights = points.slice(first, last + 1).map((point) => {
      return factor * Math.min((point - start) / (peak - start), (end - point) / (end - peak));
    });
    return { first, weights };
  });
}

/**
 * cos(pi k (2 n + 1) / (2 bands)) with the scale of each coefficient k, coefficients x bands: DCT-II (Ahmed, Natarajan and Rao, "Discrete
 * cosine transform", 1974).
 * @param {Cepstrum} cepstrum
 * @param {number} bands
 */
export function cosinesOf({ coefficients, norm }, bands) {
  return Float64Array.from({ length: coefficients * bands }, (_, i) => {
    const k = Math.floor(i / bands);
    const angle = (Math.PI * k * (2 * (i % bands) + 1)) / (2 * bands);
    return Math.cos(angle) * Math.sqrt((k === 0 && norm === 'ortho' ? 1 : 2) / bands);
  });
}
