import type { Node, Uses, ValueId } from './graph.ts';
import type { Patch } from './patch.ts';

/** A node that is no more, and the one that does its work. Names are the user's, and several nodes may have the same. */
export interface TakenUp {
  readonly name: string;
  readonly by: string;
}

/**
 * The nodes that a patch removes and makes part of others: of the new node that computes what they did, else of the node that computes it
 * already, else of the one that reads it. What nobody read is part of none.
 *
 * @param uses of the graph before the patch
 */
export function takenUp({ removed, replaced, nodes }: Patch, uses: Uses): readonly TakenUp[] {
  const added = new Map(nodes.flatMap((node) => node.outputs.map((id): [ValueId, Node] => [id, node])));
  const names = new Set(nodes.map(({ name }) => name));
  return [...removed].flatMap((id): TakenUp[] => {
    const node = uses.nodes.get(id);
    if (node === undefined || names.has(node.name)) return [];
    const by = node.outputs
      .map((output) => {
        const now = replaced.get(output);
        const maker = now === undefined ? undefined : (added.get(now) ?? uses.producer.get(now));
        return maker ?? uses.consumers.get(output)?.find((reader) => reader.name !== node.name);
      })
      .find((other) => other !== undefined && other.name !== node.name);
    return by === undefined ? [] : [{ name: node.name, by: by.name }];
  });
}

/**
 * Of each node that is left, the names of those that became part of it, directly or by way of others, in the order in which they did.
 *
 * @param left names of the nodes that are left
 */
export function fusedNames(
  took: readonly TakenUp[],
  left: ReadonlySet<string>,
): ReadonlyMap<string, readonly string[]> {
  const byName = new Map(took.map(({ name, by }) => [name, by]));
  const fused = new Map<string, string[]>();
  for (const first of byName.keys()) {
    if (left.has(first)) continue;
    const seen = new Set<string>();
    let name: string | undefined = first;
    while (name !== undefined && !left.has(name) && !seen.has(name)) {
      seen.add(name);
      name = byName.get(name);
    }
    if (name === undefined || !left.has(name)) continue;
    const list = fused.get(name);
    if (list === undefined) fused.set(name, [first]);
    else list.push(first);
  }
  return fused;
}
