import { type Dirent, readdirSync } from 'node:fs';
import { extname, join, parse } from 'node:path';
import { fail, fileErrorReason, fileWhere } from './file.ts';
import { classFinder, type LabelPlace, labelInName } from './labels.ts';
import { fileKind } from './read-sample.ts';

/** A file of a dataset; `name` is its path below the folder. `label` is null where it is not known. */
export interface LabelledFile {
  readonly name: string;
  readonly path: string;
  readonly label: number | null;
}

/** What {@link listFolder} found. */
export interface FolderListing {
  readonly files: readonly LabelledFile[];
  /** Names of the classes by index; null where the folder does not tell. */
  readonly classNames: readonly string[] | null;
}

/** Most entries of one dataset folder, its class folders included. */
const maxEntries = 2_000_000;

/** Files and folders in byte order of their names (not of the locale), so that every machine agrees. */
function entries(path: string): readonly Dirent[] {
  try {
    const found = readdirSync(path, { withFileTypes: true }).filter((entry) => !entry.name.startsWith('.'));
    return found.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  } catch (error) {
    return fail('dataset-unreadable', fileWhere(path), fileErrorReason(error), 'check the path');
  }
}

function isSampleFile(entry: Dirent): boolean {
  const kind = fileKind(entry.name);
  return !entry.isDirectory() && kind !== null && extname(entry.name).toLowerCase() !== '.txt';
}

/**
 * The samples of a folder, in order of their names, with the classes that the names tell:
 *
 * - sub-folders, one per class: the class is the line of `classNames` that has the folder's name, or without class
 *   names the folder's position among the sorted names;
 * - files: the class whose name is the file's (`n07717410_acorn_squash.JPEG`), or a number at the end or the start
 *   of the name, as `place` says.
 *
 * Throws ProblemError for an unreadable or empty folder, and for folders that no class name fits.
 */
export function listFolder(path: string, classNames: readonly string[] | null, place: LabelPlace): FolderListing {
  const all = entries(path);
  const folders = all.filter((entry) => entry.isDirectory());
  const listing = folders.length > 0 ? listClasses(path, folders, classNames) : listFiles(path, all, classNames, place);
  if (listing.files.length > 0) return listing;
  const others = [...new Set(all.filter((entry) => !entry.isDirectory()).map(({ name }) => extname(name) || name))];
  const found =
    all.length === 0 ? 'it is empty' : others.length === 0 ? '' : `its files are ${others.slice(0, 5).join(', ')}`;
  const what = `there are no samples in it${found === '' ? '' : `: ${found}`}`;
  return fail('dataset-empty', fileWhere(path), what, 'use .npy, .npz, .bin, .png, .jpg, .wav or .csv files');
}

function listClasses(path: string, folders: readonly Dirent[], classNames: readonly string[] | null): FolderListing {
  const find = classNames === null ? null : classFinder(classNames);
  const unknown = folders.filter((folder) => find !== null && find(folder.name) === null).map((folder) => folder.name);
  if (unknown.length > 0) {
    const shown = unknown.slice(0, 5).join(', ') + (unknown.length > 5 ? `, and ${unknown.length - 5} more` : '');
    const advice = 'rename them, or give the file of class names that belongs to them';
    return fail('dataset-class', fileWhere(path), `no class has the name of these folders: ${shown}`, advice);
  }
  const files: LabelledFile[] = [];
  for (const [position, folder] of folders.entries()) {
    const label = find === null ? position : find(folder.name);
    for (const entry of entries(join(path, folder.name)).filter(isSampleFile)) {
      files.push({ name: `${folder.name}/${entry.name}`, path: join(path, folder.name, entry.name), label });
      if (files.length > maxEntries) fail('dataset-size', fileWhere(path), 'it has too many files', 'use a part of it');
    }
  }
  return { files, classNames: classNames ?? folders.map((folder) => folder.name) };
}

function listFiles(
  path: string,
  all: readonly Dirent[],
  classNames: readonly string[] | null,
  place: LabelPlace,
): FolderListing {
  const find = classNames === null ? () => null : classFinder(classNames);
  const files = all.filter(isSampleFile).map((entry) => {
    const stem = parse(entry.name).name;
    const label = place === 'none' ? null : (find(stem) ?? labelInName(stem, place));
    return { name: entry.name, path: join(path, entry.name), label };
  });
  return { files, classNames };
}

/** One sample of each class in turn, so that the first N of them cover the classes evenly. Keeps the order within a class. */
export function interleaveClasses<T extends { readonly label: number | null }>(items: readonly T[]): readonly T[] {
  const groups = new Map<number | null, T[]>();
  for (const item of items) {
    const group = groups.get(item.label);
    if (group === undefined) groups.set(item.label, [item]);
    else group.push(item);
  }
  const longest = Math.max(0, ...[...groups.values()].map((group) => group.length));
  const out: T[] = [];
  for (let turn = 0; turn < longest; turn++) {
    for (const group of groups.values()) {
      const item = group[turn];
      if (item !== undefined) out.push(item);
    }
  }
  return out;
}
