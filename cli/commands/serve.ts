import type { ArgumentsCamelCase, InferredOptionTypes } from 'yargs';
import type { Command } from '../command.ts';
import { modelOptions } from '../options/common.ts';
import { readOptions } from '../options/input.ts';
import { variantsOption } from '../options/variants.ts';

const options = {
  host: {
    type: 'string',
    nargs: 1,
    default: '127.0.0.1',
    describe: 'Address to serve on; 0.0.0.0 lets phones and all others of your network in',
  },
  port: { type: 'number', nargs: 1, default: 0, describe: 'Port to serve on; 0 for a free one' },
  model: {
    type: 'string',
    nargs: 1,
    describe:
      'With a folder: the model that it was converted from, to verify against; found by itself where it is near',
  },
  labels: { type: 'string', nargs: 1, describe: 'Class names, one per line, instead of those of the bundle' },
  profileOut: {
    type: 'string',
    nargs: 1,
    describe: 'Profile file (mine.json) that a measurement of the page is written to',
  },
  force: { type: 'boolean', default: false, describe: 'Overwrite a profile that thimble profile did not write' },
  ...readOptions,
  ...variantsOption,
  ...modelOptions,
} as const;

/** `thimble serve`: a page to try a model in this computer's browser, or on a phone. */
export const serveCommand: Command = {
  name: 'serve',
  optionNames: Object.keys(options),
  add: (cli, invoke) =>
    cli.command(
      'serve <out>',
      'Try a WASM bundle or model in the browser: files, camera, microphone; results, latency, verification',
      (y) =>
        y
          .positional('out', {
            type: 'string',
            demandOption: true,
            describe: 'Folder that thimble convert --to wasm wrote, or a model file, which is converted in memory',
          })
          .options(options)
          .group(Object.keys(readOptions), 'From files to inputs, over what the bundle says:')
          .example('thimble serve digits-wasm', 'The page for this computer')
          .example('thimble serve model.tflite --labels labels.txt --pixels 0..1', 'Without converting first')
          .example('thimble serve digits-wasm --host 0.0.0.0 --port 8000', 'For a phone, too'),
      (args) => invoke(async (io) => (await import('../serve/serve.ts')).serve(args, io)),
    ),
};

/** The options of the command. */
export type ServeArguments = ArgumentsCamelCase<InferredOptionTypes<typeof options> & { out: string; json: boolean }>;
