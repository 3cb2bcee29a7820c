import { type Graph, typeOf, type ValueId } from '../../ir/graph.ts';
import { dataAs, type Tensor } from '../../tensor/tensor.ts';
import type { Executor } from '../executor.ts';
import { type Trace, tracer } from '../trace.ts';
import { statisticsCodec } from './statistics/codec.ts';
import { type Memo, noMemo } from './statistics/memo.ts';
import { type Statistics, StatisticsCollector } from './statistics/tensor-statistics.ts';

/** Inputs of one inference, in the order of the graph. Made when they are needed and dropped afterwards. */
export type Sample = () => readonly Tensor[];

export type { Statistics } from './statistics/tensor-statistics.ts';

/**
 * Runs the float graph on all samples, one after another, and keeps statistics of every float32 input and computed tensor. Memory does
 * not grow with the number of samples, but for a few numbers of each.
 *
 * @param memo of these samples: where it has the statistics of this graph, nothing runs
 */
export function calibrate(
  graph: Graph,
  samples: readonly Sample[],
  execute: Executor,
  onDone: (done: number) => void = () => {},
  memo: Memo = noMemo,
): Statistics {
  return memo.recall('statistics', graph, statisticsCodec(graph, calibratedTensors(graph)), () => {
    const builder = new StatisticsBuilder(graph, samples.length);
    const trace = tracer(graph, execute);
    samples.forEach((sample, done) => {
      builder.add(trace(sample()));
      onDone(done + 1);
    });
    return builder.finish();
  });
}

/** The tensors that have statistics: inputs and computed ones of float32. */
export function calibratedTensors(graph: Graph): readonly ValueId[] {
  const computed = graph.nodes.flatMap((node) => node.outputs);
  return [...graph.inputs.map(({ value }) => value), ...computed].filter((id) => typeOf(graph, id).dtype === 'float32');
}

/** Collects statistics of all tensors of a graph, inference by inference. */
export class StatisticsBuilder {
  readonly #collectors: ReadonlyMap<ValueId, StatisticsCollector>;

  /** @param samples how many inferences there will be */
  constructor(graph: Graph, samples: number) {
    this.#collectors = new Map(
      calibratedTensors(graph).map((id) => [id, new StatisticsCollector(typeOf(graph, id).shape.at(-1) ?? 1, samples)]),
    );
  }

  add(tensorOf: Trace): void {
    for (const [id, collector] of this.#collectors) collector.add(dataAs(tensorOf(id), 'float32'));
  }

  finish(): Statistics {
    return new Map([...this.#collectors].map(([id, collector]) => [id, collector.finish()]));
  }
}
