import type { Graph, NodeId } from '../../../ir/graph.ts';
import { at } from '../../../ops/definition.ts';
import { dataAs, type Tensor } from '../../../tensor/tensor.ts';
import type { Executor } from '../../executor.ts';
import { isProduct } from '../../product.ts';
import type { Sample } from '../../quantize/calibrate.ts';
import type { KeptChannels } from '../channels.ts';
import { allUnclamped, lookAt } from '../part.ts';

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
  const nodes = pruned.nodes.filter(isProduct);
  const [lookFloat, lookPruned] = [float, pruned].map((one) => {
    const { graph, values } = allUnclamped(
      one,
      nodes.map(({ id }) => id),
    );
    return lookAt(graph, values, execute);
  });
  const sums = nodes.map(({ outputs }) => new ErrorSums(kept.get(at(outputs, 0)) ?? null));
  for (const sample of samples) {
    const given = sample();
    const [real, found] = [lookFloat?.(given) ?? [], lookPruned?.(given) ?? []];
    sums.forEach((sum, i) => {
      sum.add(at(real, i), at(found, i));
    });
  }
  return new Map(nodes.map(({ id }, i) => [id, sums[i]?.share() ?? 0]));
}

/** Squared error and variance of one layer. */
class ErrorSums {
  /** Which channels of the float layer are left; null for all. */
  readonly #channels: readonly number[] | null;
  #error = 0;
  #sum = 0;
  #squares = 0;
  #count = 0;

  constructor(channels: readonly number[] | null) {
    this.#channels = channels;
  }

  add(real: Tensor, found: Tensor): void {
    const [wanted, data] = [dataAs(real, 'float32'), dataAs(found, 'float32')];
    const now = found.type.shape.at(-1) ?? 1;
    const before = wanted.length / (data.length / now);
    data.forEach((value, i) => {
      const channel = this.#channels?.[i % now] ?? i % now;
      const target = wanted[Math.floor(i / now) * before + channel] ?? 0;
      this.#error += (target - value) ** 2;
      this.#sum += target;
      this.#squares += target * target;
    });
    this.#count += data.length;
  }

  share(): number {
    const variance = this.#squares - (this.#sum * this.#sum) / Math.max(1, this.#count);
    return variance <= 0 ? 0 : this.#error / variance;
  }
}
