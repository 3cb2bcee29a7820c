import type { Graph } from '../../ir/graph.ts';
import type { Executor } from '../executor.ts';
import { withOwnConstants } from '../product.ts';
import type { Sample } from '../quantize/calibrate.ts';
import { withRealWeights } from '../quantize/real-weights.ts';
import { type KeptChannels, keptAfter, unitsGone } from './channels.ts';
import { removeDeadUnits } from './groups/dead-units.ts';
import { findChannelGroups } from './groups/find.ts';
import { removeUnits } from './groups/remove.ts';
import type { ChannelGroup, ChannelGroups, GroupId } from './groups/types.ts';
import { lossValue } from './importance/attribution.ts';
import { GroupColumns } from './importance/columns.ts';
import { type Impacts, measureImpacts } from './importance/impact.ts';
import type { Scorer } from './importance/score.ts';
import { composedScorer, needSamples } from './importance/table.ts';
import type { PruneOptions } from './options.ts';
import { refusePruning } from './refuse.ts';
import { repair } from './repair/repair.ts';
import type { CurvePoint, Judge } from './report/judge.ts';
import { forcedUnits, limitsFor } from './select.ts';
import { allocate, type Limits, type StageGoal } from './targets/allocate.ts';
import type { GoalOutcome } from './targets/goal.ts';
import { boundOf, measureGoal } from './targets/meter.ts';
import { tune } from './tune/tune.ts';

/** What has become of one group. */
export interface PrunedGroup {
  readonly name: string;
  readonly unitsBefore: number;
  readonly unitsAfter: number;
  /** Scores of units as they left, in that order, as shares of the output error where impacts were measured. */
  readonly curve: readonly number[];
  /** Scores of all units at the beginning, for each class that the model answers; null where the score has none. */
  readonly byClass: readonly { readonly answer: number; readonly scores: readonly number[] }[] | null;
}

/** A pruned graph, and how it came about. */
export interface PrunedGraph {
  /** The model that was pruned, without the channels that made no difference, each layer with constants of its own. */
  readonly float: Graph;
  /** Which channels made no difference and left first: "3 of 24 units of conv are dead". */
  readonly dead: readonly string[];
  readonly graph: Graph;
  /** The same channels gone with all weights as they were. */
  readonly unrepaired: Graph;
  readonly kept: KeptChannels;
  readonly groups: readonly PrunedGroup[];
  readonly barriers: ChannelGroups['barriers'];
  /** Names of groups that stay whole because the score says nothing about them. */
  readonly unjudged: readonly string[];
  readonly outcomes: readonly GoalOutcome[];
  /** From the whole model to the pruned one. */
  readonly curve: readonly CurvePoint[];
}

export interface PruneContext {
  /** Unlabelled; several times looked at. */
  readonly samples: readonly Sample[];
  readonly execute: Executor;
  readonly judge: Judge;
  /** Work that takes long, for a progress line. */
  readonly onProgress: (work: string, done: number, total: number) => void;
}

/** Share of what must go that a stage takes at most, and how many stages there are at most. */
const stageShare = 0.12;
const mostStages = 5;

/**
 * Takes channels out of a float graph until all goals are met: in several stages, each ranked anew on the model as the stages before have left
 * and repaired it. Deterministic. See `docs/pruning.md` for the mathematics.
 *
 * Where goals cannot be met, the result is the nearest model and `outcomes` say so.
 *
 * @throws ProblemError for what speaks against pruning this model so
 */
export function pruneGraph(source: Graph, options: PruneOptions, context: PruneContext): PrunedGraph {
  const whole = withOwnConstants(withRealWeights(source));
  refusePruning(whole, findChannelGroups(whole), context.samples.length, options);
  const dead = removeDeadUnits(whole);
  const float = withOwnConstants(dead.graph);
  const first = findChannelGroups(float);
  const before = options.goals.map((goal) => measureGoal(goal, whole));
  const bounds = options.goals.map((goal, i) => boundOf(goal, before[i] ?? 0));
  const limits = limitsFor(float, first, options);
  const records = first.groups.map((group) => ({ group, key: keyOf(group), curve: [] as number[] }));
  const rules = new Map(first.groups.map((group) => [keyOf(group), { ...limits.get(group.id), units: group.units }]));

  let graph = float;
  let kept: KeptChannels = new Map();
  let byClass = new Map<string, NonNullable<PrunedGroup['byClass']>>();
  const curve = [context.judge(whole)];
  const unjudged = new Set<string>();
  const stages = options.stages ?? stagesFor(options, before, bounds);
  for (let stage = 1; stage <= stages; stage++) {
    const groups = findChannelGroups(graph);
    const progress = (work: string) => (done: number, total: number) =>
      context.onProgress(`stage ${stage} of ${stages}: ${work}`, done, total);
    const stageLimits = new Map<GroupId, Limits>();
    for (const group of groups.groups) {
      const rule = rules.get(keyOf(group));
      const least = rule?.least ?? 1;
      const share = rule?.share == null ? null : (rule.share * stage) / stages;
      const forced =
        share === null ? 0 : forcedUnits(share, rule?.units ?? group.units, group.units, options.round, least);
      stageLimits.set(group.id, { least, forced, free: rule?.free === true });
    }
    const goals = options.goals.map((goal, i): StageGoal => {
      const [from, to] = [before[i] ?? 0, bounds[i] ?? 0];
      return { goal, bound: stage === stages ? to : Math.max(to, from - ((from - to) * stage) / stages) };
    });
    const ranked = rank(graph, groups, stageLimits, options, context, progress);
    if (stage === 1) byClass = classesOf(groups, ranked.scorer);
    for (const id of ranked.blind) unjudged.add(groups.groups[id]?.name ?? '');
    for (const id of ranked.blind) stageLimits.set(id, { least: 1, forced: 0, free: false });
    const { removed, steps } = allocate({
      ...{ graph, groups, goals, limits: stageLimits, round: options.round },
      ...{ scorer: ranked.scorer, impacts: ranked.impacts, columns: ranked.columns },
    });
    for (const { group, score } of steps) {
      const key = keyOf(groups.groups[group]);
      records.find((record) => record.key === key)?.curve.push(score);
    }
    kept = keptAfter(graph, groups, removed, kept);
    const pruned = removeUnits(graph, groups, removed);
    const isLast = stage === stages;
    const passes = options.repairPasses === 0 ? 0 : isLast ? options.repairPasses : 1;
    const { samples, execute } = context;
    graph = passes === 0 ? pruned : repair(float, pruned, kept, samples, execute, passes, progress('repairing')).graph;
    curve.push(context.judge(graph));
  }

  if (options.tuneSteps > 0) {
    const { tuneSteps: steps, variations, seed } = options;
    const update = (done: number, total: number) => context.onProgress('tuning', done, total);
    graph = tune(float, graph, context.samples, context.execute, { steps, variations, seed }, update).graph;
    curve.push(context.judge(graph));
  }

  const gone = unitsGone(float, first, kept);
  const outcomes = options.goals.map((goal, i): GoalOutcome => {
    const [bound, after] = [bounds[i] ?? 0, measureGoal(goal, graph)];
    return { goal, before: before[i] ?? 0, after, bound, met: after <= bound };
  });
  return {
    float,
    dead: dead.applied.map(({ reason }) => reason),
    graph,
    unrepaired: removeUnits(float, first, gone),
    kept,
    groups: records.map(({ group, key, curve: scores }) => ({
      name: group.name,
      unitsBefore: group.units,
      unitsAfter: group.units - (gone.get(group.id)?.size ?? 0),
      curve: scores,
      byClass: byClass.get(key) ?? null,
    })),
    barriers: first.barriers,
    unjudged: [...unjudged],
    outcomes,
    curve,
  };
}

/** The same group in graphs that differ by removed units. */
export function keyOf(group: ChannelGroup | undefined): string {
  const member = group?.values.find(({ use }) => use === null);
  return member === undefined ? '' : `${member.value} ${member.axis} ${group?.name}`;
}

/** As many stages as let each take a small part of what must go. */
function stagesFor(
  { ratio, layers, repairPasses }: PruneOptions,
  before: readonly number[],
  bounds: readonly number[],
): number {
  if (repairPasses === 0) return 1;
  const shares = before.map((value, i) => (value === 0 ? 0 : 1 - (bounds[i] ?? 0) / value));
  const most = Math.max(0, ratio ?? 0, ...layers.map(({ share }) => share), ...shares);
  return Math.min(mostStages, Math.max(1, Math.ceil(most / stageShare)));
}

export interface Ranked {
  readonly scorer: Scorer;
  readonly impacts: Impacts | null;
  readonly columns: GroupColumns | null;
  /** Groups that the score says nothing about, because something other than a product reads them: they stay whole. */
  readonly blind: readonly GroupId[];
}

/**
 * Scores for the graph as it is. With samples, every other one fits the columns and the others judge trials: so a layer whose fit learned its
 * samples does not look as if it could spare anything.
 */
export function rank(
  graph: Graph,
  groups: ChannelGroups,
  limits: ReadonlyMap<GroupId, Limits>,
  { scores, classes, seed, allocation }: PruneOptions,
  { samples, execute }: PruneContext,
  progress: (work: string) => (done: number, total: number) => void,
): Ranked {
  const measured = samples.length > 1 && allocation === 'measured';
  const fitting = measured ? samples.filter((_, i) => i % 2 === 0) : samples;
  const judging = samples.filter((_, i) => i % 2 === 1);
  const needsColumns = measured || needSamples(scores);
  const columns = needsColumns ? GroupColumns.of(graph, groups, fitting, execute) : null;
  const scorer = composedScorer(scores, { graph, groups, samples, execute, columns, seed, classes }, !measured);
  const blind = scorer.changes
    ? groups.groups.filter((group) => columns?.covers(group) === false).map(({ id }) => id)
    : [];
  if (!measured || columns === null) return { scorer, impacts: null, columns, blind };
  const candidates = groups.groups.filter(({ id }) => limits.get(id)?.free === true && !blind.includes(id));
  const output = lossValue(graph);
  const update = progress('comparing layers');
  const impacts = measureImpacts({ graph, groups, scorer, columns, output, judging, execute }, candidates, (done) =>
    update(done, candidates.length),
  );
  return { scorer, impacts, columns, blind };
}

function classesOf(
  { groups }: ChannelGroups,
  { classesOf: of }: Scorer,
): Map<string, NonNullable<PrunedGroup['byClass']>> {
  if (of === null) return new Map();
  return new Map(
    groups.map((group) => [keyOf(group), of(group).map(({ answer, scores }) => ({ answer, scores: [...scores] }))]),
  );
}
