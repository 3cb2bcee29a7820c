import { type Cell, type Column, renderTable, type TableOptions } from './table.ts';

/** A column of a table that may be too wide for a terminal. */
export interface NarrowColumn extends Column {
  /** The higher, the sooner it is left out where there is no room; 0 stays. */
  readonly drop: number;
  /** Characters to which its text may be shortened; absent for what stays whole. */
  readonly least?: number;
}

/**
 * {@link renderTable} within `width` characters a line: texts are shortened to what their column says, then columns are left out. A table
 * whose lasting columns are wider stays as it is.
 */
export function renderNarrowTable(
  header: readonly NarrowColumn[],
  rows: readonly (readonly Cell[])[],
  width: number,
  options: TableOptions = {},
): string {
  let columns: readonly CellColumn[] = header.map((column, i) => ({
    column,
    cells: rows.map((row) => row[i] ?? null),
  }));
  for (;;) {
    const plain = renderTable(
      columns.map(({ column }) => column),
      rows.map((_, r) => columns.map(({ cells }) => cells[r] ?? null)),
      { ...options, color: false },
    );
    const excess = Math.max(...plain.split('\n').map((line) => line.length)) - width;
    if (excess <= 0) break;
    const shortened = shorten(columns, excess);
    if (shortened !== null) {
      columns = shortened;
      continue;
    }
    const last = columns.reduce((a, b) => (b.column.drop > a.column.drop ? b : a), columns[0] ?? never);
    if (last.column.drop === 0) break;
    columns = columns.filter((one) => one !== last);
  }
  return renderTable(
    columns.map(({ column }) => column),
    rows.map((_, r) => columns.map(({ cells }) => cells[r] ?? null)),
    options,
  );
}

interface CellColumn {
  readonly column: NarrowColumn;
  readonly cells: readonly Cell[];
}

const never: CellColumn = { column: { title: '', align: 'left', drop: 0 }, cells: [] };

/** Takes `excess` characters from the column that has most to give; null where none has any. */
function shorten(columns: readonly CellColumn[], excess: number): CellColumn[] | null {
  const room = ({ column, cells }: CellColumn) => {
    const widest = Math.max(column.title.length, ...cells.map((cell) => (typeof cell === 'string' ? cell.length : 0)));
    return column.least === undefined ? 0 : widest - Math.max(column.least, column.title.length);
  };
  const most = columns.reduce((a, b) => (room(b) > room(a) ? b : a), columns[0] ?? never);
  if (room(most) < excess) return null;
  const widest = Math.max(...most.cells.map((cell) => (typeof cell === 'string' ? cell.length : 0)));
  return columns.map((one) => {
    if (one !== most) return one;
    return { ...one, cells: one.cells.map((cell) => (typeof cell === 'string' ? cut(cell, widest - excess) : cell)) };
  });
}

/** The beginning of a text, with `…` where it was longer. */
function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, Math.max(1, length - 1)).trimEnd()}…`;
}
