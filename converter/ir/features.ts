/**
 * How a recording becomes a picture of its frequencies over time: frames of samples, their spectra, bands on the mel scale, their logarithm,
 * and cepstral coefficients. Every choice in which libraries differ is here; `runtime-wasm/features.js` computes them, in this order.
 */
export interface Features {
  readonly kind: 'spectrogram' | 'mel' | 'log-mel' | 'mfcc';
  readonly sampleRateHz: number;
  /** Divides all samples by the largest of them (`maximum`), or by the largest magnitude (`peak`). */
  readonly normalize: 'none' | 'maximum' | 'peak';
  /** Factor on all samples: 32768 for models that were trained on 16-bit samples as they are. */
  readonly gain: number;
  /** y[t] = x[t] - preEmphasis x[t - 1], where silence is before the recording. */
  readonly preEmphasis: number;
  readonly windowSamples: number;
  readonly windowFunction: 'hann' | 'hann-symmetric' | 'hamming' | 'hamming-symmetric' | 'none';
  readonly hopSamples: number;
  /** Points of the transform, an even number of at least `windowSamples`. */
  readonly fftSamples: number;
  /** Where frames lie, see `frameStart` in `runtime-wasm/features.js`. */
  readonly padding: 'none' | 'none-fft' | 'end' | 'centre' | 'centre-reflect';
  /** Magnitudes, or their squares. */
  readonly power: 1 | 2;
  /** Null for spectrograms. */
  readonly mel: MelBands | null;
  /** Null where values stay as they are. */
  readonly log: Logarithm | null;
  /** Null where there are no cepstral coefficients. */
  readonly cepstrum: Cepstrum | null;
  /** The frames that the model takes, after so many at the beginning that are passed over. */
  readonly frames: number;
  readonly firstFrame: number;
  /** The order of the values: frame after frame, or band after band. */
  readonly axes: 'frames-first' | 'bands-first';
}

/** Overlapping triangles, equally wide on the mel scale. */
export interface MelBands {
  readonly bands: number;
  readonly lowHz: number;
  readonly highHz: number;
  readonly scale: 'htk' | 'slaney';
  /** Whether the sides of the triangles are straight over frequencies or over mels. */
  readonly triangles: 'hz' | 'mel';
  /** `slaney` divides each triangle by half its width in Hz. */
  readonly norm: 'none' | 'slaney';
}

/** log(max(value + offset, floor)). */
export interface Logarithm {
  readonly base: 'ln' | 'log10' | '10log10' | '20log10';
  readonly offset: number;
  readonly floor: number;
  /** `maximum` subtracts the largest result of the recording from all. */
  readonly reference: 'one' | 'maximum';
  /** Nothing lies further than so much below the largest result of the recording; null for no such limit. */
  readonly topDb: number | null;
}

/** The first coefficients of the discrete cosine transform DCT-II over the bands of a frame. */
export interface Cepstrum {
  readonly coefficients: number;
  /** The scale of coefficient 0: sqrt(1 / bands), or sqrt(2 / bands) as of all others. */
  readonly norm: 'ortho' | 'htk';
}
