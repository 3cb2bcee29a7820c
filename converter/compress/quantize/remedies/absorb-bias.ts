import { type Graph, typeOf, usesOf, type ValueId } from '../../../ir/graph.ts';
import { dimension } from '../../../tensor/shape.ts';
import { dataAs } from '../../../tensor/tensor.ts';
import { inputChannelIndex, withConstants } from '../../product.ts';
import type { Statistics } from '../calibrate.ts';
import { channelIndex } from '../lower/weights.ts';
import { channelPaths } from './channel-path.ts';

/** Channels whose least value is below this share of their largest are left alone. */
const leastShare = 0.05;

export interface Absorbed {
  readonly graph: Graph;
  /** Layers of which something was absorbed, and of how many channels. */
  readonly layers: readonly { readonly name: string; readonly channels: number }[];
}

/**
 * Bias absorption (Nagel et al. 2019, section 4.1.3): where a channel behind a ReLU never comes near 0, its least value m moves on: the
 * layer's bias loses m, and the next layer's bias gains W m. The range of the tensor shrinks, and the network computes the same wherever
 * the channel stays above m. Only where the next layer does not look beyond the image, where the channel would be 0.
 */
export function absorbBiases(graph: Graph, statistics: Statistics): Absorbed {
  const constants = new Map<ValueId, Float32Array>();
  const layers: { name: string; channels: number }[] = [];
  for (const { from, to, value, channels, isPadded } of channelPaths(graph, usesOf(graph))) {
    const seen = statistics.get(value)?.channels;
    const { min, max } = from.node.op.attributes.clamp;
    const [biasId, nextBiasId, input] = [from.node.inputs[2], to.node.inputs[2], to.node.inputs[0]];
    if (seen === undefined || isPadded || min !== 0 || Number.isFinite(max)) continue;
    if (biasId === undefined || nextBiasId === undefined || input === undefined) continue;
    const least = seen.min.map((low, c) => (low > leastShare * (seen.max[c] ?? 0) ? low : 0));
    const count = least.filter((low) => low > 0).length;
    if (count === 0) continue;
    const bias = constants.get(biasId) ?? dataAs(from.bias, 'float32').slice();
    const next = constants.get(nextBiasId) ?? dataAs(to.bias, 'float32').slice();
    bias.forEach((value, c) => {
      bias[c] = value - (least[c] ?? 0);
    });
    const reads = inputChannelIndex(to, dimension(typeOf(graph, input).shape, -1));
    const outputOf = channelIndex(to.weights.type, to.axis);
    dataAs(to.weights, 'float32').forEach((weight, i) => {
      const o = outputOf(i);
      next[o] = (next[o] ?? 0) + weight * (least[reads(i) % channels] ?? 0);
    });
    constants.set(biasId, bias).set(nextBiasId, next);
    layers.push({ name: from.node.name, channels: count });
  }
  return { graph: withConstants(graph, constants), layers };
}
