import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { ImageFormat } from '../../targets/flash/adapter.ts';
import { isBuildFolder, readBuildFolder } from '../build/build-folder.ts';
import { type BuildManifest, buildFile } from '../build/manifest.ts';
import { type PackageFolder, readPackageFolder } from '../build/package-folder.ts';
import { fail, fileWhere } from '../input/file.ts';
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
 *
 * @param board name of its profile
 * @param wanted as the user calls it, which may be one of several bare boards of that profile
 */
export function readBuild(path: string, board: string, wanted: string, io: CommandIo): CheckedBuild {
  const given = resolvePath(io, path);
  const source = existsSync(join(given, 'thimble.json')) ? readPackageFolder(given) : null;
  const folder = [wanted, board].flatMap((name) => buildFolders(given, source, name, io)).find(isBuildFolder);
  if (folder === undefined) {
    const command = `thimble build ${source === null ? 'PACKAGE' : path} --board ${wanted}`;
    fail(
      'build-missing',
      `folder ${JSON.stringify(path)}`,
      `there is no ${buildFile} for ${board}`,
      `build the firmware first: ${command}`,
    );
  }
  const where = fileWhere(join(folder, buildFile));
  const { manifest } = readBuildFolder(folder);
  const built = manifest.profile ?? manifest.board;
  if (built !== board)
    fail('build-board', where, `the firmware is for ${built}, not for ${board}`, `build it for ${board}`);
  const images: Partial<Record<ImageFormat, string>> = {};
  for (const format of formats) {
    const entry = manifest.artifacts[format];
    if (entry !== undefined) images[format] = resolve(folder, entry.path);
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
