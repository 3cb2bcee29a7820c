import { constantOf, type Graph, isNode, type NodeId, usesOf } from '../../../ir/graph.ts';
import { dimension, stridesOf } from '../../../tensor/shape.ts';
import { dataAs } from '../../../tensor/tensor.ts';
import type { ChannelGroup, GroupProducer } from '../groups/types.ts';
import { fixedScorer, type ScoreDefinition, scoresByUnit } from './score.ts';

/** For each row of the weights of a producer the sum of `of` over its weights; null where they are not float32 constants. */
function rowSums(graph: Graph, producer: GroupProducer, of: (weight: number) => number): Float64Array | null {
  const node = graph.nodes.find(({ id }) => id === producer.node);
  const id = node?.inputs[producer.weights];
  const tensor = id === undefined ? null : constantOf(graph, id);
  if (tensor?.type.dtype !== 'float32') return null;
  const { shape } = tensor.type;
  const [size, stride] = [dimension(shape, producer.weightsAxis), stridesOf(shape)[producer.weightsAxis] ?? 1];
  const sums = new Float64Array(size);
  dataAs(tensor, 'float32').forEach((weight, i) => {
    const row = Math.floor(i / stride) % size;
    sums[row] = (sums[row] ?? 0) + of(weight);
  });
  return sums;
}

/** Of the weights that make a unit, each layer's divided by the layer's mean, so that layers of a sum count alike. */
function weightScore(what: string, of: (weight: number) => number): ScoreDefinition {
  return {
    what,
    needsSamples: false,
    refuses: () => null,
    prepare: ({ graph, groups }) => {
      const cache = new Map<GroupProducer, Float64Array>();
      const rows = (producer: GroupProducer): Float64Array => {
        const found = cache.get(producer) ?? rowSums(graph, producer, of) ?? new Float64Array();
        cache.set(producer, found);
        return found;
      };
      const score = ({ producers }: ChannelGroup, unit: number) =>
        producers
          .filter(({ role }) => role === 'makes')
          .reduce((sum, producer) => {
            const list = rows(producer);
            const mean = list.reduce((a, b) => a + b, 0) / Math.max(1, list.length);
            const own = producer.channelsOf(unit).reduce((a, row) => a + (list[row] ?? 0), 0);
            return sum + (mean === 0 ? 0 : own / mean);
          }, 0);
      return fixedScorer(scoresByUnit(groups, score));
    },
  };
}

export const l1 = weightScore('sum of the sizes of the weights that make a unit', Math.abs);
export const l2 = weightScore('sum of the squares of the weights that make a unit', (weight) => weight * weight);

/** The factor per channel behind a product that nothing has folded into it: `zip mul` with a constant of one element for each channel. */
function scaleBehind(graph: Graph, id: NodeId): Float32Array | null {
  const uses = usesOf(graph);
  const output = uses.nodes.get(id)?.outputs[0];
  for (const reader of output === undefined ? [] : (uses.consumers.get(output) ?? [])) {
    if (!isNode(reader, 'zip') || reader.op.attributes.fn !== 'mul') continue;
    const other = reader.inputs.find((input) => input !== output);
    const scale = other === undefined ? null : constantOf(graph, other);
    if (scale?.type.dtype === 'float32') return dataAs(scale, 'float32');
  }
  return null;
}

/** Size of the batch normalization's scale (Liu et al. 2017, "Network slimming"), where it still stands apart. */
export const bnScale: ScoreDefinition = {
  what: 'size of the scale of a batch normalization behind the layer',
  needsSamples: false,
  refuses: ({ graph, groups }) => {
    const seen = groups.groups.some(({ producers }) => producers.some(({ node }) => scaleBehind(graph, node) !== null));
    return seen
      ? null
      : 'its batch normalizations are folded into the layers before them; l2 ranks what they have become';
  },
  prepare: ({ graph, groups }) => {
    const scales = new Map(
      groups.groups.flatMap(({ producers }) => producers.map(({ node }) => [node, scaleBehind(graph, node)] as const)),
    );
    const score = ({ producers }: ChannelGroup, unit: number) =>
      producers.reduce((sum, { node, channelsOf }) => {
        const scale = scales.get(node);
        if (scale == null) return sum;
        return sum + channelsOf(unit).reduce((a, channel) => a + Math.abs(scale[channel % scale.length] ?? 0), 0);
      }, 0);
    return fixedScorer(scoresByUnit(groups, score));
  },
};

/** Random numbers from a seed, the same for the same seed: xorshift32 (Marsaglia 2003, "Xorshift RNGs"). */
export function randomNumbers(seed: number): () => number {
  let state = (seed | 0) === 0 ? 1 : seed | 0;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

export const random: ScoreDefinition = {
  what: 'a random number, to compare with',
  needsSamples: false,
  refuses: () => null,
  prepare: ({ groups, seed }) => {
    const next = randomNumbers(Math.imul(seed, 0x9e3779b1));
    for (let i = 0; i < 8; i++) next();
    return fixedScorer(scoresByUnit(groups, () => next()));
  },
};
