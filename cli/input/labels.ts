import { fail, fileWhere, readInputFile } from './file.ts';

/** One class name per line, as in ImageNet's and COCO's lists; the line number from 0 is the class index. */
export function readClassNames(path: string): readonly string[] {
  const text = new TextDecoder().decode(readInputFile(path, 2 ** 24));
  const lines = text.split(/\r\n|\n|\r/).map((line) => line.trim());
  while (lines.at(-1) === '') lines.pop();
  if (lines.length === 0) fail('labels-empty', fileWhere(path), 'it holds no class names', 'write one name per line');
  return lines;
}

/** Lower-case letters and digits, everything else one blank: `acorn_squash` and `Acorn squash` are the same name. */
function plain(name: string): string {
  return name
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}

/** `n07717410_acorn_squash` is `acorn squash`: WordNet numbers lead ImageNet's folder and file names. */
function withoutWordNetId(name: string): string {
  return name.replace(/^n\d{8}[_-](?=.)/, '');
}

/**
 * Finds class indices by name. A line `tench, Tinca tinca` is known by the whole line and by each of its names; where
 * several classes share a name ("crane"), the class whose first name it is wins, the first of them.
 */
export function classFinder(classNames: readonly string[]): (name: string) => number | null {
  const exact = new Map<string, number>();
  const main = new Map<string, number>();
  const other = new Map<string, number>();
  const add = (map: Map<string, number>, key: string, index: number): void => {
    if (key !== '' && !map.has(key)) map.set(key, index);
  };
  for (const [index, line] of classNames.entries()) {
    add(exact, plain(line), index);
    for (const [position, name] of line.split(',').entries()) add(position === 0 ? main : other, plain(name), index);
  }
  return (name) => {
    for (const candidate of [name, withoutWordNetId(name)]) {
      const key = plain(candidate);
      const found = exact.get(key) ?? main.get(key) ?? other.get(key);
      if (found !== undefined) return found;
    }
    return null;
  };
}

/** Where the class stands in the name of a file. */
export type LabelPlace = 'end' | 'start' | 'none';

/**
 * The class number in a file name: `tst_000000_Stop_7` ends in 7, `0_lucas_9` starts with 0. The number is a part of the
 * name between `_`, `-`, `.` or blanks, and no part that stands alone. Null where there is none.
 */
export function labelInName(stem: string, place: LabelPlace): number | null {
  if (place === 'none') return null;
  const match = place === 'end' ? /[_\-. ](\d{1,6})$/.exec(stem) : /^(\d{1,6})[_\-. ]/.exec(stem);
  return match?.[1] === undefined ? null : Number(match[1]);
}
