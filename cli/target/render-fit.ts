import type { CFootprint } from '../../converter/backends/c/footprint.ts';
import type { Fit, FitRow } from '../../converter/plan/fit.ts';
import type { Target } from '../../converter/plan/target.ts';
import type { Problem } from '../../converter/problem.ts';
import { doesNotFitCode } from '../exit-code.ts';
import { type Cell, columns, renderPairs, renderTable } from '../output/table.ts';
import { formatBytes, formatCount } from '../output/text.ts';
import type { Remedy } from './remedies.ts';

/** The problem that a model is too large for a target: each memory that is too small, with the missing bytes. */
export function fitProblem(target: Target, fit: Fit): Problem {
  const missing = fit.rows.filter(({ missingBytes }) => missingBytes > 0);
  return {
    code: doesNotFitCode,
    where: `target ${target.name}`,
    what: `the model does not fit: ${missing.map(({ memory, missingBytes }) => `${memory} lacks ${formatBytes(missingBytes)}`).join(', ')}`,
    advice: 'see thimble targets --fits MODEL for the parts that can hold it',
  };
}

/** Need, have and missing bytes of each memory, and what the need is made of. */
export function fitText(fit: Fit, footprint: CFootprint, color: boolean): string {
  const rows = fit.rows.map((row): Cell[] => [
    row.memory,
    row.needBytes,
    row.haveBytes,
    row.missingBytes === 0 ? '' : formatCount(row.missingBytes),
  ]);
  const made = renderPairs(
    [
      ['SRAM', `${sramText(footprint)}${loadedText(fit, footprint)}`],
      ['flash', flashText(footprint)],
    ],
    2,
  );
  const header = [
    { title: 'memory', align: 'left' },
    { title: 'need B', align: 'right' },
    { title: 'have B', align: 'right' },
    { title: 'missing B', align: 'right' },
  ] as const;
  return [renderTable(header, rows, { color, indent: 2 }), made].join('\n\n');
}

/** `arena 8,384 + variables 100 + stack 816 (bound)`. */
export function sramText({ arenaBytes, staticBytes, stackBytes, stackKind }: CFootprint): string {
  const variables = staticBytes === 0 ? '' : ` + variables ${formatCount(staticBytes)}`;
  return `arena ${formatCount(arenaBytes)}${variables} + stack ${formatCount(stackBytes)} (${stackKind})`;
}

/** `constants 24,368 + code 5,172 (estimate)`. */
export function flashText({ constantBytes, codeBytes }: CFootprint): string {
  return `constants ${formatCount(constantBytes)} + code ${formatCount(codeBytes)} (estimate)`;
}

/** What SRAM holds besides arena, variables and stack where flash is copied to it. */
function loadedText({ rows }: Fit, { arenaBytes, staticBytes, stackBytes }: CFootprint): string {
  const loadedBytes = (rows[0]?.needBytes ?? 0) - arenaBytes - staticBytes - stackBytes;
  return loadedBytes > 0 ? ` + code and constants ${formatCount(loadedBytes)}, loaded at boot` : '';
}

/** What would help, with what the model needs then. */
export function remedyText(remedies: readonly Remedy[], color: boolean): string {
  if (remedies.length === 0) return '  nothing that thimble knows would help';
  const rows = remedies.map((remedy): Cell[] => [
    remedy.fits ? 'yes' : 'no',
    remedy.what,
    remedy.options,
    remedy.sramBytes,
    remedy.flashBytes,
    remedy.macs,
    remedy.slowdown === null ? '' : `${((remedy.slowdown - 1) * 100).toFixed(1)} %`,
    remedy.isEstimate ? 'estimated' : '',
  ]);
  const titles = ['fits', 'what would help', 'options', 'SRAM B', 'flash B', 'MACs', 'slower by', ''];
  const notes = ['Operator order and overlap are in every plan.'];
  if (remedies.some(({ isEstimate }) => isEstimate)) {
    notes.push('Estimated rows are plans of a model that is yet to be made: trained again, quantized or pruned.');
  }
  const table = renderTable(columns(titles, rows), rows, { color, indent: 2 });
  return [table, notes.map((note) => `  ${note}`).join('\n')].join('\n\n');
}

/** `SRAM 43 %`: how much of a memory is needed. */
export function shareText({ memory, needBytes, haveBytes }: FitRow): string {
  return `${memory} ${Math.ceil((100 * needBytes) / Math.max(1, haveBytes))} %`;
}
