import type { Report } from '../report/schema.ts';
import { type ErrorChange, errorChanges, type LayerChange, layerChanges, pairLayers } from './layer-changes.ts';
import { isChange, pairReadings, type ReadingPair } from './metric-changes.ts';
import { type FactChange, originChanges, strangeness } from './origin-changes.ts';
import { readingsOf } from './readings.ts';

/** What differs between two reports; what is equal is not in the lists, but for `readings`. */
export interface Comparison {
  /** Every number of either report. */
  readonly readings: readonly ReadingPair[];
  readonly changes: readonly ReadingPair[];
  readonly layers: readonly LayerChange[];
  readonly errors: readonly ErrorChange[];
  readonly facts: readonly FactChange[];
  /** What the reader should know of the comparison itself. */
  readonly notes: readonly string[];
  readonly isEqual: boolean;
  /** Whether memory and sizes are of one kind of package in both. */
  readonly isOneKind: boolean;
}

/** Holds `after` against `before`. */
export function compareReports(before: Report, after: Report): Comparison {
  const readings = pairReadings(readingsOf(before), readingsOf(after));
  const pairs = pairLayers(before, after);
  const found = {
    changes: readings.filter(isChange),
    layers: layerChanges(pairs, before, after),
    errors: errorChanges(pairs, before, after),
    facts: originChanges(before, after),
  };
  const isEqual = Object.values(found).every((list) => list.length === 0);
  const isOneKind = before.memory.for === after.memory.for;
  return { readings, ...found, notes: notesOf(before, after), isEqual, isOneKind };
}

function notesOf(before: Report, after: Report): readonly string[] {
  const notes = [...strangeness(before, after)];
  if (before.memory.for !== after.memory.for) {
    notes.push(
      `memory is planned for ${before.memory.for} before and for ${after.memory.for} after: other kernels, other buffers`,
    );
  }
  const samples = [before, after].map(({ accuracy }) => accuracy?.samples ?? null);
  if (samples[0] !== samples[1] && !samples.includes(null)) {
    notes.push(`accuracy was counted on ${samples[0]} samples before and on ${samples[1]} after`);
  }
  return notes;
}
