import { existsSync, lstatSync, readdirSync, readFileSync, realpathSync, renameSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { invariant, ProblemError } from '../../converter/problem.ts';
import { fail, fileErrorReason, fileWhere } from '../input/file.ts';
import { makeFolders } from './folders.ts';
import { withInterruptFlag } from './interrupt.ts';
import { recoverLeftovers, type SiblingFolders, siblingFolders } from './leftovers.ts';

/** The file by which a folder is known as ours. */
export interface DirectoryMarker {
  readonly file: string;
  /** Whether `content` of that file was written by us. */
  readonly recognises: (content: Uint8Array) => boolean;
}

/** `thimble.json`: an object whose `generator` is a text that begins with "thimble". */
export const thimbleMarker: DirectoryMarker = {
  file: 'thimble.json',
  recognises: (content) => {
    try {
      const value: unknown = JSON.parse(new TextDecoder().decode(content));
      const isObject = typeof value === 'object' && value !== null && 'generator' in value;
      return isObject && typeof value.generator === 'string' && value.generator.startsWith('thimble');
    } catch {
      return false;
    }
  },
};

/** The steps of a write in their order. Between `retire` and `publish` the target is missing. */
export type WriteStep = 'stage' | 'sync' | 'retire' | 'publish' | 'discard';

export interface WriteOptions {
  /** Replace a folder that is not ours. */
  readonly force: boolean;
  readonly marker: DirectoryMarker;
  /** Called before each step; may throw. For tests. */
  readonly onStep?: (step: WriteStep) => void;
}

/**
 * Makes `directory` a folder of exactly `files` (relative paths with `/`). The new content is written beside it and
 * synced, then swapped in by renaming, so that whoever looks finds the old folder or the new one, never a mixture. A
 * process that is killed between the two renames leaves no folder at that name; the old one is beside it, and the next
 * call brings it back first.
 *
 * Throws ProblemError where the folder exists, is not empty and was not written by us (unless `force`), where the file
 * system refuses, and after SIGINT, SIGTERM or SIGHUP. In all these cases the old folder stays and nothing else remains.
 */
export async function writeDirectoryAtomically(
  directory: string,
  files: ReadonlyMap<string, Uint8Array>,
  options: WriteOptions,
): Promise<void> {
  checkFiles(files, options.marker);
  const target = realTarget(directory);
  const siblings = siblingFolders(target, process.pid);
  await withInterruptFlag(async (throwIfInterrupted) => {
    try {
      recoverLeftovers(target);
      checkReplaceable(target, options);
      await stageFiles(siblings.staging, files, options, throwIfInterrupted);
      swapIn(target, siblings, options);
      await syncFolder(dirname(target));
      options.onStep?.('discard');
      rmSync(siblings.retired, { recursive: true, force: true });
    } catch (error) {
      restore(target, siblings);
      if (!(error instanceof Error && 'code' in error)) throw error;
      fail('output-unwritable', fileWhere(directory), fileErrorReason(error), 'choose a folder that you may write');
    }
  });
}

/** What the caller promises: plain relative paths, distinct where case is ignored, no file that is a folder too. */
function checkFiles(files: ReadonlyMap<string, Uint8Array>, marker: DirectoryMarker): void {
  const seen = new Set([...files.keys()].map((path) => path.toLowerCase()));
  invariant(seen.size === files.size, 'two output files differ in case only');
  for (const path of files.keys()) {
    const parts = path.split('/');
    const isPlain = parts.every((part) => part !== '' && part !== '.' && part !== '..') && !/[\\:\0]/.test(path);
    invariant(isPlain, `${JSON.stringify(path)} is no relative path`);
    for (let n = 1; n < parts.length; n++) {
      invariant(!seen.has(parts.slice(0, n).join('/').toLowerCase()), `${path} lies below another file`);
    }
  }
  const content = files.get(marker.file);
  invariant(content !== undefined && marker.recognises(content), `the output lacks its own ${marker.file}`);
}

/** The folder itself, where `directory` is a symbolic link to it: the link stays. */
function realTarget(directory: string): string {
  try {
    return realpathSync(directory);
  } catch {
    return resolve(directory);
  }
}

function checkReplaceable(target: string, options: WriteOptions): void {
  const stat = lstatSync(target, { throwIfNoEntry: false });
  if (stat === undefined) return;
  const where = fileWhere(target);
  if (!stat.isDirectory()) fail('output-exists', where, 'it is no folder', 'choose another output folder');
  if (dirname(target) === target) fail('output-exists', where, 'it is the root folder', 'choose another output folder');
  if (options.force || readdirSync(target).length === 0 || isOurs(target, options.marker)) return;
  const what = 'the folder exists and was not written by thimble';
  fail('output-exists', where, what, 'choose another output folder, or use --force to replace everything in it');
}

function isOurs(target: string, marker: DirectoryMarker): boolean {
  const path = join(target, marker.file);
  const stat = lstatSync(path, { throwIfNoEntry: false });
  return stat?.isFile() === true && stat.size < 2 ** 26 && marker.recognises(readFileSync(path));
}

async function stageFiles(
  staging: string,
  files: ReadonlyMap<string, Uint8Array>,
  options: WriteOptions,
  throwIfInterrupted: () => void,
): Promise<void> {
  options.onStep?.('stage');
  makeFolders(staging);
  const folders = new Set<string>([staging]);
  for (const [path, bytes] of files) {
    throwIfInterrupted();
    const full = join(staging, path);
    makeFolders(dirname(full));
    for (let folder = dirname(full); folder !== staging; folder = dirname(folder)) folders.add(folder);
    const file = await open(full, 'wx');
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
  }
  options.onStep?.('sync');
  for (const folder of folders) await syncFolder(folder);
  throwIfInterrupted();
}

/** Makes the entries of a folder durable; systems that cannot sync a folder (Windows) need no such call. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** Both renames in one go: no signal can come in between, only the end of the process. */
function swapIn(target: string, { staging, retired }: SiblingFolders, options: WriteOptions): void {
  options.onStep?.('retire');
  if (existsSync(target)) renameSync(target, retired);
  options.onStep?.('publish');
  renameSync(staging, target);
}

/** After a failure: the old folder comes back if it had stepped aside, and what is beside it goes. */
function restore(target: string, { staging, retired }: SiblingFolders): void {
  try {
    if (!existsSync(target) && existsSync(retired)) renameSync(retired, target);
    rmSync(staging, { recursive: true, force: true });
    if (existsSync(target)) rmSync(retired, { recursive: true, force: true });
  } catch {
    // The next call finds what is left, see recoverLeftovers.
  }
}

/** Whether `error` says that the user stopped the work. */
export function isInterruption(error: unknown): boolean {
  return error instanceof ProblemError && error.problems.some((problem) => problem.code === 'interrupted');
}
