import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildBoard } from '../../cli/build/build-board.ts';
import { emulateFirmware, emulatorName } from '../../cli/build/emulate.ts';
import { readPackageFolder } from '../../cli/build/package-folder.ts';
import { main } from '../../cli/command-line.ts';
import { processIo } from '../../cli/io.ts';
import { invariant, ProblemError } from '../../converter/problem.ts';
import { bareBoards } from '../../targets/firmware/boards.ts';
import { withFirmwareBuilder } from '../../targets/firmware/build-firmware.ts';
import type { McuModel } from '../mcu/models.ts';
import { absent, locate } from '../places.ts';

/** One firmware: its sizes beside the plan's, and its run. Bytes. */
export interface BoardFigure {
  readonly model: string;
  readonly board: string;
  /** Null where it was built; else why not. */
  readonly problem: string | null;
  readonly arena: readonly [planned: number, linked: number] | null;
  readonly variables: readonly [planned: number, linked: number] | null;
  readonly tables: readonly [planned: number, linked: number] | null;
  readonly flash: number | null;
  readonly sram: number | null;
  /** The bound, the worst case by the machine code, and what the emulated run painted. */
  readonly stack: { readonly bound: number; readonly code: number | null; readonly painted: number | null } | null;
  readonly emulator: string | null;
  readonly verdict: string | null;
  readonly instructions: number | null;
  readonly cycles: number | null;
}

/** Builds every model for every bare board and runs what an emulator runs. */
export async function measureBoards(
  models: readonly McuModel[],
  note: (text: string) => void,
): Promise<readonly BoardFigure[]> {
  const figures: BoardFigure[] = [];
  for (const { id, path } of models) {
    const file = locate(path);
    if (file === undefined) {
      note(absent(path));
      continue;
    }
    const folder = mkdtempSync(join(tmpdir(), 'thimble-boards-'));
    try {
      const out = join(folder, 'package');
      const io = { ...processIo(), stdout: process.stderr };
      invariant((await main(['convert', file, '--to', 'c', '--name', id, '--out', out], io)) === 0, `${id} converts`);
      figures.push(...(await figuresOf(id, out, note)));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  return figures;
}

function figuresOf(id: string, folder: string, note: (text: string) => void): Promise<readonly BoardFigure[]> {
  const source = readPackageFolder(folder);
  const bound = source.manifest.memory.stackBoundBytes;
  return withFirmwareBuilder(source.model, null, async (build) => {
    const figures: BoardFigure[] = [];
    for (const board of bareBoards.filter(({ cpu }) => cpu !== 'avr')) {
      note(`${id} for ${board.name}`);
      const empty = { arena: null, variables: null, tables: null, flash: null, sram: null, stack: null };
      const none = { ...empty, emulator: null, verdict: null, instructions: null, cycles: null };
      try {
        const { firmware, rows, manifest, files } = await buildBoard(source, board, build, false, processIo());
        const row = (name: string) => rows.find((one) => one.name.startsWith(name));
        const pair = (name: string): readonly [number, number] => {
          const found = row(name);
          return [found?.predicted ?? 0, found?.measured ?? 0];
        };
        const emulator = emulatorName(board);
        const uf2 = files.get(`${id}.uf2`) ?? null;
        const run = emulator === null ? null : await emulateFirmware(board, { elf: firmware.elf, uf2 });
        const code = row('stack')?.measured ?? null;
        figures.push({
          ...{ model: id, board: board.name, problem: null, emulator },
          ...{ arena: pair('arena'), variables: pair('variables'), tables: pair('weights') },
          ...{ flash: manifest.sizes.flash, sram: manifest.sizes.sram },
          stack: { bound, code, painted: run?.verdict.stackBytes ?? null },
          verdict: run?.verdict.verdict ?? null,
          instructions: run?.instructions ?? null,
          cycles: run?.emulatedCycles ?? null,
        });
      } catch (error) {
        if (!(error instanceof ProblemError)) throw error;
        const problem = error.problems.map(({ what }) => what).join('; ');
        figures.push({ model: id, board: board.name, problem, ...none });
      }
    }
    return figures;
  });
}
