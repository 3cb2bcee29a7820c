import { constantOf, type Graph, type Node, type NodeId, typeOf, type ValueId, valueById } from '../../../ir/graph.ts';
import { at } from '../../../ops/definition.ts';
import { InternalError } from '../../../problem.ts';
import { elementCount, type Shape, stridesOf } from '../../../tensor/shape.ts';
import { byteSize } from '../../../tensor/tensor.ts';
import { constantKey } from '../groups/constants.ts';
import { findChannelGroups } from '../groups/find.ts';
import { gonePlaces, removeUnits } from '../groups/remove.ts';
import type { ChannelGroups, GroupId, RemovedUnits } from '../groups/types.ts';
import { permuteUnits, type UnitOrder } from './permute.ts';
import { prefixUnits, unitsBehind } from './prefix.ts';

/** Adjacent places along an axis of the whole model's tensor. */
export interface PlaceRun {
  readonly start: number;
  readonly count: number;
}

/** A constant of a width as a part of the same constant of the whole model: for each axis the runs that it has. */
export interface ConstantView {
  readonly node: NodeId;
  readonly input: number;
  readonly runs: readonly (readonly PlaceRun[])[];
}

/** A network of one width within a nested model. */
export interface NestedWidth {
  readonly fraction: number;
  readonly graph: Graph;
  /** The units of the whole model that it does without. */
  readonly removed: RemovedUnits;
  /** Constants of which the width has a part only. Biases may be its own instead: {@link ownConstants}. */
  readonly views: readonly ConstantView[];
}

/** A model whose units are ordered by importance, with the networks of several widths that its first units make. */
export interface NestedModel {
  /** The whole model. */
  readonly graph: Graph;
  readonly groups: ChannelGroups;
  /** From the narrowest to the widest. */
  readonly widths: readonly NestedWidth[];
}

/**
 * Orders units and takes the first ones for each fraction.
 *
 * @param order the most important unit of each group first; groups without an order keep theirs
 * @param round units per group are rounded up to multiples of this
 */
export function nestWidths(
  graph: Graph,
  groups: ChannelGroups,
  order: UnitOrder,
  fractions: readonly number[],
  round: number,
): NestedModel {
  const kept = (fraction: number): KeptUnits =>
    new Map(groups.groups.map((group) => [group.id, prefixUnits(group, fraction, round)]));
  const widths = fractions.toSorted((a, b) => a - b).map((fraction) => ({ fraction, kept: kept(fraction) }));
  return nestUnits(graph, groups, order, widths);
}

/** How many units of each group a width keeps; groups without an entry stay whole. */
export type KeptUnits = ReadonlyMap<GroupId, number>;

/** A width by how many of the first units of each group it has. */
export interface WidthUnits {
  readonly fraction: number;
  readonly kept: KeptUnits;
}

/** Orders units and takes the first ones of each group, as many as each width has, from the narrowest to the widest. */
export function nestUnits(
  graph: Graph,
  groups: ChannelGroups,
  order: UnitOrder,
  widths: readonly WidthUnits[],
): NestedModel {
  const whole = permuteUnits(graph, groups, order);
  const own = findChannelGroups(whole);
  return {
    graph: whole,
    groups: own,
    widths: widths.map(({ fraction, kept }): NestedWidth => {
      const removed = unitsBehind(own, kept);
      return { fraction, graph: removeUnits(whole, own, removed), removed, views: viewsOf(whole, own, removed) };
    }),
  };
}

function viewsOf(whole: Graph, groups: ChannelGroups, removed: RemovedUnits): readonly ConstantView[] {
  const gone = gonePlaces(whole, groups, removed);
  return whole.nodes.flatMap((node) =>
    node.inputs.flatMap((id, input): ConstantView[] => {
      const places = gone.get(constantKey(node.id, input));
      if (places === undefined) return [];
      const runs = typeOf(whole, id).shape.map((size, axis) => runsOf(size, places.get(axis)));
      return [{ node: node.id, input, runs }];
    }),
  );
}

function runsOf(size: number, gone: readonly boolean[] | undefined): readonly PlaceRun[] {
  const runs: { start: number; count: number }[] = [];
  for (let place = 0; place < size; place++) {
    if (gone?.[place] === true) continue;
    const last = runs.at(-1);
    if (last !== undefined && last.start + last.count === place) last.count++;
    else runs.push({ start: place, count: 1 });
  }
  return runs;
}

/** A constant that a width does not share with the whole model: its elements, or its scales, are others. */
export interface OwnConstant {
  readonly node: NodeId;
  readonly input: number;
  readonly name: string;
  readonly bytes: number;
}

/**
 * What a width cannot read from the whole model's constants, after its biases or weights were repaired. Weights are meant to be shared;
 * a bias of its own costs little.
 */
export function ownConstants({ graph: whole }: NestedModel, { graph, views }: NestedWidth): readonly OwnConstant[] {
  const wholeNodes = new Map(whole.nodes.map((node) => [node.id, node]));
  const viewAt = new Map(views.map((view) => [constantKey(view.node, view.input), view]));
  return graph.nodes.flatMap((node) => {
    const from = wholeNodes.get(node.id);
    if (from === undefined) throw new InternalError(`${node.name} is no node of the nested model`);
    return node.inputs.flatMap((id, input): OwnConstant[] => {
      if (constantOf(graph, id) === null) return [];
      const view = viewAt.get(constantKey(node.id, input));
      if (isShared(whole, at(from.inputs, input), graph, id, view)) return [];
      const { name, type } = valueById(graph, id);
      return [{ node: node.id, input, name, bytes: byteSize(type) }];
    });
  });
}

/** Whether the elements and scales of a constant are those of the whole one's part. */
function isShared(whole: Graph, from: ValueId, graph: Graph, id: ValueId, view: ConstantView | undefined): boolean {
  const [all, part] = [constantOf(whole, from), constantOf(graph, id)];
  if (all === null || part === null) return false;
  const places = placesOf(all.type.shape, view);
  if (places.some((list, axis) => list.length !== part.type.shape[axis])) return false;
  const [q, p] = [all.type.quantization, part.type.quantization];
  if (q.kind !== p.kind) return false;
  if (q.kind === 'per-tensor' && p.kind === 'per-tensor' && (q.scale !== p.scale || q.zeroPoint !== p.zeroPoint))
    return false;
  if (q.kind === 'per-channel' && p.kind === 'per-channel') {
    const kept = at(places, q.axis);
    if (kept.some((place, i) => q.scales[place] !== p.scales[i] || q.zeroPoints[place] !== p.zeroPoints[i]))
      return false;
  }
  return part.data.every((element: number | bigint, i: number) => {
    return element === all.data[placeInWhole(i, part.type.shape, all.type.shape, places)];
  });
}

/** The places of the whole constant that a view has along each axis. */
function placesOf(shape: Shape, view: ConstantView | undefined): readonly (readonly number[])[] {
  const runs = view?.runs ?? shape.map((size) => [{ start: 0, count: size }]);
  return runs.map((list) => list.flatMap(({ start, count }) => Array.from({ length: count }, (_, i) => start + i)));
}

/** For each element of the constant that a node of a width reads, its index in that of the whole model. */
export function wholeIndices(whole: Graph, { views }: NestedWidth, node: Node, input: number): Int32Array {
  const { shape } = typeOf(whole, at(node.inputs, input));
  const places = placesOf(
    shape,
    views.find((view) => view.node === node.id && view.input === input),
  );
  const own = places.map((list) => list.length);
  return Int32Array.from({ length: elementCount(own) }, (_, i) => placeInWhole(i, own, shape, places));
}

function placeInWhole(index: number, part: Shape, whole: Shape, places: readonly (readonly number[])[]): number {
  const [own, strides] = [stridesOf(part), stridesOf(whole)];
  return part.reduce((sum, size, axis) => {
    const place = Math.floor(index / at(own, axis)) % size;
    return sum + at(at(places, axis), place) * at(strides, axis);
  }, 0);
}
