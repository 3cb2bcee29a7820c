import type { Feed } from '../../converter/ir/preprocessing.ts';
import { ProblemError } from '../../converter/problem.ts';
import { type Declared, declaredSentence } from '../input/declared.ts';
import { pictureShape } from '../input/layout.ts';
import { type PixelRange, pixelRanges } from '../input/preprocess.ts';
import { countElements, type InputSpec, integerLimits, isIntegerInput } from '../input/sample.ts';
import { feedOf } from '../options/preprocessing.ts';

/** How the page makes an input of files. */
export interface InputFeed {
  /** Null for an input that is neither picture nor sound: it takes numbers. */
  readonly feed: Feed | null;
  /** What is done, in one sentence. */
  readonly sentence: string;
  /** Whether somebody has said so; what nobody has said is guessed from shape and quantization. */
  readonly isDeclared: boolean;
  /** The range of pixel values that is assumed; null where it is declared, or integers are taken as they are. */
  readonly pixels: PixelRange | null;
  /** Whether a bundle of one input that is declared so has the feed itself, as `prepare`. */
  readonly isInBundle: boolean;
}

/** How an input is fed: as declared, or what its shape suggests. */
export function inputFeed(spec: InputSpec, declared: Declared | undefined): InputFeed {
  if (declared !== undefined && Object.keys(declared).length > 0) {
    const feed = feedOf(spec, declared);
    const own = { sentence: declaredSentence(declared), isDeclared: true, pixels: null };
    // Axes that are declared for files of arrays are no obstacle to pictures, where the shape alone tells those of the input.
    const { layout: _, ...others } = declared;
    if (feed === null && looksLikePicture(spec)) return { ...own, feed: feedOf(spec, others), isInBundle: false };
    return { ...own, feed, isInBundle: feed !== null };
  }
  const guess = assumed(spec);
  const feed = guess === null ? null : feedOf(spec, guess.declared);
  const isDeclared = false;
  if (guess === null || feed === null) return { feed: null, sentence: '', isDeclared, pixels: null, isInBundle: false };
  return { feed, sentence: guess.sentence, isDeclared, pixels: guess.declared.pixels ?? null, isInBundle: false };
}

interface Assumed {
  readonly declared: Declared;
  readonly sentence: string;
}

/** From so many elements in one row on an input may be sound; fewer are hardly a quarter of a second. */
const fewestSamples = 4000;

/** Samples a second that models of speech take. */
const usualRateHz = 16000;

function assumed(spec: InputSpec): Assumed | null {
  if (looksLikePicture(spec)) {
    const pixels = pixelsOf(spec);
    if (pixels === null) return { declared: { color: 'rgb' }, sentence: 'pixels of 0 to 255 as they are' };
    return { declared: { pixels }, sentence: `pixels as ${pixels}` };
  }
  const longest = Math.max(0, ...spec.shape);
  if (longest < fewestSamples || longest !== countElements(spec.shape)) return null;
  const sentence = `mono sound of -1 to 1, ${usualRateHz} samples a second, cut or padded`;
  return { declared: { 'sample-rate': usualRateHz, 'audio-length': 'fit' }, sentence };
}

/** A picture has both sides of at least 8 pixels and is at most three times as long as wide: spectrograms and features are seldom so. */
function looksLikePicture(spec: InputSpec): boolean {
  if (spec.shape.length < 3) return false;
  try {
    const { width, height } = pictureShape(spec, null);
    return Math.min(width, height) >= 8 && Math.max(width, height) <= 3 * Math.min(width, height);
  } catch (error) {
    if (error instanceof ProblemError) return false;
    throw error;
  }
}

const rangeBounds: { readonly [R in PixelRange]: readonly [number, number] } = {
  '0..1': [0, 1],
  '-1..1': [-1, 1],
  '0..255': [0, 255],
  '-128..127': [-128, 127],
};

/** A range that is off by this part of its width is the same. */
const slack = 0.05;

/** The range that the quantization of the input covers; 0..1 where it tells nothing, null where uint8 is taken as it is. */
function pixelsOf({ dtype, scale, zeroPoint }: InputSpec): PixelRange | null {
  if (dtype === 'uint8') return null;
  if (scale === null || !isIntegerInput(dtype)) return '0..1';
  const { min, max } = integerLimits[dtype];
  const real = [min, max].map((stored) => scale * (Number(stored) - (zeroPoint ?? 0)));
  const found = pixelRanges.find((name) => {
    const [low, high] = rangeBounds[name];
    const allowed = slack * (high - low);
    return Math.abs((real[0] ?? 0) - low) <= allowed && Math.abs((real[1] ?? 0) - high) <= allowed;
  });
  return found ?? '0..1';
}
