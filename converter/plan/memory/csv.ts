import { type Problem, ProblemError } from '../../problem.ts';
import type { OffsetBuffer } from './problem.ts';

/** An offset problem as a file states it. */
export interface OffsetTable {
  /** Buffers in the order of the rows; their `id` is the number of the row, from 0. */
  readonly buffers: readonly OffsetBuffer[];
  /** The first column of each row: what the file calls the buffer. */
  readonly names: readonly string[];
  /** Offsets that the file states, by `id`; empty when it has no such column. */
  readonly offsets: ReadonlyMap<number, number>;
}

type Column = 'id' | 'lower' | 'upper' | 'size' | 'alignment' | 'offset';

/** Columns by the names in MiniMalloc's files and by those in older files of that project. */
const columnOf: ReadonlyMap<string, Column> = new Map([
  ['id', 'id'],
  ['buffer', 'id'],
  ['lower', 'lower'],
  ['start', 'lower'],
  ['upper', 'upper'],
  ['end', 'upper'],
  ['size', 'size'],
  ['alignment', 'alignment'],
  ['offset', 'offset'],
]);

const required: readonly Column[] = ['id', 'lower', 'upper', 'size'];

/**
 * Reads MiniMalloc's CSV: a header with `id,lower,upper,size` and perhaps `alignment` (bytes, 1 when absent) and `offset`,
 * then one buffer per line, alive from `lower` until before `upper`. `file` names it in problems, all of which are reported at once.
 */
export function readOffsetCsv(text: string, file: string): OffsetTable {
  const lines = text
    .split(/\r?\n/)
    .map((line, i) => ({ cells: line.split(',').map((cell) => cell.trim()), row: i + 1 }));
  const [header, ...rows] = lines.filter(({ cells }) => cells.some((cell) => cell !== ''));
  const columns = readHeader(header?.cells ?? [], file);
  const problems: Problem[] = [];
  const buffers: OffsetBuffer[] = [];
  const names = new Map<string, number>();
  const offsets = new Map<number, number>();
  for (const { cells, row } of rows) {
    const where = `${file}:${row}`;
    const found = rowProblems(cells, columns, where);
    const name = cells[columns.get('id') ?? 0] ?? '';
    const before = names.get(name);
    if (before !== undefined)
      found.push(badRow(where, `buffer "${name}" is also in line ${before}`, 'rename one of them'));
    names.set(name, row);
    problems.push(...found);
    const number = (column: Column, absent: number) => {
      const at = columns.get(column);
      return at === undefined ? absent : Number(cells[at]);
    };
    const id = buffers.length;
    const [start, end, size] = [number('lower', 0), number('upper', 0), number('size', 0)];
    buffers.push({ id, size, alignment: number('alignment', 1), start, end });
    if (columns.has('offset')) offsets.set(id, number('offset', 0));
  }
  if (problems.length > 0) throw new ProblemError(problems);
  return { buffers, names: [...names.keys()], offsets };
}

/**
 * Writes an offset problem and its solution as MiniMalloc does: `id,lower,upper,size,offset`, with a column `alignment` before the
 * offset when a buffer needs one. `names` and `offsets` as in {@link OffsetTable}; no column for no offsets.
 */
export function writeOffsetCsv({ buffers, names, offsets }: OffsetTable): string {
  const aligned = buffers.some(({ alignment }) => alignment !== 1);
  const solved = offsets.size > 0;
  const header = ['id', 'lower', 'upper', 'size', ...(aligned ? ['alignment'] : []), ...(solved ? ['offset'] : [])];
  const rows = buffers.map(({ id, start, end, size, alignment }, row) =>
    [names[row] ?? id, start, end, size, ...(aligned ? [alignment] : []), ...(solved ? [offsets.get(id)] : [])].join(
      ',',
    ),
  );
  return `${[header.join(','), ...rows].join('\n')}\n`;
}

function readHeader(cells: readonly string[], file: string): ReadonlyMap<Column, number> {
  const columns = new Map<Column, number>();
  const problems: Problem[] = [];
  for (const [at, cell] of cells.entries()) {
    const column = columnOf.get(cell.toLowerCase());
    if (column !== undefined && !columns.has(column)) columns.set(column, at);
    else {
      const what = column === undefined ? `the column "${cell}" is not known` : `the column "${cell}" is there twice`;
      problems.push({
        code: 'csv-header',
        where: `${file}:1`,
        what,
        advice: 'use id, lower, upper, size, alignment and offset, each once',
      });
    }
  }
  for (const column of required) {
    if (columns.has(column)) continue;
    const what = `the column "${column}" is missing`;
    problems.push({
      code: 'csv-header',
      where: `${file}:1`,
      what,
      advice: 'begin the file with the line id,lower,upper,size',
    });
  }
  if (problems.length > 0) throw new ProblemError(problems);
  return columns;
}

/** What is wrong with one row taken alone. */
function rowProblems(cells: readonly string[], columns: ReadonlyMap<Column, number>, where: string): Problem[] {
  if (cells.length !== columns.size) {
    const what = `the line has ${cells.length} cells, the header ${columns.size}`;
    return [badRow(where, what, 'give every column of the header a cell')];
  }
  const problems: Problem[] = [];
  for (const [column, at] of columns) {
    const cell = cells[at] ?? '';
    if (column === 'id') {
      if (cell === '') problems.push(badRow(where, 'the buffer has no name', 'put one into the first column'));
    } else if (!isWhole(cell, column)) {
      const least = column === 'alignment' ? 'from 1' : column === 'lower' || column === 'upper' ? '' : 'from 0';
      problems.push(badRow(where, `${column} is "${cell}"`, `use a whole number ${least}`.trim()));
    }
  }
  const [lower, upper] = [cells[columns.get('lower') ?? 0] ?? '', cells[columns.get('upper') ?? 0] ?? ''];
  if (problems.length === 0 && Number(lower) >= Number(upper)) {
    problems.push(
      badRow(where, `the buffer lives from ${lower} until before ${upper}`, 'make upper greater than lower'),
    );
  }
  return problems;
}

function isWhole(cell: string, column: Column): boolean {
  const value = Number(cell);
  if (!/^-?\d+$/.test(cell) || !Number.isSafeInteger(value)) return false;
  if (column === 'lower' || column === 'upper') return true;
  return value >= (column === 'alignment' ? 1 : 0);
}

function badRow(where: string, what: string, advice: string): Problem {
  return { code: 'csv-row', where, what, advice };
}
