import { describe, it } from 'vitest';
import { valueById } from '../../../converter/ir/graph.ts';
import { matmulGraphs, matmulKinds } from '../matmul-cases.ts';
import { random, randomTensor } from '../wasm/run-graph.ts';
import { type Case, expectSameAsReference, OTHER_COMPILERS, SANITIZED } from './batch.ts';

const cases: readonly Case[] = matmulKinds.flatMap((kind) => {
  const next = random(5);
  return matmulGraphs(kind).map(({ name, graph }) => {
    const inputs = graph.inputs.map(({ value }) => randomTensor(valueById(graph, value).type, next));
    return { name, graph, inputs };
  });
});

describe('matrix products in C', () => {
  it('give what the reference gives, under sanitizers', { timeout: 300_000 }, async () => {
    await expectSameAsReference(cases, SANITIZED);
  });

  it.each(OTHER_COMPILERS)('compile without warnings with $compiler', { timeout: 300_000 }, async (options) => {
    const some = cases.filter((_, i) => i % 7 === 0);
    await expectSameAsReference(some, options);
  });
});
