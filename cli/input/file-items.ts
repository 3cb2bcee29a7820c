import { ProblemError } from '../../converter/problem.ts';
import { fileWhere, inputFileSize, readFilePart } from './file.ts';
import { shapesFit } from './fit-shape.ts';
import { npyHeadBytes, readNpyHeader } from './npy.ts';
import { countRawSamples, rawSpec } from './raw.ts';
import { fileKind, type ReadOptions, readSample } from './read-sample.ts';
import type { InputSpec, Sample } from './sample.ts';
import { openStack, type Stack } from './stack.ts';

/** A sample of a file. `part` is its number in a file with several, null where it is the file. */
export interface FileItem {
  readonly part: number | null;
  readonly load: () => Sample;
}

/**
 * The samples of one file among others: raw files, npy and npz arrays may hold several, every other file is one sample. Nothing but sizes
 * and headers is read; a file at fault counts as one sample, and reading it says what is wrong.
 *
 * @param stackOf opens the file `path` for the input
 */
export function fileItems(
  path: string,
  input: InputSpec,
  options: ReadOptions,
  stackOf: (path: string) => Stack,
): readonly FileItem[] {
  const count = countSamples(path, input, options, stackOf);
  if (count === null) return [{ part: null, load: () => readSample(path, input, options) }];
  return Array.from({ length: count }, (_, part) => ({ part, load: () => stackOf(path).load(part) }));
}

/** How many samples a file has; null where it is one sample as a whole. */
function countSamples(
  path: string,
  input: InputSpec,
  options: ReadOptions,
  stackOf: (path: string) => Stack,
): number | null {
  try {
    const kind = fileKind(path);
    if (kind === 'raw') return several(countRawSamples(inputFileSize(path), rawSpec(input, options.rawType), ''));
    if (kind === 'npz') return several(stackOf(path).count);
    if (kind !== 'npy') return null;
    const { header } = readNpyHeader(readFilePart(path, 0, npyHeadBytes), fileWhere(path));
    const [count = 0, ...shape] = header.shape;
    return !shapesFit(header.shape, input.shape) && shapesFit(shape, input.shape) ? several(count) : null;
  } catch (error) {
    if (error instanceof ProblemError) return null;
    throw error;
  }
}

const several = (count: number) => (count > 1 ? count : null);

/** The stacks of files, of which the last is kept, so that neighbouring samples of one file read it once. */
export function stackReader(input: InputSpec, options: ReadOptions): (path: string) => Stack {
  let last: { readonly path: string; readonly stack: Stack } | null = null;
  return (path) => {
    if (last?.path !== path) last = { path, stack: openStack(path, input, options) };
    return last.stack;
  };
}
