import type { Graph } from '../../../ir/graph.ts';
import { findChannelGroups } from '../groups/find.ts';
import { type NestedModel, nestUnits } from './widths.ts';

/**
 * The widths of a float model in what it was quantized to: as many first units of each group, which is known by its name. A group that
 * quantizing has changed keeps the same share of its units, in multiples of `round`; their order is the same.
 */
export function nestQuantized(float: NestedModel, quantized: Graph, round: number): NestedModel {
  const groups = findChannelGroups(quantized);
  const known = new Map(float.groups.groups.map((group) => [group.name, group]));
  const widths = float.widths.map(({ fraction, removed }) => ({
    fraction,
    kept: new Map(
      groups.groups.map(({ id, name, units }) => {
        const before = known.get(name);
        if (before === undefined) return [id, units];
        const left = before.units - (removed.get(before.id)?.size ?? 0);
        if (before.units === units) return [id, left];
        return [id, Math.min(units, round * Math.ceil((left * units) / before.units / round))];
      }),
    ),
  }));
  return nestUnits(quantized, groups, new Map(), widths);
}
