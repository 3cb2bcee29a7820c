import { exposeTensors } from '../../ir/expose.ts';
import { type Graph, typeOf, type ValueId } from '../../ir/graph.ts';
import { invariant } from '../../problem.ts';
import { dataAs, type Tensor } from '../../tensor/tensor.ts';
import type { Executor } from '../executor.ts';
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
  const exposed = exposeTensors(graph);
  const run = execute(exposed);
  const isReal = (id: ValueId) => typeOf(graph, id).dtype === 'float32';
  const collectors = new Map<ValueId, StatisticsCollector>();
  const ports = [...graph.inputs, ...exposed.outputs];
  for (const { value } of ports) {
    if (isReal(value)) collectors.set(value, new StatisticsCollector(typeOf(graph, value).shape.at(-1) ?? 1));
  }
  samples.forEach((sample, done) => {
    const inputs = sample();
    const outputs = run(inputs);
    const tensors = [...inputs, ...outputs];
    for (const [i, { value }] of ports.entries()) {
      const tensor = tensors[i];
      invariant(tensor !== undefined, `calibration lost the tensor %${value}`);
      if (isReal(value)) collectors.get(value)?.add(dataAs(tensor, 'float32'));
    }
    onDone(done + 1);
  });
  return new Map([...collectors].map(([id, collector]) => [id, collector.finish()]));
}
