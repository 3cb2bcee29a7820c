import { visit } from '../../converter/backends/c/counts/assigned.ts';
import type { Library } from '../../converter/backends/c/counts/library.ts';
import { Trips } from '../../converter/backends/c/counts/trips.ts';
import type { MixClass } from '../../converter/estimate/instructions/mix.ts';
import type { Classes, LayerMix } from './measure.ts';

/** Functions of a layer whose instructions the emulator counted together: what is executed in them, and the instructions. */
export interface Group {
  readonly trips: Trips;
  readonly instructions: number;
  readonly classes: Classes;
}

/**
 * Splits a layer by the functions that the compiler left: a function of the support headers that has a symbol is counted alone, one that
 * was put into its callers together with them.
 */
export function groupsOf(trips: Trips, mix: LayerMix, library: Library): readonly Group[] {
  const scopeOf = (key: string) => key.slice(0, key.indexOf('|'));
  const scopes = new Set([...trips.all.keys()].map(scopeOf));
  const isOwn = (scope: string) => scope in mix.functions;
  const parents = new Map<string, string>();
  const root = (name: string): string => {
    const parent = parents.get(name);
    return parent === undefined ? name : root(parent);
  };
  const join = (a: string, b: string) => {
    const [x, y] = [root(a), root(b)];
    if (x !== y) parents.set(x, y);
  };
  for (const scope of scopes) {
    if (isOwn(scope)) continue;
    const callers = [...scopes].filter((name) => name !== scope && calledIn(name, library).has(scope));
    // What no function of the headers calls, the layer calls, whose function has another name.
    for (const caller of callers) join(scope, caller);
    if (callers.length === 0 || !library.functions.has(scope)) join(scope, REST);
  }
  const groups = new Map<string, { trips: Trips; classes: Partial<Record<MixClass, number>> }>();
  const groupOf = (scope: string) => {
    const name = root(scope);
    const found = groups.get(name) ?? { trips: new Trips(), classes: {} };
    groups.set(name, found);
    return found;
  };
  for (const [key, { count, kinds }] of trips.all) groupOf(scopeOf(key)).trips.add(key, count, kinds);
  for (const [name, classes] of Object.entries(mix.functions)) {
    const { classes: sum } = groupOf(scopes.has(name) ? name : REST);
    for (const [key, count] of entriesOf(classes)) sum[key] = (sum[key] ?? 0) + count;
  }
  return [...groups.values()].map(({ trips: own, classes }) => {
    return { trips: own, classes, instructions: entriesOf(classes).reduce((sum, [, count]) => sum + count, 0) };
  });
}

/** The layer's own function, and what runs around it. */
const REST = ' layer';

/** The classes that occur, with their instructions. */
export function entriesOf(classes: Classes): readonly (readonly [MixClass, number])[] {
  return Object.entries(classes).map(([name, count]) => [name as MixClass, count] as const);
}

const known = new WeakMap<Library, Map<string, ReadonlySet<string>>>();

/** Names that occur in a function of the headers. */
function calledIn(name: string, library: Library): ReadonlySet<string> {
  const kept = known.get(library) ?? new Map<string, ReadonlySet<string>>();
  known.set(library, kept);
  const found = kept.get(name);
  if (found !== undefined) return found;
  const names = new Set<string>();
  for (const statement of library.functions.get(name)?.body ?? []) {
    visit(statement, (node) => {
      if (node.kind === 'name') names.add(node.name);
    });
  }
  kept.set(name, names);
  return names;
}
