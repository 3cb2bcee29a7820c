import { readFileSync } from 'node:fs';
import { type MixClass, mixClasses } from '../../converter/estimate/instructions/mix.ts';
import type { ClassMix } from '../../converter/estimate/silicon/class-model.ts';

/** One row of a table by column. */
export type TableRow = ReadonlyMap<string, string>;

/** Reads comma-separated values with a line of titles; values may stand in double quotes. */
export function readTable(path: string): readonly TableRow[] {
  const [titles = [], ...rows] = readFileSync(path, 'utf8')
    .split(/\r?\n/)
    .filter((line) => line !== '')
    .map(valuesIn);
  return rows.map((values) => new Map(titles.map((title, i) => [title, values[i] ?? ''])));
}

function valuesIn(line: string): readonly string[] {
  const values: string[] = [];
  for (const [, quoted, plain] of line.matchAll(/(?:"((?:[^"]|"")*)"|([^,]*))(?:,|$)/g)) {
    values.push(quoted?.replaceAll('""', '"') ?? plain ?? '');
  }
  // What is matched behind the last value is empty.
  return line.endsWith(',') ? values : values.slice(0, -1);
}

/** The instructions by class of a row whose columns have the names of classes. */
export function mixOf(row: TableRow): ClassMix {
  const counts = mixClasses.map((name): readonly [MixClass, number] => [name, Number(row.get(name) ?? 0)]);
  return new Map(counts.filter(([, count]) => count > 0));
}
