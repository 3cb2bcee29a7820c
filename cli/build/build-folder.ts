import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Problem, ProblemError } from '../../converter/problem.ts';
import { fail, fileWhere, readInputFile } from '../input/file.ts';
import { type BuildManifest, buildFile, buildManifestSchema } from './manifest.ts';
import { sha256 } from './package-folder.ts';

/** A folder that `thimble build` wrote, its files checked against `build.json`. */
export interface BuildFolder {
  readonly manifest: BuildManifest;
  readonly elf: Uint8Array;
  readonly bin: Uint8Array;
  readonly hex: Uint8Array;
  readonly uf2: Uint8Array | null;
}

/** Whether a folder holds a build. */
export function isBuildFolder(folder: string): boolean {
  return existsSync(join(folder, buildFile));
}

/** Reads a build. Throws `build-broken`, and `build-changed` with every file that is missing or not what thimble wrote. */
export function readBuildFolder(folder: string): BuildFolder {
  const path = join(folder, buildFile);
  const advice = 'build the firmware anew: thimble build';
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(readInputFile(path, 2 ** 20)));
  } catch (error) {
    if (error instanceof ProblemError) throw error;
    return fail('build-broken', fileWhere(path), 'it is no JSON', advice);
  }
  const parsed = buildManifestSchema.safeParse(value);
  if (!parsed.success) {
    const at = parsed.error.issues[0]?.path.join('.') ?? '';
    return fail('build-broken', fileWhere(path), `${at === '' ? 'it' : at} is not what a build has there`, advice);
  }
  const { artifacts } = parsed.data;
  const problems: Problem[] = [];
  const read = (entry: BuildManifest['artifacts']['elf']): Uint8Array => {
    const file = join(folder, entry.path);
    const isPlain = !/[/\\:\0]|^\.\.?$/.test(entry.path);
    const bytes = isPlain && existsSync(file) ? readInputFile(file, 2 ** 26) : null;
    if (bytes !== null && sha256(bytes) === entry.sha256) return bytes;
    const what = bytes === null ? 'it is missing from the build' : 'it is not what thimble wrote';
    problems.push({ code: 'build-changed', where: fileWhere(file), what, advice });
    return new Uint8Array(0);
  };
  const folderFiles = {
    manifest: parsed.data,
    elf: read(artifacts.elf),
    bin: read(artifacts.bin),
    hex: read(artifacts.hex),
    uf2: artifacts.uf2 === undefined ? null : read(artifacts.uf2),
  };
  if (problems.length > 0) throw new ProblemError(problems);
  return folderFiles;
}
