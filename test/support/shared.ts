import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The folder of test material beside the repository; tests that need it skip themselves where it is absent. */
export const sharedDir: string = fileURLToPath(new URL('../../../shared/', import.meta.url));

/** Whether the test material is there. Use with `describe.skipIf(!hasShared)`. */
export const hasShared: boolean = existsSync(`${sharedDir}models/INDEX.json`);

/** Why a suite that needs the test material did not run. */
export const sharedMissing = 'skipped: the folder ../shared with models and expected outputs is absent';

if (!hasShared) console.warn(sharedMissing);

/** Bytes of a file of the test material, `path` relative to its root. */
export function readShared(path: string): Uint8Array {
  return new Uint8Array(readFileSync(sharedDir + path));
}
