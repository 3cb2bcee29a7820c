import { type Problem, ProblemError } from '../../problem.ts';
import type { OnnxFunction } from './format/model.ts';

/**
 * Newest version of each operator set whose meaning is known here. A newer one may have changed an operator without changing its
 * name, so a model that asks for it is refused even where all of its operators are known.
 */
const newest: ReadonlyMap<string, number> = new Map([
  ['', 26],
  ['ai.onnx.ml', 5],
]);

/** A problem for each operator set that is too new, or is none. Other domains have no versions to speak of. */
export function opsetProblems(opsets: ReadonlyMap<string, number>, where: string): Problem[] {
  const problems: Problem[] = [];
  for (const [domain, version] of opsets) {
    const last = newest.get(domain);
    if (last === undefined || (version >= 1 && version <= last)) continue;
    const of = domain === '' ? '' : ` of ${domain}`;
    problems.push({
      code: 'onnx-opset',
      where,
      what: `operator set ${version}${of} is not supported`,
      advice: `export for version ${domain === '' ? '7 to ' : ''}${last}${domain === '' ? '' : ' or lower'}, or convert the model (onnx.version_converter)`,
    });
  }
  return problems;
}

/** @throws ProblemError where the body of a function is of an operator set that is not known */
export function checkFunctionOpsets({ opsets, key }: OnnxFunction, place: string): void {
  const problems = opsetProblems(opsets, `${place}, function ${key}`);
  if (problems.length > 0) throw new ProblemError(problems);
}
