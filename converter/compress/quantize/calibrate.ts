import { type Graph, typeOf, type ValueId } from '../../ir/graph.ts';
import { dataAs, type Tensor } from '../../tensor/tensor.ts';
import type { Executor } from '../executor.ts';
import { tracer } from '../trace.ts';
import { StatisticsCollector, type TensorStatistics } from './statistics/tensor-statistics.ts';

/** Inputs of one inference, in the order of the graph. Made when they are needed and dropped afterwards. */
export type Sample = () => readonly Tensor[];

/** Statistics of every float32 tensor that is computed or an input, by its id. */
export type Statistics = ReadonlyMap<ValueId, TensorStatistics>;

/**
 * Runs the float graph on all samples, one after another, and keeps statistics of every float32 input and computed tensor. Memory does
 * not grow with the number of samples.
 */
export function calibrate(
  graph: Graph,
  samples: readonly Sample[],
  execute: Executor,
  onDone: (done: number) => void = () => {},
): Statistics {
  const trace = tracer(graph, execute);
  const computed = graph.nodes.flatMap((node) => node.outputs);
  const collectors = new Map<ValueId, StatisticsCollector>();
  for (const id of [...graph.inputs.map(({ value }) => value), ...computed]) {
    const { dtype, shape } = typeOf(graph, id);
    if (dtype === 'float32') collectors.set(id, new StatisticsCollector(shape.at(-1) ?? 1, samples.length));
  }
  samples.forEach((sample, done) => {
    const tensorOf = trace(sample());
    for (const [id, collector] of collectors) collector.add(dataAs(tensorOf(id), 'float32'));
    onDone(done + 1);
  });
  return new Map([...collectors].map(([id, collector]) => [id, collector.finish()]));
}
