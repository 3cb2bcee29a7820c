import { constantOf, type Graph } from '../../../ir/graph.ts';
import { at } from '../../../ops/definition.ts';
import { scaleAt, zeroPointAt } from '../../../tensor/quantization.ts';
import { dimension } from '../../../tensor/shape.ts';
import { numericData } from '../../../tensor/tensor.ts';
import { placeOf } from '../../../tensor/weight-storage.ts';
import type { ChannelGroup, ChannelGroups, GroupId, GroupProducer } from '../groups/types.ts';
import type { GroupColumns } from '../importance/columns.ts';
import type { Scorer } from '../importance/score.ts';
import { permutableGroups, type UnitOrder } from './permute.ts';

/**
 * Units by the sizes of the weights that make them, those of each layer divided by the layer's mean. Of real and of integer weights, so
 * that a model that is quantized already has an order.
 */
export function orderByWeights(graph: Graph, groups: ChannelGroups): UnitOrder {
  const rows = new Map<GroupProducer, Float64Array>();
  for (const { producers } of groups.groups) {
    for (const producer of producers) if (producer.role === 'makes') rows.set(producer, rowSizes(graph, producer));
  }
  const score = ({ producers }: ChannelGroup, unit: number) =>
    producers.reduce((sum, producer) => {
      const sizes = rows.get(producer);
      return producer.channelsOf(unit).reduce((own, row) => own + (sizes?.[row] ?? 0), sum);
    }, 0);
  return orderByScore(graph, groups, { scoreOf: score, changes: false, classesOf: null }, null);
}

/** For each row of the weights the sum of the real sizes, divided by the mean of all rows. */
function rowSizes(graph: Graph, { node: id, weights, weightsAxis }: GroupProducer): Float64Array {
  const node = graph.nodes.find((one) => one.id === id);
  const tensor = node === undefined ? null : constantOf(graph, at(node.inputs, weights));
  if (tensor === null) return new Float64Array();
  const { shape, quantization } = tensor.type;
  const sizes = new Float64Array(dimension(shape, weightsAxis));
  numericData(tensor).forEach((weight: number, i: number) => {
    const row = placeOf(i, shape, weightsAxis);
    const channel = quantization.kind === 'per-channel' ? placeOf(i, shape, quantization.axis) : 0;
    const [scale, zero] =
      quantization.kind === 'none' ? [1, 0] : [scaleAt(quantization, channel), zeroPointAt(quantization, channel)];
    sizes[row] = at(sizes, row) + Math.abs((weight - zero) * scale);
  });
  const mean = sizes.reduce((sum, size) => sum + size, 0) / sizes.length;
  return mean === 0 ? sizes : sizes.map((size) => size / mean);
}

/**
 * The units of each group that can change places by their scores, the most important one first; equal ones keep their order.
 *
 * @param columns what the scorer was prepared with; null for scores that need none
 */
export function orderByScore(
  graph: Graph,
  groups: ChannelGroups,
  scorer: Scorer,
  columns: GroupColumns | null,
): UnitOrder {
  const permutable = permutableGroups(graph, groups);
  const order = new Map<GroupId, readonly number[]>();
  for (const group of groups.groups) {
    if (!permutable.has(group.id)) continue;
    const scores = Float64Array.from({ length: group.units }, (_, unit) => scorer.scoreOf(group, unit, columns));
    const units = Array.from(scores, (_, unit) => unit);
    order.set(
      group.id,
      units.sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0) || a - b),
    );
  }
  return order;
}
