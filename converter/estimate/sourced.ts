/** Where a number comes from, the strongest first. */
export const sourceKinds = ['datasheet', 'measured', 'fitted', 'assumed'] as const;

export type SourceKind = (typeof sourceKinds)[number];

/** A number that says where it comes from. */
export interface Sourced<Unit extends string = string> {
  readonly value: number;
  readonly unit: Unit;
  readonly source: SourceKind;
  /** The document, the measurement, the fit, or what was argued from. */
  readonly ref: string;
}

/** The weakest of some sources: that of a number which is made of them. `datasheet` of none. */
export function weakestOf(kinds: Iterable<SourceKind>): SourceKind {
  let weakest = 0;
  for (const kind of kinds) weakest = Math.max(weakest, sourceKinds.indexOf(kind));
  return sourceKinds[weakest] ?? 'assumed';
}
