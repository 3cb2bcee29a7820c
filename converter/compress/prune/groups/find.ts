import { type Graph, type NodeId, valueById } from '../../../ir/graph.ts';
import { at } from '../../../ops/definition.ts';
import { type Classes, channelClasses, type Role } from './classes.ts';
import type { Axis } from './places.ts';
import {
  type Barrier,
  type ChannelGroup,
  type ChannelGroups,
  type ChannelsOf,
  type GroupConsumer,
  type GroupId,
  type GroupProducer,
  type GroupValue,
  groupId,
} from './types.ts';

/** Places that leave together: for each axis that has some of them, which ones. Axes in the order of the graph. */
interface Unit {
  readonly axes: Axis[];
  readonly channels: number[][];
}

/**
 * All channel groups of a graph, exact and in the order of the graph.
 *
 * Places along axes are united as the operators' axis rules say (`ops/axes`); a class of places that some weights make and nothing
 * holds back is a unit. Units along the same axes are a group, so that a concat's operands are groups of their own, and so are the
 * parts of a tensor that slices send different ways. A group of a single unit cannot lose any.
 */
export function findChannelGroups(graph: Graph): ChannelGroups {
  const classes = channelClasses(graph);
  const made = madeClasses(classes);
  const barriers = new BarrierList(graph);
  const held = new Set<number>();
  for (const { axis, from, step, count, reason } of classes.marks) {
    if (axis.start < 0) continue;
    let counts = false;
    for (let i = 0; i < count; i++) {
      const root = classes.classOf(axis, from + i * step);
      held.add(root);
      counts ||= made.has(root);
    }
    if (counts) barriers.add(axis, reason);
  }
  const bundles = bundle(classes, new Set([...made].filter((root) => !held.has(root))));
  const groups: ChannelGroup[] = [];
  for (const units of bundles) {
    const roles = rolesAlong(classes.roles, at(units, 0).axes);
    if (units.length > 1) groups.push(channelGroup(groupId(groups.length), units, roles));
    else barriers.add(at(roles, 0).data, 'all of them leave together or none');
  }
  const groupOf = new Map<NodeId, GroupId>();
  for (const { id, producers } of groups)
    for (const { node } of producers) if (!groupOf.has(node)) groupOf.set(node, id);
  return { groups, barriers: barriers.list, groupOf };
}

/** Classes with a channel that weights make. */
function madeClasses({ roles, classOf }: Classes): ReadonlySet<number> {
  const made = new Set<number>();
  for (const { kind, data } of roles) {
    if (kind !== 'makes' || data.start < 0) continue;
    for (let i = 0; i < data.size; i++) made.add(classOf(data, i));
  }
  return made;
}

/** The units of the given classes, those along the same axes together, ordered by their first places. */
function bundle({ places, classOf }: Classes, free: ReadonlySet<number>): readonly (readonly Unit[])[] {
  const units = new Map<number, Unit>();
  for (const axis of places.axes) {
    if (axis.start < 0) continue;
    for (let i = 0; i < axis.size; i++) {
      const root = classOf(axis, i);
      if (!free.has(root)) continue;
      let unit = units.get(root);
      if (unit === undefined) {
        unit = { axes: [], channels: [] };
        units.set(root, unit);
      }
      if (unit.axes.at(-1) !== axis) {
        unit.axes.push(axis);
        unit.channels.push([]);
      }
      unit.channels.at(-1)?.push(i);
    }
  }
  const bundles = new Map<string, Unit[]>();
  for (const unit of units.values()) {
    const key = unit.axes.map(({ start }) => start).join();
    const list = bundles.get(key);
    if (list === undefined) bundles.set(key, [unit]);
    else list.push(unit);
  }
  return [...bundles.values()];
}

function rolesAlong(roles: readonly Role[], axes: readonly Axis[]): readonly Role[] {
  const own = new Set(axes);
  const along = roles.filter(({ kind, data, weights }) => own.has(kind === 'sums' ? weights : data));
  return along.toSorted((a, b) => Number(a.kind === 'carries') - Number(b.kind === 'carries'));
}

function channelGroup(id: GroupId, units: readonly Unit[], roles: readonly Role[]): ChannelGroup {
  const { axes } = at(units, 0);
  const channelsAlong = (axis: Axis): ChannelsOf => {
    const position = axes.indexOf(axis);
    return (unit) => at(at(units, unit).channels, position);
  };
  const producers: GroupProducer[] = [];
  const consumers: GroupConsumer[] = [];
  const makers: string[] = [];
  for (const { kind, node, weights, weightsInput, data, dataInput } of roles) {
    const common = { node: node.id, weights: weightsInput, weightsAxis: weights.axis };
    const channelsOf = channelsAlong(kind === 'sums' ? weights : data);
    if (kind === 'sums') {
      const input = { input: dataInput, inputAxis: data.axis, inputChannelsOf: channelsAlong(data) };
      consumers.push({ ...common, ...input, channelsOf });
    } else {
      producers.push({ ...common, role: kind, channelsOf });
      if (kind === 'makes') makers.push(node.name);
    }
  }
  const values = axes.flatMap((axis): GroupValue[] => {
    const { value, uses } = axis.place;
    const along = { value, axis: axis.axis, channelsOf: channelsAlong(axis) };
    return uses.length === 0 ? [{ ...along, use: null }] : uses.map((use) => ({ ...along, use }));
  });
  return { id, name: makers.join(' + '), units: units.length, producers, consumers, values };
}

/** Barriers, each said once. */
class BarrierList {
  readonly list: Barrier[] = [];
  readonly #graph: Graph;
  readonly #said = new Set<string>();

  constructor(graph: Graph) {
    this.#graph = graph;
  }

  add({ place: { value } }: Axis, reason: string): void {
    const key = `${value} ${reason}`;
    if (this.#said.has(key)) return;
    this.#said.add(key);
    this.list.push({ value, name: valueById(this.#graph, value).name, reason });
  }
}
