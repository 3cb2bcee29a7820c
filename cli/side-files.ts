import { existsSync, realpathSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { fail, fileErrorReason, fileWhere, readInputFile } from './input/file.ts';

/** Files of a model together: 4 GiB. */
const totalLimitBytes = 2 ** 32;

/**
 * Reads files that belong to the model at `modelPath` by their path relative to its folder; null where there is none. A model must
 * not make us read other files of the user's: absolute paths, `..` and links that lead out of the folder are refused.
 */
export function sideFilesOf(modelPath: string): (name: string) => Uint8Array | null {
  let leftBytes = totalLimitBytes;
  return (name) => {
    const parts = name.split(/[/\\]/);
    if (name === '' || /[\0:]/.test(name) || parts.some((part) => part === '' || part === '..')) {
      fail(
        'side-file-path',
        fileWhere(name),
        "the model names a file that is not in the model's folder",
        'put all files of the model into one folder',
      );
    }
    const folder = dirname(modelPath);
    const path = join(folder, ...parts);
    if (!existsSync(path)) return null;
    if (!isInside(folder, path)) {
      fail(
        'side-file-path',
        fileWhere(name),
        "it is a link that leads out of the model's folder",
        'put the file itself there',
      );
    }
    const bytes = readInputFile(path, Math.min(leftBytes, 2 ** 31));
    leftBytes -= bytes.length;
    return bytes;
  };
}

function isInside(folder: string, path: string): boolean {
  try {
    const real = realpathSync(folder);
    return realpathSync(path).startsWith(real.endsWith(sep) ? real : `${real}${sep}`);
  } catch (error) {
    return fail('file-unreadable', fileWhere(path), fileErrorReason(error), 'check the path');
  }
}
