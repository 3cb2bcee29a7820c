import type { ImageUse } from '../qemu/image.ts';
import type { BareBoard } from './boards.ts';
import type { MemoryImage } from './image.ts';
import type { FirmwareMemory } from './linker-script.ts';

/** A board with its memories, and what the firmware keeps for the stack. */
export interface FirmwareBoard {
  readonly board: BareBoard;
  readonly memory: FirmwareMemory;
  readonly stackBytes: number;
}

/** What a firmware takes of its board, in bytes. */
export interface FirmwareUse {
  /** From the first byte of the image to the last. */
  readonly flashBytes: number;
  /** Variables, arena and the stack that is kept. */
  readonly sramBytes: number;
  readonly stackBytes: number;
  /** What of `sramBytes` is neither the model's nor stack. */
  readonly applicationBytes: number;
  /** What the model takes, library functions included. */
  readonly model: ImageUse;
}

/** A linked program. */
export interface Firmware {
  readonly elf: Uint8Array;
  readonly image: MemoryImage;
  readonly use: FirmwareUse;
}
