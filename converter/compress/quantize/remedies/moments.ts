import type { Graph, NodeId } from '../../../ir/graph.ts';
import type { Executor } from '../../executor.ts';
import { blocksOf, type Moments, MomentsCollector } from '../../input-moments.ts';
import { productOf } from '../../product.ts';
import { tracer } from '../../trace.ts';
import type { Sample } from '../calibrate.ts';
import type { Codec } from '../statistics/memo.ts';

/** Output positions of a layer that are looked at, over all samples. */
const rowsPerLayer = 4096;

/** Moments of the inputs of every layer with weights, by calibration. */
export function inputMoments(
  graph: Graph,
  samples: readonly Sample[],
  execute: Executor,
  onDone: (done: number) => void = () => {},
): ReadonlyMap<NodeId, Moments> {
  const rowsPerSample = Math.ceil(rowsPerLayer / Math.max(1, samples.length));
  const layers = productsOf(graph).map(({ id, input, product }) => {
    return { id, input, collector: new MomentsCollector(graph, product, rowsPerSample) };
  });
  const trace = tracer(graph, execute);
  samples.forEach((sample, done) => {
    const tensorOf = trace(sample());
    for (const { input, collector } of layers) collector.add(tensorOf(input));
    onDone(done + 1);
  });
  return new Map(layers.map(({ id, collector }) => [id, collector.finish()]));
}

/** Layers with weights, in order. */
function productsOf(graph: Graph) {
  return graph.nodes.flatMap((node) => {
    const product = productOf(graph, node);
    const [input] = node.inputs;
    return product === null || input === undefined ? [] : [{ id: node.id, input, product }];
  });
}

/** What {@link inputMoments} finds in this graph. */
export function momentsCodec(graph: Graph): Codec<ReadonlyMap<NodeId, Moments>> {
  return {
    keep: (moments) => {
      const all = [...moments.values()];
      return { json: all.map(({ rows }) => rows), arrays: all.flatMap(({ sums, means }) => [...sums, ...means]) };
    },
    restore: ({ json, arrays }) => {
      const layers = productsOf(graph).map(({ id, product }) => ({ id, blocks: blocksOf(graph, product) }));
      const sizes = layers.flatMap(({ blocks }) => [
        ...blocks.map(({ size }) => size * size),
        ...blocks.map(({ size }) => size),
      ]);
      const fits = sizes.length === arrays.length && sizes.every((size, i) => size === arrays[i]?.length);
      if (!fits || !Array.isArray(json) || json.length !== layers.length) return null;
      let next = 0;
      const take = (count: number) => {
        next += count;
        return arrays.slice(next - count, next);
      };
      return new Map(
        layers.map(({ id, blocks }, i): [NodeId, Moments] => {
          return [id, { blocks, sums: take(blocks.length), means: take(blocks.length), rows: Number(json[i]) }];
        }),
      );
    },
  };
}
