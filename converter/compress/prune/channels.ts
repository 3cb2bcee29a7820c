import type { Graph, ValueId } from '../../ir/graph.ts';
import { typeOf } from '../../ir/graph.ts';
import type { ChannelGroup, ChannelGroups, RemovedUnits } from './groups/types.ts';

/**
 * For computed values of a pruned graph: which channels of the original value its last axis still has, ascending. Values without an
 * entry are whole.
 */
export type KeptChannels = ReadonlyMap<ValueId, readonly number[]>;

/** What is left of the channels when `removed` leave a graph that has `kept` of the original ones. */
export function keptAfter(
  graph: Graph,
  { groups }: ChannelGroups,
  removed: RemovedUnits,
  kept: KeptChannels,
): KeptChannels {
  const result = new Map(kept);
  for (const group of groups) {
    const units = removed.get(group.id);
    if (units === undefined || units.size === 0) continue;
    for (const { value, axis, channelsOf, use } of group.values) {
      const { shape } = typeOf(graph, value);
      if (use !== null || axis !== shape.length - 1) continue;
      const gone = new Set([...units].flatMap((unit) => channelsOf(unit)));
      const now = Array.from({ length: shape[axis] ?? 0 }, (_, i) => i).filter((i) => !gone.has(i));
      // Several groups may have parts of one value: places refer to the graph before any of them has lost units.
      result.set(value, intersect(result.get(value), kept.get(value), now));
    }
  }
  return result;
}

function intersect(
  done: readonly number[] | undefined,
  before: readonly number[] | undefined,
  places: readonly number[],
): readonly number[] {
  const original = before === undefined ? places : places.map((place) => before[place] ?? place);
  if (done === undefined || done === before) return original;
  const others = new Set(done);
  return original.filter((channel) => others.has(channel));
}

/** The units of groups of the original graph that are no longer among the kept channels. */
export function unitsGone(graph: Graph, { groups }: ChannelGroups, kept: KeptChannels): RemovedUnits {
  const gone = new Map<ChannelGroup['id'], ReadonlySet<number>>();
  for (const group of groups) {
    const member = group.values.find(({ value, axis, use }) => {
      return use === null && axis === typeOf(graph, value).shape.length - 1;
    });
    const left = member === undefined ? undefined : kept.get(member.value);
    if (member === undefined || left === undefined) continue;
    const alive = new Set(left);
    const units = Array.from({ length: group.units }, (_, unit) => unit);
    gone.set(group.id, new Set(units.filter((unit) => member.channelsOf(unit).some((channel) => !alive.has(channel)))));
  }
  return gone;
}
