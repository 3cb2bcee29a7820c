import { constantOf, type Graph, usesOf } from '../../../ir/graph.ts';
import { at } from '../../../ops/definition.ts';
import { InternalError } from '../../../problem.ts';
import { zeroPointAt } from '../../../tensor/quantization.ts';
import { storeElement, type Tensor } from '../../../tensor/tensor.ts';
import { placeOf } from '../../../tensor/weight-storage.ts';
import { constantKey, type NewConstant, withConstants } from './constants.ts';
import { checkedGroup } from './remove.ts';
import type { ChannelGroups, RemovedUnits } from './types.ts';

/**
 * The same graph in which nothing depends on the given units: the columns of weights that read them are 0. All shapes stay, so that
 * this is the model which {@link removeUnits} must agree with. Channels that weights do not read stay what they are.
 *
 * @param groups of this very graph
 */
export function maskUnits(graph: Graph, groups: ChannelGroups, removed: RemovedUnits): Graph {
  const { nodes } = usesOf(graph);
  const columns = new Map<string, { readonly tensor: Tensor; readonly axis: number; readonly masked: Set<number> }>();
  for (const [id, units] of removed) {
    if (units.size === 0) continue;
    for (const { node: nodeId, weights, weightsAxis, channelsOf } of checkedGroup(groups, id, units).consumers) {
      const node = nodes.get(nodeId);
      const tensor = node === undefined ? null : constantOf(graph, at(node.inputs, weights));
      if (tensor === null) throw new InternalError(`node ${nodeId} has no constant weights`);
      const key = constantKey(nodeId, weights);
      const entry = columns.get(key) ?? { tensor, axis: weightsAxis, masked: new Set<number>() };
      columns.set(key, entry);
      for (const unit of units) for (const channel of channelsOf(unit)) entry.masked.add(channel);
    }
  }
  const constants = new Map<string, NewConstant>();
  for (const [key, { tensor, axis, masked }] of columns) {
    constants.set(key, { tensor: withZeros(tensor, axis, masked), storage: null });
  }
  return { ...graph, ...withConstants(graph, graph.nodes, constants) };
}

/** The tensor with real 0 at the given places along an axis. */
export function withZeros(tensor: Tensor, axis: number, places: ReadonlySet<number>): Tensor {
  const { shape, quantization } = tensor.type;
  const data = tensor.data.slice();
  for (let i = 0; i < data.length; i++) {
    if (!places.has(placeOf(i, shape, axis))) continue;
    const channel = quantization.kind === 'per-channel' ? placeOf(i, shape, quantization.axis) : 0;
    storeElement(data, i, quantization.kind === 'none' ? 0 : zeroPointAt(quantization, channel));
  }
  return { type: tensor.type, data };
}
