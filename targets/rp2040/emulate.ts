import type { RP2040 } from 'rp2040js';
import { InternalError, ProblemError } from '../../converter/problem.ts';
import { type Marks, markedRanges } from '../qemu/measure.ts';
import { FLASH_ADDRESS, PROGRAM_ADDRESS } from './board.ts';
import type { FlashPart } from './flash.ts';
import { SerialHost } from './serial.ts';

/** A program in flash, and what it gets. */
export interface FlashProgram {
  readonly parts: readonly FlashPart[];
  /** Where the vector table is: behind a second boot stage, whose work the emulator does. */
  readonly vectorTable: number;
  /** What the program may read, by name. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** Addresses that are reported when they are executed; null for none. */
  readonly marks: Marks | null;
  /** The program is stopped after so many instructions. */
  readonly maxInstructions: number;
}

/** What a program did. */
export interface FlashResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly written: ReadonlyMap<string, Uint8Array>;
  /** Instructions before each marked address, as lines `<address> <count>`: see `readCounts`. */
  readonly events: string;
  /** Cycles of each measured call, by the emulator's count: instructions and bus, no waiting for flash. */
  readonly cycles: readonly number[];
}

/** Default of {@link FlashProgram.vectorTable}. */
export const VECTOR_TABLE = PROGRAM_ADDRESS;

/** Instructions at a time, and how often before the rest of the process has its turn. */
const SLICE = 4096;
const SLICES_PER_TURN = 1024;

/** Why the emulator is not there; null where it is. */
export async function emulatorMissing(): Promise<string | null> {
  try {
    await import('rp2040js');
    return null;
  } catch {
    return 'the npm package rp2040js is not installed';
  }
}

/**
 * Runs a program on an emulated RP2040 until it ends. Throws `run-failed` where it does not end, or does what the chip would answer
 * with a fault.
 */
export async function emulate(program: FlashProgram): Promise<FlashResult> {
  const { RP2040: Chip } = await import('rp2040js');
  const time = { nanos: () => 0 };
  const chip = new Chip({
    get nanos() {
      return time.nanos();
    },
    createAlarm: () => ({ schedule: () => {}, cancel: () => {} }),
  });
  time.nanos = () => (chip.core.cycles / chip.clkSys) * 1e9;
  const faults: string[] = [];
  const fault = (part: string, message: string) => void faults.push(`${part}: ${message}`);
  chip.logger = { debug: () => {}, info: () => {}, warn: fault, error: fault };
  const host = new SerialHost(program.files);
  const [uart] = chip.uart;
  if (uart === undefined) throw new InternalError('the chip has no UART0');
  uart.onByte = (byte) => host.receive(byte);
  boot(chip, program);
  const { core } = chip;
  const watched = new Watched(program.marks);
  let instructions = 0;
  for (let slice = 1; host.exitCode === null; slice++) {
    if (instructions >= program.maxInstructions) throw failed(`did not end within ${instructions} instructions`, host);
    if (slice % SLICES_PER_TURN === 0) await new Promise((resolve) => setImmediate(resolve));
    for (let i = 0; i < SLICE && host.exitCode === null; i++) {
      watched.see(core.PC, instructions, core.cycles);
      core.executeInstruction();
      instructions++;
      if (host.isAnswering && (uart.flags & RX_FULL) === 0) uart.feedByte(host.next() ?? 0);
      if (faults.length > 0) throw failed(`does what the chip answers with a fault: ${faults[0]}`, host);
    }
  }
  const { events, cycles } = watched;
  return { exitCode: host.exitCode, stdout: host.text, written: host.written, events: events.join('\n'), cycles };
}

/** UARTFR.RXFF. */
const RX_FULL = 1 << 6;

/** Puts the program into flash and enters it as the second boot stage does. */
function boot(chip: RP2040, { parts, vectorTable }: FlashProgram): void {
  for (const { address, bytes } of parts) {
    const start = address - FLASH_ADDRESS;
    if (start < 0 || start + bytes.length > chip.flash.length) {
      throw new InternalError(`${bytes.length} bytes at ${address.toString(16)} are not in flash`);
    }
    chip.flash.set(bytes, start);
  }
  chip.core.VTOR = vectorTable;
  chip.core.SP = chip.readUint32(vectorTable);
  chip.core.PC = chip.readUint32(vectorTable + 4) & ~1;
}

/** The marked addresses that were executed, and the cycles between the two that stand around the measured call. */
class Watched {
  readonly events: string[] = [];
  readonly cycles: number[] = [];
  readonly #marks: Marks | null;
  /** 1 for each marked halfword of the flash. */
  readonly #isMarked: Uint8Array;
  #begin = 0;

  constructor(marks: Marks | null) {
    this.#marks = marks;
    const ranges = marks === null ? [] : markedRanges(marks);
    const end = ranges.reduce((most, [, last]) => Math.max(most, last + 2), FLASH_ADDRESS);
    this.#isMarked = new Uint8Array((end - FLASH_ADDRESS) / 2);
    for (const [first, last] of ranges) {
      this.#isMarked.fill(1, (first - FLASH_ADDRESS) / 2, (last - FLASH_ADDRESS) / 2 + 1);
    }
  }

  see(pc: number, instructions: number, cycles: number): void {
    if (this.#isMarked[(pc - FLASH_ADDRESS) >> 1] !== 1) return;
    this.events.push(`${pc.toString(16)} ${instructions}`);
    if (pc === this.#marks?.callBegin) this.#begin = cycles;
    if (pc === this.#marks?.callEnd) this.cycles.push(cycles - this.#begin);
  }
}

function failed(what: string, { text }: SerialHost): ProblemError {
  const tail = text.trim().split('\n').slice(-20).join('\n');
  return new ProblemError({
    code: 'run-failed',
    where: 'rp2040js',
    what: `the test program ${what}${tail === '' ? '' : `\n${tail}`}`,
    advice: 'run it on a board with a debugger',
  });
}
