import type { Graph } from '../ir/graph.ts';
import { storeInt4 } from '../ir/store-int4.ts';
import { groupSizes } from '../tensor/int4.ts';

/** The name under which a file that we wrote says which int8 weights have 4 bits: the sizes of their groups. */
export const weightsMetadata = 'thimble.int4';

/** What a file says of the weights of a graph; null where none have 4 bits. */
export function int4Text({ storage }: Graph): string | null {
  const groups = [...storage.values()].flatMap((one) => (one.kind === 'int4' ? [String(one.group ?? 'none')] : []));
  return groups.length === 0 ? null : [...new Set(groups)].sort().join(' ');
}

/** The graph of a file that says so, with notes of the weights that 4 bits hold; the graph as it is where the file says nothing. */
export function withWrittenInt4(graph: Graph, text: string | null): Graph {
  if (text === null) return graph;
  const words = text.split(' ');
  return storeInt4(
    graph,
    groupSizes.filter((size) => words.includes(String(size))),
    () => true,
  );
}
