import type { ToolchainName } from './toolchains.ts';

/** A span of memory, in bytes. */
interface Region {
  readonly origin: number;
  readonly bytes: number;
}

/** What runs at a constant rate of emulated time and tells instructions where the plugin cannot. */
export interface Timer {
  /** The source below support/timers that starts and reads it. */
  readonly kind: 'cmsdk' | 'nrf51' | 'sse' | 'minstret';
  /** Of its registers; 0 where it has none. */
  readonly address: number;
  /** Under `-icount shift=0` an instruction takes 1 ns, so this is the length of a tick in ns. */
  readonly instructionsPerTick: number;
}

/** A board of QEMU's and how to compile for it. */
export interface QemuMachine {
  /** QEMU's `-machine` name. */
  readonly machine: string;
  /** What QEMU is told beside the name. */
  readonly machineArgs: readonly string[];
  readonly cpu: string;
  readonly toolchain: ToolchainName;
  /** GCC's processor flags. */
  readonly cpuFlags: readonly string[];
  /** Code and constants; begins with what the processor starts from. */
  readonly flash: Region;
  /** Variables and stack. */
  readonly ram: Region;
  /** Slower external memory on the real board, the same to QEMU: holds the arena. Undefined: the arena is in `ram`. */
  readonly psram: Region | undefined;
  /** What the stack may take, at the end of `ram`. */
  readonly stackBytes: number;
  readonly timer: Timer;
}

const KiB = 1024;
const MiB = 1024 * KiB;

/**
 * The memory of the MPS2 boards with Armv7-M images: ZBT SSRAM 1 (code), SSRAM 2 and 3 (data), 16 MiB of PSRAM, and a
 * CMSDK APB timer at 25 MHz. Arm application notes AN385 (DAI 0385), AN386 (DAI 0386), AN500 (DAI 0500), memory map, as
 * QEMU models them (hw/arm/mps2.c).
 */
const mps2 = {
  toolchain: 'arm',
  machineArgs: [],
  flash: { origin: 0x0000_0000, bytes: 4 * MiB },
  ram: { origin: 0x2000_0000, bytes: 4 * MiB },
  stackBytes: 256 * KiB,
  timer: { kind: 'cmsdk', address: 0x4000_0000, instructionsPerTick: 40 },
} as const;

/** The machines by the processor that code is compiled for. */
export const QEMU_MACHINES = {
  /**
   * Code for Armv6-M (no SIMD, no division, eight registers for most instructions) on the Armv7-M of AN385, which runs every
   * Armv6-M instruction: the counts are those of a Cortex-M0+, and there is room for every model. Start-up turns on the trap for
   * unaligned accesses (Armv7-M ARM B3.2.8, CCR.UNALIGN_TRP), which Armv6-M always has.
   */
  'cortex-m0plus': {
    ...mps2,
    machine: 'mps2-an385',
    cpu: 'cortex-m0plus',
    cpuFlags: ['-mthumb', '-mcpu=cortex-m0plus', '-mfloat-abi=soft'],
    psram: { origin: 0x2100_0000, bytes: 16 * MiB },
  },
  /**
   * A real Armv6-M, but with 256 KiB of flash and 16 KiB of RAM: BBC micro:bit. Nordic Semiconductor nRF51822 Product
   * Specification 3.1, section 5 (memory; variant QFAA), nRF51 Series Reference Manual 3.0, section 18 (TIMER, 16 MHz).
   */
  'cortex-m0': {
    machine: 'microbit',
    machineArgs: [],
    cpu: 'cortex-m0',
    toolchain: 'arm',
    cpuFlags: ['-mthumb', '-mcpu=cortex-m0', '-mfloat-abi=soft'],
    flash: { origin: 0x0000_0000, bytes: 256 * KiB },
    ram: { origin: 0x2000_0000, bytes: 16 * KiB },
    psram: undefined,
    stackBytes: 2 * KiB,
    timer: { kind: 'nrf51', address: 0x4000_8000, instructionsPerTick: 62.5 },
  },
  'cortex-m3': {
    ...mps2,
    machine: 'mps2-an385',
    cpu: 'cortex-m3',
    cpuFlags: ['-mthumb', '-mcpu=cortex-m3', '-mfloat-abi=soft'],
    psram: { origin: 0x2100_0000, bytes: 16 * MiB },
  },
  'cortex-m4': {
    ...mps2,
    machine: 'mps2-an386',
    cpu: 'cortex-m4',
    cpuFlags: ['-mthumb', '-mcpu=cortex-m4', '-mfpu=fpv4-sp-d16', '-mfloat-abi=hard'],
    psram: { origin: 0x2100_0000, bytes: 16 * MiB },
  },
  'cortex-m7': {
    ...mps2,
    machine: 'mps2-an500',
    cpu: 'cortex-m7',
    cpuFlags: ['-mthumb', '-mcpu=cortex-m7', '-mfpu=fpv5-d16', '-mfloat-abi=hard'],
    psram: { origin: 0x6000_0000, bytes: 16 * MiB },
  },
  /**
   * Armv8-M starts in Secure state and everything stays there, so memories are used at their Secure aliases (bit 28 of the
   * address). Arm application note AN505 (DAI 0505), memory map: SSRAM 1, SSRAM 2 and 3, PSRAM (no alias); CMSDK timer 0 of the IoT
   * kit (Arm ECM 0601256) at 20 MHz. The security attribution unit is off after reset: all memory is Secure (Armv8-M ARM, R_PLGR).
   */
  'cortex-m33': {
    ...mps2,
    machine: 'mps2-an505',
    cpu: 'cortex-m33',
    cpuFlags: ['-mthumb', '-mcpu=cortex-m33', '-mfpu=fpv5-sp-d16', '-mfloat-abi=hard'],
    flash: { origin: 0x1000_0000, bytes: 4 * MiB },
    ram: { origin: 0x3800_0000, bytes: 4 * MiB },
    psram: { origin: 0x8000_0000, bytes: 16 * MiB },
    timer: { kind: 'cmsdk', address: 0x5000_0000, instructionsPerTick: 50 },
  },
  /**
   * Arm application note AN547 (DAI 0547), memory map: ITCM, DTCM, DDR4; the vector table is at 0. Code and variables are in the
   * tightly coupled memories, arenas and weights that do not fit there in DDR4. The system counter of the SSE-300 (Arm
   * 101773, section 5.5.1) runs at 32 MHz.
   */
  'cortex-m55': {
    machine: 'mps3-an547',
    machineArgs: [],
    cpu: 'cortex-m55',
    toolchain: 'arm',
    cpuFlags: ['-mthumb', '-mcpu=cortex-m55', '-mfpu=auto', '-mfloat-abi=hard'],
    flash: { origin: 0x0000_0000, bytes: 512 * KiB },
    ram: { origin: 0x2000_0000, bytes: 512 * KiB },
    psram: { origin: 0x6000_0000, bytes: 16 * MiB },
    stackBytes: 256 * KiB,
    timer: { kind: 'sse', address: 0x5810_0000, instructionsPerTick: 31.25 },
  },
  /**
   * RV32IMC without other extensions, as the ESP32-C3 has it, on QEMU's own board `virt`: DRAM at 0x8000_0000 where it starts (QEMU
   * documentation, "virt" generic virtual platform; hw/riscv/virt.c), divided here like the Arm boards.
   */
  rv32imc: {
    machine: 'virt',
    machineArgs: [
      ...['-bios', 'none', '-m', '32M'],
      ...['-cpu', 'rv32,a=off,f=off,d=off,zba=off,zbb=off,zbc=off,zbs=off'],
    ],
    cpu: 'rv32imc',
    toolchain: 'riscv',
    cpuFlags: ['-march=rv32imc', '-mabi=ilp32'],
    flash: { origin: 0x8000_0000, bytes: 4 * MiB },
    ram: { origin: 0x8040_0000, bytes: 4 * MiB },
    psram: { origin: 0x8100_0000, bytes: 16 * MiB },
    stackBytes: 256 * KiB,
    timer: { kind: 'minstret', address: 0, instructionsPerTick: 1 },
  },
} as const satisfies Readonly<Record<string, QemuMachine>>;

/** A processor that packages are compiled for and run on. */
export type QemuCpu = keyof typeof QEMU_MACHINES;

/** Every processor, small ones first. */
export const qemuCpus: readonly QemuCpu[] = [
  ...(['cortex-m0', 'cortex-m0plus', 'cortex-m3', 'cortex-m4', 'cortex-m33', 'cortex-m7', 'cortex-m55'] as const),
  'rv32imc',
];

/** The linker script `memory.ld`: the regions, the room for the stack, and where weight tables go. */
export function memoryScript(
  { flash, ram, psram, stackBytes }: Pick<QemuMachine, 'flash' | 'ram' | 'psram' | 'stackBytes'>,
  weights: 'FLASH' | 'PSRAM',
): string {
  const line = (name: string, { origin, bytes }: Region) =>
    `    ${name} : ORIGIN = 0x${origin.toString(16)}, LENGTH = ${bytes}\n`;
  const external = psram === undefined ? '' : line('PSRAM', psram);
  const alias = psram === undefined ? 'REGION_ALIAS("PSRAM", RAM)\n' : '';
  return `MEMORY\n{\n${line('FLASH', flash)}${line('RAM', ram)}${external}}
${alias}REGION_ALIAS("WEIGHTS", ${weights})\nimage_stack_bytes = ${stackBytes};\n`;
}
