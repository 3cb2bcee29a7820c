import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cKernelNeeds } from '../../../converter/backends/c/kernels.ts';
import { emitWasmModule } from '../../../converter/backends/wasm/emit-module.ts';
import { wasmKernelNeeds } from '../../../converter/backends/wasm/needs.ts';
import { evaluateGraph } from '../../../converter/ir/evaluate.ts';
import { type Graph, typeOf } from '../../../converter/ir/graph.ts';
import { type KernelNeeds, lowerGraph } from '../../../converter/plan/lower.ts';
import { planMemory } from '../../../converter/plan/plan.ts';
import type { Program, Step } from '../../../converter/plan/program.ts';
import { withMoves } from '../../../converter/plan/relocate.ts';
import { withSpare } from '../../../converter/plan/spare.ts';
import { withStreams } from '../../../converter/plan/stream/stream.ts';
import { numericData, type Tensor } from '../../../converter/tensor/tensor.ts';
import { type BatchOptions, type Case, expectSameAsReference } from '../../backends/c/batch.ts';
import { random, randomTensor, runModule } from '../../backends/wasm/run-graph.ts';
import { needTool } from '../../support/tools.ts';
import { blocksPlans, randomBlocks } from './random-blocks.ts';

/**
 * Random networks of branches whose layers are done row by row over random ranges, in the memory that is planned for them and that holds
 * rubbish at first, against the reference.
 */

/** Ranges of steps, as parts of the number of steps; `share` of the memory that makes kernels quicker. */
interface Ranges {
  readonly cuts: readonly number[];
  readonly share: number;
  readonly hasMoves: boolean;
  readonly hasSpare: boolean;
}

const ranges: fc.Arbitrary<Ranges> = fc.record({
  cuts: fc.array(fc.nat(1000), { minLength: 2, maxLength: 6 }),
  share: fc.constantFrom(1, 0.5, 0),
  hasMoves: fc.boolean(),
  hasSpare: fc.boolean(),
});

/** The program with a stream between each two of the cuts, and none between the next two. */
function programOf(graph: Graph, { cuts, share, hasMoves, hasSpare }: Ranges, needs: KernelNeeds): Program {
  const lowered = lowerGraph(graph, needs);
  const places = cuts.map((cut) => cut % (lowered.steps.length + 1)).sort((a, b) => a - b);
  let program = lowered;
  for (let i = 0; i + 1 < places.length; i += 2) {
    const [first = 0, end = 0] = places.slice(i, i + 2);
    if (first === end) continue;
    program = withStreams(program, [{ first, end }], needs, { fedInput: null, spareShare: share }) ?? program;
  }
  if (hasMoves) program = withMoves(program);
  return hasSpare ? withSpare(program, needs, share === 1) : program;
}

function inputsOf(graph: Graph, seed: number): Tensor[] {
  const next = random(seed);
  return graph.inputs.map(({ value }) => randomTensor(typeOf(graph, value), next));
}

test('most ranges are streams, some with several of them, and there are moves', () => {
  const samples = fc.sample(fc.tuple(blocksPlans, ranges), { numRuns: 150, seed: 3 });
  const programs = samples.map(([plan, range]) => programOf(randomBlocks(plan), range, cKernelNeeds));
  const counts = programs.map(({ streams }) => streams.length);
  expect(counts.filter((count) => count > 0).length).toBeGreaterThan(100);
  expect(counts.filter((count) => count > 1).length).toBeGreaterThan(30);
  const hasStep = (of: (step: Step) => boolean) => programs.filter(({ steps }) => steps.some(of)).length;
  expect(hasStep(({ name }) => name.startsWith('move of'))).toBeGreaterThan(0);
  expect(hasStep(({ spare }) => spare !== null)).toBeGreaterThan(10);
});

/** Integers to the bit, float32 within 1e-5 of the largest magnitude. */
function expectSame(actual: readonly Tensor[], wanted: readonly Tensor[]): void {
  expect(actual.length).toBe(wanted.length);
  wanted.forEach((tensor, i) => {
    const given = actual[i] ?? expect.fail('an output is missing');
    if (tensor.type.dtype !== 'float32') {
      expect(given).toEqual(tensor);
      return;
    }
    const values = Array.from(numericData(tensor));
    const limit = 1e-5 * Math.max(...values.map(Math.abs));
    const wrong = values.findIndex((value, k) => !(Math.abs((numericData(given)[k] ?? Number.NaN) - value) <= limit));
    expect(wrong).toBe(-1);
  });
}

test('in WASM', () => {
  fc.assert(
    fc.property(blocksPlans, ranges, fc.nat(100), (plan, range, seed) => {
      const graph = randomBlocks(plan);
      const inputs = inputsOf(graph, seed);
      const program = programOf(graph, range, wasmKernelNeeds);
      const memory = planMemory(program);
      const module = { ...emitWasmModule(program, memory), plan: memory };
      expectSame(runModule(module, inputs), evaluateGraph(graph, inputs));
    }),
    { numRuns: 100 },
  );
});

/** Many models are compiled more quickly without optimization; the sanitizers see nothing of what lies where in an arena. */
const quickly: BatchOptions = { compiler: 'gcc', flags: ['-O0'] };

/** The name of a case says what it is made of. */
function cases(count: number, seed: number): Case[] {
  return fc.sample(fc.tuple(blocksPlans, ranges), { numRuns: count, seed }).map(([plan, range], i) => {
    const graph = randomBlocks(plan);
    const name = `seed ${seed}, case ${i}: ${JSON.stringify([plan, range])}`;
    return { name, graph, inputs: inputsOf(graph, i), program: programOf(graph, range, cKernelNeeds) };
  });
}

test.skipIf(!needTool('gcc').available).each([1, 2])('in C, seed %i', (seed) =>
  expectSameAsReference(cases(24, seed), quickly),
);
