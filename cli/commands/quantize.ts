import type { ArgumentsCamelCase, InferredOptionTypes, Options } from 'yargs';
import { numberFormats } from '../../converter/compress/quantize/format.ts';
import { adviceFor } from '../../converter/compress/quantize/report/advice.ts';
import { compareOutputs } from '../../converter/compress/quantize/report/outputs.ts';
import { stepGains } from '../../converter/compress/quantize/report/steps.ts';
import { tensorErrors } from '../../converter/compress/quantize/report/tensor-errors.ts';
import { wrongAnswers } from '../../converter/compress/quantize/samples/answers.ts';
import { typeOf } from '../../converter/ir/graph.ts';
import { elementCount } from '../../converter/tensor/shape.ts';
import type { Command } from '../command.ts';
import { type ExitCode, exitCodes } from '../exit-code.ts';
import { type CommandIo, print, progressOn } from '../io.ts';
import { loadModel } from '../model-file.ts';
import { budgetOption } from '../options/budget.ts';
import { modelOptions, modelPositional } from '../options/common.ts';
import { quantizeOptions, quantizeOptionsFrom } from '../options/quantize.ts';
import { writeJson } from '../output/json.ts';
import { checkModelOutput, writeModel, writtenEndings } from '../output/model-file.ts';
import { givenBudget, searchWithin } from '../quantize/budget.ts';
import { fastExecutor } from '../quantize/executor.ts';
import { keepModel } from '../quantize/keep.ts';
import { quantizeModel } from '../quantize/quantize-model.ts';
import { quantizationText } from '../quantize/render.ts';
import { budgetJson, budgetText } from '../quantize/render-budget.ts';
import type { QuantizationResult } from '../quantize/result.ts';
import { quantizeSource, sourceNote } from '../quantize/source.ts';
import { reportNotes, schemaVersion } from '../report-error.ts';

const options = {
  format: {
    choices: numberFormats,
    default: 'int8',
    describe:
      'How layers compute: on int8 or int16 tensors with int8 weights; int4 is int8 with weights of 4 bits; float16 only keeps weights so',
  },
  test: {
    type: 'string',
    array: true,
    describe: 'Samples to judge the result by; default: those of --samples. Names tell classes as for run --dataset',
  },
  labels: {
    type: 'string',
    nargs: 1,
    describe: 'Classes of the samples: a .csv of lines name,class, or one class for each sample in order (.npy, idx)',
  },
  out: {
    type: 'string',
    nargs: 1,
    describe: `Write the quantized model into this ${writtenEndings} file, for verify, convert and other tools`,
  },
  force: { type: 'boolean', default: false, describe: 'Replace a file that thimble did not write' },
  explain: {
    type: 'boolean',
    default: false,
    describe: 'Quantize once for each step as well, and show what each one gained',
  },
  ...budgetOption,
  ...quantizeOptions,
  ...modelOptions,
} as const satisfies Readonly<Record<string, Options>>;

export const quantizeCommand: Command = {
  name: 'quantize',
  optionNames: Object.keys(options),
  add: (cli, invoke) =>
    cli.command(
      'quantize <model>',
      'Turn a float model into integers, and show what that costs where',
      (yargs) => yargs.positional('model', modelPositional).options(options),
      (args) => invoke((io) => quantize(args, io)),
    ),
};

type Arguments = ArgumentsCamelCase<InferredOptionTypes<typeof options> & { model: string; json: boolean }>;

/** Samples on which every tensor is compared; the outputs are compared on all. */
const tracedSamples = 32;

async function quantize(args: Arguments, io: CommandIo): Promise<ExitCode> {
  if (args.out !== undefined) checkModelOutput(args.out, args.force, io, args.model);
  const budget = await givenBudget(args.budget, io);
  const loaded = loadModel(args.model, io, args);
  if (!args.json) reportNotes(loaded.notes, io);
  const source = quantizeSource(loaded, args.requantize);
  if (source.kind === 'stored') {
    await keepModel(source, { modelPath: args.model, out: args.out, json: args.json }, io);
    return exitCodes.done;
  }
  const { model } = source;
  const search = budget === null ? null : searchWithin(budget);
  const made = quantizeModel(model, args, args.format, io, args, search?.make);
  const { quantized, samples, judged, memo, findings, selection, calibration } = made;
  const found = search?.result() ?? null;
  const progress = progressOn(io, 'judging');
  const loads = samples.map(({ load }) => load);
  try {
    const update = (total: number) => (done: number) => progress.update(done, total);
    const outputs = compareOutputs(model.graph, quantized.graph, judged, fastExecutor, update(judged.length));
    const traced = judged.slice(0, tracedSamples).map(({ load }) => load);
    const errors = tensorErrors(quantized, traced, fastExecutor, update(traced.length));
    const gains = args.explain
      ? stepGains(
          model.graph,
          loads,
          judged,
          fastExecutor,
          quantizeOptionsFrom(args, args.format),
          (_, done, total) => progress.update(done, total),
          memo,
        )
      : null;
    const advice = adviceFor(quantized, errors, outputs, samples.length);
    progress.clear();
    const isMet = found === null || found.isMet;
    if (args.out !== undefined && isMet) writeModel(quantized.graph, args.out, io, made.model.preprocessing);
    const note = sourceNote(source);
    const { remedies } = found?.options ?? quantizeOptionsFrom(args, args.format);
    const [output] = model.graph.outputs;
    const classes = output === undefined ? 0 : elementCount(typeOf(model.graph, output.value).shape);
    const all = [...wrongAnswers(outputs, classes), ...findings];
    const seen = { remedies, findings: all, selection, calibration, sampleCount: samples.length };
    const result: QuantizationResult = { quantized, errors, outputs, gains, advice, note, ...seen };
    const limits = budget?.limits ?? [];
    if (args.json) {
      const searched = found === null ? {} : { budget: budgetJson(limits, found) };
      await writeJson({ ...resultJson(model.fileName, result), ...searched }, io.stdout);
    } else {
      await print(io, quantizationText(model.fileName, result, io.color));
      if (found !== null) await print(io, `\n${budgetText(limits, found, io.color)}`);
    }
    if (!isMet && args.out !== undefined && !args.json) io.stderr.write(`note ${args.out} is not written\n`);
    return isMet ? exitCodes.done : exitCodes.doesNotFit;
  } finally {
    progress.clear();
  }
}

function resultJson(file: string, result: QuantizationResult) {
  const { quantized, remedies, errors, outputs, gains, advice, note, sampleCount } = result;
  const { findings, selection, calibration } = result;
  const { prepared, keptReal } = quantized;
  return {
    schemaVersion,
    command: 'quantize',
    model: file,
    note,
    samples: sampleCount,
    findings,
    selection,
    calibration,
    tensors: errors,
    outputs,
    done: { ...remedies, equalized: prepared.equalized, absorbed: prepared.absorbed },
    gains,
    keptReal: keptReal.map(({ node, reason }) => ({ layer: node.name, reason })),
    advice,
  };
}
