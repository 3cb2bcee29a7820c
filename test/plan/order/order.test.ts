import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { orderNodes } from '../../../converter/plan/order/order.ts';
import { allOrders, isTopological, peakByDefinition } from './brute-force.ts';
import { buildGraph, codedNeeds, graphPlans } from './random-graph.ts';

describe('the order of random graphs', () => {
  test('has the least peak of all orders', () => {
    fc.assert(
      fc.property(graphPlans(6), (plan) => {
        const graph = buildGraph(plan);
        let least = Number.POSITIVE_INFINITY;
        for (const nodes of allOrders(graph))
          least = Math.min(least, peakByDefinition({ ...graph, nodes }, codedNeeds));
        const ordered = orderNodes(graph, codedNeeds);
        expect(isTopological(graph, ordered.graph.nodes)).toBe(true);
        expect(peakByDefinition(ordered.graph, codedNeeds)).toBe(ordered.peakBytes);
        expect(ordered).toMatchObject({ peakBytes: least, isOptimal: true });
      }),
      { numRuns: Number(process.env['RUNS'] ?? 150) },
    );
  });
});
