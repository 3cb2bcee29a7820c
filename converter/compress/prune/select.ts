import { nearest } from '../../frontends/nearest-name.ts';
import type { Graph } from '../../ir/graph.ts';
import { usesOf } from '../../ir/graph.ts';
import { type Problem, ProblemError } from '../../problem.ts';
import type { ChannelGroup, ChannelGroups, GroupId } from './groups/types.ts';
import type { PruneOptions } from './options.ts';
import type { Limits } from './targets/allocate.ts';

/** Fewest units that goals leave a group: with one unit it would be a group no more. */
const leastUnits = 2;

/** The names by which a user may mean a group: its own and those of the layers that make it. */
export function namesOf(graph: Graph, { name, producers }: ChannelGroup): readonly string[] {
  const { nodes } = usesOf(graph);
  const own = producers.map(({ node }) => nodes.get(node)?.name ?? '');
  // `Conv "block3/conv"` is also just block3/conv.
  const quoted = [name, ...own].flatMap((text) =>
    [...text.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map((match) => match[1] ?? ''),
  );
  return [...new Set([name, ...own, ...quoted])];
}

function wildcard(pattern: string): RegExp {
  const parts = pattern.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 's');
}

/** The groups of a pattern. Throws ProblemError with the nearest name for one that fits none. */
export function groupsNamed(
  graph: Graph,
  groups: ChannelGroups,
  pattern: string,
  option: string,
): ReadonlySet<GroupId> {
  const expression = wildcard(pattern);
  const found = groups.groups.filter((group) => namesOf(graph, group).some((name) => expression.test(name)));
  if (found.length > 0) return new Set(found.map(({ id }) => id));
  throw new ProblemError(unknownName(graph, groups, pattern, option));
}

function unknownName(graph: Graph, groups: ChannelGroups, pattern: string, option: string): Problem {
  const names = groups.groups.flatMap((group) => namesOf(graph, group));
  const near = nearest(pattern, names);
  return {
    code: 'prune-name',
    where: `--${option} ${pattern}`,
    what: 'no group of channels has a layer of that name',
    advice: near === null ? 'see thimble prune --list for the names' : `did you mean ${near}? see thimble prune --list`,
  };
}

/** Of each group how many units must leave, and how many at most may. Shares are of the units that the group had at first. */
export function limitsFor(
  graph: Graph,
  groups: ChannelGroups,
  { keep, layers, ratio, round }: PruneOptions,
): ReadonlyMap<GroupId, { readonly share: number | null; readonly free: boolean; readonly least: number }> {
  const problems: Problem[] = [];
  const named = (pattern: string, option: string): ReadonlySet<GroupId> => {
    try {
      return groupsNamed(graph, groups, pattern, option);
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      problems.push(...error.problems);
      return new Set();
    }
  };
  const kept = new Set(keep.flatMap((pattern) => [...named(pattern, 'keep')]));
  const shares = layers.map((layer) => ({ ids: named(layer.pattern, 'per-layer'), share: layer.share }));
  if (problems.length > 0) throw new ProblemError(problems);
  return new Map(
    groups.groups.map(({ id, units }) => {
      const least = Math.min(units, Math.max(leastUnits, round));
      if (kept.has(id)) return [id, { share: null, free: false, least }];
      const own = shares.find(({ ids }) => ids.has(id));
      if (own !== undefined) return [id, { share: own.share, free: false, least }];
      return [id, { share: ratio, free: ratio === null, least }];
    }),
  );
}

/** Units that leave a group of `units` now so that the share of its original ones is gone; a multiple of `round` stays. */
export function forcedUnits(share: number, original: number, units: number, round: number, least: number): number {
  const left = Math.max(least, round * Math.ceil(Math.round(original * (1 - share) * 1e6) / 1e6 / round));
  return Math.max(0, units - Math.min(left, original));
}

export type { Limits };
