import { inputChannelIndex, withConstants, withOwnConstants } from '../../converter/compress/product.ts';
import { channelIndex } from '../../converter/compress/quantize/lower/weights.ts';
import { channelPaths } from '../../converter/compress/quantize/remedies/channel-path.ts';
import { type Graph, typeOf, usesOf, type ValueId } from '../../converter/ir/graph.ts';
import { dimension } from '../../converter/tensor/shape.ts';
import { dataAs } from '../../converter/tensor/tensor.ts';

/**
 * The same network with badly spread channels: between two layers a channel is multiplied by a factor of 10^-2, 10^-1 ... 10^2, in the weights
 * and the bias of the layer that makes it, and divided by it in the weights that read it. Scales of weights are per output channel and hide
 * that; a tensor has one scale, and its small channels drown.
 *
 * @param decades the largest factor is 10 to this
 * @param isChosen which layers, by name; all that can be by default
 */
export function spreadChannels(source: Graph, decades = 2, isChosen: (layer: string) => boolean = () => true): Graph {
  const graph = withOwnConstants(source);
  const changed = new Map<ValueId, Float32Array>();
  const elements = (id: ValueId | undefined, data: Float32Array): Float32Array => {
    const copy = (id === undefined ? undefined : changed.get(id)) ?? data.slice();
    if (id !== undefined) changed.set(id, copy);
    return copy;
  };
  for (const { from, to, channels } of channelPaths(graph, usesOf(graph))) {
    if (!isChosen(from.node.name) || Number.isFinite(from.node.op.attributes.clamp.max)) continue;
    const factors = Array.from({ length: channels }, (_, c) => 10 ** (((c * 3) % (2 * decades + 1)) - decades));
    const weights = elements(from.node.inputs[1], dataAs(from.weights, 'float32'));
    const bias = elements(from.node.inputs[2], dataAs(from.bias, 'float32'));
    const next = elements(to.node.inputs[1], dataAs(to.weights, 'float32'));
    const outputOf = channelIndex(from.weights.type, from.axis);
    weights.forEach((value, i) => {
      weights[i] = value * (factors[outputOf(i)] ?? 1);
    });
    bias.forEach((value, c) => {
      bias[c] = value * (factors[c] ?? 1);
    });
    const [input] = to.node.inputs;
    const reads = inputChannelIndex(to, input === undefined ? channels : dimension(typeOf(graph, input).shape, -1));
    next.forEach((value, i) => {
      next[i] = value / (factors[reads(i) % channels] ?? 1);
    });
  }
  return withConstants(graph, changed);
}
