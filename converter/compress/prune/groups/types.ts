import type { NodeId, ValueId } from '../../../ir/graph.ts';

/** Identity of a group within one {@link ChannelGroups}: its place in the list. */
export type GroupId = number & { readonly brand: 'group' };

export const groupId = (index: number): GroupId => index as GroupId;

/** The channels that one unit takes along one axis, ascending; never empty. */
export type ChannelsOf = (unit: number) => readonly number[];

/** A node with weights whose output channels the units are. */
export interface GroupProducer {
  readonly node: NodeId;
  /**
   * `makes`: every output channel is a sum over other channels (convolution, matrix product). `carries`: output channels are made of
   * the same unit's input channels alone (depthwise convolution), so that the node follows the others.
   */
  readonly role: 'makes' | 'carries';
  /** Which input of the node has its weights, and the axis of their rows: 0, but 3 for a depthwise convolution. */
  readonly weights: number;
  readonly weightsAxis: number;
  /** Rows of the weights, which are also elements of the bias and channels of the output. */
  readonly channelsOf: ChannelsOf;
}

/** A node with weights that sums over the channels of the units. */
export interface GroupConsumer {
  readonly node: NodeId;
  /** Which input of the node the channels come in by, and which has the weights. */
  readonly input: number;
  readonly weights: number;
  readonly weightsAxis: number;
  /** Columns: places along `weightsAxis`. Those of a flattened tensor are many; those of a grouped convolution serve every group. */
  readonly channelsOf: ChannelsOf;
  /** Channels of the input, along `inputAxis`; other than the columns only in a grouped convolution. */
  readonly inputAxis: number;
  readonly inputChannelsOf: ChannelsOf;
}

/** A tensor that has the channels along `axis`: results of nodes, states, and constants. */
export interface GroupValue {
  readonly value: ValueId;
  readonly axis: number;
  readonly channelsOf: ChannelsOf;
  /** Where a constant is read. Null for all that is computed. Two readers of one constant may lose different parts of it. */
  readonly use: { readonly node: NodeId; readonly input: number } | null;
}

/** Channels that can only leave together. A unit is one index 0..units-1; removing it takes one or more channels of every member. */
export interface ChannelGroup {
  readonly id: GroupId;
  /** The names of the producers that make the channels, as the user knows them. */
  readonly name: string;
  readonly units: number;
  readonly producers: readonly GroupProducer[];
  readonly consumers: readonly GroupConsumer[];
  readonly values: readonly GroupValue[];
}

/** Why channels of a value cannot leave. */
export interface Barrier {
  readonly value: ValueId;
  readonly name: string;
  readonly reason: string;
}

/** All groups of a graph. Whatever else has channels keeps them, and `barriers` say why. */
export interface ChannelGroups {
  readonly groups: readonly ChannelGroup[];
  readonly barriers: readonly Barrier[];
  /** The group whose channels a node makes or carries; of a node whose channels are divided among several, the first. */
  readonly groupOf: ReadonlyMap<NodeId, GroupId>;
}

/** For each group the units that leave. Groups without an entry stay whole. */
export type RemovedUnits = ReadonlyMap<GroupId, ReadonlySet<number>>;
