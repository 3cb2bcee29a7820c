import type { Graph } from '../../../ir/graph.ts';
import { removeUnits } from '../groups/remove.ts';
import type { ChannelGroup, ChannelGroups, GroupId, RemovedUnits } from '../groups/types.ts';

/**
 * How many units of a group a width keeps: `fraction` of them (0 to 1), rounded up to a multiple of `round`, so that kernels keep full
 * tiles. At least one, at most all.
 */
export function prefixUnits({ units }: ChannelGroup, fraction: number, round: number): number {
  // A hair less than the product, which may lie above a whole number by its own rounding.
  const wanted = Math.ceil((fraction * units - 1e-9) / round) * round;
  return Math.max(1, Math.min(units, wanted));
}

/** The units behind the first ones of each group, which a width does without. */
export function unitsBehind(groups: ChannelGroups, kept: ReadonlyMap<GroupId, number>): RemovedUnits {
  const removed = new Map<GroupId, ReadonlySet<number>>();
  for (const { id, units } of groups.groups) {
    const first = kept.get(id) ?? units;
    const gone = Array.from({ length: units - first }, (_, i) => first + i);
    if (gone.length > 0) removed.set(id, new Set(gone));
  }
  return removed;
}

/** The graph with the first units of each group alone: a valid network whose weights are parts of those of the whole one. */
export function prefixGraph(graph: Graph, groups: ChannelGroups, fraction: number, round: number): Graph {
  const kept = new Map(groups.groups.map((group) => [group.id, prefixUnits(group, fraction, round)]));
  return removeUnits(graph, groups, unitsBehind(groups, kept));
}
