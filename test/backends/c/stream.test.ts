import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cKernelNeeds } from '../../../converter/backends/c/kernels.ts';
import { type Graph, typeOf } from '../../../converter/ir/graph.ts';
import { lowerGraph } from '../../../converter/plan/lower.ts';
import { withStreams } from '../../../converter/plan/stream/stream.ts';
import { netPlans, randomNet } from '../../plan/stream/random-net.ts';
import { rowNets } from '../../plan/stream/row-nets.ts';
import { needTool } from '../../support/tools.ts';
import { random, randomTensor } from '../wasm/run-graph.ts';
import { type BatchOptions, type Case, expectSameAsReference, OTHER_COMPILERS, SANITIZED } from './batch.ts';

/** Many models are compiled more quickly without optimization. */
const QUICKLY: BatchOptions = { ...SANITIZED, flags: SANITIZED.flags.map((flag) => (flag === '-O1' ? '-O0' : flag)) };

/** A graph as one stream, with a share of the memory that makes kernels quicker. */
function streamCase(name: string, graph: Graph, spareShare: number): Case {
  const lowered = lowerGraph(graph, cKernelNeeds);
  const range = { first: 0, end: lowered.steps.length };
  const program = withStreams(lowered, [range], cKernelNeeds, { fedInput: null, spareShare });
  const next = random(11);
  const inputs = graph.inputs.map(({ value }) => randomTensor(typeOf(graph, value), next));
  return { name, graph, inputs, program: program ?? expect.fail(`${name} is no stream`) };
}

const known = rowNets.map(({ name, graph }) => streamCase(name, graph, 1));

const randomGraphs = fc.sample(netPlans, { numRuns: 30, seed: 5 }).flatMap((plan) => randomNet(plan) ?? []);

describe.skipIf(!needTool('gcc').available)('streams in C give what the reference gives', () => {
  test('of small graphs', () => expectSameAsReference(known, QUICKLY), 120_000);

  test('of random graphs, with less memory for kernels', async () => {
    expect(randomGraphs.length).toBeGreaterThan(15);
    const cases = randomGraphs.map((graph, i) => streamCase(`random graph ${i}`, graph, [1, 0.5, 0][i % 3] ?? 1));
    await expectSameAsReference(cases, QUICKLY);
  }, 120_000);

  test.each(OTHER_COMPILERS.filter(({ compiler }) => needTool(compiler).available))(
    'built by $compiler',
    (options) => expectSameAsReference(known.slice(0, 6), options),
    120_000,
  );
});
