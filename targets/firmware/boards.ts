import { QEMU_MACHINES, type QemuCpu } from '../qemu/machines.ts';
import { PROGRAM_ADDRESS } from '../rp2040/board.ts';
import type { Region } from './linker-script.ts';

/** How a memory bank of a profile lies in the address space; banks of one region follow each other. */
type RegionAddresses = Readonly<Record<string, number>>;

/** Where the sizes of a board's memories come from. */
export type BoardMemory =
  /** A profile of targets/profiles: sizes of flash and banks; the addresses stand here. */
  | {
      readonly kind: 'profile';
      readonly profile: string;
      readonly flashAddress: number;
      /** Bytes at the beginning of the flash that are not the program's: a bootloader. */
      readonly flashOffset: number;
      readonly regions: RegionAddresses;
    }
  | { readonly kind: 'fixed'; readonly flash: Region; readonly ram: Region };

/** What the firmware is run in without the board. */
export type Emulator =
  | {
      readonly kind: 'qemu';
      readonly machine: string;
      readonly machineArgs: readonly string[];
      /** Which of the machine's serial lines the firmware prints on. */
      readonly serial: number;
    }
  | { readonly kind: 'rp2040js' }
  | { readonly kind: 'avr8js' };

/** A processor that firmwares are compiled for. */
export type FirmwareCpu = QemuCpu | 'avr';

/** A board for which thimble brings up everything itself. */
export interface BareBoard {
  readonly name: string;
  readonly title: string;
  /** The processor that code is compiled for. */
  readonly cpu: FirmwareCpu;
  readonly memory: BoardMemory;
  /** Sources below support/: clocks and serial line, and the counter of cycles. */
  readonly sources: readonly string[];
  readonly defines: readonly string[];
  /** Where the text comes out, in words for the user. */
  readonly console: { readonly kind: 'uart'; readonly baud: number; readonly where: string };
  /** UF2 family of its bootloader; null where it has none that takes UF2. */
  readonly uf2Family: number | null;
  /** Whether the image begins with a second boot stage whose CRC the boot ROM checks. */
  readonly hasBootStage: boolean;
  /** Null where thimble knows no emulator of it. */
  readonly emulator: Emulator | null;
}

const baud = 115_200;

/** One of QEMU's MPS boards, with the address and the clock of its first UART. */
function mps(name: string, cpu: QemuCpu, title: string, uart: string, clockHz: number): BareBoard {
  const { machine, machineArgs, flash, ram } = QEMU_MACHINES[cpu];
  return {
    name,
    title,
    cpu,
    memory: { kind: 'fixed', flash, ram },
    sources: ['start.c', 'boards/mps2.c', 'cycles/dwt.c'],
    defines: [`-DBOARD_UART=${uart}u`, `-DBOARD_UART_CLOCK=${clockHz}u`],
    console: { kind: 'uart', baud, where: 'UART0' },
    uf2Family: null,
    hasBootStage: false,
    emulator: { kind: 'qemu', machine, machineArgs, serial: 0 },
  };
}

function nucleo(
  name: string,
  title: string,
  source: string,
  regions: RegionAddresses,
  emulator: Emulator | null,
): BareBoard {
  return {
    name,
    title,
    cpu: 'cortex-m4',
    memory: { kind: 'profile', profile: name, flashAddress: 0x0800_0000, flashOffset: 0, regions },
    sources: ['start.c', source, 'cycles/dwt.c'],
    defines: [],
    console: { kind: 'uart', baud, where: 'USART2 on PA2, the serial port of the ST-LINK' },
    uf2Family: null,
    hasBootStage: false,
    emulator,
  };
}

function nrf52840(
  name: string,
  title: string,
  profile: string,
  pin: number,
  where: string,
  boot: { readonly offset: number; readonly family: number | null },
): BareBoard {
  const regions = { sram: 0x2000_0000 };
  return {
    name,
    title,
    cpu: 'cortex-m4',
    memory: { kind: 'profile', profile, flashAddress: 0, flashOffset: boot.offset, regions },
    sources: ['start.c', 'boards/nrf.c', 'cycles/dwt.c'],
    defines: [`-DBOARD_PIN_TX=${pin}u`, '-DBOARD_CLOCK_HZ=64000000u', '-DBOARD_HAS_ICACHE=1'],
    console: { kind: 'uart', baud, where },
    uf2Family: boot.family,
    hasBootStage: false,
    emulator: null,
  };
}

/** An Arduino board with an AVR at 16 MHz; the start-up is that of avr-libc for the part. */
function arduino(name: string, title: string): BareBoard {
  return {
    name,
    title,
    cpu: 'avr',
    memory: { kind: 'profile', profile: name, flashAddress: 0, flashOffset: 0, regions: { sram: 0 } },
    sources: ['avr.c'],
    defines: [`-mmcu=${name}`, '-DF_CPU=16000000UL'],
    console: { kind: 'uart', baud, where: 'UART0, the USB serial port' },
    uf2Family: null,
    hasBootStage: false,
    emulator: { kind: 'avr8js' },
  };
}

const { 'cortex-m0': microbit, rv32imc: virt } = QEMU_MACHINES;

/** Every bare board, emulated ones first. */
export const bareBoards: readonly BareBoard[] = [
  mps('mps2-an385', 'cortex-m3', 'Arm MPS2, AN385 (Cortex-M3)', '0x40004000', 25_000_000),
  mps('mps2-an386', 'cortex-m4', 'Arm MPS2, AN386 (Cortex-M4)', '0x40004000', 25_000_000),
  mps('mps2-an500', 'cortex-m7', 'Arm MPS2, AN500 (Cortex-M7)', '0x40004000', 25_000_000),
  mps('mps2-an505', 'cortex-m33', 'Arm MPS2+, AN505 (Cortex-M33)', '0x50200000', 20_000_000),
  mps('mps3-an547', 'cortex-m55', 'Arm MPS3, AN547 (Cortex-M55)', '0x59303000', 25_000_000),
  {
    name: 'microbit',
    title: 'BBC micro:bit V1, nRF51822 (Cortex-M0)',
    cpu: 'cortex-m0',
    memory: { kind: 'fixed', flash: microbit.flash, ram: microbit.ram },
    sources: ['start.c', 'boards/nrf.c', 'cycles/nrf51.c'],
    defines: ['-DBOARD_PIN_TX=24u', '-DBOARD_CLOCK_HZ=16000000u'],
    console: { kind: 'uart', baud, where: 'UART0 on P0.24, the serial port of the USB interface' },
    uf2Family: null,
    hasBootStage: false,
    emulator: { kind: 'qemu', machine: microbit.machine, machineArgs: [], serial: 0 },
  },
  {
    name: 'virt',
    title: 'QEMU virt (RV32IMC)',
    cpu: 'rv32imc',
    memory: { kind: 'fixed', flash: virt.flash, ram: virt.ram },
    sources: ['riscv.S', 'riscv.c', 'boards/virt.c', 'cycles/mcycle.c'],
    defines: [],
    console: { kind: 'uart', baud, where: 'UART0' },
    uf2Family: null,
    hasBootStage: false,
    emulator: { kind: 'qemu', machine: virt.machine, machineArgs: virt.machineArgs, serial: 0 },
  },
  {
    name: 'rp2040',
    title: 'Raspberry Pi Pico, RP2040 (Cortex-M0+)',
    cpu: 'cortex-m0plus',
    memory: {
      kind: 'profile',
      profile: 'rp2040',
      flashAddress: PROGRAM_ADDRESS - 0x100,
      flashOffset: 0,
      regions: { sram: 0x2000_0000 },
    },
    sources: ['start.c', 'boards/boot2.S', 'boards/rp2040.c', 'cycles/rp2040.c'],
    defines: [],
    console: { kind: 'uart', baud, where: 'UART0 on GP0 (pin 1)' },
    uf2Family: 0xe48b_ff56,
    hasBootStage: true,
    emulator: { kind: 'rp2040js' },
  },
  nucleo(
    'stm32f446re',
    'NUCLEO-F446RE, STM32F446RE (Cortex-M4)',
    'boards/stm32f4.c',
    { sram: 0x2000_0000 },
    {
      kind: 'qemu',
      machine: 'netduinoplus2',
      machineArgs: [],
      serial: 1,
    },
  ),
  nucleo(
    'stm32l476rg',
    'NUCLEO-L476RG, STM32L476RG (Cortex-M4)',
    'boards/stm32l4.c',
    { sram1: 0x2000_0000, sram2: 0x1000_0000 },
    null,
  ),
  nrf52840('nrf52840', 'nRF52840 DK (Cortex-M4)', 'nrf52840', 6, 'UART0 on P0.06, the serial port of the J-Link', {
    offset: 0,
    family: null,
  }),
  nrf52840(
    'nrf52840-uf2',
    'nRF52840 behind the Adafruit bootloader with SoftDevice S140 6 (Cortex-M4)',
    'nrf52840',
    25,
    'UART0 on P0.25, pin TX of a Feather',
    { offset: 0x2_6000, family: 0xada5_2840 },
  ),
  arduino('atmega328p', 'Arduino Uno, ATmega328P (AVR)'),
  arduino('atmega2560', 'Arduino Mega 2560, ATmega2560 (AVR)'),
];
