import type { FlashBoard } from '../../targets/flash/adapter.ts';
import type { Profile } from '../target/schema.ts';
import { UsageError } from '../usage.ts';

/** Parts of avrdude by the names of profiles: AVRDUDE 8 manual, List of Parts. */
const avrdudeParts: Readonly<Record<string, string>> = {
  atmega328p: 'm328p',
  atmega2560: 'm2560',
  atmega32u4: 'm32u4',
};

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
