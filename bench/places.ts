import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the repository, the nearest one above this file with our anchors; the same for sources and `dist/`. */
export const root: string = findRoot(dirname(fileURLToPath(import.meta.url)));

function findRoot(folder: string): string {
  if (existsSync(join(folder, 'bench/anchors.json'))) return folder;
  const above = dirname(folder);
  if (above === folder) throw new Error('the benchmarks run inside a clone of the repository');
  return findRoot(above);
}

/** Test material beside the repository; absent in a lone clone. */
export const shared: string = join(root, '..', 'shared');

/** Where peers are installed and pages are built. */
export const scratch: string = join(root, 'out', 'bench');

/**
 * The path of a model or dataset: `examples/...` inside the repository where it is there, else in the test material.
 * Undefined where neither has it.
 */
export function locate(path: string): string | undefined {
  return [join(root, path), join(shared, path)].find((candidate) => existsSync(candidate));
}

/** Why a figure of material that is not here is missing. */
export function absent(path: string): string {
  return `${path} is neither in the repository nor in ../shared`;
}
