import { fail } from './file.ts';
import type { Sample } from './sample.ts';

/** Largest text file that is read as numbers: 64 MiB. */
export const maxCsvBytes: number = 2 ** 26;

const numberPattern = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/**
 * Numbers of a text file, separated by commas, semicolons or white space. Empty lines and lines that begin with `#` are
 * skipped, and so is a first line that holds no number at all (column titles).
 * The shape is [rows, columns] where all rows are equally long, [count] otherwise. Throws ProblemError with the line.
 */
export function readCsv(bytes: Uint8Array, where: string): Sample {
  const values: number[] = [];
  const rowLengths: number[] = [];
  let headerAllowed = true;
  for (const [index, line] of new TextDecoder()
    .decode(bytes)
    .split(/\r\n|\n|\r/)
    .entries()) {
    const cells = splitLine(line, `${where}, line ${index + 1}`);
    if (cells.length === 0) continue;
    const isHeader = headerAllowed && !cells.some((cell) => numberPattern.test(cell));
    headerAllowed = false;
    if (isHeader) continue;
    for (const cell of cells) values.push(parseCell(cell, `${where}, line ${index + 1}`));
    rowLengths.push(cells.length);
  }
  if (values.length === 0) fail('csv-empty', where, 'it holds no numbers', 'give numbers separated by commas');
  const columns = rowLengths[0] ?? 0;
  const isTable = rowLengths.every((length) => length === columns);
  return {
    dtype: 'float64',
    shape: isTable ? [rowLengths.length, columns] : [values.length],
    data: Float64Array.from(values),
  };
}

function splitLine(line: string, where: string): readonly string[] {
  const text = line.trim();
  if (text === '' || text.startsWith('#')) return [];
  if (text.includes(',') && text.includes(';')) {
    fail('csv-separator', where, 'it has commas and semicolons', 'use one separator, and a point in decimal numbers');
  }
  const separator = text.includes(',') ? ',' : text.includes(';') ? ';' : null;
  if (separator === null) return text.split(/[ \t]+/);
  const cells = text.split(separator).map((cell) => cell.trim());
  if (cells.at(-1) === '') cells.pop();
  return cells;
}

function parseCell(cell: string, where: string): number {
  if (numberPattern.test(cell)) return Number(cell);
  const shown = JSON.stringify(cell.length > 40 ? `${cell.slice(0, 40)}...` : cell);
  return fail('csv-number', where, `${shown} is not a number`, 'give decimal numbers only, such as 12, -0.5 or 1e-3');
}
