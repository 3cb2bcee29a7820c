import { existsSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fail, fileErrorReason, fileWhere } from './file.ts';
import { fileItems, stackReader } from './file-items.ts';
import { interleaveClasses, type LabelledFile, listFolder } from './folder.ts';
import { type LabelPlace, readClassNames } from './labels.ts';
import type { ReadOptions } from './read-sample.ts';
import type { InputSpec, Sample } from './sample.ts';
import { openStack, readLabels, type Stack } from './stack.ts';

/** Where samples and their labels come from. */
export interface DatasetSpec {
  /** A folder, or a file that holds one or several samples. */
  readonly path: string;
  /** A file of class numbers for a file of samples; null looks for one beside it, see {@link labelFileBeside}. */
  readonly labelsPath: string | null;
  /** A file with one class name per line, for folders; null for none. */
  readonly classNamesPath: string | null;
  /** Where file names hold a class number. */
  readonly labelPlace: LabelPlace;
  /** Added to every label: 1 for a model whose class 0 is "background" with labels that begin at 0. */
  readonly labelOffset: number;
  /** `by-class` takes one sample of each class in turn, so that a limit keeps the classes even. */
  readonly order: 'by-name' | 'by-class';
  /** How many samples at most; null for all. */
  readonly limit: number | null;
}

/** A spec of all the usual choices. */
export function datasetSpec(path: string, choices: Partial<DatasetSpec> = {}): DatasetSpec {
  const usual: DatasetSpec = {
    path,
    labelsPath: null,
    classNamesPath: null,
    labelPlace: 'end',
    labelOffset: 0,
    order: 'by-name',
    limit: null,
  };
  return { ...usual, ...choices };
}

export interface DatasetItem {
  /** The file below the folder, with `#3` for the fourth sample of a file with several. */
  readonly name: string;
  /** The path of the file, with `#3` for the fourth sample of a file with several. */
  readonly source: string;
  /** The class index in the model's output, null where it is not known. */
  readonly label: number | null;
  /** Reads the sample as data of the input. Throws ProblemError. */
  readonly load: () => Sample;
}

export interface Dataset {
  readonly items: readonly DatasetItem[];
  /** Names of the classes; index 0 belongs to label `labelOffset`. Null where they are not known. */
  readonly classNames: readonly string[] | null;
  /** Whether every item has a label. */
  readonly isLabelled: boolean;
}

/** Most samples of one dataset. */
const maxItems = 2_000_000;

/**
 * The samples of `spec` for the model input `input`. Files of a folder are read when their items are loaded; a single
 * file with several samples is read at once. Throws ProblemError where nothing is found or labels do not match.
 */
export function openDataset(spec: DatasetSpec, input: InputSpec, options: ReadOptions): Dataset {
  checkSpec(spec);
  const classNames = spec.classNamesPath === null ? null : readClassNames(spec.classNamesPath);
  const found = isFolder(spec.path)
    ? openFolder(spec, classNames, input, options)
    : { items: openFile(spec, input, options), classNames };
  const ordered = spec.order === 'by-class' ? interleaveClasses(found.items) : found.items;
  const kept = spec.limit === null ? ordered : ordered.slice(0, spec.limit);
  const items = kept.map((item) => ({ ...item, label: shiftLabel(item, spec.labelOffset) }));
  return { items, classNames: found.classNames, isLabelled: items.every((item) => item.label !== null) };
}

function checkSpec(spec: DatasetSpec): void {
  const { limit, labelOffset } = spec;
  if (limit !== null && !(Number.isSafeInteger(limit) && limit > 0)) {
    fail('dataset-limit', '--limit', `${limit} is no number of samples`, 'give a whole number above 0');
  }
  if (!Number.isSafeInteger(labelOffset)) {
    fail('dataset-label', '--label-offset', `${labelOffset} is no whole number`, 'give for instance 1 or -1');
  }
}

function shiftLabel(item: DatasetItem, offset: number): number | null {
  const label = item.label === null ? null : item.label + offset;
  if (label === null || label >= 0) return label;
  const what = `with the offset ${offset} its label is ${label}`;
  return fail('dataset-label', `sample ${JSON.stringify(item.name)}`, what, 'choose another --label-offset');
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch (error) {
    return fail('dataset-unreadable', fileWhere(path), fileErrorReason(error), 'check the path');
  }
}

function openFolder(
  spec: DatasetSpec,
  classNames: readonly string[] | null,
  input: InputSpec,
  options: ReadOptions,
): { readonly items: readonly DatasetItem[]; readonly classNames: readonly string[] | null } {
  if (spec.labelsPath !== null) {
    const advice = 'leave it out; folder and file names give the labels of a folder';
    fail('dataset-labels', fileWhere(spec.labelsPath), 'a file of labels belongs to one file of samples', advice);
  }
  const listing = listFolder(spec.path, classNames, spec.labelPlace);
  const lastStack = stackReader(input, options);
  const items: DatasetItem[] = [];
  for (const file of listing.files) {
    for (const item of itemsOf(file, input, options, lastStack)) items.push(item);
    if (items.length > maxItems) tooMany(spec.path);
    // Names are sorted, so in this order later files cannot come before the limit.
    if (spec.order === 'by-name' && spec.limit !== null && items.length >= spec.limit) break;
  }
  return { items, classNames: listing.classNames };
}

/** One item for each sample of a file. */
function itemsOf(
  file: LabelledFile,
  input: InputSpec,
  options: ReadOptions,
  stackOf: (path: string) => Stack,
): readonly DatasetItem[] {
  const { name, path, label } = file;
  return fileItems(path, input, options, stackOf).map(({ part, load }) => {
    const suffix = part === null ? '' : `#${part}`;
    return { name: `${name}${suffix}`, source: `${path}${suffix}`, label, load };
  });
}

function stackItems(count: number, path: string, item: (index: number) => DatasetItem): readonly DatasetItem[] {
  if (count > maxItems) tooMany(path);
  return Array.from({ length: count }, (_, index) => item(index));
}

function tooMany(path: string): never {
  return fail('dataset-size', fileWhere(path), `it has more than ${maxItems} samples`, 'use a part of it');
}

function openFile(spec: DatasetSpec, input: InputSpec, options: ReadOptions): readonly DatasetItem[] {
  const stack = openStack(spec.path, input, options);
  const labelsPath = spec.labelsPath ?? labelFileBeside(spec.path);
  const labels = labelsPath === null ? null : readLabels(labelsPath);
  if (labelsPath !== null && labels !== null && labels.length !== stack.count) {
    const what = `${labels.length} labels for ${stack.count} samples`;
    fail('dataset-labels', fileWhere(labelsPath), what, 'give the labels that belong to these samples');
  }
  const name = basename(spec.path);
  const own = stack.labels ?? null;
  return stackItems(stack.count, spec.path, (index) => ({
    name: `${name}#${index}`,
    source: `${spec.path}#${index}`,
    label: labels?.[index] ?? own?.[index] ?? null,
    load: () => stack.load(index),
  }));
}

/** `images-idx3-ubyte` goes with `labels-idx1-ubyte`, `test_images.npy` with `test_labels.npy`; null where there is none. */
export function labelFileBeside(path: string): string | null {
  const name = basename(path);
  const labels = name.replace('images', 'labels').replace(/idx\d-ubyte$/, 'idx1-ubyte');
  const beside = join(dirname(path), labels);
  return labels !== name && name.includes('images') && existsSync(beside) ? beside : null;
}
