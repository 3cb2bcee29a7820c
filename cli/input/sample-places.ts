import { statSync } from 'node:fs';
import { dirname, relative } from 'node:path';
import { datasetSpec, openDataset } from './dataset.ts';
import { fail, fileWhere } from './file.ts';
import { fileItems, stackReader } from './file-items.ts';
import { filesOfPattern, isPattern } from './glob.ts';
import { labelInName } from './labels.ts';
import { type ListedSample, readSampleList } from './list-file.ts';
import { openNpzFiles } from './npz-samples.ts';
import { ProblemList } from './problem-list.ts';
import { type ReadOptions, readSample } from './read-sample.ts';
import type { InputSpec, Sample } from './sample.ts';
import type { ReadOptionsOf, SampleItem } from './sample-item.ts';
import type { Stack } from './stack.ts';

/** Where samples are looked for. */
interface Places {
  readonly specs: readonly InputSpec[];
  readonly optionsOf: ReadOptionsOf;
  /** A path as the file system functions need it. */
  readonly resolve: (path: string) => string;
  /** Patterns start here. */
  readonly folder: string;
}

/**
 * The samples of all places, in their order. A place is a folder, a file, a pattern (`night/*.png`), `@list` (see `list-file.ts`), or one of
 * these for one input of several: `audio=recordings/`; samples of several inputs belong together by their names.
 * Everything that is wrong with the places goes to `problems`; files are looked at when samples are loaded.
 */
export function openPlaces(texts: readonly string[], places: Places, problems: ProblemList): readonly SampleItem[] {
  const { specs } = places;
  const named = new Map<string, SampleItem[]>();
  const whole: SampleItem[] = [];
  for (const text of texts) {
    problems.try(() => {
      const input = specs.find(({ name }) => text.startsWith(`${name}=`));
      if (input === undefined) {
        whole.push(...openPlace(text, places));
        return;
      }
      const found = openPlace(text.slice(input.name.length + 1), { ...places, specs: [input] });
      named.set(input.name, [...(named.get(input.name) ?? []), ...found]);
    });
  }
  if (named.size > 0) problems.try(() => whole.push(...joinInputs(specs, named)));
  reportTwice(whole, problems);
  return whole;
}

function openPlace(text: string, places: Places): readonly SampleItem[] {
  const { specs, optionsOf, resolve } = places;
  if (text.startsWith('@')) return openList(resolve(text.slice(1)), places);
  const path = resolve(text);
  const pattern = isPattern(text, path) ? filesOfPattern(text, places.folder) : null;
  const [spec, ...others] = specs;
  if (spec === undefined || others.length > 0) {
    return openNpzFiles(pattern?.paths ?? path, pattern?.folder ?? dirname(path), specs, optionsOf, text);
  }
  const options = optionsOf(spec.name);
  if (pattern !== null) return openFiles(pattern.paths, pattern.folder, spec, options);
  const { items } = openDataset(datasetSpec(path), spec, options);
  const isFile = statSync(path, { throwIfNoEntry: false })?.isFile() === true;
  return items.map((item) => ({
    ...item,
    sources: [{ input: spec.name, source: item.source }],
    partition: isFile && items.length > 1 ? path : dirname(item.source),
    load: () => [item.load()],
  }));
}

/** Files that a pattern found. The class is the number at the end of the name. */
function openFiles(paths: readonly string[], folder: string, spec: InputSpec, options: ReadOptions) {
  const stackOf = stackReader(spec, options);
  return paths.flatMap((path) =>
    fileItems(path, spec, options, stackOf).map(({ part, load }): SampleItem => {
      return single(path, part, folder, spec, labelInName(stem(path), 'end'), load);
    }),
  );
}

/** The name of a file without folders and ending. */
function stem(path: string): string {
  return (path.split(/[/\\]/).at(-1) ?? '').replace(/\.[^.]*$/, '');
}

function single(
  path: string,
  part: number | null,
  folder: string,
  spec: InputSpec,
  label: number | null,
  load: () => Sample,
): SampleItem {
  const suffix = part === null ? '' : `#${part}`;
  return {
    name: relative(folder, path) + suffix,
    sources: [{ input: spec.name, source: path + suffix }],
    label,
    partition: dirname(path),
    load: () => [load()],
  };
}

/** The samples that a list names. */
function openList(path: string, { specs, optionsOf }: Places): readonly SampleItem[] {
  const problems = new ProblemList();
  const stacks = specs.map((spec) => stackReader(spec, optionsOf(spec.name)));
  const listed = readSampleList(
    path,
    specs.map(({ name }) => name),
  );
  const items = listed.flatMap((line) => {
    const item = problems.try(() => listedItem(line, path, specs, optionsOf, stacks));
    return item === null ? [] : [item];
  });
  problems.throwIfAny();
  return items;
}

function listedItem(
  { sources, label, line }: ListedSample,
  list: string,
  specs: readonly InputSpec[],
  optionsOf: ReadOptionsOf,
  stacks: readonly ((path: string) => Stack)[],
): SampleItem {
  const parts = specs.map((spec, i) => {
    const source = sources.find(({ input }) => input === spec.name) ?? (specs.length === 1 ? sources[0] : undefined);
    if (source === undefined || sources.length !== specs.length) {
      const names = specs.map(({ name }) => `${name}=path`).join(' and ');
      return fail(
        'list-line',
        `${fileWhere(list)}, line ${line}`,
        `it does not name one file for each input`,
        `write ${specs.length === 1 ? 'one path' : names}, with tabs between`,
      );
    }
    const { path, part } = source;
    const stackOf = stacks[i];
    const load = (): Sample => {
      if (part === null || stackOf === undefined) return readSample(path, spec, optionsOf(spec.name));
      const stack = stackOf(path);
      if (part < stack.count) return stack.load(part);
      return fail('list-part', fileWhere(path), `it has ${stack.count} samples, and none #${part}`, 'make a new list');
    };
    return single(path, part, dirname(list), spec, label ?? labelInName(stem(path), 'end'), load);
  });
  return joined(parts);
}

/** Samples of one input each that belong together, as one sample. */
function joined(parts: readonly SampleItem[]): SampleItem {
  const [first] = parts;
  return {
    name: first?.name ?? '',
    sources: parts.flatMap(({ sources }) => sources),
    label: parts.find(({ label }) => label !== null)?.label ?? null,
    partition: first?.partition ?? '',
    load: () => parts.flatMap((part) => part.load()),
  };
}

/** Joins the samples of several inputs by their names without endings; parts of single files by their numbers. */
function joinInputs(
  specs: readonly InputSpec[],
  named: ReadonlyMap<string, readonly SampleItem[]>,
): readonly SampleItem[] {
  const problems = new ProblemList();
  const lists = specs.map(({ name }) => new Map((named.get(name) ?? []).map((item) => [keyOf(item), item])));
  const keys = new Set(lists.flatMap((list) => [...list.keys()]));
  const items = [...keys].flatMap((key) => {
    const parts = lists.flatMap((list) => list.get(key) ?? []);
    specs.forEach(({ name }, i) => {
      if (lists[i]?.has(key)) return;
      const what = `there is nothing for input "${name}" that belongs to it`;
      const advice = 'give every sample for all inputs, in files of the same names';
      problems.add({ code: 'sample-incomplete', where: `sample ${JSON.stringify(key)}`, what, advice });
    });
    return parts.length === specs.length ? [joined(parts)] : [];
  });
  problems.throwIfAny();
  return items;
}

function keyOf({ name, sources, partition }: SampleItem): string {
  const at = name.lastIndexOf('#');
  const [file, part] = at < 0 ? [name, ''] : [name.slice(0, at), name.slice(at)];
  const isStack = part !== '' && sources[0]?.source === partition + part;
  return isStack ? part : file.replace(/\.[^./]*$/, '') + part;
}

/** A file that several places name would count twice. */
function reportTwice(items: readonly SampleItem[], problems: ProblemList): void {
  const seen = new Set<string>();
  for (const { name, sources } of items) {
    const key = sources.map(({ source }) => source).join('\t');
    if (seen.has(key)) {
      const advice = 'name each file once: patterns, folders and lists may overlap';
      const where = `sample ${JSON.stringify(name)}`;
      problems.add({ code: 'sample-twice', where, what: 'several --samples name it', advice });
    }
    seen.add(key);
  }
}
