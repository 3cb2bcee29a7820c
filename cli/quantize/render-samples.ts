import type { SampleFinding } from '../../converter/compress/quantize/samples/finding.ts';
import { printable } from '../output/text.ts';
import type { CalibrationUse, Selection } from './quantize-model.ts';

/** Tensors whose ranges are shown. */
const shownTensors = 3;
const shownNames = 20;

/** What is likely to be wrong with the samples, as text; empty where nothing is. */
export function findingsText(findings: readonly SampleFinding[]): string {
  const lines = findings.flatMap(({ where, what, advice, samples }) => {
    const more = samples.length > shownNames ? ` and ${samples.length - shownNames} more` : '';
    const names = samples.length > 1 ? [`    ${samples.slice(0, shownNames).map(printable).join(', ')}${more}`] : [];
    return [`  ${printable(where)}: ${printable(what)}`, ...names, `    ${advice}`];
  });
  return ['Samples to look at', ...lines].join('\n');
}

/** Which samples were chosen, and what that does to the ranges. */
export function selectionText({ of, names, ranges }: Selection): string {
  const shown = names.slice(0, shownNames).map(printable).join(', ');
  const more = names.length > shownNames ? `, and ${names.length - shownNames} more; --out-list writes all` : '';
  const tensors = ranges.tensors.slice(0, shownTensors).map(({ name, share, some, all }) => {
    return `  ${printable(name)}: ${percent(share)}, ${ends(some)} instead of ${ends(all)}`;
  });
  return [
    `Selected ${names.length} of ${of} samples: ${shown}${more}`,
    `  typical range: ${percent(ranges.typical)} of that of all; the narrowest:`,
    ...tensors,
  ].join('\n');
}

/** What calibration took. */
export function calibrationText({ runs, recalled }: CalibrationUse): string {
  return `${runs} inferences${recalled === 0 ? '' : `, ${recalled} results kept from before`}`;
}

const percent = (share: number) => `${(100 * share).toFixed(0)} %`;
const ends = ({ min, max }: { readonly min: number; readonly max: number }) =>
  `${Number(min.toPrecision(3))} ... ${Number(max.toPrecision(3))}`;
