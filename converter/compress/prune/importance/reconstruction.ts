import type { ScoreDefinition } from './score.ts';

/**
 * The growth of the squared error at all readers of a unit when it leaves and their other weights are re-fitted: second order, exact for
 * the samples, and up to date as units leave. See `ColumnSystem.cost`.
 */
export const reconstruction: ScoreDefinition = {
  what: 'growth of the error at the readers of a unit when it leaves and the rest is re-fitted (second order)',
  needsSamples: true,
  refuses: () => null,
  prepare: () => ({
    scoreOf: (group, unit, columns) => columns?.costOf(group, unit) ?? 0,
    changes: true,
    classesOf: null,
  }),
};
