import { isAbsolute, relative } from 'node:path';
import type { ArgumentsCamelCase, InferredOptionTypes } from 'yargs';
import { usualChoices } from '../../converter/backends/c/choice.ts';
import { usualCpu } from '../../converter/backends/c/footprint.ts';
import { type CpuName, cpuOfTarget } from '../../converter/backends/c/narrow/cpu.ts';
import { type PackedModel, packToC } from '../../converter/pack.ts';
import { packageOptions } from '../../converter/package-options.ts';
import { ProblemError } from '../../converter/problem.ts';
import { summarize } from '../../converter/summary.ts';
import type { Command } from '../command.ts';
import { type ExitCode, exitCodes } from '../exit-code.ts';
import { type CommandIo, print, resolvePath } from '../io.ts';
import { type LoadedModel, loadModel } from '../model-file.ts';
import { modelOptions, targetOption } from '../options/common.ts';
import { cpuOption, givenCpu, kernelPlaceOf } from '../options/cpu.ts';
import { planOptions, planWishOf } from '../options/plan.ts';
import { packagePreprocessing } from '../options/preprocessing.ts';
import { thimbleMarker, writeDirectoryAtomically } from '../output/atomic.ts';
import { writeJson } from '../output/json.ts';
import { type NamedModel, namedModels } from '../pack/models.ts';
import { type PackRow, packRows, packTable } from '../pack/render.ts';
import { reportNotes, schemaVersion } from '../report-error.ts';
import { checkJson, checkTarget } from '../target/check.ts';
import { givenTarget } from '../target/given.ts';
import { fitProblem, shareText } from '../target/render-fit.ts';
import { UsageError } from '../usage.ts';
import { thimbleVersion } from '../version.ts';

const { passes, rounding, weights } = modelOptions;

const options = {
  exclusive: {
    type: 'boolean',
    default: false,
    describe: 'One model is in use at a time: the arena is that of the largest',
  },
  concurrent: {
    type: 'boolean',
    default: false,
    describe: 'States and outputs of each model stay while the others run',
  },
  'keep-inputs': {
    type: 'boolean',
    default: false,
    describe: 'With --concurrent: inputs stay, too, until their model runs',
  },
  feed: {
    type: 'string',
    array: true,
    nargs: 1,
    describe: 'With --concurrent: the input of this model comes row by row; repeat for more',
  },
  name: { type: 'string', nargs: 1, default: 'pack', describe: 'Name of the pack: its header, and what models share' },
  out: { type: 'string', nargs: 1, describe: 'Folder to write; default: ./<name>-c' },
  force: { type: 'boolean', default: false, describe: 'Replace a folder that thimble did not write' },
  'dry-run': { type: 'boolean', default: false, describe: 'Show what the models take together, and write nothing' },
  ...targetOption,
  ...cpuOption,
  optimize: planOptions.optimize,
  ...{ passes, rounding, weights },
} as const;

/** `thimble pack`: several models in one C package and one arena. */
export const packCommand: Command = {
  name: 'pack',
  optionNames: Object.keys(options),
  add: (cli, invoke) =>
    cli.command(
      'pack <models..>',
      'Put several models into one C package, with one arena and shared code',
      (y) =>
        y
          .positional('models', {
            type: 'string',
            array: true,
            demandOption: true,
            describe: 'Model files; name=file gives a model another C name',
          })
          .options(options),
      (args) => invoke((io) => pack(args, io)),
    ),
};

type Arguments = ArgumentsCamelCase<InferredOptionTypes<typeof options> & { models: string[]; json: boolean }>;

async function pack(args: Arguments, io: CommandIo): Promise<ExitCode> {
  const sharing = sharingOf(args);
  const target = await givenTarget({ target: args.target, to: 'c' }, io);
  const cpu = givenCpu(args.cpu, 'c', target);
  const models = namedModels(args.models, io);
  const fed = new Set(args.feed ?? []);
  const loaded = models.map((model) => ({ ...model, loaded: loadModel(model.path, io, { ...args, ...noShapes }) }));
  const names = loaded.map(({ name, loaded: { graph } }) => name ?? graph.name);
  for (const name of fed) {
    if (!names.includes(name)) throw new UsageError(`--feed ${name} names no model`, `use ${names.join(', ')}`);
  }
  if (!args.json) for (const { loaded: one } of loaded) reportNotes(one.notes, io);
  const toolVersion = thimbleVersion();
  const common = { commandLine: commandLineOf(args), toolVersion, cpu, kernels: kernelPlaceOf(target, usualChoices) };
  const packed = loaded.map((model, i) => packedModel(model, names[i] ?? '', fed, common, args));
  const choice = { sharing, keepInputs: args.keepInputs };
  const made = packToC(packed, choice, packageOptions(args.name, common));
  const check = target === null ? null : checkTarget(target, made.joint);
  if (check !== null && !check.fit.fits) throw new ProblemError([fitProblem(check.target, check.fit)]);
  const folder = args.out ?? `${made.prefix}-c`;
  if (!args.dryRun) {
    const files = new Map(made.files.map(({ path, bytes }) => [path, bytes]));
    await writeDirectoryAtomically(resolvePath(io, folder), files, { force: args.force, marker: thimbleMarker });
  }
  const rows = packRows(made, cpu ?? (target === null ? usualCpu : cpuOfTarget(target)));
  if (args.json) {
    const told = { sharing, keepInputs: args.keepInputs, folder, written: !args.dryRun, rows, memory: made.memory };
    const files = made.files.map(({ path, bytes }) => ({ path, bytes: bytes.length }));
    const fit = check === null ? null : checkJson(check);
    await writeJson(
      { schemaVersion, command: 'pack', prefix: made.prefix, models: names, ...told, fit, files },
      io.stdout,
    );
  } else {
    const share = check === null ? null : `${check.target.name}: ${check.fit.rows.map(shareText).join(', ')}`;
    await print(io, packText(rows, sharing, folder, share, args, io.color));
  }
  return exitCodes.done;
}

/** Models of a pack are files with all their shapes. */
const noShapes = {
  shape: undefined,
  dim: undefined,
  fix: undefined,
  inputs: undefined,
  outputs: undefined,
  inputLayout: undefined,
} as const;

function sharingOf({ exclusive, concurrent, keepInputs, feed }: Arguments): 'exclusive' | 'concurrent' {
  if (exclusive === concurrent) {
    const what = exclusive
      ? '--exclusive and --concurrent exclude each other'
      : 'it is not said how the models share the arena';
    throw new UsageError(what, 'choose --exclusive (one in use at a time) or --concurrent (states and outputs stay)');
  }
  if (exclusive && keepInputs)
    throw new UsageError('--keep-inputs has no meaning with --exclusive', 'leave it out, or use --concurrent');
  if (exclusive && feed !== undefined) {
    throw new UsageError(
      '--feed has no meaning with --exclusive: rows that are kept are lost when another model runs',
      'use --concurrent',
    );
  }
  return exclusive ? 'exclusive' : 'concurrent';
}

/** From here on the reference evaluator takes seconds for one inference: one vector has to do. */
const slowMacs = 100e6;

function packedModel(
  { loaded }: NamedModel & { readonly loaded: LoadedModel },
  name: string,
  fed: ReadonlySet<string>,
  common: {
    readonly commandLine: string;
    readonly toolVersion: string;
    readonly cpu: CpuName | null;
    readonly kernels: ReturnType<typeof kernelPlaceOf>;
  },
  { optimize }: Arguments,
): PackedModel {
  const { graph, sha256, preprocessing } = loaded;
  const plan = planWishOf({ optimize, sram: undefined, feedRows: fed.has(name) }, 'c').options;
  const own = {
    modelSha256: sha256,
    preprocessing: packagePreprocessing(graph, preprocessing ?? new Map()),
    plan,
    selfTestVectors: summarize(graph).macs > slowMacs ? 1 : 2,
  };
  return { graph, options: packageOptions(name, { ...common, ...own }) };
}

/** The command as it stands in the files: without folders of this computer. */
function commandLineOf(args: Arguments): string {
  const files = args.models.map((word) => {
    const [, name = '', path = ''] = /^(?:([A-Za-z][\w-]*)=)?(.+)$/s.exec(word) ?? [];
    return `${name === '' ? '' : `${name}=`}${path.split(/[/\\]/).at(-1)}`;
  });
  return [
    ...['thimble', 'pack', ...files, args.exclusive ? '--exclusive' : '--concurrent'],
    ...(args.keepInputs ? ['--keep-inputs'] : []),
    ...(args.feed ?? []).flatMap((name) => ['--feed', name]),
    ...(args.name === 'pack' ? [] : ['--name', args.name]),
    ...(args.cpu === undefined ? [] : ['--cpu', args.cpu]),
    ...(args.optimize === undefined ? [] : ['--optimize', args.optimize]),
  ].join(' ');
}

function packText(
  rows: readonly PackRow[],
  sharing: string,
  folder: string,
  share: string | null,
  { dryRun, name }: Pick<Arguments, 'dryRun' | 'name'>,
  color: boolean,
): string {
  const shown = isAbsolute(folder) ? folder : `./${relative('.', folder)}`;
  return [
    `${dryRun ? 'Would write' : 'Wrote'} ${shown}, a C package of ${rows.length - 2} ${sharing} models`,
    packTable(rows, color),
    ...(share === null ? [] : [`  ${share}`]),
    `Next:\n  cmake -S ${shown} -B ${shown}/build && cmake --build ${shown}/build && ctest --test-dir ${shown}/build\n  thimble build ${shown} --board mps2-an386, and read ${shown}/include/${name}.h`,
  ].join('\n\n');
}
