import { ProblemError } from '../../converter/problem.ts';
import { fail } from './file.ts';
import type { InputSpec } from './sample.ts';

/** One `--input`: a path, with the name of the model input or null for "the next one". */
export interface InputArgument {
  readonly name: string | null;
  readonly path: string;
}

/**
 * `name=path` or `path`. Where a model input's name itself has a `=`, the longest of `inputNames` that fits counts;
 * otherwise the first `=` separates. A path with a `=` is given as `=path`, or with its name. ProblemError for an empty path.
 */
export function parseInputArgument(text: string, inputNames: readonly string[] = []): InputArgument {
  const known = inputNames.filter((name) => text.startsWith(`${name}=`)).sort((a, b) => b.length - a.length)[0];
  const split = known === undefined ? text.indexOf('=') : known.length;
  const name = split > 0 ? text.slice(0, split) : null;
  const path = text.slice(split + 1);
  if (path === '') fail('input-argument', `--input ${text}`, 'there is no path', 'give a path or name=path');
  return { name, path };
}

/** A model input with the path of its data. */
export interface AssignedInput {
  readonly spec: InputSpec;
  readonly path: string;
}

/**
 * The path of each model input, in the model's order. Named arguments go to their inputs; the others to the inputs that
 * are left, in order. Throws ProblemError with all unknown, doubled, superfluous and missing inputs; it lists the names.
 */
export function assignInputs(texts: readonly string[], specs: readonly InputSpec[]): readonly AssignedInput[] {
  const names = specs.map((spec) => spec.name);
  const parsed = texts.map((text) => parseInputArgument(text, names));
  const paths = new Map<string, string>();
  const problems: { code: string; where: string; what: string; advice: string }[] = [];
  const inputs = `the model's inputs are ${names.map((name) => `"${name}"`).join(', ')}`;
  const report = (where: string, what: string): void => {
    problems.push({ code: 'input-argument', where, what, advice: inputs });
  };
  for (const { name, path } of parsed) {
    if (name === null) continue;
    if (!names.includes(name)) report(`--input ${name}=${path}`, `the model has no input "${name}"`);
    else if (paths.has(name)) report(`--input ${name}=${path}`, `input "${name}" is given twice`);
    else paths.set(name, path);
  }
  const free = names.filter((name) => !paths.has(name));
  for (const { name, path } of parsed) {
    if (name !== null) continue;
    const next = free.shift();
    if (next === undefined) report(`--input ${path}`, 'there are more files than inputs');
    else paths.set(next, path);
  }
  const assigned: AssignedInput[] = [];
  for (const spec of specs) {
    const path = paths.get(spec.name);
    if (path === undefined) report('--input', `there is no data for input "${spec.name}"`);
    else assigned.push({ spec, path });
  }
  if (problems.length > 0) throw new ProblemError(problems);
  return assigned;
}
