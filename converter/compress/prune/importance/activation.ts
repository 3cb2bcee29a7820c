import { type Graph, typeOf, type ValueId } from '../../../ir/graph.ts';
import { dataAs } from '../../../tensor/tensor.ts';
import type { ChannelGroup } from '../groups/types.ts';
import { lookAt } from '../part.ts';
import { fixedScorer, type ScoreContext, type ScoreDefinition, scoresByUnit } from './score.ts';

/** The tensors by which consumers read a group. */
export function readValues(graph: Graph, { consumers }: ChannelGroup): readonly ValueId[] {
  const inputs = consumers.flatMap(({ node, input }) => graph.nodes.find(({ id }) => id === node)?.inputs[input] ?? []);
  return [...new Set(inputs)].filter((id) => typeOf(graph, id).dtype === 'float32');
}

interface ChannelMoments {
  readonly count: number;
  readonly sum: Float64Array;
  readonly absolute: Float64Array;
  readonly squares: Float64Array;
}

/** Sums over samples and positions for each channel of the last axis of the values that consumers read. */
function momentsOf({ graph, groups, samples, execute }: ScoreContext): ReadonlyMap<ValueId, ChannelMoments> {
  const values = [...new Set(groups.groups.flatMap((group) => readValues(graph, group)))];
  const look = lookAt(graph, values, execute);
  const moments = new Map<ValueId, ChannelMoments>();
  for (const sample of samples) {
    look(sample()).forEach((tensor, v) => {
      const id = values[v];
      const channels = tensor.type.shape.at(-1) ?? 1;
      if (id === undefined) return;
      const found = moments.get(id);
      const of = found ?? {
        count: 0,
        sum: new Float64Array(channels),
        absolute: new Float64Array(channels),
        squares: new Float64Array(channels),
      };
      const data = dataAs(tensor, 'float32');
      data.forEach((x, i) => {
        const c = i % channels;
        of.sum[c] = (of.sum[c] ?? 0) + x;
        of.absolute[c] = (of.absolute[c] ?? 0) + Math.abs(x);
        of.squares[c] = (of.squares[c] ?? 0) + x * x;
      });
      moments.set(id, { ...of, count: of.count + data.length / channels });
    });
  }
  return moments;
}

function activationScore(what: string, of: (moments: ChannelMoments, channel: number) => number): ScoreDefinition {
  return {
    what,
    needsSamples: true,
    refuses: () => null,
    prepare: (context) => {
      const moments = momentsOf(context);
      const { graph, groups } = context;
      const score = (group: ChannelGroup, unit: number) =>
        group.consumers.reduce((sum, { node, input, inputAxis, inputChannelsOf }) => {
          const id = graph.nodes.find((one) => one.id === node)?.inputs[input];
          const found = id === undefined ? undefined : moments.get(id);
          if (found === undefined || id === undefined || inputAxis !== typeOf(graph, id).shape.length - 1) return sum;
          return sum + inputChannelsOf(unit).reduce((a, channel) => a + of(found, channel), 0);
        }, 0);
      return fixedScorer(scoresByUnit(groups, score));
    },
  };
}

/** How large a unit is on the samples. */
export const activation = activationScore(
  'mean size of what a unit gives on the samples',
  ({ absolute, count }, c) => (absolute[c] ?? 0) / Math.max(1, count),
);

/** How much a unit varies: a constant one can leave without harm, since the next bias takes it over. */
export const variance = activationScore(
  'variance of what a unit gives on the samples',
  ({ sum, squares, count }, c) => {
    const n = Math.max(1, count);
    return Math.max(0, (squares[c] ?? 0) / n - ((sum[c] ?? 0) / n) ** 2);
  },
);
