import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fail, fileWhere } from '../input/file.ts';
import type { LoadedModel } from '../model-file.ts';
import type { NamedSample } from '../quantize/samples.ts';
import { shownName } from './names.ts';
import type { Report } from './schema.ts';

type FileEntry = Report['provenance']['inputs'][number];

/** Options of a command line with their usual values. */
export type OptionTable = Readonly<Record<string, object>>;

/** Options whose values are paths: of these the last part is told, as everything else is of this computer. */
const paths: ReadonlySet<string> = new Set(['before', 'labels', 'preprocess', 'samples', 'target', 'test']);

/** Options that change nothing of what a report says. */
const silent: ReadonlySet<string> = new Set(['cache', 'force', 'json', 'out', 'out-list']);

/** The options that are not their defaults, by name. */
export function givenOptions(args: object, table: OptionTable): Readonly<Record<string, string>> {
  const values = new Map<string, unknown>(Object.entries(args));
  const given = Object.entries(table).flatMap(([name, option]): [string, string][] => {
    const value = values.get(name);
    const usual = 'default' in option ? option.default : undefined;
    if (silent.has(name) || value === undefined || value === usual) return [];
    const texts = (Array.isArray(value) ? value : [value]).map(String);
    return [[name, texts.map((text) => (paths.has(name) ? withoutFolders(text) : text)).join(' ')]];
  });
  return Object.fromEntries(given.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Names of targets may have slashes of their own, files of targets end in `.json`. */
function withoutFolders(text: string): string {
  const [, input = '', path = text] = /^(@|[\w.-]+=)?(.*)$/s.exec(text) ?? [];
  return (
    input +
    (path
      .replace(/[/\\]+$/, '')
      .split(/[/\\]/)
      .at(-1) ?? '')
  );
}

/** The command that makes the same report, but for folders. */
export function reportCommand(file: string, options: Readonly<Record<string, string>>): string {
  const words = Object.entries(options).map(([name, value]) => {
    if (value === 'true') return `--${name}`;
    if (value === 'false') return `--no-${name}`;
    return `--${name} ${/^[\w.,=:+/@%*-]+$/.test(value) ? value : JSON.stringify(value)}`;
  });
  return ['thimble report', /^[\w.+-]+$/.test(file) ? file : JSON.stringify(file), ...words].join(' ');
}

export function modelEntry({ fileName, fileBytes, sha256 }: LoadedModel): FileEntry {
  return { path: shownName(fileName), bytes: fileBytes, sha256 };
}

/** Samples as one entry: the bytes of their tensors, and a hash of all in their order. */
export function samplesEntry(samples: readonly NamedSample[]): readonly FileEntry[] {
  if (samples.length === 0) return [];
  const hash = createHash('sha256');
  let bytes = 0;
  for (const { load } of samples) {
    for (const { type, data } of load()) {
      hash.update(`${type.dtype} ${type.shape.join()};`);
      hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
      bytes += data.byteLength;
    }
  }
  return [{ path: `${samples.length} samples`, bytes, sha256: hash.digest('hex') }];
}

/** More files than a package has. */
const mostFiles = 2000;
/** Bytes of all of them: they are read at once. */
const mostBytes = 2 ** 30;

/** The files of a package, without those of folders that builds make. Throws ProblemError for more than a package can have. */
export function packageFiles(folder: string): readonly { readonly path: string; readonly bytes: Uint8Array }[] {
  const found: string[] = [];
  const visit = (prefix: string) => {
    for (const entry of readdirSync(join(folder, prefix), { withFileTypes: true })) {
      const path = prefix === '' ? entry.name : `${prefix}/${entry.name}`;
      if (entry.isDirectory() && !/^(build.*|node_modules|\..*)$/.test(entry.name)) visit(path);
      else if (entry.isFile() && !entry.name.startsWith('.') && found.length < mostFiles) found.push(path);
    }
  };
  visit('');
  const bytes = found.reduce((sum, path) => sum + statSync(join(folder, path)).size, 0);
  if (bytes > mostBytes || found.length >= mostFiles) {
    const what = `it has ${found.length} files of ${bytes} bytes, more than a package of thimble`;
    return fail('report-folder', fileWhere(folder), what, 'take out what is not of the package');
  }
  return found.sort((a, b) => (a < b ? -1 : 1)).map((path) => ({ path, bytes: readFileSync(join(folder, path)) }));
}

export function fileEntryOf({ path, bytes }: { readonly path: string; readonly bytes: Uint8Array }): FileEntry {
  return { path: shownName(path), bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
}
