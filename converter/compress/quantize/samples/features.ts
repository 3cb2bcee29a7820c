import { type Graph, typeOf, type ValueId } from '../../../ir/graph.ts';
import { dataAs } from '../../../tensor/tensor.ts';
import type { Executor } from '../../executor.ts';
import { productOf } from '../../product.ts';
import { tracer } from '../../trace.ts';
import { calibratedTensors, type Sample, type Statistics, StatisticsBuilder } from '../calibrate.ts';
import { statisticsCodec } from '../statistics/codec.ts';
import type { Codec, Memo } from '../statistics/memo.ts';

/** Numbers that describe a sample at most; channels beyond are added up in groups. */
const maxFeatures = 256;

/** What all samples together and each for itself make of a model. */
export interface Activations {
  readonly statistics: Statistics;
  /** For each sample the means of the channels of a late tensor. */
  readonly features: readonly Float64Array[];
}

/** The tensor whose channels tell samples apart: what the last layer with weights reads; null where there is none. */
export function featureTensor(graph: Graph): ValueId | null {
  const last = [...graph.nodes].reverse().find((node) => productOf(graph, node) !== null);
  return last?.inputs[0] ?? graph.outputs[0]?.value ?? null;
}

/** Runs the float graph on all samples once. Memory grows by at most {@link maxFeatures} numbers for each. */
export function activationsOf(
  graph: Graph,
  samples: readonly Sample[],
  execute: Executor,
  memo: Memo,
  onDone: (done: number) => void = () => {},
): Activations {
  let found: Activations | null = null;
  const compute = () => {
    found ??= collect(graph, samples, execute, onDone);
    return found;
  };
  const ids = calibratedTensors(graph);
  return {
    statistics: memo.recall('statistics', graph, statisticsCodec(graph, ids), () => compute().statistics),
    features: memo.recall('features', graph, featuresCodec(samples.length), () => compute().features),
  };
}

function collect(
  graph: Graph,
  samples: readonly Sample[],
  execute: Executor,
  onDone: (done: number) => void,
): Activations {
  const builder = new StatisticsBuilder(graph, samples.length);
  const tensor = featureTensor(graph);
  const trace = tracer(graph, execute);
  const features = samples.map((sample, done) => {
    const tensorOf = trace(sample());
    builder.add(tensorOf);
    onDone(done + 1);
    if (tensor === null || typeOf(graph, tensor).dtype !== 'float32') return new Float64Array();
    return channelMeans(dataAs(tensorOf(tensor), 'float32'), typeOf(graph, tensor).shape.at(-1) ?? 1);
  });
  return { statistics: builder.finish(), features };
}

/** Means of the channels along the last axis, of groups of neighbours where they are many. */
function channelMeans(values: Float32Array, channels: number): Float64Array {
  const group = Math.ceil(channels / maxFeatures);
  const means = new Float64Array(Math.ceil(channels / group));
  values.forEach((value, i) => {
    const at = Math.floor((i % channels) / group);
    means[at] = (means[at] ?? 0) + (Number.isFinite(value) ? value : 0);
  });
  return means.map((sum) => (sum * channels) / Math.max(1, values.length) / group);
}

function featuresCodec(count: number): Codec<readonly Float64Array[]> {
  return {
    keep: (features) => ({ json: null, arrays: features }),
    restore: ({ arrays }) => {
      const size = arrays[0]?.length ?? 0;
      return arrays.length === count && arrays.every(({ length }) => length === size) ? arrays : null;
    },
  };
}
