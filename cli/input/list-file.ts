import { existsSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, sep } from 'node:path';
import { fail, fileWhere, readInputFile } from './file.ts';

/** A line of a list of samples: for each input its source, and the class where the line has one. */
export interface ListedSample {
  /** `path` or `path#3` for the fourth sample of a file with several; `input` is null where the line names none. */
  readonly sources: readonly { readonly input: string | null; readonly path: string; readonly part: number | null }[];
  readonly label: number | null;
  readonly line: number;
}

const maxListBytes = 2 ** 26;

/**
 * A list of samples, one on each line: `photos/a.png`, `x.npy#3`, with a tab and the class after it where it is known; for models with
 * several inputs `audio=a.wav` and `meta=a.npy` with tabs between. Paths start in the folder of the list. Lines that begin with `#`
 * are comments. Throws ProblemError.
 */
export function readSampleList(path: string, inputNames: readonly string[]): readonly ListedSample[] {
  const text = new TextDecoder().decode(readInputFile(path, maxListBytes));
  const lines = text.split(/\r\n|\n|\r/).flatMap((line, i): ListedSample[] => {
    if (line.trim() === '' || line.startsWith('#')) return [];
    return [parseLine(line, i + 1, dirname(path), inputNames)];
  });
  if (lines.length === 0) fail('list-empty', fileWhere(path), 'it names no samples', 'write one path on each line');
  return lines;
}

function parseLine(text: string, line: number, folder: string, inputNames: readonly string[]): ListedSample {
  const fields = text.split('\t');
  const last = fields.at(-1) ?? '';
  const label = fields.length > 1 && /^\d{1,9}$/.test(last.trim()) ? Number(last) : null;
  const sources = (label === null ? fields : fields.slice(0, -1)).map((field) => {
    const input = inputNames.find((name) => field.startsWith(`${name}=`)) ?? null;
    return { input, ...sourceOf(input === null ? field : field.slice(input.length + 1), folder) };
  });
  return { sources, label, line };
}

function sourceOf(text: string, folder: string): { readonly path: string; readonly part: number | null } {
  const path = isAbsolute(text) ? text : join(folder, text);
  const match = /^(.*)#(\d{1,9})$/.exec(path);
  if (match?.[1] === undefined || existsSync(path)) return { path, part: null };
  return { path: match[1], part: Number(match[2]) };
}

/** A sample as a line of a list, see {@link readSampleList}. */
export interface ListLine {
  readonly sources: readonly { readonly input: string; readonly source: string }[];
  readonly label: number | null;
}

/** The text of a list in the file `path`, with paths relative to its folder. */
export function sampleListText(path: string, lines: readonly ListLine[], head: string): string {
  const text = lines.map(({ sources, label }) => {
    const named = sources.map(({ input, source }) => {
      const place = posix(relative(dirname(path), source));
      return sources.length > 1 ? `${input}=${place}` : place;
    });
    return [...named, ...(label === null ? [] : [String(label)])].join('\t');
  });
  return `# ${head}\n${text.join('\n')}\n`;
}

const posix = (path: string) => (sep === '\\' ? path.replaceAll('\\', '/') : path);
