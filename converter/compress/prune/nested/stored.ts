import type { Graph } from '../../../ir/graph.ts';
import type { Tensor } from '../../../tensor/tensor.ts';
import { withOwnConstants } from '../../product.ts';
import { dequantizeGraph } from '../../quantize/dequantize-graph.ts';
import { findChannelGroups } from '../groups/find.ts';
import type { PruneContext } from '../prune-graph.ts';
import { realTensor, repairWidths, type WidthRepair } from './repair-widths.ts';
import { type NestedOptions, nestedUnits } from './units.ts';
import { type NestedModel, nestUnits } from './widths.ts';

/**
 * The widths of a quantized model: its weights stay as they are, so that the whole model is what it was; {@link nestedUnits} chooses units on
 * the real numbers that it stands for, and each width gets biases of its own.
 *
 * @param shares of the multiply-accumulates, ascending, less than 1
 * @throws ProblemError for a share that cannot be had, and for layers without a real form
 */
export function nestStored(
  stored: Graph,
  shares: readonly number[],
  options: NestedOptions,
  context: Pick<PruneContext, 'samples' | 'execute' | 'onProgress'>,
  repair: WidthRepair,
): NestedModel {
  const graph = withOwnConstants(stored);
  const groups = findChannelGroups(graph);
  const real = withOwnConstants(dequantizeGraph(graph));
  const realGroups = findChannelGroups(real);
  const samples = context.samples.map((sample) => (): readonly Tensor[] => sample().map(realTensor));
  const { order, kept } = nestedUnits(real, realGroups, shares, options, { ...context, samples });
  const known = new Map(realGroups.groups.map((group) => [group.name, group]));
  // What the integers have as a group, the real numbers have under the same name.
  const same = groups.groups.flatMap((group) => {
    const other = known.get(group.name);
    return other === undefined || other.units !== group.units ? [] : [{ id: group.id, other: other.id }];
  });
  const model = nestUnits(
    graph,
    groups,
    new Map(same.map(({ id, other }) => [id, order.get(other) ?? []])),
    shares.map((fraction, i) => ({
      fraction,
      kept: new Map(
        same.flatMap(({ id, other }) => (kept[i]?.has(other) ? [[id, kept[i].get(other) ?? 0] as const] : [])),
      ),
    })),
  );
  const { execute, onProgress } = context;
  return repairWidths(model, context.samples, execute, repair, (done, total) =>
    onProgress('repairing widths', done, total),
  );
}
