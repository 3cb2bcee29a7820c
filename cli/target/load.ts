import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Target } from '../../converter/plan/target.ts';
import { ProblemError } from '../../converter/problem.ts';
import { fileWhere } from '../input/file.ts';
import { type CommandIo, resolvePath } from '../io.ts';
import { nearest } from '../usage.ts';
import { aliasesOf, findByAlias } from './alias.ts';
import { parseProfile } from './parse.ts';
import { isFileName, readExtended, readProfileFile } from './read.ts';
import type { Profile } from './schema.ts';
import { targetOf } from './target.ts';

const folder = new URL('../../targets/profiles/', import.meta.url);

/** Every profile that ships with thimble, by name. */
export function builtInProfiles(): readonly Profile[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json') && file !== 'schema.json')
    .sort()
    .map((file) => parseProfile(readProfileFile(fileURLToPath(new URL(file, folder))), `profile ${file}`));
}

/**
 * The profile that `--target` names: by its name, by an alias, by a name of another ecosystem (all without regard to case), or a
 * profile file. Throws ProblemError where there is none, with the nearest names.
 */
export function loadProfile(name: string, io: CommandIo): Profile {
  const profiles = builtInProfiles();
  if (!isFileName(name) || findByAlias(profiles, name).length > 0) return named(name, profiles);
  const path = resolvePath(io, name);
  const findBuiltIn = (base: string) => named(base, profiles);
  return parseProfile(readExtended(path, findBuiltIn), fileWhere(path));
}

/** {@link loadProfile} as the plain numbers that planning needs. */
export function loadTarget(name: string, io: CommandIo): Target {
  return targetOf(loadProfile(name, io));
}

function named(name: string, profiles: readonly Profile[]): Profile {
  const [found, ...others] = findByAlias(profiles, name);
  if (found !== undefined && others.length === 0) return found;
  const where = `target ${JSON.stringify(name)}`;
  if (found !== undefined) {
    const names = [found, ...others].map((profile) => profile.name).join(', ');
    throw new ProblemError({
      code: 'target-ambiguous',
      where,
      what: `${names} have this name`,
      advice: 'name one of them',
    });
  }
  const near = nearestTargets(name, profiles);
  const hint = near.length === 0 ? '' : `did you mean ${near.join(', ')}? `;
  const advice = `${hint}see thimble targets for all, or give a profile file (./mine.json)`;
  throw new ProblemError({ code: 'target-unknown', where, what: 'there is no such target', advice });
}

/** Names that `name` may be a slip of, at most three. */
function nearestTargets(name: string, profiles: readonly Profile[]): readonly string[] {
  const word = name.toLowerCase();
  const names = profiles.map((profile) => profile.name);
  const within = word.length < 3 ? [] : names.filter((one) => one.includes(word));
  const near = nearest(word, names);
  const aliases = new Map(
    profiles.flatMap((profile) => aliasesOf(profile).map((alias) => [alias.toLowerCase(), profile])),
  );
  const alias = aliases.get(nearest(word, [...aliases.keys()]) ?? '');
  return [
    ...new Set([...(near === null ? [] : [near]), ...within, ...(alias === undefined ? [] : [alias.name])]),
  ].slice(0, 3);
}
