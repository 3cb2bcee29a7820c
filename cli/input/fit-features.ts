import type { Features } from '../../converter/ir/features.ts';
import { type FeatureSteps, frameWidth } from './declared-features.ts';
import { fail } from './file.ts';
import { countElements, type InputSpec, showShape } from './sample.ts';

/**
 * The features that an input takes: its shape, but for dimensions of size 1, is frames x bands (or bands x frames where that is declared),
 * or flat with a whole number of frames. Throws ProblemError with both shapes and what would fit.
 */
export function fitFeatures(steps: FeatureSteps, spec: InputSpec): Features {
  const width = frameWidth(steps);
  const isFramesFirst = steps.axes === 'frames-first';
  const count = countElements(spec.shape);
  const dims = spec.shape.filter((dimension) => dimension !== 1);
  const frames = count / width;
  const made = isFramesFirst ? `[frames,${width}]` : `[${width},frames]`;
  const wanted = `input "${spec.name}" wants ${showShape(spec.shape)}`;
  const along = isFramesFirst ? dims.at(-1) : dims[0];
  const isFlat = dims.length <= 1;
  // A single frame, or single values of frames, leave one dimension.
  if (Number.isInteger(frames) && frames >= 1 && (isFlat || (dims.length === 2 && along === width)))
    return { ...steps, frames };
  const what = `the features are ${made}, ${wanted}`;
  return fail('features-shape', '"features"', what, shapeAdvice(steps, dims, width));
}

function shapeAdvice({ axes, kind }: FeatureSteps, dims: readonly number[], width: number): string {
  const other = axes === 'frames-first' ? 'bands-first' : 'frames-first';
  const key = kind === 'mfcc' ? '"coefficients"' : kind === 'spectrogram' ? '"fft-samples"' : '"bands"';
  if (dims.length === 2 && dims.includes(width)) return `declare "axes": "${other}"`;
  if (dims.length > 2) return 'it is no one map of frames and bands: give the features as .npy';
  const [first = 1, last = 1] = dims;
  if (dims.length <= 1) return `declare ${key} so that frames of them are ${first} values`;
  const along = axes === 'frames-first' ? last : first;
  return kind === 'spectrogram' ? `declare ${key} of ${2 * (along - 1)}` : `declare ${key} of ${along}`;
}

/** The distance of neighbouring values of a band, for arithmetic with a value for each band. Throws ProblemError for another number. */
export function bandStride(features: Features, count: number): number {
  const width = frameWidth(features);
  if (count === width) return features.axes === 'frames-first' ? 1 : features.frames;
  const what = `${count} values of mean or std for features of ${width} values a frame`;
  return fail('preprocess-channels', '"features"', what, `give one value, or ${width}`);
}
