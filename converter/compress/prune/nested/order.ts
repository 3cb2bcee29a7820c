import type { Graph } from '../../../ir/graph.ts';
import type { ChannelGroups, GroupId } from '../groups/types.ts';
import type { GroupColumns } from '../importance/columns.ts';
import type { Scorer } from '../importance/score.ts';
import { permutableGroups, type UnitOrder } from './permute.ts';

/**
 * The units of each group that can change places by their scores, the most important one first; equal ones keep their order.
 *
 * @param columns what the scorer was prepared with; null for scores that need none
 */
export function orderByScore(
  graph: Graph,
  groups: ChannelGroups,
  scorer: Scorer,
  columns: GroupColumns | null,
): UnitOrder {
  const permutable = permutableGroups(graph, groups);
  const order = new Map<GroupId, readonly number[]>();
  for (const group of groups.groups) {
    if (!permutable.has(group.id)) continue;
    const scores = Float64Array.from({ length: group.units }, (_, unit) => scorer.scoreOf(group, unit, columns));
    const units = Array.from(scores, (_, unit) => unit);
    order.set(
      group.id,
      units.sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0) || a - b),
    );
  }
  return order;
}
