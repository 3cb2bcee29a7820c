import type { InferredOptionTypes, Options } from 'yargs';
import { ProblemError } from '../../converter/problem.ts';
import { type Declared, declaredSchema } from '../input/declared.ts';
import { parsePreprocess, pixelRanges } from '../input/preprocess.ts';
import { rawTypes } from '../input/raw.ts';

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
    choices: rawTypes,
    describe: 'Element type of .bin files, where it is not that of the input',
  },
  preprocess: {
    type: 'string',
    nargs: 1,
    describe:
      'These options and features of sound in a JSON file, for all inputs and for single ones: {"pixels": "0..1", "inputs": {...}}',
  },
  color: { choices: ['rgb', 'bgr', 'grey'], describe: 'Order of the channels of pictures; default: rgb' },
  resize: {
    choices: ['antialias', 'bilinear', 'nearest'],
    describe:
      'How pictures are resized; default: antialias, which is bilinear with a low-pass filter where they shrink',
  },
  fit: { choices: ['stretch', 'centre-crop'], describe: 'Pictures of another aspect ratio; default: stretch' },
  layout: { choices: ['nhwc', 'nchw'], describe: 'Axes of a picture input, where its shape does not tell' },
  'audio-length': {
    choices: ['exact', 'fit'],
    describe: 'Recordings: refuse another length (exact, the default), or cut and pad',
  },
  'sample-rate': { type: 'number', nargs: 1, describe: 'Refuse recordings of another rate, in Hz' },
} as const satisfies Readonly<Record<string, Options>>;

/** What yargs makes of {@link readOptions}. */
export type ReadArguments = InferredOptionTypes<typeof readOptions>;

/** What the options declare. Throws ProblemError for what is no list of numbers and no range of pixels. */
export function declaredFrom(args: ReadArguments): Declared {
  const pixels = pixelRanges.find((name) => name === args.pixels);
  if (args.pixels !== undefined && pixels === undefined) parsePreprocess({ pixels: args.pixels });
  const given = {
    pixels,
    scale: args.scale,
    offset: args.offset,
    mean: args.mean === undefined ? undefined : numbers('--mean', args.mean),
    std: args.std === undefined ? undefined : numbers('--std', args.std),
    color: args.color,
    resize: args.resize,
    fit: args.fit,
    layout: args.layout,
    'audio-length': args['audio-length'],
    'sample-rate': args['sample-rate'],
    'raw-type': args['raw-type'],
  };
  return declaredSchema.parse(Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)));
}

/** What {@link readOptions} say as words of a command line, for the record in generated files: without folders of this computer. */
export function readWords(args: Omit<ReadArguments, 'layout'>): readonly string[] {
  const { preprocess } = args;
  const given = {
    preprocess: preprocess?.split(/[/\\]/).at(-1),
    pixels: args.pixels,
    scale: args.scale,
    offset: args.offset,
    mean: args.mean,
    std: args.std,
    color: args.color,
    resize: args.resize,
    fit: args.fit,
    'audio-length': args['audio-length'],
    'sample-rate': args['sample-rate'],
  };
  const words = Object.entries(given).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${name}`, `${value}`],
  );
  return args.raw ? [...words, '--raw'] : words;
}

/** `0.485,0.456,0.406`. */
function numbers(option: string, text: string): number[] {
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
