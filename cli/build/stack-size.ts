import type { FirmwareCpu } from '../../targets/firmware/boards.ts';

/** Frames of the program around the model, and of interrupts that a user may add. */
const aroundBytes = 512;

/** What is kept where the frames of the processor are not bounded; see `stackMarginBytes` of converter/backends/c/footprint.ts. */
const marginBytes = 1024;

/** Of a processor with pointers and return addresses of 2 or 3 bytes, and 2 kB of SRAM; a run in the emulator shows what is used. */
const avrAroundBytes = 128;

/** What a firmware keeps for its stack, in bytes: a multiple of 8. */
export function stackSizeFor(cpu: FirmwareCpu, stackBoundBytes: number): number {
  if (cpu === 'avr') return stackBoundBytes + avrAroundBytes;
  const bounded = ['cortex-m3', 'cortex-m4', 'cortex-m7', 'cortex-m33'].includes(cpu);
  const bytes = stackBoundBytes + aroundBytes + (bounded ? 0 : marginBytes);
  return Math.ceil(bytes / 8) * 8;
}
