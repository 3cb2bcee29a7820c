import type { BareBoard } from '../../targets/firmware/boards.ts';
import { withFirmwareBuilder } from '../../targets/firmware/build-firmware.ts';
import type { FirmwareRun } from '../../targets/firmware/verdict.ts';
import { type ExitCode, exitCodes } from '../exit-code.ts';
import { fail } from '../input/file.ts';
import { type CommandIo, print, resolvePath } from '../io.ts';
import { writeJson } from '../output/json.ts';
import { renderPairs } from '../output/table.ts';
import { formatBytes, formatCount } from '../output/text.ts';
import { schemaVersion } from '../report-error.ts';
import { UsageError } from '../usage.ts';
import { bareBoardFor } from './board.ts';
import { buildBoard } from './build-board.ts';
import { isBuildFolder, readBuildFolder } from './build-folder.ts';
import { boardOfEmulator, emulateFirmware, emulatorName, type FirmwareFiles, firmwareEmulators } from './emulate.ts';
import { readPackageFolder } from './package-folder.ts';

/** What a folder is run with: a C package, or what `thimble build` made of one. */
export interface RunFolder {
  readonly folder: string;
  /** `--on`; null where it was not given. */
  readonly on: string | null;
  readonly json: boolean;
}

/** `thimble run FOLDER`: the firmware of a package in an emulator, its verdict, and what the run on sample data took. */
export async function runFolder({ folder, on, json }: RunFolder, io: CommandIo): Promise<ExitCode> {
  const path = resolvePath(io, folder);
  const { board, files } = isBuildFolder(path) ? builtFirmware(path, on) : await packageFirmware(path, on, io);
  const run = await emulateFirmware(board, files);
  const target = emulatorName(board) ?? board.name;
  if (json) {
    const { text, ...told } = run;
    await writeJson({ schemaVersion, command: 'run', folder, target, board: board.name, ...told }, io.stdout);
  } else await print(io, runText(folder, target, board, run));
  return run.verdict.verdict === 'pass' ? exitCodes.done : exitCodes.fault;
}

function builtFirmware(path: string, on: string | null): { board: BareBoard; files: FirmwareFiles } {
  const { manifest, elf, uf2 } = readBuildFolder(path);
  const board = bareBoardFor(manifest.board);
  if (board === null) return fail('build-broken', `board ${manifest.board}`, 'it is no bare board', 'build it anew');
  const own = emulatorName(board);
  if (on !== null && on !== own) {
    const what = `the firmware is for ${board.name}, which runs ${own === null ? 'in no emulator' : `on ${own}`}`;
    fail('wrong-architecture', `--on ${on}`, what, 'name that, or run the C package');
  }
  return { board, files: { elf, uf2 } };
}

async function packageFirmware(path: string, on: string | null, io: CommandIo) {
  if (on === null)
    throw new UsageError('a C package wants an emulator', `give --on, one of ${firmwareEmulators.join(', ')}`);
  const board = boardOfEmulator(on);
  const source = readPackageFolder(path);
  const { firmware, files } = await withFirmwareBuilder(source.model, null, (build) => {
    return buildBoard(source, board, build, false, io);
  });
  const uf2 = files.get(`${source.model.prefix}.uf2`) ?? null;
  return { board, files: { elf: firmware.elf, uf2 } };
}

function runText(folder: string, target: string, board: BareBoard, run: FirmwareRun): string {
  const { verdict, instructions, emulatedCycles } = run;
  const { selftest, status, largest, stackBytes } = verdict;
  const cycles = emulatedCycles ?? null;
  const sample = status === 0 ? `largest output at ${largest}` : `stopped with status ${status}`;
  const pairs = renderPairs(
    [
      ['self test', selftest === 0 ? 'every golden vector agrees' : `vector ${selftest - 1} differs`],
      ['sample data', sample],
      ...(instructions === null ? [] : [['instructions', formatCount(instructions)] as const]),
      ...(cycles === null ? [] : [['cycles', `${formatCount(cycles)}, flash without wait states`] as const]),
      ...(cycles === null ? [] : [['by its own counter', formatCount(verdict.cycles)] as const]),
      ['stack', formatBytes(stackBytes)],
    ],
    2,
  );
  return [`${folder} on ${target}, ${board.title}`, pairs, verdict.verdict === 'pass' ? 'PASS' : 'FAIL'].join('\n\n');
}
