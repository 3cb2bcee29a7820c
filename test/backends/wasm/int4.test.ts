import { describe, expect, test } from 'vitest';
import { emitWasmModule, emitWasmVariants } from '../../../converter/backends/wasm/emit-module.ts';
import { wasmKernelNeeds } from '../../../converter/backends/wasm/needs.ts';
import { evaluateGraph } from '../../../converter/ir/evaluate.ts';
import { widenWeights } from '../../../converter/passes/narrow-weights.ts';
import { planProgram } from '../../../converter/pipeline.ts';
import { withInt4Weights } from '../../support/int4.ts';
import { type ConvolutionCase, convolution, fullyConnected } from '../c/models.ts';
import { instantiate, runModule, runnable } from './run-graph.ts';

const pointwise = { kernel: [1, 1], padding: [0, 0, 0, 0] } as const;

const layers = [
  ...([8, 16, 31, 32, 33, 64, 200] as const).map((channels) => ({ ...pointwise, channels, outputs: 16 })),
  { ...pointwise, channels: 64, outputs: 13 },
  { channels: 8, outputs: 24 },
  { channels: 12, outputs: 7, kernel: [3, 2], strides: [2, 1] },
] satisfies readonly Partial<ConvolutionCase>[];

const cases = [
  ...layers.map((layer, i) => convolution(layer, 10 + i)),
  ...[16, 48, 64, 333].map((depth) => fullyConnected({ rows: 1, depth, units: 21 }, 40 + depth)),
  fullyConnected({ rows: 3, depth: 64, units: 20 }, 60),
];

describe.each([null, 16, 32, 128] as const)('weights of 4 bits with groups of %s', (group) => {
  test.each(cases)('expand to what the graph says: $name', ({ graph, inputs }) => {
    const small = withInt4Weights(graph, group, 7);
    expect(small.storage.size).toBe(1);
    const [expected] = evaluateGraph(small, inputs);
    for (const variant of runnable) {
      const [packed, plain] = [small, widenWeights(small)].map((one) => {
        const { program, plan } = planProgram(one, wasmKernelNeeds);
        return { ...emitWasmModule(program, plan, variant), plan };
      });
      if (packed === undefined || plain === undefined) throw new Error('no modules');
      const [own, others] = [packed, plain].map((one) => instantiate(one).memory.slice(0, one.layout.constantBytes));
      expect(Buffer.compare(own ?? Buffer.from([]), others ?? Buffer.from([1]))).toBe(0);
      expect(runModule(packed, inputs)[0]?.data).toEqual(expected?.data);
    }
  });
});

test.each([
  [null, 0.48],
  [32, 0.42],
] as const)('with groups of %s a module ships a layer without %s of its bytes', (group, share) => {
  const graph = withInt4Weights(convolution({ ...pointwise, channels: 256, outputs: 256 }, 1).graph, group, 2);
  const [packed = 0, plain = 0] = [graph, widenWeights(graph)].map((one) => {
    const { program, plan } = planProgram(one, wasmKernelNeeds);
    return emitWasmVariants(program, plan).constants.length;
  });
  expect(plain - packed).toBeGreaterThan(share * 256 * 256);
});
