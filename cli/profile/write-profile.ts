import { existsSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { ProfileArguments } from '../commands/profile.ts';
import { fail, fileWhere } from '../input/file.ts';
import { type CommandIo, resolvePath } from '../io.ts';
import { writeFileAtomically } from '../output/single-file.ts';
import { loadProfile } from '../target/load.ts';
import { UsageError } from '../usage.ts';

/** What every profile of ours says of itself. */
const mark = 'thimble profile';

/** The file that `--out` names. Throws, before any work, where it cannot be: UsageError without it, ProblemError for a file of others. */
export function checkedOut({ out, force }: Pick<ProfileArguments, 'out' | 'force'>, io: CommandIo): string {
  if (out === undefined) throw new UsageError('--out is missing', 'say where the profile goes: --out mine.json');
  if (!out.endsWith('.json')) throw new UsageError(`--out ${out} does not end in .json`, 'name it mine.json');
  const path = resolvePath(io, out);
  if (!force && existsSync(path) && !readFileSync(path, 'utf8').includes(mark)) {
    fail('output-exists', fileWhere(out), 'thimble profile did not write it', 'choose another name, or add --force');
  }
  return path;
}

/** The name of the profile: as given, or that of the file. */
export function profileName({ name, out }: Pick<ProfileArguments, 'name' | 'out'>): string {
  if (name !== undefined) return name;
  const word = basename(out ?? 'mine.json', '.json')
    .toLowerCase()
    .replace(/[^a-z0-9+.-]+/g, '-')
    .replace(/^[^a-z0-9]+/, '');
  return word === '' ? 'mine' : word;
}

/** Writes the profile and reads it back as `--target` does, so that no file stays that cannot be used. */
export function writeProfile(value: Readonly<Record<string, unknown>>, path: string, io: CommandIo): void {
  const text = `${JSON.stringify(value, null, 2)}\n`;
  writeFileAtomically(path, text);
  loadProfile(path, io);
}

/** Today, `2026-11-21`. */
export const today = (): string => new Date().toISOString().slice(0, 10);
