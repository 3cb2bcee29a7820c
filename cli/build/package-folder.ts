import { createHash } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { type Problem, ProblemError } from '../../converter/problem.ts';
import type { FirmwareModel } from '../../targets/firmware/model.ts';
import { fail, fileWhere, readInputFile } from '../input/file.ts';

/** What of `thimble.json` a firmware needs; the rest may grow. */
const manifestSchema = z.looseObject({
  generator: z.string(),
  prefix: z.string().regex(/^[a-z_][a-z0-9_]*$/i),
  cpu: z.string().optional(),
  inputs: z.array(z.looseObject({ dtype: z.string(), fed: z.unknown().optional() })),
  outputs: z.array(z.looseObject({ dtype: z.string() })),
  memory: z.looseObject({
    arenaBytes: z.int().min(0),
    stateBytes: z.int().min(0),
    staticBytes: z.int().min(0),
    stackBoundBytes: z.int().min(0),
    sramBytes: z.int().min(0),
    constantBytes: z.int().min(0),
  }),
  plan: z.looseObject({ banks: z.array(z.looseObject({ section: z.string().nullable() })).optional() }),
  files: z.array(
    z.object({
      path: z.string().regex(/^(?![/.])(?!.*\/\.)[^\\:\0]+$/),
      bytes: z.int().min(0),
      sha256: z.string().regex(/^[0-9a-f]{64}$/),
    }),
  ),
});

export type PackageManifest = z.infer<typeof manifestSchema>;

/** A C package on disk whose files are those that thimble wrote. */
export interface PackageFolder {
  readonly manifest: PackageManifest;
  readonly model: FirmwareModel;
  /** SHA-256 of `thimble.json`, which has that of every other file. */
  readonly sha256: string;
}

/** Whether a path is a folder, as a package or a build is and a model is not. */
export function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/**
 * Reads a C package. Throws ProblemError where there is none, where it is no C package, and with every file that is missing or not what
 * thimble wrote.
 */
export function readPackageFolder(folder: string): PackageFolder {
  const where = fileWhere(folder);
  if (!existsSync(folder)) fail('package-missing', where, 'there is no such folder', convertFirst);
  if (!isFolder(folder)) fail('package-missing', where, 'it is a file, not the folder of a C package', convertFirst);
  const path = join(folder, 'thimble.json');
  if (!existsSync(path))
    fail('package-missing', where, 'it has no thimble.json: thimble did not write it', convertFirst);
  const text = readInputFile(path, 2 ** 26);
  const manifest = parse(text, path);
  const files = readFiles(folder, manifest);
  const { prefix, inputs, outputs, memory } = manifest;
  const model: FirmwareModel = {
    prefix,
    // The Arduino layout has the self test among the sources as well, by a file that includes it.
    files: files.filter(({ path: name }) => /\.[ch]$/.test(name) && name !== `src/${prefix}_selftest.c`),
    inputs: inputs.map(({ dtype }) => dtype),
    outputs: outputs.map(({ dtype }) => dtype),
    isFed: inputs.some(({ fed }) => fed !== undefined),
    hasState: memory.stateBytes > 0,
    stackBoundBytes: memory.stackBoundBytes,
  };
  return { manifest, model, sha256: sha256(text) };
}

const convertFirst = 'write one first: thimble convert model.tflite --to c';

function parse(bytes: Uint8Array, path: string): PackageManifest {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return fail('package-broken', fileWhere(path), 'it is no JSON', 'convert the model again');
  }
  const parsed = manifestSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const at = issue?.path.join('.') ?? '';
  const what = `${at === '' ? 'it' : at} is not what the manifest of a C package has there`;
  return fail('package-broken', fileWhere(path), what, 'convert the model with --to c and this version of thimble');
}

/** Every file of the manifest; all that differ are told at once. */
function readFiles(folder: string, { files }: PackageManifest) {
  const problems: Problem[] = [];
  const read = files.flatMap(({ path, sha256: expected }) => {
    const full = join(folder, path);
    const advice = 'convert the model again; put code of your own outside the package';
    if (!existsSync(full)) {
      problems.push({
        code: 'package-changed',
        where: fileWhere(full),
        what: 'it is missing from the package',
        advice,
      });
      return [];
    }
    const contents = readInputFile(full, 2 ** 28);
    if (sha256(contents) !== expected) {
      problems.push({ code: 'package-changed', where: fileWhere(full), what: 'it is not what thimble wrote', advice });
    }
    return [{ path, contents }];
  });
  if (problems.length > 0) throw new ProblemError(problems);
  return read;
}

/** As 64 hexadecimal digits. */
export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
