import type { Graph, NodeId } from '../../../ir/graph.ts';
import { at } from '../../../ops/definition.ts';
import { dataAs } from '../../../tensor/tensor.ts';
import type { Executor } from '../../executor.ts';
import { isProduct } from '../../product.ts';
import type { Sample } from '../../quantize/calibrate.ts';
import type { KeptChannels } from '../channels.ts';
import { lookAt, withoutClamps } from '../part.ts';

/**
 * For each product the squared error of its results before the clamp, as a share of their variance, over the channels that are left: what
 * all layers before it and it itself do.
 */
export function layerErrors(
  float: Graph,
  pruned: Graph,
  kept: KeptChannels,
  samples: readonly Sample[],
  execute: Executor,
): ReadonlyMap<NodeId, number> {
  const errors = new Map<NodeId, number>();
  for (const { id, outputs } of pruned.nodes.filter(isProduct)) {
    const output = at(outputs, 0);
    const only = new Set([id]);
    const lookFloat = lookAt(withoutClamps(float, only), [output], execute);
    const lookPruned = lookAt(withoutClamps(pruned, only), [output], execute);
    const channels = kept.get(output) ?? null;
    let [error, sum, squares, count] = [0, 0, 0, 0];
    for (const sample of samples) {
      const given = sample();
      const found = at(lookPruned(given), 0);
      const real = dataAs(at(lookFloat(given), 0), 'float32');
      const data = dataAs(found, 'float32');
      const now = found.type.shape.at(-1) ?? 1;
      const before = real.length / (data.length / now);
      data.forEach((value, i) => {
        const channel = channels?.[i % now] ?? i % now;
        const wanted = real[Math.floor(i / now) * before + channel] ?? 0;
        error += (wanted - value) ** 2;
        sum += wanted;
        squares += wanted * wanted;
        count++;
      });
    }
    const variance = squares - (sum * sum) / Math.max(1, count);
    errors.set(id, variance <= 0 ? 0 : error / variance);
  }
  return errors;
}
