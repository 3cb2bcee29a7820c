import type { RP2040 } from 'rp2040js';
import { InternalError } from '../../converter/problem.ts';
import { elfSymbols } from '../elf.ts';
import { bootRomCrc } from '../firmware/crc32.ts';
import { fault } from '../firmware/fault.ts';
import { fromUf2 } from '../firmware/uf2.ts';
import { type FirmwareRun, failed, parseVerdict, verdictLine } from '../firmware/verdict.ts';
import { findMarks, readCounts } from '../qemu/measure.ts';
import { FLASH_ADDRESS } from './board.ts';

/** Where the boot ROM puts the second boot stage: the end of SRAM (RP2040 Datasheet, section 2.8.1.2). */
const BOOT_STAGE_ADDRESS = 0x2004_1f00;
const BOOT_STAGE_BYTES = 256;
/** UF2 family of the RP2040. */
const FAMILY = 0xe48b_ff56;

/** Instructions at a time, and how often before the rest of the process has its turn. */
const SLICE = 4096;
const SLICES_PER_TURN = 1024;

/**
 * Boots an emulated RP2040 from a UF2 file: the blocks go to flash, and what the boot ROM does, which the emulator does not bring, is done
 * as the data sheet says: 256 bytes are copied to the end of SRAM, their check sum is compared, and they are executed. The emulated
 * processor does all from there on. `elf` is the same program, for counting. Throws `uf2-broken` for what the boot ROM would
 * not start, and `run-failed`.
 */
export async function runFirmwareOnPico(
  uf2: Uint8Array,
  elf: Uint8Array | null,
  maxInstructions: number,
): Promise<FirmwareRun> {
  const { RP2040: Chip } = await import('rp2040js');
  const clock = { nanos: () => 0 };
  const chip = new Chip({
    get nanos() {
      return clock.nanos();
    },
    createAlarm: () => ({ schedule: () => {}, cancel: () => {} }),
  });
  clock.nanos = emulatedTime(chip);
  const faults: string[] = [];
  const told = (part: string, message: string) => void faults.push(`${part}: ${message}`);
  chip.logger = { debug: () => {}, info: () => {}, warn: told, error: told };
  let text = '';
  let lines = 0;
  const [uart] = chip.uart;
  if (uart === undefined) throw new InternalError('the chip has no UART0');
  uart.onByte = (byte) => {
    text += String.fromCharCode(byte);
    if (byte === 10) lines++;
  };
  boot(chip, uf2);
  const { core } = chip;
  const marks = elf === null ? null : findMarks(elfSymbols(elf));
  const events: string[] = [];
  let [instructions, begun, cycles, seen] = [0, 0, 0, 0];
  for (let slice = 1; ; slice++) {
    if (instructions >= maxInstructions)
      throw failed('rp2040js', `told no verdict within ${instructions} instructions`, text);
    if (slice % SLICES_PER_TURN === 0) await new Promise((resolve) => setImmediate(resolve));
    for (let i = 0; i < SLICE && faults.length === 0; i++) {
      if (marks !== null && (core.PC === marks.callBegin || core.PC === marks.callEnd)) {
        events.push(`${core.PC.toString(16)} ${instructions}`);
        if (core.PC === marks.callBegin) begun = core.cycles;
        else cycles = core.cycles - begun;
      }
      core.executeInstruction();
      instructions++;
    }
    if (faults.length > 0) throw failed('rp2040js', `does what the chip answers with a fault: ${faults[0]}`, text);
    if (lines > seen && verdictLine(text) !== undefined) break;
    seen = lines;
  }
  const counts = marks === null ? [] : readCounts(events.join('\n'), marks);
  const counted = { instructions: counts[0]?.instructions ?? null, emulatedCycles: marks === null ? null : cycles };
  return { verdict: parseVerdict(text, 'rp2040js'), text, ...counted };
}

/** Nanoseconds of the emulated chip, also where its clock changes. */
function emulatedTime(chip: RP2040): () => number {
  let [nanos, cycles] = [0, 0];
  return () => {
    nanos += ((chip.core.cycles - cycles) / chip.clkSys) * 1e9;
    cycles = chip.core.cycles;
    return nanos;
  };
}

/** What the boot ROM does with a UF2 file and after a reset. */
function boot(chip: RP2040, uf2: Uint8Array): void {
  const { blocks, family } = fromUf2(uf2);
  if (family !== FAMILY) throw fault('uf2-broken', 'UF2 file', 'it is not for the family of the RP2040');
  for (const { address, bytes } of blocks) {
    const start = address - FLASH_ADDRESS;
    if (start < 0 || start % BOOT_STAGE_BYTES !== 0 || start + bytes.length > chip.flash.length) {
      throw fault('uf2-broken', 'UF2 file', `a block goes to 0x${address.toString(16)}, which is no page of the flash`);
    }
    chip.flash.set(bytes, start);
  }
  const stage = chip.flash.slice(0, BOOT_STAGE_BYTES);
  const expected = new DataView(stage.buffer).getUint32(BOOT_STAGE_BYTES - 4, true);
  if (bootRomCrc(stage.subarray(0, BOOT_STAGE_BYTES - 4)) !== expected) {
    throw fault(
      'uf2-broken',
      'UF2 file',
      'the check sum of its second boot stage is wrong: the boot ROM would not start it',
    );
  }
  chip.sram.set(stage, BOOT_STAGE_ADDRESS - 0x2000_0000);
  chip.core.SP = BOOT_STAGE_ADDRESS;
  chip.core.LR = 0;
  chip.core.PC = BOOT_STAGE_ADDRESS;
}
