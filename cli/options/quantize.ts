import type { InferredOptionTypes, Options } from 'yargs';
import { type NumberFormat, numberFormats } from '../../converter/compress/quantize/format.ts';
import {
  allRemedies,
  defaultQuantizeOptions,
  type LayerFormat,
  noRemedies,
  type QuantizeOptions,
  rangeMethods,
} from '../../converter/compress/quantize/options.ts';
import { ProblemError } from '../../converter/problem.ts';
import { groupSizes } from '../../converter/tensor/int4.ts';
import { UsageError } from '../usage.ts';
import { readOptions } from './input.ts';

/** How many inputs share a multiplier, as it is said on the command line. */
const groups = [...groupSizes.map(String), 'none'] as const;

/** What the quantizer is told, besides which samples. */
export const quantizeOptions = {
  samples: {
    type: 'string',
    array: true,
    describe:
      'Samples to calibrate with: folders, files (.npy, .npz, .bin, .png, .jpg, .wav, .csv, idx), "patterns/**/*.png", @list; several inputs: .npz or name=folder',
  },
  calibrate: {
    type: 'number',
    nargs: 1,
    describe: 'Calibrate on this many of the samples, spread evenly; quantize judges by the others',
  },
  select: {
    type: 'string',
    nargs: 1,
    describe:
      'Calibrate on this many samples (20, or 2%) that stand for all, chosen by what a late layer makes of them',
  },
  'out-list': {
    type: 'string',
    nargs: 1,
    describe: 'Write the names of the samples of the calibration into this file, for --samples @file',
  },
  cache: {
    type: 'string',
    nargs: 1,
    describe:
      'Folder that keeps what calibration found, for the next try; default: that of this user; --no-cache keeps nothing',
  },
  ranges: {
    choices: rangeMethods,
    default: defaultQuantizeOptions.ranges,
    describe: 'How the range of each tensor is found; auto tries all and keeps what harms least',
  },
  remedies: {
    type: 'boolean',
    default: true,
    describe: 'Equalize channels, absorb and correct biases, round weights by second order; --no-remedies does none',
  },
  layer: {
    type: 'string',
    array: true,
    nargs: 1,
    describe: `Format of layers by name: "block3/*=int16"; ${numberFormats.join(', ')}; the first that fits holds; repeat for more`,
  },
  group: {
    type: 'string',
    choices: groups,
    default: '32',
    describe:
      'With int4: inputs that share a multiplier, so that ranges fit better; none: a scale for each output channel alone',
  },
  requantize: {
    type: 'boolean',
    default: false,
    describe: 'Make layers anew that are on integers already; without it they stay as they are, to the bit',
  },
  ports: {
    choices: ['int8', 'float'],
    default: 'int8',
    describe: 'Inputs and outputs of the quantized model: stored integers, or real numbers',
  },
  ...readOptions,
} as const satisfies Readonly<Record<string, Options>>;

export type QuantizeArguments = InferredOptionTypes<typeof quantizeOptions>;

/** The options as the quantizer wants them. Throws ProblemError with every layer option that is none. */
export function quantizeOptionsFrom(args: QuantizeArguments, format: NumberFormat): QuantizeOptions {
  const layers = (args.layer ?? []).map(parseLayer);
  const wrong = layers.flatMap((layer) => (typeof layer === 'string' ? [layer] : []));
  if (wrong.length > 0) {
    throw new ProblemError(
      wrong.map((text) => ({
        code: 'layer-format',
        where: `--layer ${text}`,
        what: 'it is no pattern with a format',
        advice: `write "name=${numberFormats.join('", "name=')}"; * stands for anything`,
      })),
    );
  }
  return {
    ranges: args.ranges,
    remedies: args.remedies ? allRemedies : noRemedies,
    layers: layers.flatMap((layer) => (typeof layer === 'string' ? [] : [layer])),
    format,
    group: groupSizes.find((size) => String(size) === args.group) ?? null,
    ports: args.ports === 'int8' ? 'stored' : 'real',
  };
}

function parseLayer(text: string): LayerFormat | string {
  const at = text.lastIndexOf('=');
  const format = numberFormats.find((name) => name === text.slice(at + 1));
  return at <= 0 || format === undefined ? text : { pattern: text.slice(0, at), format };
}

/** The places to read samples from; without any, quantization has nothing to go by. */
export function givenSamples(args: QuantizeArguments): readonly string[] {
  if (args.samples !== undefined && args.samples.length > 0) return args.samples;
  throw new UsageError(
    'quantization needs samples, and --samples is missing',
    'give a folder or file of some 100 inputs like those that the model will meet: --samples photos/',
  );
}

/** The options that say how single layers are quantized, as they stand in a command. */
export function layerWords({ layer, group }: Pick<QuantizeArguments, 'layer' | 'group'>): readonly string[] {
  const layers = (layer ?? []).flatMap((one) => ['--layer', JSON.stringify(one)]);
  return group === '32' ? layers : [...layers, '--group', group];
}
