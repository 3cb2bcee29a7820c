import type { Graph } from '../../../ir/graph.ts';
import { type Problem, ProblemError } from '../../../problem.ts';
import { type KeptChannels, keptAfter } from '../channels.ts';
import { findChannelGroups } from '../groups/find.ts';
import { removeUnits } from '../groups/remove.ts';
import type { ChannelGroups, GroupId } from '../groups/types.ts';
import type { WeightedScores } from '../importance/table.ts';
import { defaultPruneOptions } from '../options.ts';
import { keyOf, type PruneContext, rank } from '../prune-graph.ts';
import { repair } from '../repair/repair.ts';
import { allocate, type Limits } from '../targets/allocate.ts';
import type { Goal } from '../targets/goal.ts';
import { measureGoal } from '../targets/meter.ts';
import { permutableGroups, type UnitOrder } from './permute.ts';
import type { KeptUnits } from './widths.ts';

/** An order of units, and how many of the first ones make each width. */
export interface NestedUnits {
  readonly order: UnitOrder;
  /** In the order of the shares that were asked for. */
  readonly kept: readonly KeptUnits[];
}

/** What decides which units a width keeps. */
export interface NestedOptions {
  readonly scores: WeightedScores;
  /** Multiples of this many units stay. */
  readonly round: number;
}

/** Share of the whole model's work that leaves before units are ranked anew. */
const stageShare = 0.125;

/**
 * Which units each width keeps, by the samples: from the whole model on, the units leave that do least harm for the work that they save, as in
 * pruning, until each width in turn has its share of the multiply-accumulates; so each has the units of all narrower ones. Behind each
 * stage the model is repaired, and the next one ranks anew. Layers lose as many units as they can spare: a width is not the same
 * share of each.
 *
 * @param groups of the graph, which is float
 * @param shares of the multiply-accumulates, ascending, less than 1
 * @throws ProblemError for a share that cannot be had
 */
export function nestedUnits(
  float: Graph,
  groups: ChannelGroups,
  shares: readonly number[],
  { scores, round }: NestedOptions,
  context: Pick<PruneContext, 'samples' | 'execute' | 'onProgress'>,
): NestedUnits {
  const whole = measureGoal(macsGoal(1), float);
  const movable = new Set([...permutableGroups(float, groups)].map((id) => keyOf(groups.groups[id])));
  const alive = new Map(groups.groups.map((group) => [keyOf(group), range(group.units)]));
  const options = { ...defaultPruneOptions, scores, round };
  const judged = { ...context, judge: () => ({ macs: 0, parameters: 0 }) as never };
  const levels: ReadonlyMap<string, readonly number[]>[] = [];
  let [graph, kept]: [Graph, KeptChannels] = [float, new Map()];
  for (const share of [...shares].reverse()) {
    const from = measureGoal(macsGoal(1), graph);
    const bound = share * whole;
    const stages = Math.max(1, Math.ceil((from - bound) / whole / stageShare));
    for (let stage = 1; stage <= stages; stage++) {
      const now = findChannelGroups(graph);
      const limits = new Map(
        now.groups.map((group): [GroupId, Limits] => {
          const least = Math.min(group.units, Math.max(leastUnits, round));
          return [group.id, { least, forced: 0, free: movable.has(keyOf(group)) }];
        }),
      );
      const progress = (work: string) => (done: number, total: number) =>
        context.onProgress(`width ${share}, stage ${stage} of ${stages}: ${work}`, done, total);
      const { scorer, impacts, columns, blind } = rank(graph, now, limits, options, judged, progress);
      for (const id of blind) limits.set(id, { least: 1, forced: 0, free: false });
      const goal = { goal: macsGoal(share), bound: from - ((from - bound) * stage) / stages };
      const { removed } = allocate({ graph, groups: now, goals: [goal], limits, round, scorer, impacts, columns });
      for (const group of now.groups) {
        const gone = removed.get(group.id);
        const key = keyOf(group);
        alive.set(key, alive.get(key)?.filter((_, unit) => gone?.has(unit) !== true) ?? []);
      }
      kept = keptAfter(graph, now, removed, kept);
      const pruned = removeUnits(graph, now, removed);
      graph = repair(float, pruned, kept, context.samples, context.execute, 1, progress('repairing')).graph;
    }
    const left = measureGoal(macsGoal(1), graph);
    if (left > bound) throw new ProblemError([tooNarrow(share, left / whole)]);
    levels.unshift(new Map(alive));
  }
  return {
    order: new Map(groups.groups.map((group) => [group.id, orderOf(group.units, keyOf(group), levels)])),
    kept: levels.map(
      (level) => new Map(groups.groups.map((group) => [group.id, level.get(keyOf(group))?.length ?? group.units])),
    ),
  };
}

/** Fewest units of a group. */
const leastUnits = 2;

const range = (count: number): readonly number[] => Array.from({ length: count }, (_, i) => i);

const macsGoal = (share: number): Goal => ({ kind: 'macs', text: `--nested ${share}`, bound: { share } });

/** The units of the narrowest width first, then those that each wider one adds. */
function orderOf(units: number, key: string, levels: readonly ReadonlyMap<string, readonly number[]>[]): number[] {
  const order = new Set<number>();
  for (const level of levels) for (const unit of level.get(key) ?? []) order.add(unit);
  for (let unit = 0; unit < units; unit++) order.add(unit);
  return [...order];
}

/** The problem of a width that cannot be so narrow. */
export function tooNarrow(share: number, nearest: number): Problem {
  return {
    code: 'nested-narrow',
    where: `--nested ${share}`,
    what: `the narrowest network has ${nearest.toFixed(3)} of the multiply-accumulates: layers that keep all channels, and the fewest channels of the others`,
    advice: `give ${(Math.ceil(nearest * 100) / 100).toFixed(2)} or more`,
  };
}
