import { cpuNames, runsOn } from '../../converter/backends/c/narrow/cpu.ts';
import type { BareBoard } from '../../targets/firmware/boards.ts';
import type { BuildFirmware } from '../../targets/firmware/build-firmware.ts';
import type { Firmware } from '../../targets/firmware/firmware.ts';
import { toHex } from '../../targets/firmware/hex.ts';
import { toUf2 } from '../../targets/firmware/uf2.ts';
import { stackOf } from '../engine/c.ts';
import { doesNotFitCode } from '../exit-code.ts';
import { fail } from '../input/file.ts';
import type { CommandIo } from '../io.ts';
import { thimbleVersion } from '../version.ts';
import { boardMemory } from './board.ts';
import { type BuildManifest, buildFile } from './manifest.ts';
import { type PackageFolder, type PackageManifest, sha256 } from './package-folder.ts';
import { checkSizes, type SizeRow, sizeRows } from './sizes.ts';
import { stackSizeFor } from './stack-size.ts';

/** A firmware with all that is said of it. */
export interface BuiltBoard {
  readonly board: BareBoard;
  readonly firmware: Firmware;
  /** Against the plan; empty for a program of the user's. */
  readonly rows: readonly SizeRow[];
  readonly manifest: BuildManifest;
  /** By their names in the folder, `build.json` among them. */
  readonly files: ReadonlyMap<string, Uint8Array>;
}

/**
 * Builds a package for a board, writes nothing. Throws `does-not-fit`, `size-differs` where the program has not the sizes that the plan
 * said, and what `build` throws. `hasApp` says that the program is the user's, whose sizes the plan does not know.
 */
export async function buildBoard(
  { model, manifest, sha256: hash }: PackageFolder,
  board: BareBoard,
  build: BuildFirmware,
  hasApp: boolean,
  io: CommandIo,
): Promise<BuiltBoard> {
  checkProcessor(manifest.cpu, board);
  const sections = (manifest.plan.banks ?? []).flatMap(({ section }) => section ?? []);
  const memory = boardMemory(board, sections, io);
  checkArena(manifest, board, memory.ram.bytes);
  const firmware = await build({ board, memory, stackBytes: stackSizeFor(board.cpu, model.stackBoundBytes) });
  const run = `${model.prefix}_${model.isFed ? 'feed_row' : 'run'}`;
  const rows = hasApp ? [] : sizeRows(board, manifest, firmware, await stackOf(firmware.elf, run));
  checkSizes(rows, board);
  const { elf, image, use } = firmware;
  const binaries = new Map<string, Uint8Array>([
    ['elf', elf],
    ['bin', image.bytes],
    ['hex', new TextEncoder().encode(toHex(image))],
    ...(board.uf2Family === null ? [] : ([['uf2', toUf2(image, board.uf2Family)]] as const)),
  ]);
  const entry = (ending: string) => {
    const bytes = binaries.get(ending) ?? new Uint8Array(0);
    return { path: `${model.prefix}.${ending}`, bytes: bytes.length, sha256: sha256(bytes) };
  };
  const { kind, baud, where } = board.console;
  const told: BuildManifest = {
    generator: `thimble ${thimbleVersion()}`,
    board: board.name,
    profile: board.memory.kind === 'profile' ? board.memory.profile : null,
    package: { prefix: model.prefix, hash },
    artifacts: {
      elf: entry('elf'),
      bin: entry('bin'),
      hex: entry('hex'),
      ...(binaries.has('uf2') ? { uf2: entry('uf2') } : {}),
    },
    address: image.address,
    sizes: {
      flash: use.flashBytes,
      sram: use.sramBytes,
      stack: use.stackBytes,
      flashLimit: memory.flash.bytes,
      sramLimit: memory.ram.bytes,
      fits: use.flashBytes <= memory.flash.bytes && use.sramBytes <= memory.ram.bytes,
    },
    console: { kind, baud, where },
  };
  const files = new Map([...binaries].map(([ending, bytes]) => [`${model.prefix}.${ending}`, bytes]));
  files.set(buildFile, new TextEncoder().encode(`${JSON.stringify(told, null, 2)}\n`));
  return { board, firmware, rows, manifest: told, files };
}

/** Throws `wrong-architecture` for a package that is narrowed to a processor whose code the board cannot run. */
function checkProcessor(name: string | undefined, board: BareBoard): void {
  const cpu = cpuNames.find((one) => one === name);
  if (board.cpu === 'avr' ? cpu === 'avr' : cpu === undefined || runsOn(cpu, board.cpu)) return;
  const what = `the package is for ${cpu === undefined ? 'processors of 32 bits' : `${cpu} and no other processor`}, the board has a ${board.cpu}`;
  fail(
    'wrong-architecture',
    `board ${board.name}`,
    what,
    `convert with --cpu ${board.cpu}${board.cpu === 'avr' ? '' : ', or without --cpu'}`,
  );
}

/** Throws `does-not-fit` where the model alone is too large: compilers do not say by how much. */
function checkArena({ memory }: PackageManifest, { name }: BareBoard, sramBytes: number): void {
  const missing = memory.sramBytes - sramBytes;
  if (missing <= 0) return;
  const what = `the SRAM is ${missing} bytes too small for the model: arena, variables and stack take ${memory.sramBytes} bytes`;
  const advice = 'use a smaller model, a tighter plan (--optimize sram) or a larger board (thimble targets --fits)';
  fail(doesNotFitCode, `board ${name}`, what, advice);
}
