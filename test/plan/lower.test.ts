import { describe, expect, test } from 'vitest';
import { parseGraph } from '../../converter/ir/parse.ts';
import { lifetimesOf } from '../../converter/plan/lifetimes.ts';
import { type KernelNeeds, lowerGraph } from '../../converter/plan/lower.ts';
import { planMemory } from '../../converter/plan/plan.ts';
import { printPlan, printProgram } from '../../converter/plan/print.ts';
import { bufferId, type Program } from '../../converter/plan/program.ts';
import { reluOf } from '../passes/rules-for-tests.ts';
import { simpleNeeds } from '../support/needs.ts';

const add = (a: string, b: string) => `zip(${a}, ${b}) {"clamp":{"max":"inf","min":"-inf"},"fn":"add"}`;
const graphOf = (body: string) => parseGraph(`graph "g" producer="" rounding=exact\n${body}`);

/** Every operator may write over any of its inputs. */
const inPlace: KernelNeeds = { ...simpleNeeds, overlaps: (_, inputs) => inputs.map(() => 0) };

/** `A: b1 b0 -> b2` for each step; constants are `c`. */
function flow(program: Program): string[] {
  return program.steps.map(({ name, inputs, outputs }) => {
    const from = inputs.map((operand) => (operand.kind === 'arena' ? `b${operand.buffer}` : 'c'));
    return `${name}: ${from.join(' ')} -> ${outputs.map((operand) => `b${operand.buffer}`).join(' ')}`;
  });
}

const lower = (body: string, needs: KernelNeeds) => lowerGraph(graphOf(body), needs);
const outputsOf = (program: Program) => program.outputs.map((port) => `${port.name} b${port.operand.buffer}`);

describe('views', () => {
  test('share the buffer of what they view and have no step', () => {
    const program = lower(
      `input %0 "x": float32 2x3
       %1 "a": float32 6 = reshape(%0) {"shape":[6]} from "A"
       %2 "b": float32 6 = ${reluOf('%1')} from "B"
       %3 "y": float32 3x2 = reshape(%2) {"shape":[3,2]} from "Y"
       output "y" %3`,
      simpleNeeds,
    );
    expect(flow(program)).toEqual(['B: b0 -> b1']);
    expect(program.outputs[0]?.operand).toMatchObject({ name: 'y', buffer: 1, type: { shape: [3, 2] } });
    expect(program.steps[0]?.inputs[0]).toMatchObject({ name: 'a', type: { shape: [6] } });
  });

  test('keep what they view alive', () => {
    const program = lower(
      `input %0 "x": float32 4
       %1 "a": float32 4 = ${reluOf('%0')} from "A"
       %2 "view": float32 2x2 = reshape(%1) {"shape":[2,2]} from "VIEW"
       %3 "b": float32 4 = ${reluOf('%1')} from "B"
       %4 "y": float32 2x2 = ${reluOf('%2')} from "Y"
       output "b" %3
       output "y" %4`,
      inPlace,
    );
    expect(flow(program)).toEqual(['A: b0 -> b1', 'B: b1 -> b2', 'Y: b1 -> b3']);
    // B is the last reader of "a" itself, but the view is read later.
    expect(lifetimesOf(program).get(bufferId(1))).toEqual({ start: 0, end: 3 });
    expect(planMemory(program).arenaBytes).toBe(32);
  });

  test('of constants are copies', () => {
    const program = lower(
      `const %0 "c": float32 2 = [1,2]
       %1 "y": float32 1x2 = reshape(%0) {"shape":[1,2]} from "Y"
       output "y" %1`,
      simpleNeeds,
    );
    expect(flow(program)).toEqual(['Y: c -> b0']);
  });
});

describe('in place', () => {
  const arenaOf = (body: string, needs: KernelNeeds) => planMemory(lower(body, needs)).arenaBytes;

  test('only where the kernel allows it', () => {
    const body = `input %0 "x": float32 2
      %1 "a": float32 2 = ${reluOf('%0')} from "A"
      output "y" %1`;
    expect(lower(body, inPlace).steps[0]?.overlaps).toEqual([0]);
    expect(arenaOf(body, simpleNeeds)).toBe(16);
    expect(arenaOf(body, inPlace)).toBe(8);
  });

  test('only where the input is read for the last time', () => {
    const body = `input %0 "x": float32 2
      %1 "a": float32 2 = ${reluOf('%0')} from "A"
      %2 "y": float32 2 = ${add('%0', '%1')} from "Y"
      output "y" %2`;
    expect(arenaOf(body, inPlace)).toBe(16);
    expect(arenaOf(body, simpleNeeds)).toBe(24);
  });

  test('never over an output of the graph, nor over a view of one', () => {
    const body = `input %0 "x": float32 2
      %1 "a": float32 2 = ${reluOf('%0')} from "A"
      %2 "view": float32 1x2 = reshape(%1) {"shape":[1,2]} from "VIEW"
      %3 "y": float32 2 = ${reluOf('%1')} from "Y"
      output "view" %2
      output "y" %3`;
    expect(arenaOf(body, inPlace)).toBe(16);
  });

  test('one buffer as both operands: only where both may be overwritten', () => {
    const body = `input %0 "x": float32 2
      %1 "view": float32 1x2 = reshape(%0) {"shape":[1,2]} from "VIEW"
      %2 "y": float32 1x2 = ${add('%0', '%1')} from "Y"
      output "y" %2`;
    expect(arenaOf(body, inPlace)).toBe(8);
    expect(arenaOf(body, { ...simpleNeeds, overlaps: () => [0, null] })).toBe(16);
    expect(arenaOf(body, { ...simpleNeeds, overlaps: () => [0, 4] })).toBe(12);
  });
});

describe('ports', () => {
  test('an input that is an output keeps its buffer to the end', () => {
    const program = lower(
      `input %0 "x": float32 2
       %1 "y": float32 2 = ${reluOf('%0')} from "Y"
       output "x" %0
       output "y" %1
       output "again" %1`,
      inPlace,
    );
    expect(flow(program)).toEqual(['Y: b0 -> b1']);
    expect(outputsOf(program)).toEqual(['x b0', 'y b1', 'again b1']);
    expect(planMemory(program).arenaBytes).toBe(16);
  });

  test('a graph without nodes is a program without steps', () => {
    const program = lower('input %0 "x": float32 2\noutput "y" %0', simpleNeeds);
    expect(program.steps).toEqual([]);
    expect(planMemory(program).arenaBytes).toBe(8);
  });

  test('a constant output is copied into the arena once', () => {
    const program = lower(
      `input %0 "x": float32 2
       const %1 "c": float32 3 = [1,2,3]
       %2 "y": float32 2 = ${reluOf('%0')} from "Y"
       output "c" %1
       output "y" %2
       output "same" %1`,
      inPlace,
    );
    expect(flow(program)).toEqual(['Y: b0 -> b1', 'constant "c": c -> b2']);
    expect(outputsOf(program)).toEqual(['c b2', 'y b1', 'same b2']);
  });
});

test('program and plan print alike every time, with lifetimes and scratch', () => {
  const body = `input %0 "x": int8 1x4 scale=0.5 zero=3
    const %1 "w": int8 2x4 axis=0 scales=[0.5,0.25] zeros=[0,0] = [1,2,3,4,5,6,7,8]
    const %2 "a \\"quoted\\" bias": int32 2 = [10,-20]
    %3 "h": int8 1x2 scale=0.1 zero=0 = fully-connected(%0, %1, %2) {"clamp":{"max":"inf","min":0},"hybrid":"none"} from "FC #0"
    %4 "y": int8 1x2 scale=0.00390625 zero=-128 = softmax(%3) {"beta":1} from "SOFTMAX #1"
    output "y" %4`;
  const program = lower(body, { ...simpleNeeds, alignment: 8, scratchBytes: (op) => (op.type === 'softmax' ? 12 : 0) });
  expect(printProgram(program)).toBe(`program "g" rounding=exact
buffer b0 activation 4 bytes, align 8, "x"
buffer b1 activation 2 bytes, align 8, "h"
buffer b2 activation 2 bytes, align 8, "y"
buffer b3 scratch 12 bytes, align 8, "SOFTMAX #1 scratch"
input "x" b0:int8[1x4]
0: b1:int8[1x2] = fully-connected(b0:int8[1x4], const "w":int8[2x4], const "a \\"quoted\\" bias":int32[2]) {"clamp":{"max":"inf","min":0},"hybrid":"none"}
1: b2:int8[1x2] = softmax(b1:int8[1x2]) {"beta":1} scratch b3
output "y" b2:int8[1x2]
`);
  expect(printPlan(planMemory(program))).toBe(`arena 26 bytes, align 8, lower bound 26 bytes
0..4 b0 activation steps [-1, 1) "x"
0..12 b3 scratch steps [1, 2) "SOFTMAX #1 scratch"
16..18 b1 activation steps [0, 2) "h"
24..26 b2 activation steps [1, 3) "y"
`);
});
