import { invariant } from '../../converter/problem.ts';
import { type AvrMemory, avrEmulatorMissing, avrMemories, runFirmwareOnAvr } from '../../targets/avr/run-avr.ts';
import { elfMachine } from '../../targets/elf.ts';
import { type BareBoard, bareBoards } from '../../targets/firmware/boards.ts';
import { runFirmwareInQemu } from '../../targets/firmware/run-qemu.ts';
import type { FirmwareRun } from '../../targets/firmware/verdict.ts';
import { emulatorMissing } from '../../targets/rp2040/emulate.ts';
import { runFirmwareOnPico } from '../../targets/rp2040/run-uf2.ts';
import { fail } from '../input/file.ts';

/** What a firmware may take: a minute of a slow board is more than any model that fits takes. */
const timeoutMs = 300_000;
const maxInstructions = 8e9;
const maxCycles = 10 * 60 * 16e6;

/** The name of a board's emulator as `--on` has it; null for a board without one. */
export function emulatorName({ name, emulator }: BareBoard): string | null {
  if (emulator === null) return null;
  if (emulator.kind === 'avr8js') return name === 'atmega328p' ? 'avr8js' : `avr8js:${name}`;
  if (emulator.kind !== 'qemu') return emulator.kind;
  return emulator.machine === 'netduinoplus2' ? `qemu:${emulator.machine}` : `qemu:${name}`;
}

/** Names of all emulators that run firmwares. */
export const firmwareEmulators: readonly string[] = bareBoards.flatMap((board) => emulatorName(board) ?? []);

/** The board whose firmware runs on an emulator; throws `no-firmware-emulator`. */
export function boardOfEmulator(name: string): BareBoard {
  const board = bareBoards.find((one) => emulatorName(one) === name);
  if (board !== undefined) return board;
  return fail(
    'no-firmware-emulator',
    `--on ${name}`,
    'firmwares do not run there',
    `use one of ${firmwareEmulators.join(', ')}`,
  );
}

/** The files of a firmware that an emulator may want. */
export interface FirmwareFiles {
  readonly elf: Uint8Array;
  /** Null for a board whose bootloader takes no UF2. */
  readonly uf2: Uint8Array | null;
}

/** Runs a firmware in the emulator of its board. Throws `board-not-emulated`, `wrong-architecture`, `tool-missing`, `run-failed`. */
export async function emulateFirmware(board: BareBoard, { elf, uf2 }: FirmwareFiles): Promise<FirmwareRun> {
  const { emulator, cpu } = board;
  checkMachine(board, elf);
  if (emulator === null) {
    const advice = `flash it: thimble flash; emulated are ${firmwareEmulators.join(', ')}`;
    return fail('board-not-emulated', `board ${board.name}`, 'thimble knows no emulator of it', advice);
  }
  if (emulator.kind === 'qemu' && cpu !== 'avr') return runFirmwareInQemu(elf, cpu, emulator, timeoutMs);
  if (emulator.kind === 'avr8js') {
    const lack = await avrEmulatorMissing();
    return lack === null
      ? runFirmwareOnAvr(elf, avrMemory(board), maxCycles)
      : fail('target-missing', 'avr8js', lack, 'see thimble doctor');
  }
  const missing = await emulatorMissing();
  if (missing !== null) return fail('target-missing', 'rp2040js', missing, 'see thimble doctor');
  if (uf2 === null)
    return fail('build-broken', `board ${board.name}`, 'there is no UF2 file', 'build the firmware anew');
  return runFirmwareOnPico(uf2, elf, maxInstructions);
}

function avrMemory({ name }: BareBoard): AvrMemory {
  const memory = avrMemories.get(name);
  invariant(memory !== undefined, `${name} is no AVR that is emulated`);
  return memory;
}

/** Throws `wrong-architecture` for a program that is not for the processor of the board. */
export function checkMachine({ name, cpu }: BareBoard, elf: Uint8Array): void {
  const wanted = cpu === 'avr' ? 'AVR' : cpu.startsWith('rv32') ? 'RISC-V' : 'Arm';
  const machine = elfMachine(elf);
  if (machine === wanted) return;
  const what = `the program is for ${machine}, the board has a processor for ${wanted} (${cpu})`;
  fail('wrong-architecture', `board ${name}`, what, 'build the firmware for this board: thimble build --board');
}
