import { constantOf, type Graph, type Node, outputTypes, typeOf, type Value, type ValueId } from '../../../ir/graph.ts';
import { verifyGraph } from '../../../ir/verify.ts';
import type { KeptPlaces } from '../../../ops/axes/relation.ts';
import { narrowedOp } from '../../../ops/axes/rules.ts';
import { at } from '../../../ops/definition.ts';
import { sliceTensor, sliceType } from '../../../passes/dead-channels/slice-channels.ts';
import { InternalError } from '../../../problem.ts';
import { dimension } from '../../../tensor/shape.ts';
import type { Tensor, TensorType } from '../../../tensor/tensor.ts';
import type { WeightStorage } from '../../../tensor/weight-storage.ts';
import { constantKey, type NewConstant, withConstants } from './constants.ts';
import type { ChannelGroup, ChannelGroups, RemovedUnits } from './types.ts';

/** For each axis of a tensor that loses places: which (true). */
export type GonePlaces = ReadonlyMap<number, readonly boolean[]>;

/**
 * The graph without the given units: their channels, rows and columns of weights, elements of constants. Names, ids of nodes and of
 * computed values stay. At least one unit of each group must stay. The result is verified.
 *
 * It computes what {@link maskUnits} computes, to the bit: sums lose terms that are 0.
 *
 * @param groups of this very graph
 */
export function removeUnits(graph: Graph, groups: ChannelGroups, removed: RemovedUnits): Graph {
  const gone = gonePlaces(graph, groups, removed);
  if (gone.size === 0) return graph;
  const values = new Map<ValueId, Value>();
  for (const [id, value] of graph.values) {
    const places = value.data === null ? gone.get(`${id}`) : undefined;
    values.set(id, places === undefined ? value : { ...value, type: withoutPlaces(value.type, places) });
  }
  const narrowed = { ...graph, values };
  const constants = new Map<string, NewConstant>();
  const sliced = new Map<string, NewConstant>();
  const nodes = graph.nodes.map((node): Node => {
    node.inputs.forEach((id, input) => {
      const key = constantKey(node.id, input);
      const places = gone.get(key);
      const tensor = places === undefined ? null : constantOf(graph, id);
      if (places === undefined || tensor === null) return;
      const same = `${id} ${[...places].map(([axis, list]) => `${axis}:${list.map(Number).join('')}`).join()}`;
      const known = sliced.get(same) ?? slicedConstant(tensor, graph.storage.get(id) ?? null, places);
      sliced.set(same, known);
      constants.set(key, known);
    });
    const kept: KeptPlaces = ({ side, index, axis }) => {
      const id = at(side === 'input' ? node.inputs : node.outputs, index);
      const places = gone.get(side === 'input' ? constantKey(node.id, index) : '') ?? gone.get(`${id}`);
      return places?.get(axis)?.map((leaves) => !leaves) ?? null;
    };
    const isTouched = [...node.inputs, ...node.outputs].some((id) => gone.has(`${id}`));
    if (!isTouched) return node;
    return {
      ...node,
      op: narrowedOp(
        node.op,
        kept,
        outputTypes(narrowed, node).map((type) => type.shape),
      ),
    };
  });
  const states = graph.states.map((state) => {
    const places = gone.get(`${state.value}`);
    if (places === undefined || state.initial === null) return state;
    const { data } = withoutElements({ type: typeOf(graph, state.value), data: state.initial }, places);
    return { ...state, initial: data };
  });
  const result = { ...narrowed, states, ...withConstants(narrowed, nodes, constants) };
  verifyGraph(result, 'removing channels');
  return result;
}

/** Places that leave, of computed values by their id, of constants by where they are read ({@link constantKey}). */
export function gonePlaces(
  graph: Graph,
  groups: ChannelGroups,
  removed: RemovedUnits,
): ReadonlyMap<string, GonePlaces> {
  const gone = new Map<string, Map<number, boolean[]>>();
  for (const [id, units] of removed) {
    if (units.size === 0) continue;
    const group = checkedGroup(groups, id, units);
    for (const { value, axis, channelsOf, use } of group.values) {
      const key = use === null ? `${value}` : constantKey(use.node, use.input);
      const axes = gone.get(key) ?? new Map<number, boolean[]>();
      gone.set(key, axes);
      const list = axes.get(axis) ?? new Array<boolean>(dimension(typeOf(graph, value).shape, axis)).fill(false);
      axes.set(axis, list);
      for (const unit of units) for (const channel of channelsOf(unit)) list[channel] = true;
    }
  }
  return gone;
}

/** The group, whose units the given ones are, and not all of them. */
export function checkedGroup(groups: ChannelGroups, id: number, units: ReadonlySet<number>): ChannelGroup {
  const group = groups.groups[id];
  if (group === undefined) throw new InternalError(`there is no channel group ${id}`);
  for (const unit of units) {
    if (!Number.isInteger(unit) || unit < 0 || unit >= group.units)
      throw new InternalError(`group ${group.name} has no unit ${unit}`);
  }
  if (units.size >= group.units) throw new InternalError(`all ${group.units} units of ${group.name} would leave`);
  return group;
}

function withoutPlaces(type: TensorType, places: GonePlaces): TensorType {
  return [...places].reduce((narrower, [axis, leaves]) => sliceType(narrower, axis, leaves), type);
}

function withoutElements(tensor: Tensor, places: GonePlaces): Tensor {
  return [...places].reduce((narrower, [axis, leaves]) => sliceTensor(narrower, axis, leaves), tensor);
}

function slicedConstant(tensor: Tensor, storage: WeightStorage | null, places: GonePlaces): NewConstant {
  const leaves = storage?.kind === 'int8' ? places.get(storage.axis) : undefined;
  if (storage?.kind !== 'int8' || leaves === undefined) return { tensor: withoutElements(tensor, places), storage };
  const scales = storage.scales.filter((_, place) => leaves[place] !== true);
  return { tensor: withoutElements(tensor, places), storage: { ...storage, scales } };
}
