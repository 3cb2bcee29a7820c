import type { Graph, NodeId } from '../../../ir/graph.ts';
import type { Executor } from '../../executor.ts';
import { type Moments, MomentsCollector } from '../../input-moments.ts';
import { productOf } from '../../product.ts';
import { tracer } from '../../trace.ts';
import type { Sample } from '../calibrate.ts';

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
  const layers = graph.nodes.flatMap((node) => {
    const product = productOf(graph, node);
    const [input] = node.inputs;
    if (product === null || input === undefined) return [];
    return [{ id: node.id, input, collector: new MomentsCollector(graph, product, rowsPerSample) }];
  });
  const trace = tracer(graph, execute);
  samples.forEach((sample, done) => {
    const tensorOf = trace(sample());
    for (const { input, collector } of layers) collector.add(tensorOf(input));
    onDone(done + 1);
  });
  return new Map(layers.map(({ id, collector }) => [id, collector.finish()]));
}
