import type { ArgumentsCamelCase, InferredOptionTypes } from 'yargs';
import { packageUse } from '../../converter/backends/c/footprint.ts';
import type { Target } from '../../converter/plan/target.ts';
import type { Command } from '../command.ts';
import { type ExitCode, exitCodes } from '../exit-code.ts';
import { type CommandIo, print } from '../io.ts';
import { loadModel } from '../model-file.ts';
import { modelOptions } from '../options/common.ts';
import { writeJson } from '../output/json.ts';
import { planFor } from '../package-kinds.ts';
import { reportNotes, schemaVersion } from '../report-error.ts';
import { checkJson, checkTarget } from '../target/check.ts';
import { fitsText, profileText, targetsText } from '../target/render.ts';

const options = {
  fits: { type: 'string', nargs: 1, describe: 'Model file: show which microcontrollers can hold its C package' },
  ...modelOptions,
} as const;

/** `thimble targets`: the parts that thimble knows, one of them, or those that can hold a model. */
export const targetsCommand: Command = {
  name: 'targets',
  optionNames: Object.keys(options),
  add: (cli, invoke) =>
    cli.command(
      'targets [name]',
      'Show microcontrollers, phones and boards, and which can hold a model',
      (y) =>
        y
          .positional('name', {
            type: 'string',
            describe: 'Target, alias, or profile file (./mine.json); default: all',
          })
          .options(options),
      (args) => invoke((io) => targets(args, io)),
    ),
};

type Arguments = ArgumentsCamelCase<InferredOptionTypes<typeof options> & { name: string | undefined; json: boolean }>;

async function targets(args: Arguments, io: CommandIo): Promise<ExitCode> {
  const { builtInProfiles, loadProfile } = await import('../target/load.ts');
  const { targetOf } = await import('../target/target.ts');
  const one = args.name === undefined ? null : loadProfile(args.name, io);
  const profiles = one === null ? builtInProfiles() : [one];
  if (args.fits !== undefined) return fits(args.fits, profiles.map(targetOf), args, io);
  if (one !== null) {
    if (args.json) await writeJson({ schemaVersion, command: 'targets', target: one }, io.stdout);
    else await print(io, profileText(one, targetOf(one), io.color));
    return exitCodes.done;
  }
  const all = profiles.map(targetOf);
  if (args.json) await writeJson({ schemaVersion, command: 'targets', targets: all }, io.stdout);
  else await print(io, targetsText(all, io.color));
  return exitCodes.done;
}

/** Which of `targets` can hold the model; done when at least one can. */
async function fits(path: string, targets: readonly Target[], args: Arguments, io: CommandIo): Promise<ExitCode> {
  const model = loadModel(path, io, args);
  if (!args.json) reportNotes(model.notes, io);
  const { program, plan } = planFor('c', model.graph, null);
  const use = packageUse(program, plan);
  const checks = targets.filter(({ banks }) => banks.length > 0).map((target) => checkTarget(target, use));
  if (args.json) {
    const rows = checks.map(checkJson);
    await writeJson(
      { schemaVersion, command: 'targets', model: model.fileName, fits: rows, notes: model.notes },
      io.stdout,
    );
  } else {
    await print(io, fitsText(model.fileName, checks, io.color));
  }
  return checks.some(({ fit }) => fit.fits) || checks.length === 0 ? exitCodes.done : exitCodes.doesNotFit;
}
