import { closeSync, existsSync, fsyncSync, openSync, readdirSync, readFileSync, statSync, writeSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import type { FlashOutcome } from './adapter.ts';

/** A mounted drive of a UF2 loader. */
export interface Uf2Drive {
  readonly folder: string;
  /** `RPI-RP2`, `SAMD51J19A-Feather-v0`: the line `Board-ID` of INFO_UF2.TXT. */
  readonly boardId: string;
  readonly model: string;
}

/** The file by which a UF2 loader is known: microsoft/uf2, README, "Files exposed by bootloaders". */
export const uf2InfoFile = 'INFO_UF2.TXT';

/** Where systems mount drives: Linux desktops, macOS. */
export function mountFolders(): readonly string[] {
  const { username } = userInfo();
  return [`/media/${username}`, `/run/media/${username}`, '/media', '/mnt', '/Volumes'];
}

/** The drive at a folder, or null where it is none. */
export function driveAt(folder: string): Uf2Drive | null {
  const path = join(folder, uf2InfoFile);
  if (!existsSync(path)) return null;
  const text = readFileSync(path, 'latin1').slice(0, 4096);
  const field = (name: string) => new RegExp(`^${name}:[ \\t]*(.*)$`, 'mi').exec(text)?.[1]?.trim() ?? '';
  return { folder, boardId: field('Board-ID'), model: field('Model') };
}

/** Every drive below the folders where systems mount them. */
export function findDrives(folders: readonly string[] = mountFolders()): readonly Uf2Drive[] {
  const drives = folders.flatMap((folder) => {
    try {
      return readdirSync(folder).flatMap((name) => driveAt(join(folder, name)) ?? []);
    } catch {
      return [];
    }
  });
  return [...new Map(drives.map((drive) => [drive.folder, drive])).values()];
}

/** Board names of the loaders in ROM, with the families that they take: RP2040 data sheet 2.8.4, RP2350 data sheet 5.5.3. */
const romLoaders: Readonly<Record<string, readonly number[]>> = {
  'RPI-RP2': [0xe48bff56],
  RP2350: [0xe48bff57, 0xe48bff58, 0xe48bff59, 0xe48bff5a, 0xe48bff5b],
};

/** Why a drive is not that of a board of this family; null where it is. `family` is the name of the UF2 family: `SAMD51`. */
export function driveRefusal(drive: Uf2Drive, family: { readonly id: number; readonly name: string }): string | null {
  const known = romLoaders[drive.boardId];
  const plain = (text: string) => text.toLowerCase().replace(/[^a-z0-9]/g, '');
  const isFamily = known?.includes(family.id) ?? plain(`${drive.boardId} ${drive.model}`).includes(plain(family.name));
  const called = drive.boardId === '' ? 'has no Board-ID' : `calls its board ${JSON.stringify(drive.boardId)}`;
  return isFamily ? null : `${uf2InfoFile} ${called}, which is no ${family.name}`;
}

/** How long a loader may take to restart the board after the last block, in milliseconds, and how often it is looked. */
const [SETTLE_MS, STEP_MS] = [3000, 100];

/**
 * Copies a UF2 file to the drive and waits until it has arrived: the file is read back where the drive stays; a drive that goes away has
 * taken its last block and restarted the board. `progress` is told of the part that is written.
 */
export async function copyToDrive(
  drive: Uf2Drive,
  bytes: Uint8Array,
  progress: (part: number) => void,
): Promise<FlashOutcome> {
  const path = join(drive.folder, 'firmware.uf2');
  try {
    writeSynced(path, bytes, progress);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    // The board restarts with the last block, and some do before the file is closed; before that it has gone too early.
    return { kind: 'failed', what: `the drive took not all of the file: ${reason}` };
  }
  for (let waited = 0; waited < SETTLE_MS; waited += STEP_MS) {
    if (!existsSync(join(drive.folder, uf2InfoFile))) return { kind: 'written', verified: false };
    const same = readBack(path, bytes);
    if (same === true) return { kind: 'written', verified: true };
    if (same === false) return { kind: 'failed', what: `${path} reads back otherwise than it was written` };
    await new Promise((resolve) => setTimeout(resolve, STEP_MS));
  }
  return { kind: 'failed', what: 'the file is gone from the drive, which is still there: the loader has refused it' };
}

const PIECE_BYTES = 64 * 512;

function writeSynced(path: string, bytes: Uint8Array, progress: (part: number) => void): void {
  const file = openSync(path, 'w');
  try {
    for (let start = 0; start < bytes.length; ) {
      start += writeSync(file, bytes, start, Math.min(PIECE_BYTES, bytes.length - start));
      progress(start / bytes.length);
    }
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Whether the file holds the bytes; null where it is not there. */
function readBack(path: string, bytes: Uint8Array): boolean | null {
  try {
    return statSync(path).size === bytes.length && Buffer.from(bytes).equals(readFileSync(path));
  } catch {
    return null;
  }
}
