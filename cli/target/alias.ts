import type { Profile } from './schema.ts';

/**
 * Names that a profile has for itself: its own, its board's and those of the ecosystems that name a board or a part. No other profile has
 * them.
 */
export function aliasesOf({ name, aliases, identifiers }: Profile): readonly string[] {
  const { arduino = [], platformio = [], zephyr = [], probeRs = [], esptool = [], jlink = [] } = identifiers;
  return unique([name, ...aliases, ...arduino, ...platformio, ...zephyr, ...probeRs, ...jlink, ...esptool]);
}

/** Names that it may share with others of its family: an OpenOCD configuration, a UF2 family. */
export function familyNamesOf({ identifiers }: Profile): readonly string[] {
  const { openocd = [], uf2 = [], pyocd = [] } = identifiers;
  return unique([...openocd, ...uf2, ...pyocd]);
}

/**
 * The profiles that `name` may mean, without regard to case: the one that has it for itself, or all of the family. An Arduino board may
 * have more options than the profile names: `...:pnum=NUCLEO_F446RE,upload_method=swdMethod`.
 */
export function findByAlias(profiles: readonly Profile[], name: string): readonly Profile[] {
  const word = name.toLowerCase();
  const is = (alias: string) => alias.toLowerCase() === word;
  const own = profiles.filter((profile) => aliasesOf(profile).some(is));
  if (own.length > 0) return own;
  const begins = (board: string) => [',', ':'].some((mark) => word.startsWith(board.toLowerCase() + mark));
  const boards = profiles.filter(({ identifiers }) => identifiers.arduino?.some(begins) === true);
  if (boards.length > 0) return boards;
  return profiles.filter((profile) => familyNamesOf(profile).some(is));
}

const unique = (names: readonly string[]): readonly string[] => [...new Set(names)];
