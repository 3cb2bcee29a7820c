import { convertSample } from './convert-sample.ts';
import { maxCsvBytes, readCsv } from './csv.ts';
import { fail, fileWhere, maxFileBytes, readInputFile } from './file.ts';
import { shapesFit } from './fit-shape.ts';
import { looksLikeIdx, readIdx } from './idx.ts';
import { readNpy } from './npy.ts';
import { countRawSamples, rawSpec, readRaw } from './raw.ts';
import { decodeSample, type FileKind, fileKind, type ReadOptions } from './read-sample.ts';
import { countElements, type InputSpec, type Sample, showShape } from './sample.ts';

/** Several samples in one file. `load` gives sample `index` as data of the input. */
export interface Stack {
  readonly count: number;
  readonly load: (index: number) => Sample;
}

/**
 * The samples in the file `path`: an npy or idx array along its first axis, the rows of a csv file, the parts of a raw
 * file; a picture or a recording is a stack of one. Throws ProblemError where the parts do not fit the input.
 */
export function openStack(path: string, spec: InputSpec, options: ReadOptions): Stack {
  const where = fileWhere(path);
  const named = fileKind(path);
  const bytes = readInputFile(path, named === 'csv' ? maxCsvBytes : maxFileBytes);
  const kind = named ?? (looksLikeIdx(bytes) ? 'idx' : null);
  if (kind === 'raw') {
    const stored = rawSpec(spec, options.rawType);
    const count = countRawSamples(bytes.length, stored, where);
    return { count, load: (index) => convertSample(readRaw(bytes, stored, where, index), spec, options, where) };
  }
  const array = readArray(bytes, kind, where);
  if (array === null) return { count: 1, load: () => decodeSample(bytes, kind, spec, options, where) };
  return sliceArray(array, spec, options, where);
}

/** The whole array of a file of kind npy, idx or csv; null for other kinds. */
function readArray(bytes: Uint8Array, kind: FileKind | null, where: string): Sample | null {
  if (kind === 'npy') return readNpy(bytes, where);
  if (kind === 'idx') return readIdx(bytes, where);
  return kind === 'csv' ? readCsv(bytes, where) : null;
}

function sliceArray(array: Sample, spec: InputSpec, options: ReadOptions, where: string): Stack {
  const [count = 0, ...shape] = array.shape;
  if (array.shape.length > 0 && count > 0 && shapesFit(shape, spec.shape)) {
    const size = countElements(shape);
    const load = (index: number): Sample => {
      const data = array.data.subarray(index * size, (index + 1) * size);
      return convertSample({ dtype: array.dtype, shape, data }, spec, options, `${where}, sample ${index}`);
    };
    return { count, load };
  }
  if (shapesFit(array.shape, spec.shape)) return { count: 1, load: () => convertSample(array, spec, options, where) };
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
  const labels = Array.from(array.data, Number);
  const bad = array.dtype === 'float16' ? 0 : labels.findIndex((label) => !Number.isSafeInteger(label) || label < 0);
  if (bad >= 0) fail('labels-form', where, `label ${bad} is no class number`, 'give whole numbers from 0');
  return labels;
}
