import { describe, expect, test } from 'vitest';
import { evaluateGraph } from '../../converter/ir/evaluate.ts';
import type { Graph } from '../../converter/ir/graph.ts';
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

  test('in C', async () => {
    await expectSameAsReference(cases, { ...SANITIZED, views: 'all' });
  });
});
