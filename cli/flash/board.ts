import { bareBoards } from '../../targets/firmware/boards.ts';
import type { FlashBoard } from '../../targets/flash/adapter.ts';
import type { Profile } from '../target/schema.ts';
import { UsageError } from '../usage.ts';

/** Parts of avrdude by the names of profiles: AVRDUDE 8 manual, List of Parts. */
const avrdudeParts: Readonly<Record<string, string>> = {
  atmega328p: 'm328p',
  atmega2560: 'm2560',
  atmega32u4: 'm32u4',
};

/**
 * The name of the profile of a board: that of a bare board of `thimble build`, or the name itself. Throws UsageError for boards of an
 * emulator.
 */
export function profileNameOf(board: string): string {
  const memory = bareBoards.find(({ name }) => name === board.toLowerCase().replace(/^qemu:/, ''))?.memory;
  if (memory === undefined) return board;
  if (memory.kind === 'profile') return memory.profile;
  throw new UsageError(`${board} is a board of an emulator`, 'thimble run BUILD shows its firmware there');
}

/** What flashing needs of a profile. Throws UsageError for phones and computers. */
export function flashBoardOf(profile: Profile): FlashBoard {
  if (profile.kind !== 'mcu') {
    throw new UsageError(`${profile.name} is no microcontroller`, 'name a board: thimble targets shows them');
  }
  const { name, cores, flashTool, identifiers } = profile;
  const { probeRs = [], pyocd = [], openocd = [], esptool = [], uf2 = [] } = identifiers;
  const part = avrdudeParts[name];
  const avrdude = part === undefined ? [] : [part];
  return { name, isa: cores[0].isa, flashTool, names: { probeRs, pyocd, openocd, esptool, uf2, avrdude } };
}

/** The UF2 family of a board; null where it has none. */
export function uf2FamilyOf({ names }: FlashBoard): { readonly id: number; readonly name: string } | null {
  const [id, name] = names.uf2;
  return id === undefined || name === undefined ? null : { id: Number(id), name };
}
