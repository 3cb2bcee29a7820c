import type { Graph } from '../../../ir/graph.ts';
import type { ChannelGroup, ChannelGroups, GroupId, RemovedUnits } from '../groups/types.ts';
import type { GroupColumns } from '../importance/columns.ts';
import { type Impacts, leastUnit } from '../importance/impact.ts';
import type { Scorer } from '../importance/score.ts';
import type { Goal } from './goal.ts';
import { type Meter, meterFor } from './meter.ts';

/** A bound that counts at this stage. */
export interface StageGoal {
  readonly goal: Goal;
  readonly bound: number;
}

/** How many units of a group may stay at least and at most. */
export interface Limits {
  readonly least: number;
  /** How many must leave whatever the goals say. */
  readonly forced: number;
  /** Whether the goals may take more than `forced`. */
  readonly free: boolean;
}

export interface AllocationContext {
  readonly graph: Graph;
  readonly groups: ChannelGroups;
  readonly scorer: Scorer;
  /** Null where there are no samples: then scores are compared as they are, without regard to what a unit saves. */
  readonly impacts: Impacts | null;
  readonly columns: GroupColumns | null;
  readonly goals: readonly StageGoal[];
  readonly limits: ReadonlyMap<GroupId, Limits>;
  /** Units leave in such numbers that a multiple of this stays. */
  readonly round: number;
}

/** A unit in the order in which units left. */
export interface Step {
  readonly group: GroupId;
  readonly unit: number;
  /** Its score when it left, times the impact of its group where that was measured. */
  readonly score: number;
}

export interface Allocation {
  readonly removed: RemovedUnits;
  readonly steps: readonly Step[];
  /** Goals whose bounds are not met although nothing may leave any more. */
  readonly unmet: readonly StageGoal[];
}

/** Units that leave between two measurements of a probe, as a share of all. */
const probeShare = 0.02;

/**
 * Lets units leave until all bounds are met: always the one with the least importance for what it saves, where savings of several goals
 * count as shares of what each still lacks. Scores that follow removals are asked again; costs are exact after each.
 */
export function allocate(context: AllocationContext): Allocation {
  return new Allocator(context).run();
}

class Allocator {
  readonly #context: AllocationContext;
  readonly #removed = new Map<GroupId, Set<number>>();
  readonly #steps: Step[] = [];
  readonly #meters: readonly { readonly meter: Meter; readonly bound: number; readonly stage: StageGoal }[];
  readonly #scores = new Map<GroupId, readonly [unit: number, score: number]>();
  readonly #neighbours: ReadonlyMap<GroupId, readonly GroupId[]>;

  constructor(context: AllocationContext) {
    this.#context = context;
    const { graph, groups, goals } = context;
    for (const { id } of groups.groups) this.#removed.set(id, new Set());
    this.#meters = goals.map((stage) => {
      return { stage, bound: stage.bound, meter: meterFor(stage.goal, graph, groups, () => this.#removed) };
    });
    this.#neighbours = neighboursOf(groups.groups);
  }

  run(): Allocation {
    const { groups, limits } = this.#context;
    for (const group of groups.groups) {
      const { forced } = limits.get(group.id) ?? { forced: 0 };
      for (let i = 0; i < forced; i++) this.#take(group);
    }
    const total = groups.groups.reduce((sum, { units }) => sum + units, 0);
    const between = Math.max(1, Math.round(probeShare * total));
    let sinceProbe = 0;
    for (;;) {
      if (this.#lacking().length === 0) {
        if (sinceProbe === 0) break;
        for (const { meter } of this.#meters) meter.measure();
        sinceProbe = 0;
        continue;
      }
      const next = this.#cheapest();
      if (next === null) break;
      const count = this.#chunk(next);
      for (let i = 0; i < count; i++) this.#take(next);
      sinceProbe += count;
      if (sinceProbe >= between) {
        for (const { meter } of this.#meters) meter.measure();
        sinceProbe = 0;
      }
    }
    return { removed: this.#removed, steps: this.#steps, unmet: this.#lacking().map(({ stage }) => stage) };
  }

  #lacking() {
    return this.#meters.filter(({ meter, bound }) => meter.value() > bound);
  }

  /** Units that leave at once, so that what stays is a multiple. */
  #chunk(group: ChannelGroup): number {
    const left = group.units - (this.#removed.get(group.id)?.size ?? 0);
    return left % this.#context.round || this.#context.round;
  }

  #cheapest(): ChannelGroup | null {
    const lacking = this.#lacking();
    let [best, least]: [ChannelGroup | null, number] = [null, Number.POSITIVE_INFINITY];
    for (const group of this.#context.groups.groups) {
      const limit = this.#context.limits.get(group.id);
      const left = group.units - (this.#removed.get(group.id)?.size ?? 0);
      if (limit?.free !== true || left - this.#chunk(group) < limit.least) continue;
      const [unit, score] = this.#least(group);
      const saved = lacking.reduce((sum, { meter, bound }) => {
        return sum + meter.saving(group, unit) / (meter.value() - bound);
      }, 0);
      if (saved <= 0) continue;
      const cost = this.#context.impacts === null ? score : score / saved;
      if (cost < least) [best, least] = [group, cost];
    }
    return best;
  }

  #least(group: ChannelGroup): readonly [unit: number, score: number] {
    const known = this.#scores.get(group.id);
    if (known !== undefined) return known;
    const impact = this.#context.impacts?.get(group.id) ?? 1;
    const found = leastUnit(group, this.#removed.get(group.id) ?? new Set(), (unit) => {
      return impact * this.#context.scorer.scoreOf(group, unit, this.#context.columns);
    });
    this.#scores.set(group.id, found);
    return found;
  }

  #take(group: ChannelGroup): void {
    const [unit, score] = this.#least(group);
    this.#steps.push({ group: group.id, unit, score });
    for (const { meter } of this.#meters) meter.removed(group, unit);
    this.#removed.get(group.id)?.add(unit);
    this.#scores.delete(group.id);
    if (!this.#context.scorer.changes) return;
    this.#context.columns?.remove(group, unit);
    for (const id of this.#neighbours.get(group.id) ?? []) this.#scores.delete(id);
  }
}

/** Groups whose scores change with those of another: they share a reader, or one makes what the reader of the other gives. */
function neighboursOf(groups: readonly ChannelGroup[]): ReadonlyMap<GroupId, readonly GroupId[]> {
  const readers = groups.map(({ consumers }) => new Set(consumers.map(({ node }) => node)));
  return new Map(
    groups.map((group) => {
      const own = new Set([...group.consumers, ...group.producers].map(({ node }) => node));
      const near = groups.filter((_, i) => [...(readers[i] ?? [])].some((node) => own.has(node)));
      return [group.id, near.map(({ id }) => id)];
    }),
  );
}
