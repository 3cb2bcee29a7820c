import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cKernelNeeds } from '../../../converter/backends/c/kernels.ts';
import { GraphBuilder } from '../../../converter/ir/builder.ts';
import { evaluateGraph, evaluateRuns } from '../../../converter/ir/evaluate.ts';
import { type Graph, usesOf, type ValueId } from '../../../converter/ir/graph.ts';
import { parseGraph } from '../../../converter/ir/parse.ts';
import { verifyGraph } from '../../../converter/ir/verify.ts';
import type { Op } from '../../../converter/ops/op.ts';
import { peakBytesOf } from '../../../converter/plan/live.ts';
import { lowerGraph } from '../../../converter/plan/lower.ts';
import { orderNodes } from '../../../converter/plan/order/order.ts';
import { planMemory } from '../../../converter/plan/plan.ts';
import { randomInputs } from '../../../converter/random-inputs.ts';
import { tensorType } from '../../../converter/tensor/tensor.ts';
import { reluOf } from '../../passes/rules-for-tests.ts';
import { simpleNeeds } from '../../support/needs.ts';
import { allOrders, isTopological, peakByDefinition } from './brute-force.ts';
import { buildGraph, codedNeeds, graphPlans } from './random-graph.ts';

const namesOf = (graph: Graph) => graph.nodes.map(({ name }) => name);
const arenaOf = (graph: Graph) => planMemory(lowerGraph(graph, simpleNeeds)).arenaBytes;

describe('the order of random graphs', () => {
  test('has the least peak of all orders', () => {
    fc.assert(
      fc.property(graphPlans(6), (plan) => {
        const graph = buildGraph(plan);
        const peaks = [...allOrders(graph)].map((nodes) => peakByDefinition({ ...graph, nodes }, codedNeeds));
        const ordered = orderNodes(graph, codedNeeds);
        expect(isTopological(graph, ordered.graph.nodes)).toBe(true);
        expect(peakByDefinition(ordered.graph, codedNeeds)).toBe(ordered.peakBytes);
        expect(ordered).toMatchObject({ peakBytes: Math.min(...peaks), isOptimal: true });
      }),
      { numRuns: 150 },
    );
  });

  test('is never worse than the given one, and never called best without proof, whatever the budget', () => {
    fc.assert(
      fc.property(graphPlans(30), fc.constantFrom(0, 10, 100, 1000), (plan, budget) => {
        const graph = buildGraph(plan);
        const ordered = orderNodes(graph, codedNeeds, { budget });
        expect(isTopological(graph, ordered.graph.nodes)).toBe(true);
        expect(peakByDefinition(ordered.graph, codedNeeds)).toBe(ordered.peakBytes);
        expect(ordered.peakBytes).toBeLessThanOrEqual(peakByDefinition(graph, codedNeeds));
        const best = orderNodes(graph, codedNeeds);
        expect(best.peakBytes).toBeLessThanOrEqual(ordered.peakBytes);
        if (ordered.isOptimal) expect(best.peakBytes).toBe(ordered.peakBytes);
      }),
      { numRuns: 100 },
    );
  });

  test('is the same every time, and is kept when it is ordered again', () => {
    fc.assert(
      fc.property(graphPlans(12), (plan) => {
        const graph = buildGraph(plan);
        const once = orderNodes(graph, codedNeeds).graph;
        expect(namesOf(orderNodes(buildGraph(plan), codedNeeds).graph)).toEqual(namesOf(once));
        expect(orderNodes(once, codedNeeds).graph).toBe(once);
      }),
      { numRuns: 100 },
    );
  });
});

/** Branches that widen 100 bytes to 800 and narrow them again; the file has all wide ones first, then all narrow ones. */
function inception(branches: number): Graph {
  const builder = new GraphBuilder();
  const x = builder.input('x', tensorType('int8', [100]));
  const concat = { type: 'concat', attributes: { axis: 0 } } as const;
  const wide = Array.from({ length: branches }, (_, i) =>
    builder.node(`WIDEN ${i}`, concat, Array<ValueId>(8).fill(x), tensorType('int8', [800]), `wide${i}`),
  );
  const narrow = wide.map((value, i) => {
    const slice = { type: 'slice', attributes: { begin: [10 * i], size: [100], strides: [1] } } as const;
    return builder.node(`NARROW ${i}`, slice, [value], tensorType('int8', [100]), `narrow${i}`);
  });
  builder.output('y', builder.node('JOIN', concat, narrow, tensorType('int8', [100 * branches]), 'y'));
  const graph = builder.build('inception', 'a test', 'exact');
  verifyGraph(graph, 'a test');
  return graph;
}

describe('a graph of four branches', () => {
  const graph = inception(4);
  const ordered = orderNodes(graph, simpleNeeds);

  test('runs one branch after the other: 1200 bytes in place of 3300', () => {
    // In file order all four wide tensors are alive while the first narrow one is made: 4 * 800 + 100. In the best order three narrow
    // ones wait while the last branch is wide, 3 * 100 + 800 + 100.
    expect(peakBytesOf(lowerGraph(graph, simpleNeeds))).toBe(3300);
    expect(ordered).toMatchObject({ peakBytes: 1200, isOptimal: true });
    expect([arenaOf(graph), arenaOf(ordered.graph)]).toEqual([3300, 1200]);
    const branches = [0, 1, 2, 3].flatMap((i) => [`WIDEN ${i}`, `NARROW ${i}`]);
    expect(namesOf(ordered.graph)).toEqual([...branches, 'JOIN']);
  });

  test('computes the same', () => {
    verifyGraph(ordered.graph, 'order');
    for (const seed of [1, 2]) {
      expect(evaluateGraph(ordered.graph, randomInputs(graph, seed))).toEqual(
        evaluateGraph(graph, randomInputs(graph, seed)),
      );
    }
  });

  test('keeps everything but the order', () => {
    const { nodes, ...rest } = ordered.graph;
    const { nodes: given, ...others } = graph;
    expect(rest).toEqual(others);
    expect(new Set(nodes)).toEqual(new Set(given));
    expect(usesOf(ordered.graph).producer).toEqual(usesOf(graph).producer);
  });
});

describe('the cost of a node', () => {
  const graphOf = (body: string) => parseGraph(`graph "g" producer="" rounding=exact\n${body}`);

  test('a chain keeps its order', () => {
    const graph = graphOf(`input %0 "x": float32 4
      %1 "a": float32 4 = ${reluOf('%0')} from "A"
      %2 "y": float32 4 = ${reluOf('%1')} from "Y"
      output "y" %2`);
    expect(orderNodes(graph, simpleNeeds)).toEqual({ graph, peakBytes: 32, isOptimal: true });
    expect(orderNodes(graph, cKernelNeeds)).toEqual({ graph, peakBytes: 16, isOptimal: true });
  });

  test('a state is read before its next value is written over it', () => {
    // "B" reads what the state held. After it "A" writes the next value in place of that; before it, only beside it.
    const graph = graphOf(`input %0 "x": float32 64
      held %1 "s": float32 64
      %2 "a": float32 64 = ${reluOf('%0')} from "A"
      %3 "b": float32 4 = slice(%1) {"begin":[0],"size":[4],"strides":[1]} from "B"
      output "b" %3
      state "s" %1 -> %2 = zeros`);
    const ordered = orderNodes(graph, simpleNeeds);
    expect(peakBytesOf(lowerGraph(graph, simpleNeeds))).toBe(3 * 256);
    expect(ordered).toMatchObject({ peakBytes: 2 * 256 + 16, isOptimal: true });
    expect(namesOf(ordered.graph)).toEqual(['B', 'A']);
    const runs = [randomInputs(graph, 1), randomInputs(graph, 2)];
    expect(evaluateRuns(ordered.graph, runs)).toEqual(evaluateRuns(graph, runs));
  });

  test('scratch counts while its node runs', () => {
    // Both nodes make 8 of 64 bytes, but "B" wants 40 more: better while "a" is not there yet.
    const needs = {
      ...simpleNeeds,
      scratchBytes: (op: Op) => (op.type === 'slice' && op.attributes.begin[0] === 0 ? 40 : 0),
    };
    const graph = graphOf(`input %0 "x": float32 16
      %1 "a": float32 2 = slice(%0) {"begin":[2],"size":[2],"strides":[1]} from "A"
      %2 "b": float32 2 = slice(%0) {"begin":[0],"size":[2],"strides":[1]} from "B"
      output "a" %1
      output "b" %2`);
    expect(peakBytesOf(lowerGraph(graph, needs))).toBe(64 + 8 + 8 + 40);
    const ordered = orderNodes(graph, needs);
    expect(ordered).toMatchObject({ peakBytes: 64 + 8 + 40, isOptimal: true });
    expect(namesOf(ordered.graph)).toEqual(['B', 'A']);
  });

  test('views cost nothing and come right after what they view', () => {
    const graph = graphOf(`input %0 "x": float32 4
      %1 "p": float32 16 = concat(%0, %0, %0, %0) {"axis":0} from "P"
      %2 "q": float32 16 = concat(%0, %0, %0, %0) {"axis":0} from "Q"
      %3 "pv": float32 1x16 = reshape(%1) {"shape":[1,16]} from "PV"
      %4 "qv": float32 1x16 = reshape(%2) {"shape":[1,16]} from "QV"
      %5 "r": float32 1x2 = slice(%3) {"begin":[0,0],"size":[1,2],"strides":[1,1]} from "R"
      %6 "s": float32 1x2 = slice(%4) {"begin":[0,0],"size":[1,2],"strides":[1,1]} from "S"
      output "r" %5
      output "s" %6`);
    const ordered = orderNodes(graph, simpleNeeds);
    expect(peakBytesOf(lowerGraph(graph, simpleNeeds))).toBe(16 + 64 + 64);
    expect(ordered).toMatchObject({ peakBytes: 16 + 64 + 8, isOptimal: true });
    expect(namesOf(ordered.graph)).toEqual(['P', 'PV', 'R', 'Q', 'QV', 'S']);
  });
});
