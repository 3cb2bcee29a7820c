import Table from 'cli-table3';
import pc from 'picocolors';
import { processWantsColor } from './color.ts';
import { formatCount, printable } from './text.ts';

/** A cell: numbers get thousands separators, null is shown as `-`. */
export type Cell = string | number | bigint | null;

export interface Column {
  readonly title: string;
  /** Numbers belong to the right. */
  readonly align: 'left' | 'right';
}

export interface TableOptions {
  /** Whether titles may be coloured; by default as NO_COLOR, FORCE_COLOR and the terminal say. */
  readonly color?: boolean;
  /** Blanks before each line. */
  readonly indent?: number;
}

const noBorders = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
};

/** A column for each title, aligned right where no cell is text. */
export function columns(titles: readonly string[], rows: readonly (readonly Cell[])[]): readonly Column[] {
  return titles.map((title, i) => {
    const isText = rows.some((row) => typeof row[i] === 'string');
    return { title, align: isText || rows.length === 0 ? 'left' : 'right' };
  });
}

/**
 * `rows` under their titles as aligned text, without borders and without blanks at the ends of lines; no line break at
 * the end. Control characters in cells are made visible.
 */
export function renderTable(
  header: readonly Column[],
  rows: readonly (readonly Cell[])[],
  options: TableOptions = {},
): string {
  const { color = processWantsColor(), indent = 0 } = options;
  const paint = pc.createColors(color);
  const table = new Table({
    head: header.map((column) => paint.bold(printable(column.title))),
    colAligns: header.map((column) => column.align),
    chars: noBorders,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
  for (const row of rows) table.push(header.map((_, i) => showCell(row[i] ?? null)));
  const lines = table.toString().split('\n');
  return lines.map((line) => (' '.repeat(indent) + line).trimEnd()).join('\n');
}

function showCell(cell: Cell): string {
  if (cell === null) return '-';
  return typeof cell === 'string' ? printable(cell) : formatCount(cell);
}

/** `rows` of name and value, the names aligned: for summaries. */
export function renderPairs(pairs: readonly (readonly [string, Cell])[], indent = 0): string {
  const width = Math.max(0, ...pairs.map(([name]) => name.length));
  return pairs.map(([name, value]) => `${' '.repeat(indent)}${name.padEnd(width)}  ${showCell(value)}`).join('\n');
}
