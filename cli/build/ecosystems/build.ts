import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { endText } from '../../../targets/flash/adapter.ts';
import { commandText, runTool } from '../../../targets/flash/run-tool.ts';
import { findExecutable } from '../../../targets/tools.ts';
import { fail, fileErrorReason } from '../../input/file.ts';
import { type CommandIo, resolvePath } from '../../io.ts';
import { makeFolders } from '../../output/folders.ts';
import type { McuProfile } from '../../target/schema.ts';
import { readPackageFolder } from '../package-folder.ts';
import { arduino } from './arduino.ts';
import type { Ecosystem, EcosystemJob } from './ecosystem.ts';
import { idf } from './idf.ts';
import { pio } from './pio.ts';
import { west } from './west.ts';

const ecosystems: readonly Ecosystem[] = [idf, pio, arduino, west];

/** What `--with` takes. */
export const ecosystemNames: readonly string[] = ecosystems.map(({ name }) => name);

/** A firmware that the user's own tool has built. */
export interface EcosystemBuild {
  readonly tool: string;
  /** As one would type them. */
  readonly commands: readonly string[];
  readonly folder: string;
  readonly images: readonly { readonly path: string; readonly bytes: number }[];
  /** What flashes it. */
  readonly upload: string;
}

export interface EcosystemRequest {
  /** As the user wrote it. */
  readonly packagePath: string;
  readonly profile: McuProfile;
  /** `--with`; null for the first that is installed and can. */
  readonly wanted: string | null;
  /** Null for `./<prefix>-<board>`. */
  readonly out: string | null;
  readonly force: boolean;
}

/**
 * Builds the example program of a package with the tool of an ecosystem: `pio`, `arduino-cli`, `west` or `idf.py`. Its output goes to standard
 * error. Throws ProblemError where no tool can, with the reason for each, and where the tool fails or makes no image.
 */
export async function buildWithEcosystem(request: EcosystemRequest, io: CommandIo): Promise<EcosystemBuild> {
  const { packagePath, profile, wanted } = request;
  const packageFolder = resolve(resolvePath(io, packagePath));
  const { manifest, model } = readPackageFolder(packageFolder);
  const paths = new Set(manifest.files.map(({ path }) => path));
  const { ecosystem, tool } = choose(profile, model.prefix, paths, wanted, packagePath);
  const folder = request.out ?? `${model.prefix}-${profile.name}`;
  const out = resolve(resolvePath(io, folder));
  const job: EcosystemJob = { profile, prefix: model.prefix, packageFolder, out };
  prepare(ecosystem, job, request.force);
  const commands = ecosystem.commands(job).map((args) => ({ path: tool, args }));
  for (const command of commands) {
    io.stderr.write(`$ ${commandText(command)}\n`);
    const end = await runTool(command, (line) => io.stderr.write(`| ${line}\n`), undefined, BUILD_MS);
    if (end.exitCode !== 0) {
      fail(
        'build-failed',
        `${ecosystem.name} for ${profile.name}`,
        endText(end),
        'see what it said above; no firmware was made',
      );
    }
  }
  const images = ecosystem.images(job).flatMap((path) => {
    const full = join(out, path);
    return existsSync(full) ? [{ path, bytes: statSync(full).size }] : [];
  });
  if (images.length === 0) {
    const what = `ended well, but ${ecosystem.images(job)[0]} and its like are not in ${folder}`;
    fail('build-failed', `${ecosystem.name} for ${profile.name}`, what, 'see what it said above; no firmware was made');
  }
  return { tool: ecosystem.name, commands: commands.map(commandText), folder, images, upload: ecosystem.upload(job) };
}

/** A first build of a framework compiles all of it. */
const BUILD_MS = 60 * 60_000;

function choose(
  profile: McuProfile,
  prefix: string,
  paths: ReadonlySet<string>,
  wanted: string | null,
  packagePath: string,
): { readonly ecosystem: Ecosystem; readonly tool: string } {
  const reasons: string[] = [];
  for (const ecosystem of ecosystems.filter(({ name }) => wanted === null || name === wanted)) {
    const tool = findExecutable(ecosystem.name);
    const why =
      ecosystem.boardName(profile) === null
        ? 'it does not know the board'
        : !(paths.has(ecosystem.marker) && paths.has(ecosystem.example(prefix)))
          ? `the package has no layout for it: convert with --layout ${ecosystem.layout}`
          : tool === undefined
            ? `it is not on the PATH; ${ecosystem.install}`
            : null;
    if (why === null && tool !== undefined) return { ecosystem, tool };
    reasons.push(`${ecosystem.name}: ${why}`);
  }
  const what = `thimble does not bring it up by itself, and no tool here builds ${packagePath} for it\n${reasons.join('\n')}`;
  return fail('tool-missing', `board ${profile.name}`, what, 'install one of the tools, and convert with its --layout');
}

/** The file by which a folder is known as one of ours. */
const markerFile = '.thimble-build';

function prepare(ecosystem: Ecosystem, job: EcosystemJob, force: boolean): void {
  const where = `folder ${JSON.stringify(job.out)}`;
  try {
    const isOther = existsSync(job.out) && readdirSync(job.out).length > 0 && !existsSync(join(job.out, markerFile));
    if (isOther && !force)
      fail('output-exists', where, 'thimble did not write it', 'choose another --out, or add --force');
    makeFolders(job.out);
    writeFileSync(join(job.out, markerFile), `${ecosystem.name}\n`);
    for (const { path, contents } of ecosystem.files(job)) writeFileSync(join(job.out, path), contents);
  } catch (error) {
    if (error instanceof Error && 'code' in error) {
      fail('output-unwritable', where, fileErrorReason(error), 'choose a folder that you may write');
    }
    throw error;
  }
}
