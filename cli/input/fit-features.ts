import type { Features } from '../../converter/ir/features.ts';
import { type FeatureSteps, frameWidth } from './declared-features.ts';
import { fail } from './file.ts';
import { countElements, type InputSpec, showShape } from './sample.ts';

type Axes = Features['axes'];

/** By steps and shape, so that the tables that belong to features are made once for all samples. */
const fitted = new WeakMap<FeatureSteps, Map<string, Features>>();

/**
 * The features that an input takes: its shape, but for dimensions of size 1, is frames x bands or bands x frames, or flat with a whole
 * number of frames. Where the shape does not tell which, the order has to be declared. Throws ProblemError with both shapes and what would fit.
 */
export function fitFeatures(steps: FeatureSteps, spec: InputSpec): Features {
  const known = fitted.get(steps) ?? new Map<string, Features>();
  const key = JSON.stringify([spec.name, spec.shape]);
  const features = known.get(key) ?? newFeatures(steps, spec);
  fitted.set(steps, known.set(key, features));
  return features;
}

function newFeatures(steps: FeatureSteps, spec: InputSpec): Features {
  const width = frameWidth(steps);
  const frames = countElements(spec.shape) / width;
  const dims = spec.shape.filter((dimension) => dimension !== 1);
  const fitting = fittingAxes(dims, width).filter((axes) => steps.axes === null || steps.axes === axes);
  const [axes, other] = fitting;
  const made = steps.axes === 'bands-first' ? `[${width},frames]` : `[frames,${width}]`;
  const what = `the features are ${made}, input "${spec.name}" wants ${showShape(spec.shape)}`;
  if (axes === undefined) return fail('features-shape', '"features"', what, shapeAdvice(steps, dims, width));
  // Of a single frame, or single values of frames, both orders are the same.
  if (other !== undefined && frames > 1 && width > 1) {
    const open = `input "${spec.name}" of shape ${showShape(spec.shape)} may be frame after frame, or band after band`;
    return fail('features-axes', '"features", "axes"', open, 'declare "frames-first" or "bands-first" (librosa)');
  }
  return { ...steps, frames, axes };
}

/** The orders of axes in which features of so many values a frame have these dimensions, those of size 1 left out. */
function fittingAxes(dims: readonly number[], width: number): readonly Axes[] {
  const both = ['frames-first', 'bands-first'] as const;
  const count = countElements(dims);
  if (dims.length > 2 || count === 0 || count % width !== 0) return [];
  return dims.length < 2 ? both : both.filter((axes) => dims[axes === 'frames-first' ? 1 : 0] === width);
}

function shapeAdvice({ axes, kind }: FeatureSteps, dims: readonly number[], width: number): string {
  const key = kind === 'mfcc' ? '"coefficients"' : kind === 'spectrogram' ? '"fft-samples"' : '"bands"';
  if (dims.length === 2 && dims.includes(width)) {
    return `declare "axes": "${axes === 'bands-first' ? 'frames-first' : 'bands-first'}"`;
  }
  if (dims.length > 2) return 'it is no one map of frames and bands: give the features as .npy';
  const [first = 1, last = 1] = dims;
  if (dims.length < 2) return `declare ${key} so that whole frames of them are ${first} values`;
  const along = axes === 'bands-first' ? first : last;
  return `declare ${key} of ${kind === 'spectrogram' ? 2 * (along - 1) : along}`;
}

/** The distance of neighbouring values of a band, for arithmetic with a value for each band. Throws ProblemError for another number. */
export function bandStride(features: Features, count: number): number {
  const width = frameWidth(features);
  if (count === width) return features.axes === 'frames-first' ? 1 : features.frames;
  const what = `${count} values of mean or std for features of ${width} values a frame`;
  return fail('preprocess-channels', '"features"', what, `give one value, or ${width}`);
}
