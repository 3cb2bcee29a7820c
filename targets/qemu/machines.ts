/** A span of memory, in bytes. */
interface Region {
  readonly origin: number;
  readonly bytes: number;
}

/** A QEMU board with one of Arm's FPGA images, and how to compile for it. */
export interface QemuMachine {
  /** QEMU's `-machine` name. */
  readonly machine: 'mps2-an385' | 'mps2-an386' | 'mps2-an500';
  readonly cpu: 'cortex-m3' | 'cortex-m4' | 'cortex-m7';
  /** GCC's processor flags, without the leading `-mthumb`. */
  readonly cpuFlags: readonly string[];
  readonly flash: Region;
  readonly ram: Region;
  /** Slower external memory on the real board, the same to QEMU: holds the arena. */
  readonly psram: Region;
}

const MiB = 1024 * 1024;
const SSRAM_1: Region = { origin: 0x0000_0000, bytes: 4 * MiB };
const SSRAM_2: Region = { origin: 0x2000_0000, bytes: 4 * MiB };

/**
 * The MPS2 boards that we run on, by core. Memory maps: Arm application notes AN385 (DAI 0385), AN386 (DAI 0386) and
 * AN500 (DAI 0500), as QEMU models them (hw/arm/mps2.c).
 */
export const QEMU_MACHINES: Readonly<Record<QemuMachine['cpu'], QemuMachine>> = {
  'cortex-m3': {
    machine: 'mps2-an385',
    cpu: 'cortex-m3',
    cpuFlags: ['-mcpu=cortex-m3', '-mfloat-abi=soft'],
    flash: SSRAM_1,
    ram: SSRAM_2,
    psram: { origin: 0x2100_0000, bytes: 16 * MiB },
  },
  'cortex-m4': {
    machine: 'mps2-an386',
    cpu: 'cortex-m4',
    cpuFlags: ['-mcpu=cortex-m4', '-mfpu=fpv4-sp-d16', '-mfloat-abi=hard'],
    flash: SSRAM_1,
    ram: SSRAM_2,
    psram: { origin: 0x2100_0000, bytes: 16 * MiB },
  },
  'cortex-m7': {
    machine: 'mps2-an500',
    cpu: 'cortex-m7',
    cpuFlags: ['-mcpu=cortex-m7', '-mfpu=fpv5-d16', '-mfloat-abi=hard'],
    flash: SSRAM_1,
    ram: SSRAM_2,
    psram: { origin: 0x6000_0000, bytes: 16 * MiB },
  },
};

/** The linker script `memory.ld`: the regions, and where weight tables go. */
export function memoryScript({ flash, ram, psram }: QemuMachine, weights: 'FLASH' | 'PSRAM'): string {
  const line = (name: string, { origin, bytes }: Region) =>
    `    ${name} : ORIGIN = 0x${origin.toString(16)}, LENGTH = ${bytes}\n`;
  const regions = line('FLASH', flash) + line('RAM', ram) + line('PSRAM', psram);
  return `MEMORY\n{\n${regions}}\nREGION_ALIAS("WEIGHTS", ${weights})\n`;
}
