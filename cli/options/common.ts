import type { Options } from 'yargs';

/** Options that every command has. */
export const commonOptions = {
  json: { type: 'boolean', default: false, describe: 'Print one JSON value on standard output and nothing else' },
} as const satisfies Readonly<Record<string, Options>>;

/** The model file, the first word after the command. */
export const modelPositional = {
  type: 'string',
  demandOption: true,
  describe: 'Model file (.tflite, .onnx, .h5, .keras, .json); known by its content, not by its name',
} as const satisfies Options;

/** How the model is read and prepared. */
export const modelOptions = {
  passes: {
    type: 'boolean',
    default: true,
    describe: 'Fold, fuse and eliminate first; --no-passes takes the model as it is',
  },
  rounding: {
    choices: ['default', 'exact', 'single', 'float'],
    default: 'default',
    describe:
      'Integer rounding: exact as TFLite does it, single rounds once, float as onnxruntime does it; default: as the format does',
  },
  weights: {
    choices: ['f32', 'f16', 'int8'],
    default: 'f32',
    describe:
      'How a WASM bundle keeps float weights: f16 halves and int8 quarters their bytes; they are rounded first, for verify and run as well',
  },
  shape: {
    type: 'string',
    array: true,
    nargs: 1,
    describe: 'Shape of an input that the file leaves open: input=1,3,96,96; repeat for more',
  },
  dim: {
    type: 'string',
    array: true,
    nargs: 1,
    describe: 'Size of a named dimension that the file leaves open: batch=1; repeat for more',
  },
  fix: {
    type: 'string',
    array: true,
    nargs: 1,
    describe:
      'An input of an ONNX file that always has this value: rate=16000, or one number for each element; repeat for more',
  },
  inputs: { type: 'string', nargs: 1, describe: 'Cut the model: tensors that become its inputs, with commas between' },
  outputs: {
    type: 'string',
    nargs: 1,
    describe: 'Cut the model: tensors that become its outputs, with commas between',
  },
  'input-layout': {
    choices: ['nhwc', 'nchw'],
    describe: 'How pictures are fed, where the file has it otherwise; ONNX files have nchw, TFLite files nhwc',
  },
} as const satisfies Readonly<Record<string, Options>>;

/** The stages that `--emit` prints. */
export const stages = ['graph', 'program', 'plan'] as const;

export type Stage = (typeof stages)[number];

export const emitOption = {
  emit: { choices: stages, describe: 'Stop after this stage and print it as text' },
} as const satisfies Readonly<Record<string, Options>>;

export const targetOption = {
  target: {
    type: 'string',
    nargs: 1,
    describe: 'Microcontroller or board, or a profile file (./mine.json); see thimble targets',
  },
} as const satisfies Readonly<Record<string, Options>>;
