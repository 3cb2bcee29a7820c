import { Graph, layout } from '@dagrejs/dagre';
import { columnHeight, type GraphColumn, graphColumns, rankGap } from './graph-columns.ts';
import { box, type DrawnGraph } from './graph-vertices.ts';

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Where the boxes and edges of a graph lie, in pixels; y grows downwards. */
export interface GraphLayout {
  readonly width: number;
  readonly height: number;
  /** The upper left corner of each vertex. */
  readonly corners: readonly Point[];
  /** None where the graph is too large to be laid out: its boxes then stand in order, column by column. */
  readonly lines: readonly (readonly Point[])[];
  readonly isComplete: boolean;
}

/** What is laid out with its edges. Layout takes a few milliseconds for each vertex, and for each rank that an edge passes. */
export const layoutLimits = { vertices: 900, edges: 1800, passedRanks: 1800 } as const;

const margin = 16;
const columnGap = 48;

/** Lays a graph out by Sugiyama's method (dagre), in columns; larger ones than {@link layoutLimits} as plain columns. */
export function graphLayout(graph: DrawnGraph): GraphLayout {
  const { vertices, edges } = graph;
  if (vertices.length > layoutLimits.vertices || edges.length > layoutLimits.edges) return plainLayout(graph);
  const columns = graphColumns(graph);
  if (passedRanks(graph) > layoutLimits.passedRanks) return plainLayout(graph);
  const corners: Point[] = [];
  const lines: Point[][] = [];
  let left = margin;
  let height = 0;
  for (const column of columns) {
    const placed = columnLayout(graph, column);
    const top = margin + (column.isContinued ? 0 : entryHeight);
    const move = ({ x, y }: Point): Point => ({ x: x + left, y: y + top });
    corners.push(...placed.corners.map(move));
    lines.push(...placed.lines.map((line) => line.map(move)));
    if (column.isContinued && placed.entry !== null) {
      const source = column.first - 1;
      const [corner, vertex] = [corners[source], vertices[source]];
      if (corner !== undefined && vertex !== undefined) {
        const from = { x: corner.x + vertex.width / 2, y: corner.y + vertex.height };
        lines.push(connector(from, move(placed.entry), left - columnGap / 2));
      }
    }
    left += placed.width + columnGap;
    height = Math.max(height, top + placed.height);
  }
  return {
    width: left - columnGap + margin,
    height: height + margin + connectorDrop,
    corners,
    lines,
    isComplete: true,
  };
}

/** Height of the place where the line from the column before comes in, with the gap below it. */
const entryHeight = 8 + rankGap;
const connectorDrop = 12;

interface ColumnLayout {
  readonly width: number;
  readonly height: number;
  readonly corners: readonly Point[];
  readonly lines: readonly (readonly Point[])[];
  readonly entry: Point | null;
}

function columnLayout({ vertices, edges }: DrawnGraph, { first, end, isContinued }: GraphColumn): ColumnLayout {
  const graph = new Graph();
  graph.setGraph({ rankdir: 'TB', ranksep: rankGap, nodesep: 24, edgesep: 16 });
  const entry = isContinued ? first - 1 : null;
  if (entry !== null) graph.setNode(String(entry), { width: 8, height: 8 });
  for (let at = first; at < end; at++) {
    const { width = box.width, height = box.height } = vertices[at] ?? {};
    graph.setNode(String(at), { width, height });
  }
  const inside = edges.filter(({ from, to }) => from >= (entry ?? first) && from < to && to >= first && to < end);
  for (const { from, to } of inside) graph.setEdge(String(from), String(to), {});
  layout(graph);
  const { width = 0, height = 0 } = graph.graph();
  const center = (at: number) => {
    const { x, y } = graph.node(String(at));
    return { x: x ?? 0, y: y ?? 0 };
  };
  const corners = vertices.slice(first, end).map((vertex, i) => {
    const { x, y } = center(first + i);
    return { x: x - vertex.width / 2, y: y - vertex.height / 2 };
  });
  const lines = inside.map(({ from, to }) => linePoints(graph.edge(String(from), String(to))));
  return { width, height, corners, lines, entry: entry === null ? null : center(entry) };
}

function linePoints(edge: { readonly points?: readonly Point[] } | undefined): Point[] {
  return (edge?.points ?? []).map(({ x, y }) => ({ x, y }));
}

/** Down from the end of a column, up between the columns, and into the next one. */
function connector(from: Point, to: Point, gutter: number): Point[] {
  const [below, above] = [from.y + connectorDrop, to.y - 10];
  return [
    from,
    { x: from.x, y: below },
    { x: gutter, y: below },
    { x: gutter, y: above },
    { x: to.x, y: above },
    { x: to.x, y: to.y + 4 },
  ];
}

/** Ranks that edges pass when each vertex stands right below the last that it reads: as many places are laid out besides the vertices. */
function passedRanks({ vertices, edges }: DrawnGraph): number {
  const ranks = new Array<number>(vertices.length).fill(0);
  for (const { from, to } of edges) ranks[to] = Math.max(ranks[to] ?? 0, (ranks[from] ?? 0) + 1);
  return edges.reduce((sum, { from, to }) => sum + (ranks[to] ?? 0) - (ranks[from] ?? 0) - 1, 0);
}

/** Boxes below each other in order, in columns, without edges. */
function plainLayout({ vertices }: DrawnGraph): GraphLayout {
  const gap = 8;
  const limit = columnHeight(vertices.reduce((sum, { height }) => sum + height + gap, 0));
  let [x, y, height] = [margin, margin, 0];
  const corners = vertices.map((vertex) => {
    if (y > margin && y + vertex.height > limit) [x, y] = [x + box.width + columnGap / 2, margin];
    const corner = { x, y };
    y += vertex.height + gap;
    height = Math.max(height, y);
    return corner;
  });
  return { width: x + box.width + margin, height: height + margin, corners, lines: [], isComplete: false };
}
