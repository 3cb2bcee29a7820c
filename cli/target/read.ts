import { dirname, isAbsolute, join } from 'node:path';
import { fail, fileWhere, readInputFile } from '../input/file.ts';

/** Largest profile file that is read: far more than any has. */
const maxProfileBytes = 2 ** 20;

/** How many profiles may extend one another. */
const maxDepth = 16;

type Fields = Readonly<Record<string, unknown>>;

/** The fields of a built-in profile, or undefined where there is none of that name. */
export type FindBuiltIn = (name: string) => Fields | undefined;

/** The JSON object in a profile file. Throws ProblemError where it is no file or holds no object. */
export function readProfileFile(path: string): Fields {
  const bytes = readInputFile(path, maxProfileBytes);
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    const what = `it is no JSON: ${error instanceof Error ? error.message : String(error)}`;
    return fail('target-profile', fileWhere(path), what, 'correct it');
  }
  if (isFields(value)) return value;
  return fail('target-profile', fileWhere(path), 'it holds no JSON object', 'see docs/targets.md for an example');
}

/** Whether a name is that of a file rather than of a target. */
export const isFileName = (name: string): boolean => /[/\\]|\.json$/i.test(name);

/**
 * The fields of the profile in `path` laid over those that it extends: objects field by field, lists and values as a whole. Its name and
 * its aliases are its own. Throws ProblemError for a circle of profiles and for one that is not there.
 */
export function readExtended(path: string, findBuiltIn: FindBuiltIn, chain: readonly string[] = []): Fields {
  const where = fileWhere(path);
  if (chain.includes(path)) {
    const circle = [...chain.slice(chain.indexOf(path)), path].join(' extends ');
    return fail('target-extends', where, `extends: it extends itself: ${circle}`, 'take one of them out');
  }
  if (chain.length >= maxDepth) {
    return fail('target-extends', where, `extends: more than ${maxDepth} profiles in a row`, 'join some of them');
  }
  const { extends: base, ...own } = readProfileFile(path);
  if (base === undefined) return own;
  if (typeof base !== 'string' || base === '') {
    return fail('target-extends', where, 'extends: is no name', 'give a target of thimble, or a profile file');
  }
  if (own.name === undefined) {
    return fail('target-profile', where, 'name: is missing', 'a profile that extends another has a name of its own');
  }
  const inherited = isFileName(base)
    ? readExtended(isAbsolute(base) ? base : join(dirname(path), base), findBuiltIn, [...chain, path])
    : (findBuiltIn(base) ??
      fail('target-extends', where, `extends: there is no target "${base}"`, 'see thimble targets for their names'));
  const { aliases: _, ...kept } = inherited;
  return overlay(kept, own);
}

/** `over` on `under`: a field of both that is an object in both is overlaid likewise. */
function overlay(under: Fields, over: Fields): Fields {
  const merged = new Map(Object.entries(under));
  for (const [key, value] of Object.entries(over)) {
    const old = merged.get(key);
    merged.set(key, isFields(old) && isFields(value) ? overlay(old, value) : value);
  }
  return Object.fromEntries(merged);
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
