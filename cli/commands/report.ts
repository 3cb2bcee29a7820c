import type { Options } from 'yargs';
import { numberFormats } from '../../converter/compress/quantize/format.ts';
import type { Command } from '../command.ts';
import { exitCodes } from '../exit-code.ts';
import { modelOptions, modelPositional } from '../options/common.ts';
import { planOptions } from '../options/plan.ts';
import { quantizeOptions } from '../options/quantize.ts';
import { packageKinds } from '../package-kinds.ts';

const options = {
  out: { type: 'string', nargs: 1, describe: 'Page to write; default: ./<name>-report.html, and none with --json' },
  force: { type: 'boolean', default: false, describe: 'Replace a file that is no report of thimble' },
  to: { choices: packageKinds, describe: 'Output whose memory and sizes are shown; default: what suits the targets' },
  target: {
    type: 'string',
    nargs: 1,
    describe:
      'Microcontrollers, boards or phones with commas between, profile files, or all; default: a few that hold the model',
  },
  before: {
    type: 'string',
    nargs: 1,
    describe: 'The model file that this one was made of by pruning or quantizing it earlier: compared layer by layer',
  },
  prune: {
    type: 'string',
    nargs: 1,
    describe: 'Take channels out first, by --samples: "macs=50%,round=4"; options of thimble prune by name',
  },
  quantize: {
    choices: numberFormats,
    describe: 'Turn a float model into integers first, calibrated on --samples; formats as for thimble quantize',
  },
  test: {
    type: 'string',
    array: true,
    describe: 'Samples to judge by; default: those of --samples. Names tell classes as for run --dataset',
  },
  labels: {
    type: 'string',
    nargs: 1,
    describe: 'Classes of the samples: a .csv of lines name,class, or one class for each sample in order (.npy, idx)',
  },
  ...planOptions,
  ...quantizeOptions,
  ...modelOptions,
} as const satisfies Readonly<Record<string, Options>>;

/** `thimble report`: everything that is known of a model or a package, as one page. */
export const reportCommand: Command = {
  name: 'report',
  optionNames: Object.keys(options),
  add: (cli, invoke) =>
    cli.command(
      'report <model>',
      'Write a page about a model or package: graph, memory, latency, accuracy, sizes, provenance',
      (yargs) =>
        yargs
          .positional('model', { ...modelPositional, describe: 'Model file, or a folder that thimble convert wrote' })
          .options(options)
          .example('$0 report kws.tflite --target nano33ble,rp2040', 'what a model takes, layer by layer')
          .example('$0 report net.onnx --quantize int8 --samples photos/', 'before and after quantization')
          .example(
            '$0 report net_int8.tflite --before net.tflite --samples test/',
            'a model that was quantized elsewhere',
          )
          .example('$0 report ./net-wasm', 'a package that thimble convert wrote'),
      (args) =>
        invoke(async (io) => {
          const { writeReport } = await import('../report/write-report.ts');
          await writeReport(args, options, io);
          return exitCodes.done;
        }),
    ),
};
