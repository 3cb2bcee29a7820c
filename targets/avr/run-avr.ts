import { InternalError } from '../../converter/problem.ts';
import { elfSymbols, symbolAddress } from '../elf.ts';
import { flashImage } from '../firmware/image.ts';
import { type FirmwareRun, failed, parseVerdict, verdictLine } from '../firmware/verdict.ts';

/** What of an AVR the emulator has to know, in bytes. */
export interface AvrMemory {
  readonly flashBytes: number;
  readonly sramBytes: number;
  /** Of the first variable: registers and peripherals lie below. */
  readonly sramAddress: number;
}

/** The parts that are emulated (data sheets: ATmega328P DS40002061B, section 8; ATmega2560 DS40002211A, section 8). */
export const avrMemories: ReadonlyMap<string, AvrMemory> = new Map([
  ['atmega328p', { flashBytes: 32 * 1024, sramBytes: 2048, sramAddress: 0x100 }],
  ['atmega2560', { flashBytes: 256 * 1024, sramBytes: 8192, sramAddress: 0x200 }],
]);

/** Where the emulator's own data space begins to be SRAM. */
const EMULATED_REGISTERS = 0x100;

const CLOCK_HZ = 16_000_000;

/** Cycles between two turns of the rest of the process. */
const CYCLES_PER_TURN = 4_000_000;

/** Why the emulator is not there; null where it is. */
export async function avrEmulatorMissing(): Promise<string | null> {
  try {
    await import('avr8js');
    return null;
  } catch {
    return 'the npm package avr8js is not installed';
  }
}

/**
 * Runs a firmware on an emulated AVR until it has told its verdict over UART0. Cycles are the emulator's, which are those of the
 * instruction set manual. Throws `run-failed`.
 */
export async function runFirmwareOnAvr(elf: Uint8Array, memory: AvrMemory, maxCycles: number): Promise<FirmwareRun> {
  const { CPU, AVRTimer, AVRUSART, avrInstruction, timer1Config, usart0Config } = await import('avr8js');
  const { address, bytes } = flashImage(elf);
  if (address !== 0 || bytes.length > memory.flashBytes) {
    throw new InternalError(`${bytes.length} bytes at ${address} are no program of an AVR`);
  }
  const program = new Uint8Array(memory.flashBytes).fill(0xff);
  program.set(bytes);
  const cpu = new CPU(new Uint16Array(program.buffer), memory.sramAddress + memory.sramBytes - EMULATED_REGISTERS);
  const usart = new AVRUSART(cpu, usart0Config, CLOCK_HZ);
  new AVRTimer(cpu, timer1Config);
  let text = '';
  let isTold = false;
  usart.onByteTransmit = (byte) => {
    text += String.fromCharCode(byte);
    if (byte === 10) isTold = verdictLine(text) !== undefined;
  };
  const symbols = elfSymbols(elf);
  const has = symbols.some(({ name }) => name === 'port_mark_begin');
  const mark = (name: string) => (has ? symbolAddress(symbols, name) / 2 : -1);
  const [begin, end] = [mark('port_mark_begin'), mark('port_mark_end')];
  let [begun, spent, instructions, counted] = [0, 0, 0, 0];
  for (let turn = CYCLES_PER_TURN; !isTold; ) {
    if (cpu.cycles > maxCycles) throw failed('avr8js', `told no verdict within ${maxCycles} cycles`, text);
    if (cpu.cycles > turn) {
      turn = cpu.cycles + CYCLES_PER_TURN;
      await new Promise((resolve) => setImmediate(resolve));
    }
    for (let i = 0; i < 1024 && !isTold; i++) {
      if (cpu.pc === begin) [begun, counted] = [cpu.cycles, instructions];
      else if (cpu.pc === end) [spent, counted] = [cpu.cycles - begun, instructions - counted];
      avrInstruction(cpu);
      cpu.tick();
      instructions++;
    }
  }
  const verdict = parseVerdict(text, 'avr8js');
  return { verdict, text, instructions: has ? counted : null, emulatedCycles: has ? spent : null };
}
