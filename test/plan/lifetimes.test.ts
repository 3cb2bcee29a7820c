import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { evaluateGraph } from '../../converter/ir/evaluate.ts';
import type { Graph } from '../../converter/ir/graph.ts';
import { parseGraph } from '../../converter/ir/parse.ts';
import { lifetimesOf } from '../../converter/plan/lifetimes.ts';
import { type KernelNeeds, lowerGraph } from '../../converter/plan/lower.ts';
import { offsetOf, planMemory } from '../../converter/plan/plan.ts';
import { bufferId } from '../../converter/plan/program.ts';
import { InternalError } from '../../converter/problem.ts';
import { randomGraph, randomInputs, smallFloat, smallInt8 } from '../ir/random-graph.ts';
import { reluOf } from '../passes/rules-for-tests.ts';
import { simpleNeeds } from '../support/needs.ts';
import { runInArena } from './run-in-arena.ts';

describe('lifetimes', () => {
  const program = lowerGraph(
    parseGraph(`graph "g" producer="" rounding=exact
      input %0 "x": float32 2
      input %1 "unread": float32 2
      %2 "a": float32 2 = ${reluOf('%0')} from "A"
      %3 "dead": float32 2 = ${reluOf('%0')} from "DEAD"
      %4 "y": float32 2 = ${reluOf('%2')} from "Y"
      output "y" %4
      output "x" %0`),
    { ...simpleNeeds, scratchBytes: () => 4 },
  );

  test('run from the first touch to the last, half-open', () => {
    const byName = new Map(program.buffers.map((buffer) => [buffer.name, lifetimesOf(program).get(buffer.id)]));
    expect(byName).toEqual(
      new Map([
        ['x', { start: -1, end: 4 }],
        ['unread', { start: -1, end: 0 }],
        ['a', { start: 0, end: 3 }],
        ['A scratch', { start: 0, end: 1 }],
        ['dead', { start: 1, end: 2 }],
        ['DEAD scratch', { start: 1, end: 2 }],
        ['y', { start: 2, end: 4 }],
        ['Y scratch', { start: 2, end: 3 }],
      ]),
    );
  });

  test('a solver that lets buffers overlap is a fault of ours', () => {
    const flat = () =>
      planMemory(program, (buffers) => ({
        offsets: new Map(buffers.map(({ id }) => [id, 0])),
        height: 8,
        lowerBound: 8,
        optimal: true,
      }));
    expect(flat).toThrow(InternalError);
    expect(flat).toThrow(/^internal: memory plan of "g": buffers \d+ and \d+ overlap in time and place/);
  });

  test('the plan knows its buffers only', () => {
    const plan = planMemory(program);
    expect(offsetOf(plan, bufferId(0))).toBe(plan.placements[0]?.offset);
    expect(() => offsetOf(plan, bufferId(99))).toThrow(InternalError);
  });
});

const needs: readonly KernelNeeds[] = [
  simpleNeeds,
  {
    alignment: 16,
    scratchBytes: (op) => (op.type === 'conv-2d' ? 100 : op.type === 'zip' ? 3 : 0),
    overlaps: (op, inputs) => inputs.map(() => (op.type === 'map' || op.type === 'zip' ? 0 : null)),
    overlapUnit: () => 1,
    spareBytes: () => 0,
    slowdown: () => 1,
  },
];

test('random graphs compute the same in their planned arena', () => {
  fc.assert(
    fc.property(
      fc.nat(),
      fc.constantFrom(smallInt8, smallFloat),
      fc.constantFrom(...needs),
      fc.constantFrom('all' as const, 'none' as const),
      (seed, options, chosen, views) => {
        const graph: Graph = randomGraph(seed, options);
        // A kernel in place reads an element before it writes it: not where operands have other shapes than the result.
        const careful: KernelNeeds = {
          ...chosen,
          overlaps: (op, inputs, outputs) => {
            const distances = chosen.overlaps(op, inputs, outputs);
            const isSame = inputs.map(({ shape }) => shape.join() === outputs[0]?.shape.join());
            return distances.map((distance, i) => (isSame[i] ? distance : null));
          },
        };
        const program = lowerGraph(graph, careful, views);
        expect(program.steps.length).toBeLessThanOrEqual(graph.nodes.length + graph.outputs.length);
        const inputs = randomInputs(graph, seed + 1);
        const wanted = evaluateGraph(graph, inputs);
        expect(runInArena(program, [inputs])).toEqual([wanted]);
      },
    ),
    { numRuns: 300 },
  );
});
