import { existsSync } from 'node:fs';
import { resolve, sep } from 'node:path';
import { globSync } from 'tinyglobby';
import { fail } from './file.ts';

/** Most files of one pattern. */
const maxFiles = 2_000_000;

const special = /[*?[{]/;

/** Whether `text` is a pattern (`*`, `?`, `[...]`, `{...}`) and there is no file of that very name, which `path` would be. */
export function isPattern(text: string, path: string): boolean {
  return special.test(text) && !existsSync(path);
}

/** The files that fit a pattern. */
export interface PatternFiles {
  /** The folder before the first special character. */
  readonly folder: string;
  /** In byte order of their names, so that every machine agrees. */
  readonly paths: readonly string[];
}

/**
 * The files that fit `pattern`, which is absolute or starts in `folder`; `**` stands for any folders, files that begin with a point are
 * left out. Throws ProblemError where no file fits.
 */
export function filesOfPattern(pattern: string, folder: string): PatternFiles {
  const posix = sep === '\\' ? pattern.replaceAll('\\', '/') : pattern;
  const parts = posix.split('/');
  const fixed = parts.slice(
    0,
    parts.findIndex((part) => special.test(part)),
  );
  const base = fixed.length === 0 ? folder : resolve(folder, `${fixed.join('/')}/`);
  const rest = parts.slice(fixed.length).join('/');
  const found = existsSync(base) ? globSync(rest, { cwd: base, absolute: true, expandDirectories: false }) : [];
  const paths = found.map((path) => resolve(path)).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const where = `--samples ${pattern}`;
  if (paths.length > maxFiles) fail('dataset-size', where, `${paths.length} files fit it`, 'use a part of them');
  if (paths.length > 0) return { folder: base, paths };
  return fail('glob-empty', where, 'no file fits this pattern', 'check it; ** stands for any folders');
}
