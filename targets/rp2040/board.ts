import type { ImageMachine } from '../qemu/image.ts';

/** Where the flash begins, and where a program begins in it: behind the 256 bytes of the second boot stage. */
export const FLASH_ADDRESS = 0x1000_0000;
export const PROGRAM_ADDRESS = FLASH_ADDRESS + 0x100;

/**
 * A Raspberry Pi Pico: Cortex-M0+, 264 KiB of SRAM in one piece, 2 MiB of flash that is executed in place (RP2040 Datasheet, sections
 * 2.2, 2.6.2 and 2.8.1.3).
 */
export const PICO: ImageMachine = {
  toolchain: 'arm',
  cpuFlags: ['-mthumb', '-mcpu=cortex-m0plus', '-mfloat-abi=soft'],
  flash: { origin: PROGRAM_ADDRESS, bytes: 2 * 1024 * 1024 - 0x100 },
  ram: { origin: 0x2000_0000, bytes: 264 * 1024 },
  psram: undefined,
  stackBytes: 16 * 1024,
};
