import { type Graph, typeOf, usesOf, valueById } from '../../../ir/graph.ts';
import type { OpType } from '../../../ops/op.ts';
import { elementCount } from '../../../tensor/shape.ts';
import type { Barrier, ChannelGroup, ChannelGroups, GroupId } from './types.ts';

/** A node that has to do with a group, as the user knows it. */
export interface DescribedNode {
  readonly name: string;
  readonly op: OpType;
  /** Channels, rows or columns that it has of the group, and that one unit takes: the least and the most. */
  readonly channels: number;
  readonly perUnit: readonly [least: number, most: number];
}

/** A group in words and numbers. */
export interface DescribedGroup {
  readonly id: GroupId;
  readonly name: string;
  readonly units: number;
  readonly producers: readonly (DescribedNode & { readonly role: 'makes' | 'carries' })[];
  readonly consumers: readonly DescribedNode[];
  /** Names of the computed tensors that have the channels, in the order of the graph. */
  readonly tensors: readonly string[];
  /** Elements of weights, biases and other constants that leave with a unit, averaged over the units. */
  readonly constantsPerUnit: number;
}

/** What can leave together and what cannot, with the reasons. */
export interface DescribedGroups {
  readonly groups: readonly DescribedGroup[];
  /** "channels of <name> stay: <reason>". */
  readonly barriers: readonly Barrier[];
}

/** The data of a listing of groups. */
export function describeGroups(graph: Graph, { groups, barriers }: ChannelGroups): DescribedGroups {
  const { nodes } = usesOf(graph);
  const described = groups.map((group): DescribedGroup => {
    const { id, name, units, values } = group;
    const node = (member: ChannelGroup['producers'][number] | ChannelGroup['consumers'][number]): DescribedNode => {
      const sizes = Array.from({ length: units }, (_, unit) => member.channelsOf(unit).length);
      const found = nodes.get(member.node);
      return {
        name: found?.name ?? '',
        op: found?.op.type ?? 'map',
        channels: sizes.reduce((a, b) => a + b, 0),
        perUnit: [Math.min(...sizes), Math.max(...sizes)],
      };
    };
    const constants = values.filter(({ use }) => use !== null);
    const elements = constants.reduce((sum, { value, axis, channelsOf }) => {
      const { shape } = typeOf(graph, value);
      const slab = elementCount(shape) / (shape[axis] ?? 1);
      return (
        sum + Array.from({ length: units }, (_, unit) => channelsOf(unit).length * slab).reduce((a, b) => a + b, 0)
      );
    }, 0);
    return {
      ...{ id, name, units },
      producers: group.producers.map((member) => ({ ...node(member), role: member.role })),
      consumers: group.consumers.map(node),
      tensors: [...new Set(values.filter(({ use }) => use === null).map(({ value }) => valueById(graph, value).name))],
      constantsPerUnit: elements / units,
    };
  });
  return { groups: described, barriers };
}
