import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { evaluateGraph } from '../../converter/ir/evaluate.ts';
import type { Graph } from '../../converter/ir/graph.ts';
import { parseGraph } from '../../converter/ir/parse.ts';
import { evaluateOp } from '../../converter/ops/registry.ts';
import { lifetimesOf } from '../../converter/plan/lifetimes.ts';
import { type KernelNeeds, lowerGraph } from '../../converter/plan/lower.ts';
import { offsetOf, planMemory } from '../../converter/plan/plan.ts';
import { bufferId, type Program } from '../../converter/plan/program.ts';
import { InternalError } from '../../converter/problem.ts';
import { fromBytes, toBytes } from '../../converter/tensor/dtype.ts';
import { byteSize, type Tensor } from '../../converter/tensor/tensor.ts';
import { randomGraph, randomInputs, smallFloat, smallInt8 } from '../ir/random-graph.ts';
import { reluOf } from '../passes/rules-for-tests.ts';
import { simpleNeeds } from '../support/needs.ts';

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

/** Runs the program in one block of bytes, as its plan says; the arena and scratch hold noise at first. */
function runInArena(program: Program, inputs: readonly Tensor[]): Tensor[] {
  const plan = planMemory(program);
  const arena = new Uint8Array(plan.arenaBytes).fill(0xa5);
  const place = (operand: Program['inputs'][number]['operand']) => {
    const start = offsetOf(plan, operand.buffer);
    return arena.subarray(start, start + byteSize(operand.type));
  };
  const read = (operand: Program['inputs'][number]['operand']): Tensor => ({
    type: operand.type,
    data: fromBytes(operand.type.dtype, place(operand)),
  });
  program.inputs.forEach((port, i) => {
    const data = inputs[i]?.data ?? expect.fail(`input ${i}`);
    place(port.operand).set(toBytes(data));
  });
  for (const step of program.steps) {
    const operands = step.inputs.map((operand) => (operand.kind === 'arena' ? read(operand) : operand));
    if (step.scratch !== null) {
      const start = offsetOf(plan, step.scratch);
      arena.fill(0x5a, start, start + (program.buffers[step.scratch]?.bytes ?? 0));
    }
    const types = step.outputs.map((operand) => operand.type);
    evaluateOp(step.op, operands, types, program.rounding).forEach((tensor, i) => {
      const operand = step.outputs[i] ?? expect.fail(`output ${i}`);
      place(operand).set(toBytes(tensor.data));
    });
  }
  return program.outputs.map((port) => read(port.operand));
}

const needs: readonly KernelNeeds[] = [
  simpleNeeds,
  {
    alignment: 16,
    scratchBytes: (op) => (op.type === 'conv-2d' ? 100 : op.type === 'zip' ? 3 : 0),
    overlaps: (op, inputs) => inputs.map(() => (op.type === 'map' || op.type === 'zip' ? 0 : null)),
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
      (seed, options, chosen) => {
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
        const program = lowerGraph(graph, careful);
        expect(program.steps.length).toBeLessThanOrEqual(graph.nodes.length + graph.outputs.length);
        const inputs = randomInputs(graph, seed + 1);
        const wanted = evaluateGraph(graph, inputs);
        expect(runInArena(program, inputs)).toEqual(wanted);
      },
    ),
    { numRuns: 300 },
  );
});
