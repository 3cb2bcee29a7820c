import { statSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { fail, fileWhere, readInputFile } from './file.ts';
import { listFolder } from './folder.ts';
import { readNpz } from './npz.ts';
import { fileKind } from './read-sample.ts';
import type { InputSpec, Sample } from './sample.ts';
import type { ReadOptionsOf, SampleItem } from './sample-item.ts';
import { labelsIn, type Stack, sliceArray } from './stack.ts';

/** The stacks of all inputs in one npz file, and its classes. */
interface NpzStacks {
  readonly stacks: readonly Stack[];
  readonly labels: readonly number[] | null;
}

/**
 * Samples of a model with several inputs: npz files with one array for each input, [N, ...] for N samples or one sample.
 * `found` is the files of a pattern, or the path of a file or folder. Throws ProblemError.
 */
export function openNpzFiles(
  found: readonly string[] | string,
  folder: string,
  specs: readonly InputSpec[],
  optionsOf: ReadOptionsOf,
  text: string,
): readonly SampleItem[] {
  const isFolder = typeof found === 'string' && statSync(found, { throwIfNoEntry: false })?.isDirectory() === true;
  const paths = typeof found !== 'string' ? found : isFolder ? filesIn(found) : [found];
  const base = isFolder ? found : folder;
  const names = specs.map(({ name }) => `"${name}"`).join(', ');
  const other = paths.find((path) => fileKind(path) !== 'npz');
  if (other !== undefined || paths.length === 0) {
    const what = `the model has the inputs ${names}, and ${other === undefined ? 'there is no .npz file in it' : `${JSON.stringify(basename(other))} is for one only`}`;
    const [first] = specs;
    const advice = `give .npz files with an array for each input, or a folder for each: --samples ${first?.name}=folder/`;
    return fail('samples-inputs', `--samples ${text}`, what, advice);
  }
  const open = lastNpz(specs, optionsOf);
  return paths.flatMap((path) => {
    const { stacks, labels } = open(path);
    const count = stacks[0]?.count ?? 0;
    return Array.from({ length: count }, (_, index): SampleItem => {
      const suffix = count === 1 ? '' : `#${index}`;
      return {
        name: relative(base, path) + suffix,
        sources: specs.map(({ name }) => ({ input: name, source: path + suffix })),
        label: labels?.[index] ?? null,
        partition: count === 1 || isFolder ? dirname(path) : path,
        load: () => open(path).stacks.map((stack): Sample => stack.load(index)),
      };
    });
  });
}

function filesIn(folder: string): readonly string[] {
  return listFolder(folder, null, 'none').files.map(({ name }) => join(folder, name));
}

/** Reads the stacks of npz files and keeps those of the last one. */
function lastNpz(specs: readonly InputSpec[], optionsOf: ReadOptionsOf): (path: string) => NpzStacks {
  let last: { readonly path: string; readonly value: NpzStacks } | null = null;
  return (path) => {
    if (last?.path !== path) last = { path, value: readStacks(path, specs, optionsOf) };
    return last.value;
  };
}

function readStacks(path: string, specs: readonly InputSpec[], optionsOf: ReadOptionsOf): NpzStacks {
  const where = fileWhere(path);
  const arrays = readNpz(readInputFile(path), where);
  const stacks = specs.map((spec) => {
    const array = arrays.get(spec.name);
    if (array !== undefined) return sliceArray(array, spec, optionsOf(spec.name), where);
    const names = [...arrays.keys()].map((name) => JSON.stringify(name)).join(', ');
    return fail('npz-input', where, `it has the arrays ${names}, and none for input "${spec.name}"`, 'name one so');
  });
  const [count = 0, ...others] = stacks.map((stack) => stack.count);
  if (others.some((other) => other !== count)) {
    const what = `its arrays have ${[count, ...others].join(' and ')} samples`;
    fail('npz-counts', where, what, 'give as many for each input');
  }
  const [first] = specs;
  return { stacks, labels: first === undefined ? null : labelsIn(arrays, first, count, where) };
}
