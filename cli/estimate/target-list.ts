import { type Problem, ProblemError } from '../../converter/problem.ts';
import type { CommandIo } from '../io.ts';
import { findByAlias } from '../target/alias.ts';
import { builtInProfiles, loadProfile } from '../target/load.ts';
import type { Profile } from '../target/schema.ts';
import { UsageError } from '../usage.ts';

/**
 * The profiles of `--target A,B` or `all`, each once. A name that has commas of its own is found, too. Throws ProblemError with every
 * name that there is not.
 */
export function targetList(text: string, io: CommandIo): readonly Profile[] {
  const builtIn = builtInProfiles();
  if (text.trim().toLowerCase() === 'all') return builtIn;
  const names = findByAlias(builtIn, text).length > 0 ? [text] : text.split(',').map((name) => name.trim());
  if (names.some((name) => name === ''))
    throw new UsageError(`--target ${text} has an empty name`, 'write --target nano33ble,rp2040');
  const found = new Map<string, Profile>();
  const problems: Problem[] = [];
  for (const name of names) {
    try {
      const profile = loadProfile(name, io);
      found.set(profile.name, profile);
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      problems.push(...error.problems);
    }
  }
  if (problems.length > 0) throw new ProblemError(problems);
  return [...found.values()];
}
