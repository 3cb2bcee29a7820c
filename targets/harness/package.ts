import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A file of a C package, `path` relative to the package with `/` between the parts. */
export interface PackageFile {
  readonly path: string;
  readonly contents: string | Uint8Array;
}

/** What is compiled and run: a C package as the C back end writes it, or a hand-written one of the same interface. */
export interface CPackage {
  /** The model's name in C: the header is `<prefix>.h`, functions begin with `<prefix>_`, macros with `<PREFIX>_`. */
  readonly prefix: string;
  /** Every header and source. Sources compile when {@link isPackageSource} says so. */
  readonly files: readonly PackageFile[];
}

/** One inference: the bytes of every input in the order of the interface. */
export interface Sample {
  readonly inputs: readonly Uint8Array[];
}

/** Whether a file belongs to the library part of a package: a `.c` at the root or under `src/`. */
export function isPackageSource(path: string): boolean {
  return /^(?:src\/(?:.*\/)?)?[^/]+\.c$/.test(path);
}

/** The folders that hold headers, relative to the package; `.` for the root. */
export function includeFolders(files: readonly PackageFile[]): readonly string[] {
  const headers = files.filter(({ path }) => path.endsWith('.h'));
  return [...new Set(headers.map(({ path }) => path.replace(/\/?[^/]+$/, '') || '.'))];
}

/** Reads a package from disk. */
export function readPackage(folder: string, prefix: string): CPackage {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const files = entries.map((entry): PackageFile => {
    const path = join(entry.parentPath, entry.name);
    return { path: path.slice(folder.length).replaceAll('\\', '/').replace(/^\/+/, ''), contents: readFileSync(path) };
  });
  return { prefix, files: files.sort((a, b) => (a.path < b.path ? -1 : 1)) };
}
