import type { Graph } from '../../../ir/graph.ts';
import type { Executor } from '../../executor.ts';
import type { Sample } from '../../quantize/calibrate.ts';
import type { ChannelGroup, ChannelGroups } from '../groups/types.ts';
import type { GroupColumns } from './columns.ts';

/** What a score may look at. */
export interface ScoreContext {
  readonly graph: Graph;
  readonly groups: ChannelGroups;
  /** Empty for scores that need none. */
  readonly samples: readonly Sample[];
  readonly execute: Executor;
  /** Null where there are no samples. */
  readonly columns: GroupColumns | null;
  readonly seed: number;
  /** Answers of the model that count where a score tells them apart; all where there are none. */
  readonly classes?: readonly number[] | null;
}

/** How important units are; the least important leaves first. */
export interface Scorer {
  /** Not negative, as things are now according to `columns`. Comparable within a group. */
  readonly scoreOf: (group: ChannelGroup, unit: number, columns: GroupColumns | null) => number;
  /** Whether scores of units change when others leave. */
  readonly changes: boolean;
  /** Scores for each class that the model answers, where the score tells them apart; null where it does not. */
  readonly classesOf: ((group: ChannelGroup) => readonly ClassScores[]) | null;
}

/** Scores of the units of a group for one class, the number of an element of the model's output. */
export interface ClassScores {
  readonly answer: number;
  readonly scores: Float64Array;
}

/** One way to rank units. */
export interface ScoreDefinition {
  /** In one line, for help texts. */
  readonly what: string;
  readonly needsSamples: boolean;
  /** Why the score says nothing about this model; null where it does. */
  readonly refuses: (context: Pick<ScoreContext, 'graph' | 'groups'>) => string | null;
  readonly prepare: (context: ScoreContext) => Scorer;
}

/** A scorer of numbers that are known beforehand, by group and unit. */
export function fixedScorer(
  scores: ReadonlyMap<ChannelGroup['id'], Float64Array>,
  classesOf: Scorer['classesOf'] = null,
): Scorer {
  return { scoreOf: ({ id }, unit) => scores.get(id)?.[unit] ?? 0, changes: false, classesOf };
}

/** Numbers for all units of all groups. */
export function scoresByUnit(
  { groups }: ChannelGroups,
  scoreOf: (group: ChannelGroup, unit: number) => number,
): ReadonlyMap<ChannelGroup['id'], Float64Array> {
  return new Map(
    groups.map((group) => [group.id, Float64Array.from({ length: group.units }, (_, unit) => scoreOf(group, unit))]),
  );
}
