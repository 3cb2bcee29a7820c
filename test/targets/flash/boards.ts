import { flashBoardOf } from '../../../cli/flash/board.ts';
import { builtInProfiles } from '../../../cli/target/load.ts';
import type { FlashBoard, FlashJob } from '../../../targets/flash/adapter.ts';

const profiles = builtInProfiles();

/** A board of thimble by its name. */
export function boardNamed(name: string): FlashBoard {
  const profile = profiles.find((one) => one.name === name);
  if (profile === undefined) throw new Error(`no profile ${name}`);
  return flashBoardOf(profile);
}

/** A job with every image. */
export function jobFor(board: FlashBoard, more: Partial<FlashJob> = {}): FlashJob {
  const images = { elf: '/b/f.elf', bin: '/b/f.bin', hex: '/b/f.hex', uf2: '/b/f.uf2' };
  return { board, images, address: 0x0800_0000, probe: null, port: null, baud: 115200, ...more };
}

/** An AVR, as its profile tells of it. */
export const uno: FlashBoard = {
  name: 'atmega328p',
  isa: 'AVRe+',
  flashTool: 'avrdude',
  names: { probeRs: [], pyocd: [], openocd: [], esptool: [], uf2: [], avrdude: ['m328p'] },
};
