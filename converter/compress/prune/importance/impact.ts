import type { Graph, ValueId } from '../../../ir/graph.ts';
import { dataAs } from '../../../tensor/tensor.ts';
import type { Executor } from '../../executor.ts';
import type { Sample } from '../../quantize/calibrate.ts';
import { Front } from '../front.ts';
import { removeUnits } from '../groups/remove.ts';
import type { ChannelGroup, ChannelGroups } from '../groups/types.ts';
import { lookAt } from '../part.ts';
import type { GroupColumns } from './columns.ts';
import type { Scorer } from './score.ts';

/** Share of the units of a group that a trial takes out; at least one. */
const trialShare = 0.08;

/** The values of a graph at `id` on all samples. */
export function valuesAt(
  graph: Graph,
  id: ValueId,
  samples: readonly Sample[],
  execute: Executor,
): readonly Float32Array[] {
  const look = lookAt(graph, [id], execute);
  return samples.map((sample) => {
    const [tensor] = look(sample());
    return tensor === undefined ? new Float32Array() : dataAs(tensor, 'float32').slice();
  });
}

/** Sum of squared differences, as a share of the variance of `wanted` over the samples. */
export function relativeError(wanted: readonly Float32Array[], found: readonly Float32Array[]): number {
  const size = wanted[0]?.length ?? 0;
  const means = new Float64Array(size);
  for (const row of wanted) {
    for (let i = 0; i < size; i++) means[i] = (means[i] ?? 0) + (row[i] ?? 0) / wanted.length;
  }
  let [error, total] = [0, 0];
  wanted.forEach((row, s) => {
    row.forEach((value, i) => {
      error += (value - (found[s]?.[i] ?? 0)) ** 2;
      total += (value - (means[i] ?? 0)) ** 2;
    });
  });
  return total === 0 ? (error === 0 ? 0 : Number.POSITIVE_INFINITY) : error / total;
}

/** What makes scores of different groups comparable: the error of the outputs for one unit of score. */
export type Impacts = ReadonlyMap<ChannelGroup['id'], number>;

export interface ImpactContext {
  readonly graph: Graph;
  readonly groups: ChannelGroups;
  readonly scorer: Scorer;
  readonly columns: GroupColumns;
  /** Where the outputs are compared. */
  readonly output: ValueId;
  /** Samples that the columns were not fitted to, so that a fit that learned its samples does not look harmless. */
  readonly judging: readonly Sample[];
  readonly execute: Executor;
}

/**
 * Takes the least important units out of each group in turn, with the readers re-fitted, and measures how the outputs change. The impact of
 * a group is that error divided by the scores of those units: scores times impacts are comparable across layers.
 */
export function measureImpacts(
  context: ImpactContext,
  candidates: readonly ChannelGroup[],
  onDone: (done: number) => void,
): Impacts {
  const { graph, groups, scorer, columns, output, judging, execute } = context;
  const wanted = valuesAt(graph, output, judging, execute);
  const impacts = new Map<ChannelGroup['id'], number>();
  const front = new Front(judging, execute);
  inOrder(graph, candidates).forEach((group, done) => {
    const trial = columns.trialFor(group);
    const units = new Set<number>();
    let score = 0;
    const count = Math.min(group.units - 1, Math.max(1, Math.round(trialShare * group.units)));
    for (let i = 0; i < count; i++) {
      const [unit, least] = leastUnit(group, units, (one) => scorer.scoreOf(group, one, trial));
      units.add(unit);
      score += least;
      trial.remove(group, unit);
    }
    const pruned = removeUnits(trial.refitted(graph, group), groups, new Map([[group.id, units]]));
    const found = valuesBehindFront(graph, pruned, output, front, judging, execute);
    const error = relativeError(wanted, found);
    impacts.set(group.id, score > 0 ? error / score : error);
    onDone(done + 1);
  });
  return impacts;
}

/** Groups in the order in which a graph makes their channels. */
function inOrder({ nodes }: Graph, groups: readonly ChannelGroup[]): readonly ChannelGroup[] {
  const index = new Map(nodes.map(({ id }, i) => [id, i]));
  const first = ({ producers }: ChannelGroup) => Math.min(...producers.map(({ node }) => index.get(node) ?? 0));
  return [...groups].sort((a, b) => first(a) - first(b));
}

/** As {@link valuesAt} of a graph that differs from another one, whose front serves up to the first difference. */
function valuesBehindFront(
  graph: Graph,
  changed: Graph,
  id: ValueId,
  front: Front,
  samples: readonly Sample[],
  execute: Executor,
): readonly Float32Array[] {
  const difference = firstDifference(graph, changed);
  if (difference < front.index) return valuesAt(changed, id, samples, execute);
  front.moveTo(graph, difference);
  const look = front.look(changed, [id]);
  return samples.map((_, s) => {
    const [tensor] = look(s);
    return tensor === undefined ? new Float32Array() : dataAs(tensor, 'float32').slice();
  });
}

/** The first node that is another one, reads another constant or works on other shapes. */
function firstDifference(graph: Graph, changed: Graph): number {
  const sameValue = (id: ValueId) => {
    const [a, b] = [graph.values.get(id), changed.values.get(id)];
    return a !== undefined && b !== undefined && a.data === b.data && a.type.shape.join() === b.type.shape.join();
  };
  const index = graph.nodes.findIndex((node, i) => {
    const other = changed.nodes[i];
    return other?.id !== node.id || ![...node.inputs, ...node.outputs].every(sameValue);
  });
  return index < 0 ? graph.nodes.length : index;
}

/** The unit of a group with the least score among those that are not in `gone`, and the score. */
export function leastUnit(
  { units }: ChannelGroup,
  gone: ReadonlySet<number>,
  scoreOf: (unit: number) => number,
): readonly [unit: number, score: number] {
  let [best, least] = [-1, Number.POSITIVE_INFINITY];
  for (let unit = 0; unit < units; unit++) {
    if (gone.has(unit)) continue;
    const score = scoreOf(unit);
    if (best < 0 || score < least) [best, least] = [unit, score];
  }
  return [best, least];
}
