/** A cross compiler, its C library, the emulator of its processors, and the parts of the test program that differ. */
export interface Toolchain {
  /** Names in targets/tools.json. */
  readonly compiler: string;
  readonly library: string;
  readonly emulator: string;
  /** Flags for compiling and linking that choose the library. */
  readonly libraryFlags: readonly string[];
  /** Sources below support/: start-up, semihosting, and the measured call in assembly. */
  readonly sources: readonly string[];
}

export type ToolchainName = 'arm' | 'riscv';

export const TOOLCHAINS: Readonly<Record<ToolchainName, Toolchain>> = {
  arm: {
    compiler: 'arm-none-eabi-gcc',
    library: 'arm-none-eabi-newlib',
    emulator: 'qemu-system-arm',
    libraryFlags: ['-specs=nano.specs'],
    sources: ['cortex-m.c', 'cortex-m.S'],
  },
  riscv: {
    compiler: 'riscv64-unknown-elf-gcc',
    library: 'riscv64-picolibc',
    emulator: 'qemu-system-riscv32',
    libraryFlags: ['-specs=picolibc.specs'],
    sources: ['riscv.c', 'riscv.S', 'riscv-call.S'],
  },
};
