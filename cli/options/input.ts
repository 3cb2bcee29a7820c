import type { InferredOptionTypes, Options } from 'yargs';
import { ProblemError } from '../../converter/problem.ts';
import { parsePreprocess, pixelRanges } from '../input/preprocess.ts';
import { defaultReadOptions, type ReadOptions } from '../input/read-sample.ts';

/** One sample. */
export const inputOptions = {
  input: {
    type: 'string',
    array: true,
    nargs: 1,
    describe: '[name=]file for each input: .npy, .bin, .png, .jpg, .wav, .csv',
  },
  seed: { type: 'number', nargs: 1, default: 1, describe: 'Of random inputs, where no file is given' },
} as const satisfies Readonly<Record<string, Options>>;

/** How files become inputs of the model: the same for `run` and `verify`. */
export const readOptions = {
  pixels: {
    type: 'string',
    nargs: 1,
    describe: `Range of values that the model was trained with: ${pixelRanges.join(', ')}`,
  },
  scale: { type: 'number', nargs: 1, describe: 'Factor on the values of the file' },
  offset: { type: 'number', nargs: 1, describe: 'Added after the factor' },
  mean: {
    type: 'string',
    nargs: 1,
    describe: 'Subtracted then: one number, or one for each channel (0.485,0.456,0.406)',
  },
  std: { type: 'string', nargs: 1, describe: 'Divided by then: one number, or one for each channel' },
  raw: { type: 'boolean', default: false, describe: 'Take integers as the quantized values themselves' },
  'raw-type': {
    choices: ['float32', 'int8', 'uint8', 'int16', 'int32'],
    describe: 'Element type of .bin files, where it is not that of the input',
  },
  resize: {
    choices: ['antialias', 'bilinear', 'nearest'],
    default: 'antialias',
    describe: 'How pictures are resized: antialias is bilinear with a low-pass filter where they shrink',
  },
  fit: { choices: ['stretch', 'centre-crop'], default: 'stretch', describe: 'Pictures of another aspect ratio' },
  layout: { choices: ['nhwc', 'nchw'], describe: 'Axes of a picture input, where its shape does not tell' },
  'audio-length': {
    choices: ['exact', 'fit'],
    default: 'exact',
    describe: 'Recordings: refuse another length, or cut and pad',
  },
  'sample-rate': { type: 'number', nargs: 1, describe: 'Refuse recordings of another rate, in Hz' },
} as const satisfies Readonly<Record<string, Options>>;

/** What yargs makes of {@link readOptions}. */
export type ReadArguments = InferredOptionTypes<typeof readOptions>;

/** The options as the readers want them. Throws ProblemError with all contradictions. */
export function readOptionsFrom(args: ReadArguments): ReadOptions {
  const preprocess = parsePreprocess({
    pixels: args.pixels,
    scale: args.scale,
    offset: args.offset,
    mean: args.mean === undefined ? undefined : numbers('--mean', args.mean),
    std: args.std === undefined ? undefined : numbers('--std', args.std),
    raw: args.raw,
  });
  return {
    ...defaultReadOptions,
    preprocess,
    raw: args.raw,
    rawType: args['raw-type'] ?? null,
    resize: args.resize,
    fit: args.fit,
    layout: args.layout ?? null,
    audioLength: args['audio-length'],
    sampleRateHz: args['sample-rate'] ?? null,
  };
}

/** `0.485,0.456,0.406`. */
function numbers(option: string, text: string): readonly number[] {
  const parts = text.split(',').map((part) => part.trim());
  const values = parts.map(Number);
  if (values.every(Number.isFinite) && !parts.includes('')) return values;
  throw new ProblemError({
    code: 'preprocess-options',
    where: option,
    what: `${JSON.stringify(text)} is no list of numbers`,
    advice: 'give numbers separated by commas, without blanks',
  });
}

/** A folder or file of many samples with their classes. */
export const datasetOptions = {
  dataset: {
    type: 'string',
    nargs: 1,
    describe: 'Folder or file of samples: run them all and count the right answers',
  },
  'data-labels': { type: 'string', nargs: 1, describe: 'Class numbers of a file of samples (.npy, idx, .csv)' },
  limit: { type: 'number', nargs: 1, describe: 'At most this many samples' },
  order: {
    choices: ['by-name', 'by-class'],
    default: 'by-name',
    describe: 'by-class takes one sample of each class in turn',
  },
  'label-place': {
    choices: ['end', 'start', 'none'],
    default: 'end',
    describe: 'Where file names hold the class number',
  },
  'label-offset': {
    type: 'number',
    nargs: 1,
    default: 0,
    describe: 'Added to every label; 1 where class 0 is "background"',
  },
} as const satisfies Readonly<Record<string, Options>>;
