import pc from 'picocolors';
import { formatProblem } from '../../converter/problem.ts';
import { printable } from '../output/text.ts';
import { showNumber } from '../values.ts';
import type { Check, WrongOutput } from './check.ts';
import type { WrongTensor } from './locate.ts';

/** One line for each check, and below those that failed what is wrong and where it begins. */
export function checksText(model: string, checks: readonly Check[], color: boolean): string {
  const paint = pc.createColors(color);
  const statusColor = { equal: paint.green, differs: paint.red, refused: paint.red, skipped: paint.yellow } as const;
  const lines = checks.flatMap((check) => {
    const status = statusColor[check.status](check.status.padEnd(7));
    return [`${status}  ${headline(check)}`, ...details(check).map((line) => `           ${line}`)];
  });
  return [`${printable(model)}: int8 to the bit, float within 1e-4 of the largest value`, ...lines].join('\n');
}

function headline(check: Check): string {
  const { target, passes, against, samples, reason, largestRelativeError: error } = check;
  const what = target === 'reference' ? (passes ? 'reference after the passes' : 'reference') : target;
  if (reason !== null) return `${what}: ${reason}`;
  const judge = against === 'reference' ? 'the reference' : 'the goldens';
  const { withinOneUnit: unit } = check;
  const near =
    unit === null ? '' : `, ${unit.count} of ${unit.of} values within one unit (onnxruntime rounds in float)`;
  const share = error > 0 ? `, largest error ${error.toExponential(1)}` : '';
  return `${what} against ${judge}: ${samples} ${samples === 1 ? 'sample' : 'samples'}${share}${near}`;
}

function details(check: Check): readonly string[] {
  return [
    ...check.problems.map((problem) => printable(formatProblem(problem))),
    ...(check.wrongOutput === null ? [] : [outputLine(check.wrongOutput)]),
    ...(check.wrongTensor === null ? [] : [tensorLine(check.wrongTensor)]),
  ];
}

function outputLine({ output, sample, index, expected, actual, count }: WrongOutput): string {
  const values = `${showNumber(actual)} instead of ${showNumber(expected)}`;
  return `output "${printable(output)}" of sample ${sample}: element ${index} is ${values}, ${count} in all`;
}

function tensorLine({ found, traceKind }: WrongTensor): string {
  if (found === null) {
    return `every tensor is right when computed ${traceKind}: look at the memory plan and at kernels that work in place`;
  }
  const values = `element ${found.index} is ${showNumber(found.actual)} instead of ${showNumber(found.expected)}`;
  return `first differing tensor "${printable(found.tensor)}" of ${printable(found.operator)}: ${values} (${traceKind})`;
}
