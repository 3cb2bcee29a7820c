import { convertSample } from './convert-sample.ts';
import { maxCsvBytes, readCsv } from './csv.ts';
import { fail, fileWhere, inputFileSize, maxFileBytes, readFilePart, readInputFile } from './file.ts';
import { shapesFit } from './fit-shape.ts';
import { looksLikeIdx, readIdx } from './idx.ts';
import { npyHeadBytes, readNpy, readNpyHeader } from './npy.ts';
import { arrayFor, labelsArray, readNpz } from './npz.ts';
import { countRawSamples, rawSpec, readRaw } from './raw.ts';
import { decodeSample, type FileKind, fileKind, type ReadOptions } from './read-sample.ts';
import {
  countElements,
  type InputSpec,
  type Sample,
  sampleDataFromBytes,
  sampleTypeBytes,
  showShape,
} from './sample.ts';

/** Several samples in one file. `load` gives sample `index` as data of the input. */
export interface Stack {
  readonly count: number;
  readonly load: (index: number) => Sample;
  /** Classes that the file itself holds, one for each sample; null where it holds none. */
  readonly labels: readonly number[] | null;
}

/**
 * The samples in the file `path`: an npy or idx array along its first axis, an array of an npz file, the rows of a csv file, the parts of a
 * raw file; a picture or a recording is a stack of one. Of npy and raw files one sample is read at a time, the others are kept in memory.
 * Throws ProblemError where the parts do not fit the input.
 */
export function openStack(path: string, spec: InputSpec, options: ReadOptions): Stack {
  const where = fileWhere(path);
  const named = fileKind(path);
  if (named === 'raw') return rawStack(path, spec, options, where);
  const streamed = named === 'npy' ? npyStack(path, spec, options, where) : null;
  if (streamed !== null) return streamed;
  const bytes = readInputFile(path, named === 'csv' ? maxCsvBytes : maxFileBytes);
  const kind = named ?? (looksLikeIdx(bytes) ? 'idx' : null);
  if (kind === 'npz') return npzStack(readNpz(bytes, where), spec, options, where);
  const array = readArray(bytes, kind, where);
  if (array === null) return single(() => decodeSample(bytes, kind, spec, options, where));
  return sliceArray(array, spec, options, where);
}

const single = (load: () => Sample): Stack => ({ count: 1, load, labels: null });

function rawStack(path: string, spec: InputSpec, options: ReadOptions, where: string): Stack {
  const stored = rawSpec(spec, options.rawType);
  const count = countRawSamples(inputFileSize(path), stored, where);
  const sampleBytes = countElements(stored.shape) * sampleTypeBytes[stored.dtype];
  const load = (index: number) => {
    const bytes = readFilePart(path, index * sampleBytes, sampleBytes);
    return convertSample(readRaw(bytes, stored, where), spec, options, where);
  };
  return { count, load, labels: null };
}

/** The samples of an npy file in C order, read one by one; null where it has to be read whole to know. */
function npyStack(path: string, spec: InputSpec, options: ReadOptions, where: string): Stack | null {
  const { header, dataStart } = readNpyHeader(readFilePart(path, 0, npyHeadBytes), where);
  const { dtype, shape: all, bigEndian, fortranOrder } = header;
  const [count = 0, ...shape] = all;
  if (fortranOrder || dtype === 'bool' || count < 1 || !shapesFit(shape, spec.shape)) return null;
  const sampleBytes = countElements(shape) * sampleTypeBytes[dtype];
  const foundBytes = inputFileSize(path) - dataStart;
  if (foundBytes !== count * sampleBytes) return null;
  const load = (index: number) => {
    const bytes = readFilePart(path, dataStart + index * sampleBytes, sampleBytes);
    if (bytes.length < sampleBytes) fail('npy-size', where, 'it was cut short meanwhile', 'leave it as it is');
    const data = sampleDataFromBytes(dtype, bytes, bigEndian);
    return convertSample({ dtype, shape, data }, spec, options, `${where}, sample ${index}`);
  };
  return { count, load, labels: null };
}

function npzStack(arrays: ReadonlyMap<string, Sample>, spec: InputSpec, options: ReadOptions, where: string): Stack {
  const stack = sliceArray(arrayFor(arrays, spec, where), spec, options, where);
  return { ...stack, labels: labelsIn(arrays, spec, stack.count, where) };
}

/** The classes in an npz file; null where it has none. Throws ProblemError where their number is another than that of the samples. */
export function labelsIn(
  arrays: ReadonlyMap<string, Sample>,
  { name }: InputSpec,
  count: number,
  where: string,
): readonly number[] | null {
  const array = name === labelsArray ? undefined : arrays.get(labelsArray);
  if (array === undefined) return null;
  const labels = labelsOf(array, `${where}, array "${labelsArray}"`);
  if (labels.length === count) return labels;
  return fail('dataset-labels', where, `${labels.length} labels for ${count} samples`, 'give one for each sample');
}

/** The whole array of a file of kind npy, idx or csv; null for other kinds. */
function readArray(bytes: Uint8Array, kind: FileKind | null, where: string): Sample | null {
  if (kind === 'npy') return readNpy(bytes, where);
  if (kind === 'idx') return readIdx(bytes, where);
  return kind === 'csv' ? readCsv(bytes, where) : null;
}

/** An array as samples along its first axis, or as one sample. Throws ProblemError where it is neither. */
export function sliceArray(array: Sample, spec: InputSpec, options: ReadOptions, where: string): Stack {
  const [count = 0, ...shape] = array.shape;
  if (array.shape.length > 0 && count > 0 && shapesFit(shape, spec.shape)) {
    const size = countElements(shape);
    const load = (index: number): Sample => {
      const data = array.data.subarray(index * size, (index + 1) * size);
      return convertSample({ dtype: array.dtype, shape, data }, spec, options, `${where}, sample ${index}`);
    };
    return { count, load, labels: null };
  }
  if (shapesFit(array.shape, spec.shape)) return single(() => convertSample(array, spec, options, where));
  const what = `shape ${showShape(array.shape)} is no stack of samples of shape ${showShape(spec.shape)}`;
  return fail('sample-shape', where, what, `give [N,...] with samples that fit input "${spec.name}"`);
}

/**
 * The class numbers in a file: whole numbers, one for each sample, as npy, idx or text.
 * Throws ProblemError for anything else.
 */
export function readLabels(path: string): readonly number[] {
  const where = fileWhere(path);
  const bytes = readInputFile(path, maxCsvBytes);
  const kind = fileKind(path) ?? (looksLikeIdx(bytes) ? 'idx' : null);
  const array = readArray(bytes, kind, where);
  if (array === null || array.shape.filter((dimension) => dimension !== 1).length > 1) {
    const what = array === null ? 'this is no list of labels' : `shape ${showShape(array.shape)} is no list of labels`;
    return fail('labels-form', where, what, 'give one class number for each sample, as npy, idx or text');
  }
  return labelsOf(array, where);
}

function labelsOf(array: Sample, where: string): readonly number[] {
  const labels = Array.from(array.data, Number);
  const bad = array.dtype === 'float16' ? 0 : labels.findIndex((label) => !Number.isSafeInteger(label) || label < 0);
  if (bad >= 0) fail('labels-form', where, `label ${bad} is no class number`, 'give whole numbers from 0');
  return labels;
}
