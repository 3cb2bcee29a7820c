import { higherFirst, type Moment, type Peak } from './peak.ts';
import { type PlanPicture, spanAt } from './picture.ts';

/** A row of the map: one step or stream, or several of which the highest is drawn. */
export interface MapRow {
  readonly first: number;
  readonly last: number;
  /** Steps and streams in it. */
  readonly works: number;
  /** The highest of the moments. */
  readonly moment: Moment;
}

/** Most rows of a map that shows every step by itself. */
const fewRows = 48;

/** Steps before and after the peak that a longer map shows one by one. */
const neighbours = 8;

/** Rows for all steps before that, and for all after it, together. */
const mergedRows = 24;

/** Rows of a map: each piece of work where they are few, else those about the peak, the others merged into rows of several. */
export function mapRows(picture: PlanPicture, moments: readonly Moment[], peak: Peak): readonly MapRow[] {
  const works = rowsOf(picture, moments, -1, picture.steps.length);
  if (works.length <= fewRows) return works;
  const at = works.findIndex(({ first, last }) => first <= peak.step && peak.step <= last);
  const from = Math.max(0, at - neighbours);
  const to = Math.min(works.length, at + neighbours + 1);
  const size = Math.ceil((works.length - (to - from)) / mergedRows);
  return [...groups(works.slice(0, from), size), ...works.slice(from, to), ...groups(works.slice(to), size)];
}

/** A row for each piece of work among the steps from `first` to `last`. */
export function rowsOf(
  picture: PlanPicture,
  moments: readonly Moment[],
  first: number,
  last: number,
): readonly MapRow[] {
  return moments.flatMap((moment): MapRow[] => {
    const span = spanAt(picture, moment.step);
    const isShown = first < span.end && span.first <= last;
    return isShown && moment.step === span.first ? [{ first: span.first, last: span.end - 1, works: 1, moment }] : [];
  });
}

function groups(rows: readonly MapRow[], size: number): readonly MapRow[] {
  const merged: MapRow[] = [];
  for (let i = 0; i < rows.length; i += size) merged.push(...mergedRow(rows.slice(i, i + size)));
  return merged;
}

function mergedRow(rows: readonly MapRow[]): readonly MapRow[] {
  const [moment] = rows.map((row) => row.moment).sort(higherFirst);
  const [first, last] = [rows[0], rows.at(-1)];
  if (moment === undefined || first === undefined || last === undefined) return [];
  return [{ first: first.first, last: last.last, works: rows.length, moment }];
}
