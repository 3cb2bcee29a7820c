import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fail, fileErrorReason, fileWhere } from '../input/file.ts';
import { makeFolders } from './folders.ts';

/**
 * Makes `path` a file of `content`, and the folders above it that are missing. It is written beside it first and renamed then, so that whoever
 * looks finds the old file or the new one.
 * Throws ProblemError where the file system refuses; the old file stays.
 */
export function writeFileAtomically(path: string, content: string | Uint8Array): void {
  const draft = `${path}.${process.pid}.tmp`;
  try {
    makeFolders(dirname(path));
    writeFileSync(draft, content, { flag: 'wx' });
    renameSync(draft, path);
  } catch (error) {
    if (existsSync(draft)) rmSync(draft, { force: true });
    fail('output-unwritable', fileWhere(path), fileErrorReason(error), 'choose a file that you may write');
  }
}
