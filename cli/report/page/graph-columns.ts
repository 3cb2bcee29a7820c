import type { DrawnGraph } from './graph-vertices.ts';

/** A part of a graph that stands in one column of the drawing: the vertices `first` to `end`, half-open. */
export interface GraphColumn {
  readonly first: number;
  readonly end: number;
  /** Whether edges come in: all of them from the last vertex of the column before. */
  readonly isContinued: boolean;
}

/** Pixels between the ranks of a column. */
export const rankGap = 26;

/**
 * A graph as columns of about the same height, as text in a newspaper: deep networks would be a ribbon else. A column ends only where
 * all edges that leave it come from its last vertex, so that one line leads on; a graph without such places is one column.
 */
export function graphColumns(graph: DrawnGraph): readonly GraphColumn[] {
  const { vertices } = graph;
  const { ends, goesOn } = endings(graph);
  const depths = depthsOf(graph);
  const limit = columnHeight(depths.reduce((most, depth) => Math.max(most, depth), 0));
  const columns: GraphColumn[] = [];
  let first = 0;
  let candidate = -1;
  const finish = (last: number) => {
    const isContinued = columns.length > 0 && goesOn[first - 1] === true;
    columns.push({ first, end: last + 1, isContinued });
    first = last + 1;
  };
  vertices.forEach((_, at) => {
    const top = depths[first - 1] ?? 0;
    if ((depths[at] ?? 0) - top > limit && candidate >= first) finish(candidate);
    if (ends[at] === true) candidate = at;
  });
  if (first < vertices.length) finish(vertices.length - 1);
  return columns;
}

/** The height at which columns that are `total` high together make a picture somewhat wider than high. */
export function columnHeight(total: number): number {
  return Math.max(620, Math.sqrt(200 * total));
}

/** Where a column may end, and whether edges go on from there. */
function endings({ vertices, edges }: DrawnGraph): { readonly ends: boolean[]; readonly goesOn: boolean[] } {
  const change = new Array<number>(vertices.length + 1).fill(0);
  const own = new Array<number>(vertices.length).fill(0);
  for (const { from, to } of edges) {
    change[from] = (change[from] ?? 0) + 1;
    change[to] = (change[to] ?? 0) - 1;
    own[from] = (own[from] ?? 0) + 1;
  }
  let crossing = 0;
  const ends = vertices.map((_, at) => {
    crossing += change[at] ?? 0;
    return crossing === own[at];
  });
  return { ends, goesOn: own.map((count) => count > 0) };
}

/** How far down the end of each vertex lies when all stand below what they read. */
function depthsOf({ vertices, edges }: DrawnGraph): number[] {
  const starts = new Array<number>(vertices.length).fill(0);
  const depth = (at: number) => (starts[at] ?? 0) + (vertices[at]?.height ?? 0) + rankGap;
  for (const { from, to } of edges) starts[to] = Math.max(starts[to] ?? 0, depth(from));
  return vertices.map((_, at) => depth(at));
}
