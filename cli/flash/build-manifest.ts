import { existsSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import type { ImageFormat } from '../../targets/flash/adapter.ts';
import { type BuildManifest, buildFile, buildManifestSchema } from '../build/manifest.ts';
import { type PackageFolder, readPackageFolder, sha256 } from '../build/package-folder.ts';
import { fail, fileWhere, readInputFile } from '../input/file.ts';
import { type CommandIo, resolvePath } from '../io.ts';

/** A build whose files are those that the manifest tells of. */
export interface CheckedBuild {
  /** Of the manifest. */
  readonly folder: string;
  /** Absolute paths. */
  readonly images: Readonly<Partial<Record<ImageFormat, string>>>;
  readonly manifest: BuildManifest;
}

const formats = ['elf', 'bin', 'hex', 'uf2'] as const satisfies readonly ImageFormat[];

/**
 * Reads the build of a board: `path` is the folder of a build, or that of a package whose build lies in it, beside it, or where the command
 * runs. Throws ProblemError where there is none, it is for another board, or a file of the build or of the package is not what the
 * manifests say.
 */
export function readBuild(path: string, board: string, io: CommandIo): CheckedBuild {
  const given = resolvePath(io, path);
  const source = existsSync(join(given, 'thimble.json')) ? readPackageFolder(given) : null;
  const folder = buildFolders(given, source, board, io).find((one) => existsSync(join(one, buildFile)));
  if (folder === undefined) {
    const command = `thimble build ${source === null ? 'PACKAGE' : path} --board ${board}`;
    fail(
      'build-missing',
      `folder ${JSON.stringify(path)}`,
      `there is no ${buildFile} for ${board}`,
      `build the firmware first: ${command}`,
    );
  }
  const where = fileWhere(join(folder, buildFile));
  const manifest = parse(join(folder, buildFile));
  const built = manifest.profile ?? manifest.board;
  if (built !== board)
    fail('build-board', where, `the firmware is for ${built}, not for ${board}`, `build it for ${board}`);
  const images: Partial<Record<ImageFormat, string>> = {};
  for (const format of formats) {
    const entry = manifest.artifacts[format];
    if (entry !== undefined) images[format] = checkedImage(folder, entry);
  }
  const known = source ?? packageAbove(folder);
  if (known !== null && known.sha256 !== manifest.package.hash) {
    const what = 'was built from another state of the package: the hash of its manifest is another one';
    fail('package-changed', where, what, 'build the firmware again; nothing was flashed');
  }
  return { folder, images, manifest };
}

/** Where a build may lie. */
function buildFolders(given: string, source: PackageFolder | null, board: string, io: CommandIo): readonly string[] {
  if (source === null) return [given, join(given, board)];
  const name = `${source.model.prefix}-${board}`;
  return [join(given, 'build', board), join(given, 'build'), resolvePath(io, name), join(dirname(given), name)];
}

/** The package that a build lies in; null where it lies elsewhere. */
function packageAbove(folder: string): PackageFolder | null {
  const root = [dirname(folder), dirname(dirname(folder))].find((one) => existsSync(join(one, 'thimble.json')));
  return root === undefined ? null : readPackageFolder(root);
}

function parse(path: string): BuildManifest {
  const advice = 'build the firmware again';
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(readInputFile(path, 2 ** 24)).toString('utf8'));
  } catch {
    return fail('build-broken', fileWhere(path), 'is no JSON', advice);
  }
  const parsed = buildManifestSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  return fail(
    'build-broken',
    fileWhere(path),
    `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'is wrong'}`,
    advice,
  );
}

/** The path of an image whose bytes have the hash of the manifest. */
function checkedImage(folder: string, image: BuildManifest['artifacts']['elf']): string {
  const full = isAbsolute(image.path) ? image.path : resolve(folder, image.path);
  const found = readInputFile(full);
  if (found.length === image.bytes && sha256(found) === image.sha256) return full;
  const what = `is not the file that ${buildFile} tells of: its SHA-256 is another one`;
  return fail('build-changed', fileWhere(full), what, 'build the firmware again; nothing was flashed');
}
