import { describe, expect, test } from 'vitest';
import { cKernelNeeds } from '../../converter/backends/c/kernels.ts';
import { emitWasmModule } from '../../converter/backends/wasm/emit-module.ts';
import { wasmKernelNeeds } from '../../converter/backends/wasm/needs.ts';
import { evaluateGraph } from '../../converter/ir/evaluate.ts';
import type { Graph } from '../../converter/ir/graph.ts';
import { type KernelNeeds, lowerGraph } from '../../converter/plan/lower.ts';
import { planMemory } from '../../converter/plan/plan.ts';
import type { Program } from '../../converter/plan/program.ts';
import { withStreams } from '../../converter/plan/stream/stream.ts';
import { type Case, expectSameAsReference, SANITIZED } from '../backends/c/batch.ts';
import { emit, runModule } from '../backends/wasm/run-graph.ts';
import { randomInputs } from '../ir/random-graph.ts';
import { randomViews } from './random-views.ts';

/** Graphs full of views, with inputs; rows of 16 bytes and of fewer, so that some parts begin where WASM kernels can and some do not. */
const cases: readonly Case[] = Array.from({ length: 60 }, (_, seed) => {
  const dtype = seed % 2 === 0 ? 'float32' : 'int8';
  const width = [4, 16, 8, 4, 1, 3][seed % 6] ?? 4;
  const graph: Graph = randomViews(seed, dtype, width, 3 + (seed % 12));
  return { name: `views ${seed}`, graph, inputs: randomInputs(graph, seed) };
});

/** The program with as many streams as there are runs of steps that can be one. */
function streamed(graph: Graph, needs: KernelNeeds): Program {
  let program = lowerGraph(graph, needs, 'all');
  for (let first = 0; first < program.steps.length; first++) {
    for (let end = program.steps.length; end > first; end--) {
      const next = withStreams(program, [{ first, end }], needs, { fedInput: null, spareShare: 1 });
      if (next === null) continue;
      program = next;
      first = end - 1;
      break;
    }
  }
  return program;
}

/** The cases that have views and streams. */
function mixed(needs: KernelNeeds) {
  return cases
    .map((one) => ({ ...one, program: streamed(one.graph, needs) }))
    .filter(({ graph, program }) => {
      return program.streams.length > 0 && program.steps.length < lowerGraph(graph, needs).steps.length;
    });
}

describe('graphs with views compute the same', () => {
  test.each(['planned', 'guarded'] as const)('on WASM, %s', (memory) => {
    let views = 0;
    for (const { name, graph, inputs } of cases) {
      const emitted = emit(graph, memory, 'all');
      views += Number(emitted.layout.steps.length < emit(graph, memory, 'none').layout.steps.length);
      expect(runModule(emitted, inputs), name).toEqual(evaluateGraph(graph, inputs));
    }
    expect(views).toBeGreaterThan(20);
  });

  test('on WASM, with streams beside them', () => {
    const all = mixed(wasmKernelNeeds);
    expect(all.length).toBeGreaterThan(10);
    for (const { name, graph, inputs, program } of all) {
      const plan = planMemory(program);
      const emitted = { ...emitWasmModule(program, plan), plan };
      expect(runModule(emitted, inputs), name).toEqual(evaluateGraph(graph, inputs));
    }
  });

  test('in C', async () => {
    const viewed = cases.map((one) => ({ ...one, program: lowerGraph(one.graph, cKernelNeeds, 'all') }));
    await expectSameAsReference(viewed.slice(0, 36), SANITIZED);
  });

  test('in C, with streams beside them', async () => {
    const all = mixed(cKernelNeeds);
    expect(all.length).toBeGreaterThan(10);
    await expectSameAsReference(all.slice(0, 16), SANITIZED);
  });
});
