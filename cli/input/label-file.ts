import { maxCsvBytes } from './csv.ts';
import { fileWhere, readInputFile } from './file.ts';
import { ProblemList } from './problem-list.ts';
import { readLabels } from './stack.ts';

/** What can be labelled. */
interface Labelled {
  readonly name: string;
  readonly label: number | null;
}

/**
 * `samples` with the classes of the file `path`: either lines `name,class`, where a name is that of the sample or the last part of it, or one
 * class for each sample in their order (npy, idx, or one number a line). All groups are labelled by one file, in order one after another.
 * Throws ProblemError with every label that has no sample, every sample without a label, and doubled ones.
 */
export function withLabels<T extends Labelled>(
  groups: readonly (readonly T[])[],
  path: string,
): readonly (readonly T[])[] {
  const named = /\.(?:csv|txt)$/i.test(path) ? namedLabels(path) : null;
  const all = groups.flat();
  const labels = named === null ? inOrder(all, path) : byName(all, named, path);
  let next = 0;
  return groups.map((group) => group.map((sample) => ({ ...sample, label: labels[next++] ?? null })));
}

function inOrder(samples: readonly Labelled[], path: string): readonly number[] {
  const labels = readLabels(path);
  const problems = new ProblemList();
  if (labels.length !== samples.length) {
    const what = `${labels.length} labels for ${samples.length} samples`;
    const advice = 'give one class for each sample in their order, or lines name,class';
    problems.add({ code: 'label-count', where: fileWhere(path), what, advice });
  }
  problems.throwIfAny();
  return labels;
}

interface NamedLabel {
  readonly name: string;
  readonly label: number;
  readonly line: number;
}

/** Lines `name,class`; null where the lines are numbers only. A first line without a number is a title. */
function namedLabels(path: string): readonly NamedLabel[] | null {
  const text = new TextDecoder().decode(readInputFile(path, maxCsvBytes));
  const lines = text
    .split(/\r\n|\n|\r/)
    .map((line, i) => ({ text: line.trim(), line: i + 1 }))
    .filter((entry) => entry.text !== '' && !entry.text.startsWith('#'));
  if (!lines.some((entry) => /[^\d\s.,;+-]/.test(entry.text) && entry.text.includes(','))) return null;
  const problems = new ProblemList();
  const labels = lines.flatMap((entry, i): NamedLabel[] => {
    const at = entry.text.lastIndexOf(',');
    const [name, label] = [
      entry.text
        .slice(0, at)
        .trim()
        .replace(/^"(.*)"$/, '$1'),
      entry.text.slice(at + 1).trim(),
    ];
    if (at > 0 && /^\d{1,9}$/.test(label)) return [{ name, label: Number(label), line: entry.line }];
    if (i === 0) return [];
    const where = `${fileWhere(path)}, line ${entry.line}`;
    problems.add({ code: 'labels-form', where, what: 'it is no name with a class', advice: 'write name,3' });
    return [];
  });
  problems.throwIfAny();
  return labels;
}

function byName(samples: readonly Labelled[], labels: readonly NamedLabel[], path: string): readonly (number | null)[] {
  const problems = new ProblemList();
  const index = sampleIndex(samples);
  const found: (number | null)[] = samples.map(() => null);
  for (const { name, label, line } of labels) {
    const report = (code: string, what: string, advice: string) =>
      problems.add({ code, where: `${fileWhere(path)}, line ${line}, ${JSON.stringify(name)}`, what, advice });
    const at = index.get(name);
    if (at === undefined)
      report('label-without-sample', 'there is no sample of this name', 'remove the line, or add the file');
    else if (at === 'several')
      report('label-ambiguous', 'several samples have this name', 'write their folders as well');
    else if (found[at] !== null) report('label-twice', 'this sample has a class already', 'name each sample once');
    else found[at] = label;
  }
  samples.forEach(({ name }, i) => {
    if (found[i] !== null) return;
    const where = `sample ${JSON.stringify(name)}`;
    const what = `${fileWhere(path)} has no class for it`;
    problems.add({ code: 'sample-without-label', where, what, advice: 'add a line for it, or leave the sample out' });
  });
  problems.throwIfAny();
  return found;
}

/** Samples by their names, the last parts of these, and both without ending, where that is clear. */
function sampleIndex(samples: readonly Labelled[]): ReadonlyMap<string, number | 'several'> {
  const index = new Map<string, number | 'several'>();
  const forms = [(name: string) => name, lastPart, withoutEnding, (name: string) => withoutEnding(lastPart(name))];
  for (const form of forms) {
    const level = new Map<string, number | 'several'>();
    samples.forEach(({ name }, i) => {
      const key = form(name);
      level.set(key, level.has(key) ? 'several' : i);
    });
    for (const [key, at] of level) if (!index.has(key)) index.set(key, at);
  }
  return index;
}

const lastPart = (name: string) => name.split(/[/\\]/).at(-1) ?? name;
const withoutEnding = (name: string) => name.replace(/\.[^./]*$/, '');
