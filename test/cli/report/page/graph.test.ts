import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { niceTicks } from '../../../../cli/report/page/column-chart.ts';
import { graphColumns } from '../../../../cli/report/page/graph-columns.ts';
import { graphLayout, layoutLimits } from '../../../../cli/report/page/graph-layout.ts';
import { box, type DrawnGraph, drawnGraph } from '../../../../cli/report/page/graph-vertices.ts';
import { reportPage } from '../../../../cli/report/page/index.ts';
import { longReport, mobileNetReport } from './reports.ts';

/** A graph of `count` layers with edges from `from` to `to`, in the order of where they lead. */
function graphOf(count: number, edges: readonly (readonly [number, number])[]): DrawnGraph {
  const vertices = Array.from({ length: count }, (_, index) => {
    return { kind: 'layer' as const, index, width: box.width, height: box.height };
  });
  const sorted = edges.map(([from, to]) => ({ from, to })).sort((a, b) => a.to - b.to);
  return { vertices, edges: sorted };
}

const chain = (count: number) => Array.from({ length: count - 1 }, (_, i) => [i, i + 1] as const);

/** Pairs of vertices whose boxes lie over each other. */
function overlaps({ vertices }: DrawnGraph, corners: readonly { readonly x: number; readonly y: number }[]) {
  const boxes = vertices.map(({ width, height }, i) => ({ width, height, ...(corners[i] ?? { x: NaN, y: NaN }) }));
  return boxes.flatMap((a, i) =>
    boxes.slice(i + 1).flatMap((b, k) => {
      const isApart = a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;
      return isApart ? [] : [[i, i + 1 + k]];
    }),
  );
}

describe('the layout of a graph', () => {
  it('has every box inside, none over another one, and a line for each edge', () => {
    const graph = drawnGraph(mobileNetReport());
    const layout = graphLayout(graph);
    expect(layout.isComplete).toBe(true);
    expect(layout.corners.length).toBe(graph.vertices.length);
    expect(overlaps(graph, layout.corners)).toEqual([]);
    const right = Math.max(...layout.corners.map(({ x }) => x)) + box.width;
    expect(right).toBeLessThanOrEqual(layout.width);
    expect(Math.min(...layout.corners.map(({ x, y }) => Math.min(x, y)))).toBeGreaterThanOrEqual(0);
    const columns = graphColumns(graph);
    expect(columns.length).toBeGreaterThan(2);
    const connectors = columns.filter(({ isContinued }) => isContinued).length;
    expect(layout.lines.length).toBe(graph.edges.length + connectors);
  });

  it('stands inputs before what reads them and outputs behind what makes them', () => {
    const kinds = drawnGraph(mobileNetReport()).vertices.map(({ kind }) => kind);
    expect([kinds[0], kinds[1], kinds.at(-2), kinds.at(-1)]).toEqual(['input', 'layer', 'layer', 'output']);
  });

  it('lays random graphs out in columns that have all vertices in order', () => {
    const edge = fc.tuple(fc.nat(39), fc.nat(39)).filter(([a, b]) => a !== b);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.uniqueArray(edge, { selector: String }), (count, pairs) => {
        const edges = pairs.map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const).filter(([, to]) => to < count);
        const unique = [...new Map(edges.map((one) => [String(one), one])).values()];
        const graph = graphOf(count, unique);
        let next = 0;
        for (const { first, end, isContinued } of graphColumns(graph)) {
          expect(first).toBe(next);
          next = end;
          const crossing = graph.edges.filter(({ from, to }) => from < first && to >= first);
          expect(isContinued).toBe(crossing.length > 0);
          expect(crossing.every(({ from }) => from === first - 1)).toBe(true);
        }
        expect(next).toBe(count);
        const layout = graphLayout(graph);
        expect(overlaps(graph, layout.corners)).toEqual([]);
      }),
      { numRuns: 25 },
    );
  });

  it('is given up for boxes in order by counts, whatever the time', () => {
    const { vertices, edges, passedRanks } = layoutLimits;
    expect(graphLayout(graphOf(vertices + 1, chain(vertices + 1))).isComplete).toBe(false);
    const all = Array.from({ length: 61 }, (_, to) => Array.from({ length: to }, (_, from) => [from, to] as const));
    expect(all.flat().length).toBeGreaterThan(edges);
    expect(graphLayout(graphOf(61, all.flat())).isComplete).toBe(false);
    // All later layers read the first one.
    const fan = Array.from({ length: 98 }, (_, i) => [0, i + 2] as const);
    expect(98 + 100).toBeLessThan(edges);
    const long = graphOf(100, [...chain(100), ...fan]);
    expect((98 * 99) / 2).toBeGreaterThan(passedRanks);
    const layout = graphLayout(long);
    expect([layout.isComplete, layout.lines.length, layout.corners.length]).toEqual([false, 0, 100]);
    expect(overlaps(long, layout.corners)).toEqual([]);
  });
});

describe('a report of more layers than can be laid out', () => {
  it('has them all, without the connections of the graph', () => {
    const count = 1200;
    const page = reportPage(longReport(count));
    expect(page.includes('too large to be laid out')).toBe(true);
    expect(page.match(/<a class="layer" /g)?.length).toBe(count);
    expect(page.match(/<tr id="layer-/g)?.length).toBe(count);
    expect(page.includes('class="edge"')).toBe(false);
  });
});

describe('ticks of an axis', () => {
  it('are round, begin at 0 and reach the largest value', () => {
    expect(niceTicks(0)).toEqual([0, 1]);
    expect(niceTicks(250)).toEqual([0, 50, 100, 150, 200, 250]);
    expect(niceTicks(0.7)).toEqual([0, 0.2, 0.4, 0.6, 0.8]);
    fc.assert(
      fc.property(fc.double({ min: 1e-6, max: 1e12, noNaN: true }), (most) => {
        const ticks = niceTicks(most);
        expect(ticks.length).toBeLessThanOrEqual(7);
        expect(ticks.at(-1)).toBeGreaterThanOrEqual(most * (1 - 1e-9));
      }),
    );
  });
});
