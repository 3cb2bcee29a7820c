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

/** Need, have and missing bytes of each memory, what the need is made of, and what would help. */
export function fitText(fit: Fit, footprint: CFootprint, remedies: readonly Remedy[], color: boolean): string {
  const rows = fit.rows.map((row): Cell[] => [
    row.memory,
    row.needBytes,
    row.haveBytes,
    row.missingBytes === 0 ? '' : formatCount(row.missingBytes),
  ]);
  const { arenaBytes, stackBytes, constantBytes, codeBytes } = footprint;
  const made = renderPairs(
    [
      [
        'SRAM',
        `arena ${formatCount(arenaBytes)} + stack ${formatCount(stackBytes)} (margin)${loadedText(fit, footprint)}`,
      ],
      ['flash', `constants ${formatCount(constantBytes)} + code ${formatCount(codeBytes)} (estimate)`],
    ],
    2,
  );
  const header = [
    { title: 'memory', align: 'left' },
    { title: 'need B', align: 'right' },
    { title: 'have B', align: 'right' },
    { title: 'missing B', align: 'right' },
  ] as const;
  return [renderTable(header, rows, { color, indent: 2 }), made, ...remedyTable(remedies, color)].join('\n\n');
}

/** What SRAM holds besides arena and stack where flash is copied to it. */
function loadedText({ rows }: Fit, { arenaBytes, stackBytes }: CFootprint): string {
  const loadedBytes = (rows[0]?.needBytes ?? 0) - arenaBytes - stackBytes;
  return loadedBytes > 0 ? ` + code and constants ${formatCount(loadedBytes)}, loaded at boot` : '';
}

function remedyTable(remedies: readonly Remedy[], color: boolean): readonly string[] {
  if (remedies.length === 0) return [];
  const rows = remedies.map(({ what, sramBytes, flashBytes, macs }): Cell[] => [what, sramBytes, flashBytes, macs]);
  const table = renderTable(columns(['what would help', 'SRAM B', 'flash B', 'MACs'], rows), rows, {
    color,
    indent: 2,
  });
  return [table];
}

/** `SRAM 43 %`: how much of a memory is needed. */
export function shareText({ memory, needBytes, haveBytes }: FitRow): string {
  return `${memory} ${Math.ceil((100 * needBytes) / Math.max(1, haveBytes))} %`;
}
