import { type Problem, ProblemError } from '../problem.ts';
import type { ImportOptions } from './options.ts';

/** Largest dimension that is taken, from the file or from the user. */
export const dimensionLimit: number = 2 ** 31 - 1;

/**
 * The shape of an input: what the user says, else what the file says with 1 for an open batch.
 *
 * @param stated dimensions of the file; null where one is open, null alone where the file says nothing
 * @throws ProblemError where a dimension stays open or the user changes a fixed one
 */
export function closedShape(
  name: string,
  stated: readonly (number | null)[] | null,
  options: ImportOptions,
  code: string,
): readonly number[] {
  const given = options.shapes.get(name);
  if (given !== undefined) return checkGiven(name, stated, given, code);
  const example = (stated ?? [1, 96, 96, 3]).map((size, axis) => size ?? (axis === 0 ? 1 : 'N')).join(',');
  const advice = `give it, for example --shape ${name}=${example}${example.includes('N') ? ' with numbers for N' : ''}`;
  if (stated === null)
    throw problem(`${code}-open-shape`, `input "${name}"`, 'the file does not give its shape', advice);
  const open = stated.findIndex((size, axis) => axis > 0 && size === null);
  if (open > 0)
    throw problem(`${code}-open-dimension`, `input "${name}"`, `the file leaves dimension ${open} open`, advice);
  return stated.map((size) => size ?? 1);
}

function checkGiven(name: string, stated: readonly (number | null)[] | null, given: readonly number[], code: string) {
  const where = `--shape ${name}=${given.join(',')}`;
  const advice = `the file has ${(stated ?? []).map((size) => size ?? '?').join('x')}: change only dimensions that it leaves open`;
  if (given.some((size) => !Number.isInteger(size) || size < 1 || size > dimensionLimit)) {
    throw problem(`${code}-shape-option`, where, 'dimensions must be whole numbers of 1 or more', advice);
  }
  if (stated === null) return given;
  if (stated.length !== given.length) {
    throw problem(
      `${code}-shape-option`,
      where,
      `the input has ${stated.length} dimensions, not ${given.length}`,
      advice,
    );
  }
  const fixed = stated.findIndex((size, axis) => size !== null && size !== given[axis]);
  if (fixed >= 0)
    throw problem(`${code}-shape-option`, where, `dimension ${fixed} is fixed to ${stated[fixed]} in the file`, advice);
  return given;
}

/** Problems of options that name no input, and of `--dim`, which has no meaning where dimensions have no names. */
export function unknownShapeOptions(
  names: readonly string[],
  { shapes, dims }: ImportOptions,
  code: string,
): Problem[] {
  const inputs = `the inputs are ${names.map((name) => `"${name}"`).join(', ')}`;
  const wrong: Problem[] = [];
  for (const name of shapes.keys()) {
    if (names.includes(name)) continue;
    wrong.push({
      code: `${code}-shape-option`,
      where: `--shape ${name}`,
      what: 'the model has no input of this name',
      advice: inputs,
    });
  }
  for (const name of dims.keys()) {
    const what = 'the dimensions of this format have no names';
    wrong.push({ code: `${code}-shape-option`, where: `--dim ${name}`, what, advice: `give --shape; ${inputs}` });
  }
  return wrong;
}

function problem(code: string, where: string, what: string, advice: string): ProblemError {
  return new ProblemError({ code, where, what, advice });
}
