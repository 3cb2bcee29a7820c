import { existsSync, readFileSync } from 'node:fs';
import { InternalError } from '../converter/problem.ts';

/** The version of this package, read from the package.json above this file (sources and dist/ differ in depth). */
export function thimbleVersion(): string {
  for (const up of ['../package.json', '../../package.json']) {
    const url = new URL(up, import.meta.url);
    if (!existsSync(url)) continue;
    const found: unknown = JSON.parse(readFileSync(url, 'utf8'));
    const isOurs = typeof found === 'object' && found !== null && 'name' in found && found.name === 'thimble';
    if (isOurs && 'version' in found && typeof found.version === 'string') return found.version;
  }
  throw new InternalError('the package.json of thimble is missing');
}
