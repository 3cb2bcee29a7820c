import { higherFirst, type Moment, type Peak } from './peak.ts';

/** A row of the map: one step, or several of which the highest is drawn. */
export interface MapRow {
  readonly first: number;
  readonly last: number;
  /** The highest of the moments. */
  readonly moment: Moment;
}

/** Most rows of a map that shows every step by itself. */
const fewRows = 48;

/** Steps before and after the peak that a longer map shows one by one. */
const neighbours = 8;

/** Rows for all steps before that, and for all after it, together. */
const mergedRows = 24;

/** Rows of a map: each step where they are few, else those about the peak, the others merged into rows of several. */
export function mapRows(moments: readonly Moment[], peak: Peak): readonly MapRow[] {
  if (moments.length <= fewRows) return moments.map((moment) => merged([moment]));
  const at = moments.findIndex(({ step }) => step === peak.step);
  const from = Math.max(0, at - neighbours);
  const to = Math.min(moments.length, at + neighbours + 1);
  const size = Math.ceil((moments.length - (to - from)) / mergedRows);
  return [
    ...groups(moments.slice(0, from), size),
    ...groups(moments.slice(from, to), 1),
    ...groups(moments.slice(to), size),
  ];
}

/** Rows of the steps from `first` to `last`, one by one. */
export function rowsOf(moments: readonly Moment[], first: number, last: number): readonly MapRow[] {
  return moments.filter(({ step }) => first <= step && step <= last).map((moment) => merged([moment]));
}

function groups(moments: readonly Moment[], size: number): readonly MapRow[] {
  const rows: MapRow[] = [];
  for (let i = 0; i < moments.length; i += size) rows.push(merged(moments.slice(i, i + size)));
  return rows;
}

function merged(moments: readonly Moment[]): MapRow {
  const [moment] = [...moments].sort(higherFirst);
  const [first, last] = [moments[0], moments.at(-1)];
  if (moment === undefined || first === undefined || last === undefined) throw new RangeError('a row has no step');
  return { first: first.step, last: last.step, moment };
}
