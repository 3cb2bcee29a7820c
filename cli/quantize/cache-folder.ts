import { homedir } from 'node:os';
import { join } from 'node:path';

/** The environment variable with the folder of the cache, or `off`. */
export const cacheVariable = 'THIMBLE_CACHE';

/**
 * Where statistics are kept: the folder of `--cache`, that of `THIMBLE_CACHE`, or the one for caches of this user. Null for nowhere:
 * `--no-cache`, or `THIMBLE_CACHE=off`.
 */
export function cacheFolder(
  given: unknown,
  resolve: (path: string) => string,
  environment: Readonly<Record<string, string | undefined>> = process.env,
  platform: string = process.platform,
): string | null {
  if (given === false) return null;
  if (typeof given === 'string') return resolve(given);
  const named = environment[cacheVariable];
  if (named === 'off') return null;
  return named === undefined || named === '' ? join(userCache(environment, platform), 'thimble', 'statistics') : named;
}

/** XDG Base Directory Specification 0.8; Apple's File System Programming Guide; Microsoft's LocalAppData. */
function userCache(environment: Readonly<Record<string, string | undefined>>, platform: string): string {
  const { XDG_CACHE_HOME: xdg, LOCALAPPDATA: local } = environment;
  if (platform === 'win32' && local !== undefined) return local;
  if (platform === 'darwin') return join(homedir(), 'Library', 'Caches');
  return xdg === undefined || xdg === '' ? join(homedir(), '.cache') : xdg;
}
