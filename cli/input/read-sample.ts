import { extname } from 'node:path';
import type { Features } from '../../converter/ir/features.ts';
import { featureValues, misfitOf } from '../../runtime-wasm/features.js';
import { type Picture, type PictureFeed, pictureValues } from '../../runtime-wasm/pictures.js';
import { type Conversion, convertSample } from './convert-sample.ts';
import { maxCsvBytes, readCsv } from './csv.ts';
import type { FeatureSteps } from './declared-features.ts';
import { fail, fileWhere, maxFileBytes, readInputFile } from './file.ts';
import { bandStride, fitFeatures } from './fit-features.ts';
import { looksLikeIdx, readIdx } from './idx.ts';
import { type PictureLayout, pictureShape } from './layout.ts';
import { readNpy } from './npy.ts';
import { arrayFor, readNpz } from './npz.ts';
import { decodePicture } from './picture.ts';
import { applyPreprocess, type Preprocess } from './preprocess.ts';
import { rawSpec, readRaw } from './raw.ts';
import { countElements, type InputDType, type InputSpec, type Sample } from './sample.ts';
import { mixDown, readWav, toInt16 } from './wav.ts';

/** Everything that decides how a file becomes a model input. */
export interface ReadOptions {
  /** Declared arithmetic, null for none; from `parsePreprocess`. */
  readonly preprocess: Preprocess | null;
  /** Take integers as the quantized values themselves. */
  readonly raw: boolean;
  /** Order of the channels of pictures; `grey` makes all channels the brightness. */
  readonly color: 'rgb' | 'bgr' | 'grey';
  readonly resize: 'antialias' | 'bilinear' | 'nearest';
  /** How a picture of another aspect ratio is brought to the input's. */
  readonly fit: 'stretch' | 'centre-crop';
  /** Axes of the input, null to infer them from its shape. */
  readonly layout: PictureLayout | null;
  /** `fit` cuts longer recordings at the end and pads shorter ones with silence. */
  readonly audioLength: 'exact' | 'fit';
  /** Element type of raw files; null for that of the input. */
  readonly rawType: InputDType | null;
  /** What the model was trained with; recordings of another rate are refused. Null: not checked. */
  readonly sampleRateHz: number | null;
  /** The spectra that recordings become; null for their samples. Files of other kinds hold spectra already. */
  readonly features: FeatureSteps | null;
}

export const defaultReadOptions: ReadOptions = {
  preprocess: null,
  raw: false,
  color: 'rgb',
  resize: 'antialias',
  fit: 'stretch',
  layout: null,
  audioLength: 'exact',
  rawType: null,
  sampleRateHz: null,
  features: null,
};

/** Kinds of files, by the end of their names; idx files have no extension and are known by their first bytes. */
export type FileKind = 'npy' | 'raw' | 'picture' | 'wav' | 'csv' | 'idx' | 'npz';

const kindOfExtension: { readonly [extension: string]: FileKind } = {
  '.npy': 'npy',
  '.npz': 'npz',
  '.bin': 'raw',
  '.raw': 'raw',
  '.png': 'picture',
  '.jpg': 'picture',
  '.jpeg': 'picture',
  '.wav': 'wav',
  '.csv': 'csv',
  '.txt': 'csv',
  '.idx': 'idx',
};

/** The kind of file that the name `path` promises, null where it does not say. MNIST's files end in `-idx3-ubyte`. */
export function fileKind(path: string): FileKind | null {
  if (/idx\d-ubyte$/.test(path)) return 'idx';
  return kindOfExtension[extname(path).toLowerCase()] ?? null;
}

/** Reads `path` as one sample of the input `spec`. Throws ProblemError, also where the file holds several samples. */
export function readSample(path: string, spec: InputSpec, options: ReadOptions): Sample {
  const kind = fileKind(path);
  const bytes = readInputFile(path, kind === 'csv' ? maxCsvBytes : maxFileBytes);
  return decodeSample(bytes, kind, spec, options, fileWhere(path));
}

/** {@link readSample} for bytes in memory. A `kind` of null is settled by the first bytes. */
export function decodeSample(
  bytes: Uint8Array,
  kind: FileKind | null,
  spec: InputSpec,
  options: ReadOptions,
  where: string,
): Sample {
  const conversion: Conversion = options;
  switch (kind ?? (looksLikeIdx(bytes) ? 'idx' : null)) {
    case 'npy':
      return convertSample(readNpy(bytes, where), spec, conversion, where);
    case 'npz':
      return convertSample(arrayFor(readNpz(bytes, where), spec, where), spec, conversion, where);
    case 'idx':
      return convertSample(readIdx(bytes, where), spec, conversion, where);
    case 'csv': {
      const table = readCsv(bytes, where);
      return convertSample({ ...table, shape: [table.data.length] }, spec, conversion, where);
    }
    case 'raw':
      return readOneRaw(bytes, spec, options, where);
    case 'picture':
      return convertSample(toPictureSample(decodePicture(bytes, where), spec, options), spec, conversion, where);
    case 'wav':
      return readAudio(bytes, spec, options, where);
    default: {
      const advice = 'use .npy, .npz, .bin, .png, .jpg, .wav, .csv or an idx file';
      return fail('file-kind', where, 'the name does not say what the file holds', advice);
    }
  }
}

function readOneRaw(bytes: Uint8Array, spec: InputSpec, options: ReadOptions, where: string): Sample {
  const sample = readRaw(bytes, rawSpec(spec, options.rawType), where);
  if (bytes.length !== sample.data.byteLength) {
    const count = bytes.length / sample.data.byteLength;
    return fail('raw-size', where, `it holds ${count} samples of ${sample.data.byteLength} bytes`, 'give one sample');
  }
  return convertSample(sample, spec, options, where);
}

function toPictureSample(picture: Picture, spec: InputSpec, options: ReadOptions): Sample {
  return { dtype: 'uint8', shape: spec.shape, data: pictureValues(picture, pictureFeed(spec, options)) };
}

/** How a picture becomes the values of the input. Throws ProblemError where the shape is no picture or the layout is open. */
export function pictureFeed(spec: InputSpec, { layout, color, resize, fit }: ReadOptions): PictureFeed {
  return { ...pictureShape(spec, layout), color, resize, fit };
}

/** A recording as the input takes it: its samples, or the declared spectra of them. */
function readAudio(bytes: Uint8Array, spec: InputSpec, options: ReadOptions, where: string): Sample {
  const { features } = options;
  const mono = monoOf(bytes, options, where);
  if (features === null) return convertSample(soundSample(mono, spec, options, where), spec, options, where);
  return readFeatures(mono, fitFeatures(features, spec), spec, options, where);
}

/** The mean of all channels. Throws ProblemError for another rate than the declared one. */
function monoOf(bytes: Uint8Array, { sampleRateHz }: ReadOptions, where: string): Float32Array {
  const recording = readWav(bytes, where);
  if (sampleRateHz !== null && recording.sampleRateHz !== sampleRateHz) {
    const what = `it has ${recording.sampleRateHz} samples a second, the model wants ${sampleRateHz}`;
    return fail('wav-rate', where, what, 'resample it, for instance with sox or ffmpeg');
  }
  return mixDown(recording);
}

/** int16 for inputs of that type that are not quantized, and with `raw`; float32 otherwise. */
function soundSample(mono: Float32Array, spec: InputSpec, options: ReadOptions, where: string): Sample {
  const count = countElements(spec.shape);
  if (options.audioLength === 'exact' && mono.length !== count) {
    const what = `it has ${mono.length} samples, input "${spec.name}" wants ${count}`;
    return fail('wav-length', where, what, 'cut or pad the recording, or have that done by --audio-length fit');
  }
  const fitted = new Float32Array(count);
  fitted.set(mono.subarray(0, count));
  const asIntegers = options.raw || (spec.dtype === 'int16' && spec.scale === null);
  if (asIntegers) return { dtype: 'int16', shape: spec.shape, data: toInt16(fitted) };
  return { dtype: 'float32', shape: spec.shape, data: fitted };
}

/** Spectra, with the declared arithmetic, as the loader of a bundle computes them. */
function readFeatures(
  mono: Float32Array,
  features: Features,
  spec: InputSpec,
  options: ReadOptions,
  where: string,
): Sample {
  const { preprocess, audioLength, raw } = options;
  if (raw) return fail('sample-raw', where, 'spectra of a recording are no integers', 'leave out --raw');
  const misfit = misfitOf(mono.length, features, audioLength);
  if (misfit !== null) return fail('features-length', where, misfit.what, misfit.advice);
  const values = featureValues(mono, features, audioLength);
  if (!values.every(Number.isFinite)) {
    return fail(
      'features-range',
      where,
      'its spectra are not finite',
      'look for samples that are no numbers, or too large',
    );
  }
  const channels = Math.max(preprocess?.mean.length ?? 1, preprocess?.std.length ?? 1);
  const stride = channels > 1 ? bandStride(features, channels) : 1;
  const data = preprocess === null ? values : applyPreprocess(values, preprocess, stride);
  return convertSample({ dtype: 'float64', shape: spec.shape, data }, spec, { ...options, preprocess: null }, where);
}
