import type { Graph } from '../../../ir/graph.ts';
import { ProblemError } from '../../../problem.ts';
import { removeUnits } from '../groups/remove.ts';
import type { ChannelGroups } from '../groups/types.ts';
import { macsOf } from '../targets/work.ts';
import type { UnitOrder } from './permute.ts';
import { prefixUnits, unitsBehind } from './prefix.ts';
import { tooNarrow } from './units.ts';
import { type KeptUnits, type NestedModel, nestUnits } from './widths.ts';

/** Parts of all channels that are tried. */
const steps = 64;

/**
 * Widths without samples: the same part of every group, as large as the share of the multiply-accumulates allows.
 *
 * @param order the most important unit of each group first
 * @param shares of the multiply-accumulates, ascending, less than 1
 * @throws ProblemError for a share that cannot be had
 */
export function nestUniformly(
  graph: Graph,
  groups: ChannelGroups,
  order: UnitOrder,
  shares: readonly number[],
  round: number,
): NestedModel {
  const whole = macsOf(graph);
  const kept = (step: number): KeptUnits =>
    new Map(groups.groups.map((group) => [group.id, prefixUnits(group, step / steps, round)]));
  const work = Array.from({ length: steps }, (_, i) => {
    const own = kept(i + 1);
    return { own, macs: macsOf(removeUnits(graph, groups, unitsBehind(groups, own))) };
  });
  const widths = shares.map((share) => {
    const fitting = work.findLast(({ macs }) => macs <= share * whole);
    if (fitting === undefined) throw new ProblemError([tooNarrow(share, (work[0]?.macs ?? whole) / whole)]);
    return { fraction: share, kept: fitting.own };
  });
  return nestUnits(graph, groups, order, widths);
}
