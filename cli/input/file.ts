import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { ProblemError } from '../../converter/problem.ts';

/** Largest input file that is read: 1 GiB. */
export const maxFileBytes: number = 2 ** 30;

/** Ends the work with one problem. */
export function fail(code: string, where: string, what: string, advice: string): never {
  throw new ProblemError({ code, where, what, advice });
}

/** `file "x.npy"`: the place of a problem that concerns a file. */
export function fileWhere(path: string): string {
  return `file ${JSON.stringify(path)}`;
}

const reasons: { readonly [code: string]: string } = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'a part of the path is not a folder',
  EISDIR: 'this is a folder',
  EACCES: 'it may not be read by this user',
  EPERM: 'it may not be read by this user',
  ELOOP: 'its symbolic links form a circle',
  ENAMETOOLONG: 'the name is too long',
  EMFILE: 'too many files are open',
};

/** What an error of the file system means, in plain words. */
export function fileErrorReason(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return reasons[code] ?? (error instanceof Error ? error.message : String(error));
}

/**
 * Bytes of the regular file `path`. Throws ProblemError where it is absent, unreadable, larger than `limitBytes`, or
 * no regular file (a pipe or a device would block or never end).
 */
export function readInputFile(path: string, limitBytes: number = maxFileBytes): Uint8Array {
  return withInputFile(path, (file, size) => {
    if (size > limitBytes) {
      fail(
        'file-too-large',
        fileWhere(path),
        `it has ${size} bytes`,
        `files up to ${limitBytes} bytes are read; split it`,
      );
    }
    return readAt(file, null, size);
  });
}

/** Size in bytes of the regular file `path`. Throws ProblemError as {@link readInputFile} does. */
export function inputFileSize(path: string): number {
  return withInputFile(path, (_, size) => size);
}

/** At most `byteLength` bytes of the regular file `path` from byte `start` on; fewer where it ends before. Throws ProblemError. */
export function readFilePart(path: string, start: number, byteLength: number): Uint8Array {
  return withInputFile(path, (file, size) => readAt(file, start, Math.max(0, Math.min(byteLength, size - start))));
}

/** Opens the file for `work`, which gets its size. */
function withInputFile<T>(path: string, work: (file: number, size: number) => T): T {
  const where = fileWhere(path);
  let file: number;
  try {
    // O_NONBLOCK, so that opening a pipe without a writer does not wait.
    file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    return fail('file-unreadable', where, fileErrorReason(error), 'check the path');
  }
  try {
    const { size, isRegular } = describe(file);
    if (!isRegular) fail('file-unreadable', where, 'this is not a regular file', 'give the path of a file');
    return work(file, size);
  } catch (error) {
    if (error instanceof ProblemError) throw error;
    return fail('file-unreadable', where, fileErrorReason(error), 'check the path');
  } finally {
    closeSync(file);
  }
}

function describe(file: number): { size: number; isRegular: boolean } {
  const stat = fstatSync(file);
  return { size: stat.size, isRegular: stat.isFile() };
}

/** At most `size` bytes: a file that grows meanwhile is cut at the size that was checked. `start` null is where it stands. */
function readAt(file: number, start: number | null, size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  let filled = 0;
  while (filled < size) {
    const count = readSync(file, bytes, filled, size - filled, start === null ? null : start + filled);
    if (count === 0) break;
    filled += count;
  }
  return filled === size ? bytes : bytes.subarray(0, filled);
}
