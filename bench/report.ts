import { type Cell, columns, renderTable } from '../cli/output/table.ts';

/** Text pieces that the sections share. */

/** A title with its text below. */
export function titled(title: string, text: string): string {
  return `${title}\n${text}`;
}

/** A titled table; `-` where there is no figure. */
export function block(title: string, titles: readonly string[], rows: readonly (readonly Cell[])[]): string {
  return titled(title, renderTable(alignNumbers(titles, rows), rows, { indent: 2, color: false }));
}

/** Columns of figures go to the right, also where they are ratios. */
function alignNumbers(titles: readonly string[], rows: readonly (readonly Cell[])[]) {
  return columns(titles, rows).map((column, i) => {
    const isFigures = rows.every((row) => !(typeof row[i] === 'string') || /^[\d.,]+[x%]?$/.test(row[i]));
    return isFigures ? { ...column, align: 'right' as const } : column;
  });
}

/** `yes`, `NO` where a bound does not hold, null where there is nothing to judge. */
export function mark(holds: boolean | null | undefined): string | null {
  if (holds === null || holds === undefined) return null;
  return holds ? 'yes' : 'NO';
}

/** Instructions per multiply-accumulate with two digits; null without any. */
export function perMac(instructions: number, macs: number): string | null {
  return macs === 0 ? null : (instructions / macs).toFixed(2);
}
