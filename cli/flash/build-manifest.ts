import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { z } from 'zod';
import type { ImageFormat } from '../../targets/flash/adapter.ts';
import { fail, fileWhere, readInputFile } from '../input/file.ts';
import { type CommandIo, resolvePath } from '../io.ts';

/** The file that `thimble build` writes beside the images. */
export const buildFile = 'build.json';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const image = z.looseObject({ path: z.string().min(1), sha256, bytes: z.number().int().nonnegative() });

const schema = z.looseObject({
  generator: z.string(),
  board: z.string(),
  package: z.looseObject({ hash: sha256 }),
  artifacts: z.looseObject({
    elf: image.optional(),
    bin: image.optional(),
    hex: image.optional(),
    uf2: image.optional(),
  }),
  address: z.number().int().nonnegative(),
  sizes: z.looseObject({
    flash: z.number(),
    sram: z.number(),
    flashLimit: z.number(),
    sramLimit: z.number(),
    fits: z.boolean(),
  }),
  console: z.looseObject({ kind: z.string(), baud: z.number().int().nonnegative().nullish() }).nullish(),
});

/** A build whose files are those that the manifest tells of. */
export interface CheckedBuild {
  /** Of the manifest. */
  readonly folder: string;
  readonly board: string;
  /** Absolute paths. */
  readonly images: Readonly<Partial<Record<ImageFormat, string>>>;
  readonly bytes: Readonly<Partial<Record<ImageFormat, number>>>;
  readonly address: number;
  readonly sizes: z.infer<typeof schema>['sizes'];
  /** How the firmware prints: `uart`, `semihosting`, `rtt`, `usb`. */
  readonly consoleKind: string;
  /** Of its serial line; null where it has none. */
  readonly baud: number | null;
  readonly packageHash: string;
}

const formats = ['elf', 'bin', 'hex', 'uf2'] as const satisfies readonly ImageFormat[];

/**
 * Reads the build of a board in `path`: the folder of a build, or that of a package with its builds in `build/<board>`. Throws ProblemError
 * where there is none, it is for another board, or a file of the build or of the package is not what the manifests say.
 */
export function readBuild(path: string, board: string, io: CommandIo): CheckedBuild {
  const given = resolvePath(io, path);
  const folder = [given, join(given, 'build', board), join(given, board)].find((one) =>
    existsSync(join(one, buildFile)),
  );
  if (folder === undefined) {
    const built = existsSync(join(given, 'thimble.json')) ? `thimble build ${path} --board ${board}` : 'thimble build';
    fail(
      'build-missing',
      `folder ${JSON.stringify(path)}`,
      `holds no ${buildFile} for ${board}`,
      `build the firmware first: ${built}`,
    );
  }
  const manifest = parse(join(folder, buildFile));
  const where = fileWhere(join(folder, buildFile));
  if (manifest.board !== board) {
    fail('build-board', where, `the firmware is for ${manifest.board}, not for ${board}`, `build it for ${board}`);
  }
  const images: Partial<Record<ImageFormat, string>> = {};
  const bytes: Partial<Record<ImageFormat, number>> = {};
  for (const format of formats) {
    const entry = manifest.artifacts[format];
    if (entry === undefined) continue;
    images[format] = checkedImage(folder, entry);
    bytes[format] = entry.bytes;
  }
  checkPackage(folder, manifest.package.hash);
  const { address, sizes } = manifest;
  const { kind = 'none', baud = null } = manifest.console ?? {};
  return { folder, board, images, bytes, address, sizes, consoleKind: kind, baud, packageHash: manifest.package.hash };
}

function parse(path: string): z.infer<typeof schema> {
  const advice = 'build the firmware again';
  const text = Buffer.from(readInputFile(path, 2 ** 24)).toString('utf8');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return fail('build-broken', fileWhere(path), 'is no JSON', advice);
  }
  const parsed = schema.safeParse(value);
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
function checkedImage(folder: string, { path, sha256, bytes }: z.infer<typeof image>): string {
  const full = isAbsolute(path) ? path : resolve(folder, path);
  const found = readInputFile(full);
  if (found.length === bytes && digest(found) === sha256) return full;
  const what = `is not the file that ${buildFile} tells of: its SHA-256 is another one`;
  return fail('build-changed', fileWhere(full), what, 'build the firmware again; nothing was flashed');
}

const packageSchema = z.looseObject({ files: z.array(z.looseObject({ path: z.string(), sha256 })) });

/**
 * Compares the package that a build was made of, where it still lies above the build, with its own manifest and with the hash that the
 * build has kept of that.
 */
function checkPackage(folder: string, hash: string): void {
  const root = [dirname(folder), dirname(dirname(folder))].find((one) => existsSync(join(one, 'thimble.json')));
  if (root === undefined) return;
  const path = join(root, 'thimble.json');
  const bytes = readInputFile(path, 2 ** 26);
  const advice = 'convert the model again, then build; nothing was flashed';
  if (digest(bytes) !== hash)
    fail('package-changed', fileWhere(path), 'is not that of the package that was built', advice);
  const parsed = packageSchema.safeParse(JSON.parse(Buffer.from(bytes).toString('utf8')));
  if (!parsed.success) fail('package-broken', fileWhere(path), 'is no manifest of a package', advice);
  for (const file of parsed.data?.files ?? []) {
    const full = join(root, file.path);
    if (digest(readInputFile(full)) === file.sha256) continue;
    fail(
      'package-changed',
      fileWhere(full),
      'is not the file that thimble.json tells of: its SHA-256 is another one',
      advice,
    );
  }
}

function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
