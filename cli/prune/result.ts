import { isProduct } from '../../converter/compress/product.ts';
import type { PrunedGraph } from '../../converter/compress/prune/prune-graph.ts';
import { layerErrors } from '../../converter/compress/prune/report/layer-errors.ts';
import type { Sample } from '../../converter/compress/quantize/calibrate.ts';
import { typeOf } from '../../converter/ir/graph.ts';
import { fastExecutor } from '../quantize/executor.ts';

/** One layer with weights, before and after. */
export interface PrunedLayer {
  readonly name: string;
  readonly channelsBefore: number;
  readonly channelsAfter: number;
  /** Squared error over variance when channels leave and weights stay as they are. */
  readonly errorAdded: number;
  /** The same after repair. */
  readonly errorLeft: number;
}

/** A pruned model with everything that is told about it. */
export interface PruneResult {
  readonly pruned: PrunedGraph;
  readonly layers: readonly PrunedLayer[];
  readonly sampleCount: number;
  readonly judgedCount: number;
  /** Whether the report tells classes apart. */
  readonly byClass: boolean;
}

/** Errors of all layers on a few samples. */
export function prunedLayers(pruned: PrunedGraph, samples: readonly Sample[]): readonly PrunedLayer[] {
  if (samples.length === 0) return [];
  const { float, graph, unrepaired, kept } = pruned;
  const added = layerErrors(float, unrepaired, kept, samples, fastExecutor);
  const after = layerErrors(float, graph, kept, samples, fastExecutor);
  return graph.nodes.filter(isProduct).map(({ id, name, outputs }) => {
    const [output] = outputs;
    const channels = (of: typeof graph) => (output === undefined ? 0 : (typeOf(of, output).shape.at(-1) ?? 0));
    return {
      name,
      channelsBefore: channels(float),
      channelsAfter: channels(graph),
      errorAdded: added.get(id) ?? 0,
      errorLeft: after.get(id) ?? 0,
    };
  });
}
