import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cKernelNeeds } from '../../converter/backends/c/kernels.ts';
import { wasmKernelNeeds } from '../../converter/backends/wasm/needs.ts';
import { evaluateRuns } from '../../converter/ir/evaluate.ts';
import type { Graph, Node } from '../../converter/ir/graph.ts';
import { parseGraph } from '../../converter/ir/parse.ts';
import { importModel, optimizeGraph } from '../../converter/pipeline.ts';
import { lowerWithViews } from '../../converter/plan/choose-views.ts';
import { type KernelNeeds, lowerGraph } from '../../converter/plan/lower.ts';
import { planMemory, quickArenaBytes } from '../../converter/plan/plan.ts';
import { planProgram } from '../../converter/plan/plan-program.ts';
import { printProgram } from '../../converter/plan/print.ts';
import type { Operand, Program } from '../../converter/plan/program.ts';
import { hasRowForm, withStreams } from '../../converter/plan/stream/stream.ts';
import type { ViewForm } from '../../converter/plan/views.ts';
import { byteSize } from '../../converter/tensor/tensor.ts';
import { randomInputs } from '../ir/random-graph.ts';
import { reluOf } from '../passes/rules-for-tests.ts';
import { simpleNeeds } from '../support/needs.ts';
import { hasShared, readShared } from '../support/shared.ts';
import { randomViews } from './random-views.ts';
import { runInArena } from './run-in-arena.ts';

const graphOf = (body: string) => parseGraph(`graph "g" producer="" rounding=exact\n${body}`);
const lower = (body: string, needs: KernelNeeds = simpleNeeds) => lowerGraph(graphOf(body), needs, 'all');

/** `A: x -> joint+8` for each step, with the buffers' names; constants are `c`. */
function flow({ steps, buffers }: Program): string[] {
  const place = (operand: Operand) => {
    if (operand.kind === 'constant') return 'c';
    const { name } = buffers[operand.buffer] ?? expect.fail('no buffer');
    return operand.offset === 0 ? name : `${name}+${operand.offset}`;
  };
  return steps.map(({ name, inputs, outputs }) => {
    return `${name}: ${inputs.map(place).join(' ')} -> ${outputs.map(place).join(' ')}`;
  });
}

const slice = (x: string, begin: readonly number[], size: readonly number[], strides = size.map(() => 1)) =>
  `slice(${x}) ${JSON.stringify({ begin, size, strides })}`;
const concat = (axis: number, ...inputs: readonly string[]) => `concat(${inputs.join(', ')}) {"axis":${axis}}`;

describe('a slice', () => {
  test('of whole rows is a part of its input', () => {
    const program = lower(
      `input %0 "x": float32 1x4x2
       %1 "top": float32 1x1x2 = ${slice('%0', [0, 0, 0], [1, 1, 2])} from "TOP"
       %2 "rest": float32 1x3x2 = ${slice('%0', [0, 1, 0], [1, 3, 2])} from "REST"
       %3 "flat": float32 6 = reshape(%2) {"shape":[6]} from "FLAT"
       %4 "last": float32 2 = ${slice('%3', [4], [2])} from "LAST"
       %5 "y": float32 2 = ${reluOf('%4')} from "Y"
       %6 "z": float32 1x1x2 = ${reluOf('%1')} from "Z"
       output "y" %5
       output "z" %6
       output "rest" %2`,
    );
    expect(flow(program)).toEqual(['Y: x+24 -> y', 'Z: x -> z']);
    expect(program.outputs[2]?.operand).toMatchObject({ name: 'rest', buffer: 0, offset: 8 });
    expect(printProgram(program)).toContain('0: b1:float32[2] = map(b0+24:float32[2])');
  });

  test('behind axes of one element is a part too', () => {
    const program = lower(
      `input %0 "x": float32 3x2x2
       %1 "a": float32 1x1x2 = ${slice('%0', [2, 1, 0], [1, 1, 2], [5, -1, 1])} from "A"
       %2 "y": float32 1x1x2 = ${reluOf('%1')} from "Y"
       output "y" %2`,
    );
    expect(flow(program)).toEqual(['Y: x+40 -> y']);
  });

  test.each([
    ['with gaps', '1x2x2', slice('%0', [0, 0, 0], [1, 2, 2], [1, 2, 1])],
    ['backwards', '1x4x2', slice('%0', [0, 3, 0], [1, 4, 2], [1, -1, 1])],
    ['of columns', '1x4x1', slice('%0', [0, 0, 1], [1, 4, 1])],
    ['that repeats an element', '1x1x3', slice('%0', [0, 0, 0], [1, 1, 3], [1, 1, 0])],
  ])('%s is a copy', (_, shape, text) => {
    const program = lower(
      `input %0 "x": float32 1x4x2
       %1 "a": float32 ${shape} = ${text} from "A"
       output "y" %1`,
    );
    expect(flow(program)).toEqual(['A: x -> a']);
  });

  test('begins where kernels can begin', () => {
    const body = `input %0 "x": int8 1x4x6 scale=1 zero=0
       %1 "a": int8 1x1x6 scale=1 zero=0 = ${slice('%0', [0, 1, 0], [1, 1, 6])} from "A"
       %2 "b": int8 1x2x6 scale=1 zero=0 = ${slice('%0', [0, 2, 0], [1, 2, 6])} from "B"
       output "a" %1
       output "b" %2`;
    expect(flow(lower(body))).toEqual(['A: x -> a']);
    expect(flow(lower(body, { ...simpleNeeds, alignment: 2 }))).toEqual([]);
    expect(flow(lower(body, { ...simpleNeeds, alignment: 16 }))).toEqual(['A: x -> a', 'B: x -> b']);
  });

  test('begins at a multiple of its elements', () => {
    const body = `input %0 "x": int64 3
       %1 "a": int64 1 = ${slice('%0', [1], [1])} from "A"
       output "a" %1`;
    const program = lower(body, { ...simpleNeeds, alignment: 1 });
    expect(program.outputs[0]?.operand.offset).toBe(8);
    expect(program.buffers[0]?.alignment).toBe(8);
  });

  test('of a state, of a constant, or as the next of a state is a copy', () => {
    const program = lower(
      `input %0 "x": float32 2x2
       held %1 "s": float32 1x2
       state "s" %1 -> %4 = zeros
       const %2 "c": float32 2x2 = [1,2,3,4]
       %3 "old": float32 1x1 = ${slice('%1', [0, 1], [1, 1])} from "OLD"
       %4 "next": float32 1x2 = ${slice('%0', [1, 0], [1, 2])} from "NEXT"
       %5 "part": float32 1x2 = ${slice('%2', [1, 0], [1, 2])} from "PART"
       output "old" %3
       output "part" %5`,
    );
    expect(flow(program)).toEqual(['OLD: s -> old', 'NEXT: x -> s', 'PART: c -> part']);
  });
});

describe('a concat', () => {
  test('of rows is written by those who make them', () => {
    const program = lower(
      `input %0 "x": float32 1x2x2
       %1 "a": float32 1x2x2 = ${reluOf('%0')} from "A"
       %2 "b": float32 1x2x2 = ${reluOf('%1')} from "B"
       %3 "ab": float32 1x4x2 = ${concat(1, '%1', '%2')} from "AB"
       %4 "flat": float32 1x8 = reshape(%3) {"shape":[1,8]} from "FLAT"
       %5 "c": float32 1x2 = ${reluOf('%9')} from "C"
       %9 "d": float32 1x2 = ${slice('%4', [0, 6], [1, 2])} from "D"
       %6 "all": float32 1x10 = ${concat(1, '%5', '%4')} from "ALL"
       output "y" %6`.replace(/( *%5.*\n)( *%9.*\n)/, '$2$1'),
    );
    expect(flow(program)).toEqual(['A: x -> all+8', 'B: all+8 -> all+24', 'C: all+32 -> all']);
    expect(program.buffers.map(({ name, bytes }) => `${name} ${bytes}`)).toEqual(['x 16', 'all 40']);
  });

  test('copies what has another place: inputs, constants, what comes twice, parts of others', () => {
    const program = lower(
      `input %0 "x": float32 1x1x2
       const %1 "c": float32 1x1x2 = [1,2]
       input %2 "z": float32 1x4x2
       %3 "a": float32 1x4x2 = ${reluOf('%2')} from "A"
       %4 "part": float32 1x1x2 = ${slice('%3', [0, 1, 0], [1, 1, 2])} from "PART"
       %5 "one": float32 1x8x2 = ${concat(1, '%3', '%0', '%1', '%4', '%0')} from "ONE"
       %6 "two": float32 1x8x2 = ${concat(1, '%3', '%3')} from "TWO"
       output "one" %5
       output "two" %6`,
    );
    expect(flow(program)).toEqual([
      'A: z -> one',
      'ONE: x -> one+32',
      'ONE: c -> one+40',
      'ONE: one+8 -> one+48',
      'ONE: x -> one+56',
      'TWO: one one -> two',
    ]);
    expect(program.steps[1]).toMatchObject({ op: { type: 'reshape' }, outputs: [{ name: 'x' }] });
  });

  test.each([
    ['of columns', '1x2x4', concat(2, '%1', '%2')],
    ['of inputs', '1x4x2', concat(1, '%0', '%0')],
    ['mostly of what has to be copied', '1x6x2', concat(1, '%0', '%0', '%1')],
  ])('%s is a step', (_, shape, text) => {
    const program = lower(
      `input %0 "x": float32 1x2x2
       %1 "a": float32 1x2x2 = ${reluOf('%0')} from "A"
       %2 "b": float32 1x2x2 = ${reluOf('%0')} from "B"
       %3 "joint": float32 ${shape} = ${text} from "JOINT"
       output "y" %3
       output "b" %2`,
    );
    expect(program.steps.at(-1)?.op.type).toBe('concat');
  });

  test('and its inputs lie elsewhere where one of them is the next of a state', () => {
    const program = lower(
      `input %0 "x": float32 1x2
       held %1 "s": float32 1x2
       state "s" %1 -> %2 = zeros
       %2 "a": float32 1x2 = ${reluOf('%1')} from "A"
       %3 "b": float32 1x2 = ${reluOf('%0')} from "B"
       %4 "y": float32 2x2 = ${concat(0, '%2', '%3')} from "Y"
       output "y" %4`,
      { ...simpleNeeds, overlaps: (_, inputs) => inputs.map(() => 0) },
    );
    expect(flow(program)).toEqual(['A: s -> s', 'B: x -> y+8', 'Y: s -> y']);
  });

  test('whose parts do not begin where kernels can is a step, or has copies', () => {
    const body = `input %0 "x": int8 1x2 scale=1 zero=0
       input %1 "z": int8 1x8 scale=1 zero=0
       %2 "a": int8 1x2 scale=1 zero=0 = ${reluOf('%0')} from "A"
       %3 "b": int8 1x8 scale=1 zero=0 = ${reluOf('%1')} from "B"
       %4 "ab": int8 1x10 scale=1 zero=0 = ${concat(1, '%2', '%3')} from "AB"
       %5 "ba": int8 1x10 scale=1 zero=0 = ${concat(1, '%3', '%2')} from "BA"
       output "ab" %4
       output "ba" %5`;
    expect(flow(lower(body))).toEqual(['A: x -> ba+8', 'B: z -> ba', 'AB: ba+8 ba -> ab']);
    expect(flow(lower(body, { ...simpleNeeds, alignment: 2 }))).toEqual([
      'A: x -> ab',
      'B: z -> ab+2',
      'BA: ab+2 ab -> ba',
    ]);
  });
});

describe('the plan', () => {
  const inPlace: KernelNeeds = {
    ...simpleNeeds,
    overlaps: (op, inputs) => inputs.map(() => (op.type === 'map' ? 0 : null)),
  };

  test('knows that distances of tensors are not those of their buffers', () => {
    const program = lower(
      `input %0 "x": float32 1x2
       %1 "b": float32 1x2 = ${reluOf('%0')} from "B"
       %2 "a": float32 1x2 = ${reluOf('%1')} from "A"
       %3 "y": float32 2x2 = ${concat(0, '%2', '%1')} from "Y"
       output "y" %3`,
      inPlace,
    );
    expect(flow(program)).toEqual(['B: x -> y+8', 'A: y+8 -> y']);
    const plan = planMemory(program);
    // B writes the second half of y exactly over x.
    expect(plan.placements.map(({ buffer, offset }) => `${buffer.name} ${offset}`)).toEqual(['x 8', 'y 0']);
    expect(plan.arenaBytes).toBe(16);
  });

  test('keeps what a slice is a part of', () => {
    const program = lower(
      `input %0 "x": float32 4
       %1 "part": float32 1 = ${slice('%0', [3], [1])} from "PART"
       %2 "a": float32 4 = ${reluOf('%0')} from "A"
       %3 "y": float32 1 = ${reluOf('%1')} from "Y"
       output "a" %2
       output "y" %3`,
      inPlace,
    );
    expect(planMemory(program).arenaBytes).toBe(32);
  });

  test('has views only where they need no more memory', () => {
    const graph = graphOf(
      `input %0 "x": float32 1x64
       %1 "a": float32 1x64 = ${reluOf('%0')} from "A"
       %2 "large": float32 1x160 = pad(%1) {"after":[0,96],"before":[0,0],"value":0} from "LARGE"
       %3 "small": float32 1x8 = ${slice('%2', [0, 3], [1, 8], [1, 7])} from "SMALL"
       %4 "b": float32 1x64 = pad(%3) {"after":[0,56],"before":[0,0],"value":0} from "B"
       %5 "y": float32 1x128 = ${concat(1, '%1', '%4')} from "Y"
       output "y" %5`,
    );
    const arenaOf = (program: Program) => planMemory(program).arenaBytes / 4;
    expect(arenaOf(lowerGraph(graph, inPlace, 'all'))).toBe(128 + 160 + 8);
    expect(arenaOf(lowerGraph(graph, inPlace, 'none'))).toBe(64 + 64 + 128);
    // Only what is made last goes into the result at once.
    const chosen = lowerWithViews(graph, inPlace);
    expect(flow(chosen).slice(-2)).toEqual(['B: small -> y+256', 'Y: a -> y']);
    expect(arenaOf(chosen)).toBe(64 + 160 + 8);
  });

  test('streams nothing that reads or writes a part', () => {
    const program = lower(
      `input %0 "x": float32 1x4x2x2
       %1 "a": float32 1x4x2x2 = ${reluOf('%0')} from "A"
       %2 "b": float32 1x4x2x2 = ${reluOf('%1')} from "B"
       %3 "y": float32 1x8x2x2 = ${concat(1, '%1', '%2')} from "Y"
       output "y" %3`,
    );
    expect(program.steps.every(hasRowForm)).toBe(true);
    const options = { fedInput: null, spareShare: 1 };
    expect(withStreams(program, [{ first: 0, end: 2 }], simpleNeeds, options)).toBeNull();
  });
});

const needs: readonly KernelNeeds[] = [
  simpleNeeds,
  { ...simpleNeeds, alignment: 1 },
  {
    ...simpleNeeds,
    alignment: 16,
    scratchBytes: (op) => (op.type === 'zip' ? 12 : 0),
    overlaps: (op, inputs) => inputs.map(() => (op.type === 'map' || op.type === 'zip' ? 0 : null)),
  },
];

describe('random graphs', () => {
  const graphs = fc
    .record({
      seed: fc.nat(),
      dtype: fc.constantFrom('int8' as const, 'float32' as const),
      width: fc.constantFrom(1, 3, 4, 8),
      nodes: fc.integer({ min: 1, max: 16 }),
    })
    .map(({ seed, dtype, width, nodes }) => randomViews(seed, dtype, width, nodes));
  const inputsOf = (graph: Graph) => [1, 2, 3].map((seed) => randomInputs(graph, seed));

  test('compute the same with any views', () => {
    let views = 0;
    fc.assert(
      fc.property(graphs, fc.constantFrom(...needs), fc.nat(), (graph, chosen, bits) => {
        const runs = inputsOf(graph);
        const wanted = evaluateRuns(graph, runs);
        const some = new Map<Node, ViewForm>(
          graph.nodes.flatMap((node, i) =>
            (bits >> (i % 15)) & 1 ? [[node, (bits >> (15 + (i % 15))) & 1 ? 'whole' : 'last'] as const] : [],
          ),
        );
        const [all, partly] = [lowerGraph(graph, chosen, 'all'), lowerGraph(graph, chosen, some)];
        views += Number(all.buffers.length < lowerGraph(graph, chosen, 'none').buffers.length);
        expect(runInArena(all, runs)).toEqual(wanted);
        expect(runInArena(partly, runs)).toEqual(wanted);
      }),
      { numRuns: 400 },
    );
    expect(views).toBeGreaterThan(100);
  });

  test('have operands inside their buffers, where kernels can begin', () => {
    fc.assert(
      fc.property(graphs, fc.constantFrom(...needs), (graph, chosen) => {
        const program = lowerGraph(graph, chosen, 'all');
        const steps = program.steps.flatMap(({ op, inputs, outputs }) =>
          [...inputs, ...outputs].map((operand) => ({ operand, isCopy: op.type === 'reshape' })),
        );
        const ports = [...program.inputs, ...program.outputs].map(({ operand }) => ({ operand, isCopy: false }));
        for (const { operand, isCopy } of [...steps, ...ports]) {
          if (operand.kind === 'constant') continue;
          expect(operand.offset + byteSize(operand.type)).toBeLessThanOrEqual(
            program.buffers[operand.buffer]?.bytes ?? 0,
          );
          if (!isCopy) expect(operand.offset % chosen.alignment).toBe(0);
        }
      }),
      { numRuns: 100 },
    );
  });

  test('never need more memory with the views that are chosen', () => {
    fc.assert(
      fc.property(graphs, fc.constantFrom(...needs), (graph, chosen) => {
        const without = quickArenaBytes(lowerGraph(graph, chosen, 'none'));
        expect(quickArenaBytes(lowerWithViews(graph, chosen))).toBeLessThanOrEqual(without);
      }),
      { numRuns: 100 },
    );
  });
});

describe.skipIf(!hasShared)('models', () => {
  const movesOf = ({ steps }: Program) =>
    steps.filter(({ op }) => op.type === 'slice' || op.type === 'concat' || op.type === 'reshape').length;

  test.each([
    // Along channels, which are not in one piece.
    ['tflite/split_concat.tflite', 8, 8, 8],
    ['tflite/tflm_keyword_scrambled_8bit.tflite', 21, 14, 14],
    ['tflite/dilated_conv.tflite', 1, 0, 0],
    ['tflite_ops/split.tflite', 2, 0, 0],
    ['onnx/espdl_streaming.onnx', 1, 0, 0],
    // A slice that is copied lets its input go earlier: 1,684 bytes instead of 1,716.
    ['onnx/ya_example_several_inputs_and_outputs.onnx', 3, 1, 0],
  ])('%s: %i slices, concats and copies without views, %i in C, %i in WASM', (path, none, inC, inWasm) => {
    const { graph } = optimizeGraph(importModel(readShared(`models/${path}`), path));
    expect(movesOf(lowerGraph(graph, cKernelNeeds))).toBe(none);
    const [c, wasm] = [planProgram(graph, cKernelNeeds), planProgram(graph, wasmKernelNeeds)];
    expect([movesOf(c.program), movesOf(wasm.program)]).toEqual([inC, inWasm]);
    expect(c.plan.arenaBytes).toBeLessThanOrEqual(planMemory(lowerGraph(graph, cKernelNeeds)).arenaBytes);
    expect(wasm.plan.arenaBytes).toBeLessThanOrEqual(planMemory(lowerGraph(graph, wasmKernelNeeds)).arenaBytes);
  });
});
