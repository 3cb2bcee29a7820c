import { realpathSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, sep } from 'node:path';
import { fail, fileWhere, readInputFile } from './file.ts';

/** Most bytes of one side file, as for models (2 GiB), and of all side files of a model. */
const maxSideBytes = 2 ** 31;
const maxTotalBytes = 2 ** 32;

/**
 * Reads files that belong to the model at `modelPath`: those in its folder and below, by their relative path, and nothing else, also not
 * through symbolic links. Null where there is no such file. Throws ProblemError for a path that leads outside.
 */
export function sideFileReader(modelPath: string): (name: string) => Uint8Array | null {
  const folder = dirname(modelPath);
  let leftBytes = maxTotalBytes;
  return (name) => {
    if (isAbsolute(name)) outside(name);
    const resolved = realPath(join(folder, name));
    if (resolved === null) return null;
    const inside = relative(realpathSync(folder), resolved);
    if (isAbsolute(inside) || inside === '' || inside === '..' || inside.startsWith(`..${sep}`)) outside(name);
    const bytes = readInputFile(resolved, Math.min(leftBytes, maxSideBytes));
    leftBytes -= bytes.length;
    return bytes;
  };
}

function outside(name: string): never {
  return fail(
    'side-file-outside',
    fileWhere(name),
    'the model names it as its own, but it lies outside of the folder of the model',
    'put the file itself beside the model',
  );
}

/** The path without links, or null where nothing is there. */
function realPath(path: string): string | null {
  try {
    return realpathSync(path);
  } catch {
    return null;
  }
}
