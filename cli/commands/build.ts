import type { ArgumentsCamelCase, InferredOptionTypes } from 'yargs';
import { withFirmwareBuilder } from '../../targets/firmware/build-firmware.ts';
import { bareBoardFor } from '../build/board.ts';
import { type BuiltBoard, buildBoard } from '../build/build-board.ts';
import { buildWithEcosystem, ecosystemNames } from '../build/ecosystems/build.ts';
import { ecosystemText } from '../build/ecosystems/render.ts';
import { buildMarker } from '../build/manifest.ts';
import { readPackageFolder } from '../build/package-folder.ts';
import { buildText } from '../build/render.ts';
import type { Command } from '../command.ts';
import { type ExitCode, exitCodes } from '../exit-code.ts';
import { readInputFile } from '../input/file.ts';
import { type CommandIo, print, resolvePath } from '../io.ts';
import { writeDirectoryAtomically } from '../output/atomic.ts';
import { writeJson } from '../output/json.ts';
import { schemaVersion } from '../report-error.ts';
import { loadProfile } from '../target/load.ts';
import { UsageError } from '../usage.ts';

const options = {
  board: { type: 'string', nargs: 1, demandOption: true, describe: 'Board, or a name of its profile' },
  out: { type: 'string', nargs: 1, describe: 'Folder to write; default: ./<package>-<board>' },
  app: { type: 'string', nargs: 1, describe: 'C file with a main of your own, in the place of the self test' },
  with: {
    choices: ecosystemNames,
    describe: 'Build with the tool of an ecosystem; default where thimble cannot itself',
  },
  force: { type: 'boolean', default: false, describe: 'Replace a folder that thimble did not write' },
} as const;

/** `thimble build`: a firmware from a C package. */
export const buildCommand: Command = {
  name: 'build',
  optionNames: Object.keys(options),
  add: (cli, invoke) =>
    cli.command(
      'build <package>',
      'Build a firmware from a C package: ELF, BIN, HEX and UF2, sizes held against the plan',
      (y) =>
        y
          .positional('package', {
            type: 'string',
            demandOption: true,
            describe: 'Folder that thimble convert --to c wrote',
          })
          .options(options),
      (args) => invoke((io) => build(args, io)),
    ),
};

type Arguments = ArgumentsCamelCase<InferredOptionTypes<typeof options> & { package: string; json: boolean }>;

async function build(args: Arguments, io: CommandIo): Promise<ExitCode> {
  const board = bareBoardFor(args.board);
  if (board === null || args.with !== undefined) return await buildByTool(args, io);
  const source = readPackageFolder(resolvePath(io, args.package));
  const app = args.app === undefined ? null : { path: 'app.c', contents: readInputFile(resolvePath(io, args.app)) };
  const built = await withFirmwareBuilder(source.model, app, (firmware) => {
    return buildBoard(source, board, firmware, app !== null, io);
  });
  const folder = args.out ?? `${source.model.prefix}-${board.name}`;
  await writeDirectoryAtomically(resolvePath(io, folder), built.files, { force: args.force, marker: buildMarker });
  if (args.json) await writeJson(buildJson(built, folder), io.stdout);
  else await print(io, buildText(built, folder, io.color));
  return exitCodes.done;
}

/** A board that thimble cannot bring up itself, or one that the user wants built otherwise. */
async function buildByTool(args: Arguments, io: CommandIo): Promise<ExitCode> {
  const profile = loadProfile(args.board, io);
  if (profile.kind !== 'mcu') throw new UsageError(`${profile.name} is no microcontroller`, 'name a board');
  if (args.app !== undefined) throw new UsageError('--app goes with bare firmwares', 'edit the example of the package');
  const { package: packagePath, force, out = null, with: wanted = null } = args;
  const built = await buildWithEcosystem({ packagePath, profile, wanted, out, force }, io);
  if (args.json) await writeJson({ schemaVersion, command: 'build', board: profile.name, ...built }, io.stdout);
  else await print(io, ecosystemText(profile.title, built, io.color));
  return exitCodes.done;
}

function buildJson({ manifest, rows }: BuiltBoard, folder: string) {
  return { schemaVersion, command: 'build', folder, manifest, rows };
}
