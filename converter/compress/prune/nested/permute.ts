import { constantOf, type Graph, typeOf, type Value, type ValueId } from '../../../ir/graph.ts';
import { verifyGraph } from '../../../ir/verify.ts';
import { at } from '../../../ops/definition.ts';
import { InternalError } from '../../../problem.ts';
import { allocate } from '../../../tensor/dtype.ts';
import type { Quantization } from '../../../tensor/quantization.ts';
import { dimension, elementCount } from '../../../tensor/shape.ts';
import { storeElement, type Tensor, type TensorType } from '../../../tensor/tensor.ts';
import type { WeightStorage } from '../../../tensor/weight-storage.ts';
import { constantKey, type NewConstant, withConstants } from '../groups/constants.ts';
import type { ChannelGroup, ChannelGroups, ChannelsOf, GroupId } from '../groups/types.ts';
import { keepsOrder } from './order-check.ts';

/** For each group its units in their new order: the unit that comes first, the second ... Groups without an entry stay as they are. */
export type UnitOrder = ReadonlyMap<GroupId, readonly number[]>;

/** For one axis: at each place, the place whose elements come there. */
export type PlaceOrder = Int32Array;

/** Orders of axes, by what has them: computed values by id, constants by where they are read. */
export type PlaceOrders = ReadonlyMap<string, ReadonlyMap<number, PlaceOrder>>;

/**
 * The same graph with the units of groups in another order: rows and columns of weights, biases and other constants are permuted, so that
 * every result stays what it was, integers to the bit, float32 up to the order of sums.
 *
 * Throws {@link InternalError} for a group of which {@link permutableGroups} does not know.
 *
 * @param groups of this very graph; they fit the result as well
 */
export function permuteUnits(graph: Graph, groups: ChannelGroups, order: UnitOrder): Graph {
  for (const [id, units] of order) checkOrder(groups, id, units);
  const orders = placeOrders(graph, groups, order);
  if (orders === null || !keepsOrder(graph, orders))
    throw new InternalError('the units of a group cannot change places: they are not alike');
  const values = new Map<ValueId, Value>();
  for (const [id, value] of graph.values) {
    const axes = value.data === null ? orders.get(`${id}`) : undefined;
    values.set(id, axes === undefined ? value : { ...value, type: permutedType(value.type, axes) });
  }
  const constants = new Map<string, NewConstant>();
  const made = new Map<string, NewConstant>();
  for (const node of graph.nodes) {
    node.inputs.forEach((id, input) => {
      const key = constantKey(node.id, input);
      const axes = orders.get(key);
      const tensor = axes === undefined ? null : constantOf(graph, id);
      if (axes === undefined || tensor === null) return;
      const same = `${id} ${[...axes].map(([axis, places]) => `${axis}:${places.join()}`).join(' ')}`;
      const constant = made.get(same) ?? permutedConstant(tensor, graph.storage.get(id) ?? null, axes);
      made.set(same, constant);
      constants.set(key, constant);
    });
  }
  const states = graph.states.map((state) => {
    const axes = orders.get(`${state.value}`);
    if (axes === undefined || state.initial === null) return state;
    const { data } = permutedTensor({ type: typeOf(graph, state.value), data: state.initial }, axes);
    return { ...state, initial: data };
  });
  const permuted = { ...graph, values, states };
  const result = { ...permuted, ...withConstants(permuted, graph.nodes, constants) };
  verifyGraph(result, 'permuting channels');
  return result;
}

/**
 * Groups whose units may take any order: all units have as many channels of each member, and lie in them alike. Others are rare: parts
 * of a tensor that meet each other shifted.
 */
export function permutableGroups(graph: Graph, groups: ChannelGroups): ReadonlySet<GroupId> {
  const found = new Set<GroupId>();
  for (const { id, units } of groups.groups) {
    // Exchanging neighbours makes every order; a cycle and one exchange of neighbours make them all.
    const cycle = Array.from({ length: units }, (_, unit) => (unit + 1) % units);
    const swap = [1, 0, ...cycle.slice(1, -1)];
    const candidates = [cycle, swap].map((order) => placeOrders(graph, groups, new Map([[id, order]])));
    if (candidates.every((orders) => orders !== null && keepsOrder(graph, orders))) found.add(id);
  }
  return found;
}

function checkOrder(groups: ChannelGroups, id: GroupId, units: readonly number[]): void {
  const group = groups.groups[id];
  if (group === undefined) throw new InternalError(`there is no channel group ${id}`);
  const isOrder = units.length === group.units && units.toSorted((a, b) => a - b).every((unit, i) => unit === i);
  if (!isOrder) throw new InternalError(`${units.join()} is no order of the ${group.units} units of ${group.name}`);
}

/** Null where units have different numbers of channels. */
function placeOrders(graph: Graph, { groups }: ChannelGroups, order: UnitOrder): PlaceOrders | null {
  const orders = new Map<string, Map<number, PlaceOrder>>();
  for (const [id, units] of order) {
    for (const { value, axis, channelsOf, use } of at(groups, id).values) {
      if (!hasAlikeUnits(at(groups, id), channelsOf)) return null;
      const key = use === null ? `${value}` : constantKey(use.node, use.input);
      const axes = orders.get(key) ?? new Map<number, PlaceOrder>();
      orders.set(key, axes);
      const places =
        axes.get(axis) ?? Int32Array.from({ length: dimension(typeOf(graph, value).shape, axis) }, (_, i) => i);
      axes.set(axis, places);
      units.forEach((unit, position) => {
        const from = channelsOf(unit);
        channelsOf(position).forEach((to, k) => {
          places[to] = at(from, k);
        });
      });
    }
  }
  return orders;
}

function hasAlikeUnits({ units }: ChannelGroup, channelsOf: ChannelsOf): boolean {
  const { length } = channelsOf(0);
  for (let unit = 1; unit < units; unit++) if (channelsOf(unit).length !== length) return false;
  return true;
}

function permutedQuantization(quantization: Quantization, axes: ReadonlyMap<number, PlaceOrder>): Quantization {
  if (quantization.kind !== 'per-channel') return quantization;
  const places = axes.get(quantization.axis);
  if (places === undefined) return quantization;
  return {
    ...quantization,
    scales: Array.from(places, (place) => at(quantization.scales, place)),
    zeroPoints: Array.from(places, (place) => at(quantization.zeroPoints, place)),
  };
}

function permutedType(type: TensorType, axes: ReadonlyMap<number, PlaceOrder>): TensorType {
  return { ...type, quantization: permutedQuantization(type.quantization, axes) };
}

function permutedTensor(tensor: Tensor, axes: ReadonlyMap<number, PlaceOrder>): Tensor {
  let { data } = tensor;
  for (const [axis, places] of axes) {
    const inner = elementCount(tensor.type.shape.slice(axis + 1));
    const target = allocate(tensor.type.dtype, data.length);
    for (let i = 0; i < data.length; i++) {
      const place = Math.floor(i / inner) % places.length;
      storeElement(target, i, at<number | bigint>(data, i + (at(places, place) - place) * inner));
    }
    data = target;
  }
  return { type: permutedType(tensor.type, axes), data };
}

function permutedConstant(
  tensor: Tensor,
  storage: WeightStorage | null,
  axes: ReadonlyMap<number, PlaceOrder>,
): NewConstant {
  const places = storage?.kind === 'int8' ? axes.get(storage.axis) : undefined;
  if (storage?.kind !== 'int8' || places === undefined) return { tensor: permutedTensor(tensor, axes), storage };
  const scales = Float32Array.from(places, (place) => at(storage.scales, place));
  return { tensor: permutedTensor(tensor, axes), storage: { ...storage, scales } };
}
