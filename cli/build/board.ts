import { InternalError, ProblemError } from '../../converter/problem.ts';
import { type BareBoard, bareBoards } from '../../targets/firmware/boards.ts';
import type { FirmwareMemory, NamedRegion, Region } from '../../targets/firmware/linker-script.ts';
import type { CommandIo } from '../io.ts';
import { findByAlias } from '../target/alias.ts';
import { builtInProfiles, loadTarget } from '../target/load.ts';
import { nearest } from '../usage.ts';

/**
 * The bare board of a name: its own, `qemu:` before the name of an emulated one, or any name of its profile. Null for a board that thimble
 * knows and cannot bring up itself. Throws `board-unknown` with the nearest names.
 */
export function bareBoardFor(name: string): BareBoard | null {
  const word = name.toLowerCase().replace(/^qemu:/, '');
  const own = bareBoards.find((board) => board.name === word);
  if (own !== undefined) return own;
  const profiles = findByAlias(builtInProfiles(), word);
  const named = bareBoards.find((board) => profiles.some((profile) => profile.name === board.name));
  if (named !== undefined) return named;
  if (profiles.length > 0) return null;
  const names = bareBoards.map((board) => board.name);
  const near = [...new Set([nearest(word, names), ...names.filter((one) => word.length > 2 && one.includes(word))])];
  const close = near.filter((one) => one !== null).slice(0, 3);
  throw new ProblemError({
    code: 'board-unknown',
    where: `board ${JSON.stringify(name)}`,
    what: 'there is no such board',
    advice: `${close.length === 0 ? '' : `did you mean ${close.join(', ')}? `}bare firmwares are for ${names.join(', ')}`,
  });
}

/** The memories of a board; `sections` are those of the banks that the package was planned for. */
export function boardMemory({ memory }: BareBoard, sections: readonly string[], io: CommandIo): FirmwareMemory {
  if (memory.kind === 'fixed') return { flash: memory.flash, ram: memory.ram, others: [] };
  const target = loadTarget(memory.profile, io);
  const { flashAddress, flashOffset } = memory;
  const flash = { origin: flashAddress + flashOffset, bytes: (target.flash?.bytes ?? 0) - flashOffset };
  const ends = new Map<string, number>();
  let ram: Region | null = null;
  const others: NamedRegion[] = [];
  for (const { region, bytes, use, section } of target.banks) {
    const origin = ends.get(region) ?? memory.regions[region];
    if (use !== 'data' || origin === undefined) continue;
    ends.set(region, origin + bytes);
    if (section !== null && sections.includes(section)) others.push({ origin, bytes, section });
    else if (ram === null) ram = { origin, bytes };
    else if (others.length === 0 && origin === ram.origin + ram.bytes)
      ram = { origin: ram.origin, bytes: ram.bytes + bytes };
  }
  if (ram === null) throw new InternalError(`the profile ${memory.profile} has no memory at a known address`);
  return { flash, ram, others };
}
