import { type Graph, typeOf, type ValueId } from '../../../ir/graph.ts';
import { dtypeBytes } from '../../../tensor/dtype.ts';
import { dimension, elementCount } from '../../../tensor/shape.ts';
import { removeUnits } from '../groups/remove.ts';
import type { ChannelGroup, ChannelGroups, RemovedUnits } from '../groups/types.ts';
import type { Goal, Probed } from './goal.ts';
import { macsOf, parametersOf, Workload } from './work.ts';

/** Follows one goal as units leave. */
export interface Meter {
  readonly goal: Goal;
  /** As it is now; probes are asked every few units and give what they last found. */
  readonly value: () => number;
  /** By how much the next unit of a group lowers the value; 0 where it does not. */
  readonly saving: (group: ChannelGroup, unit: number) => number;
  readonly removed: (group: ChannelGroup, unit: number) => void;
  /** Measures anew, with the graph as it would be. */
  readonly measure: () => void;
}

/** The value of a goal for a graph. */
export function measureGoal(goal: Goal, graph: Graph): number {
  switch (goal.kind) {
    case 'macs':
      return macsOf(graph);
    case 'parameters':
      return parametersOf(graph);
    case 'sram':
    case 'latency':
      return goal.probe(graph).value;
    default:
      return goal satisfies never;
  }
}

/** The bound as a number, of a model that has `before` of it. */
export function boundOf({ bound }: Goal, before: number): number {
  return 'share' in bound ? bound.share * before : bound.absolute;
}

export function meterFor(goal: Goal, graph: Graph, groups: ChannelGroups, removed: () => RemovedUnits): Meter {
  const work = new Workload(graph, groups.groups);
  if (!('probe' in goal)) {
    const { kind } = goal;
    let value = measureGoal(goal, graph);
    return {
      goal,
      value: () => value,
      saving: (group, unit) => work.saving(group, unit, kind),
      removed: (group, unit) => {
        value -= work.saving(group, unit, kind);
        work.remove(group, unit);
      },
      measure: () => {},
    };
  }
  const { probe } = goal;
  let found: Probed = probe(graph);
  return {
    goal,
    value: () => found.value,
    saving: (group, unit) => {
      if (found.culprits === null) return work.saving(group, unit, 'macs');
      return channelBytes(graph, group, unit, found.culprits);
    },
    removed: (group, unit) => work.remove(group, unit),
    measure: () => {
      found = probe(removeUnits(graph, groups, removed()));
    },
  };
}

/** Bytes of a unit's channels in the given tensors. */
function channelBytes(graph: Graph, { values }: ChannelGroup, unit: number, tensors: ReadonlySet<ValueId>): number {
  return values.reduce((sum, { value, axis, channelsOf, use }) => {
    if (use !== null || !tensors.has(value)) return sum;
    const { shape, dtype } = typeOf(graph, value);
    return sum + (channelsOf(unit).length * elementCount(shape) * dtypeBytes[dtype]) / dimension(shape, axis);
  }, 0);
}
