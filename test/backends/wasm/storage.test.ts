import { describe, expect, test } from 'vitest';
import { emitWasmModule, emitWasmVariants } from '../../../converter/backends/wasm/emit-module.ts';
import { wasmKernelNeeds } from '../../../converter/backends/wasm/needs.ts';
import { compareTensors } from '../../../converter/compare.ts';
import { GraphBuilder } from '../../../converter/ir/builder.ts';
import { evaluateGraph } from '../../../converter/ir/evaluate.ts';
import type { Graph, ValueId } from '../../../converter/ir/graph.ts';
import { parseGraph } from '../../../converter/ir/parse.ts';
import { printGraph } from '../../../converter/ir/print.ts';
import { noClamp } from '../../../converter/ops/definition.ts';
import { narrowWeights, widenWeights } from '../../../converter/passes/narrow-weights.ts';
import { planProgram } from '../../../converter/pipeline.ts';
import { type TensorType, tensorType } from '../../../converter/tensor/tensor.ts';
import { instantiate, random, randomTensor, runModule } from './run-graph.ts';

const product = { clamp: noClamp, hybrid: 'none' } as const;
const same = { strides: [1, 1], dilations: [1, 1], padding: { top: 1, left: 1, bottom: 1, right: 1 } } as const;

/** A convolution with groups of channels that fill no panel, a depthwise one, a dense layer and a matrix product. */
function floatNet(seed: number, channels: number, units: number): Graph {
  const next = random(seed);
  const b = new GraphBuilder();
  const constant = (shape: readonly number[]) => b.constant('c', randomTensor(tensorType('float32', shape), next));
  const image = (depth: number): TensorType => tensorType('float32', [1, 6, 5, depth]);
  const add = (op: Parameters<typeof b.node>[1], inputs: readonly ValueId[], type: TensorType) =>
    b.node(op.type, op, inputs, type, 'v');
  const x = b.input('x', image(3));
  const wide = add(
    { type: 'conv-2d', attributes: { ...same, ...product, groups: 1 } },
    [x, constant([channels, 3, 3, 3]), constant([channels])],
    image(channels),
  );
  const deep = add(
    { type: 'depthwise-conv-2d', attributes: { ...same, ...product } },
    [wide, constant([1, 3, 3, channels]), constant([channels])],
    image(channels),
  );
  const flat = add(
    { type: 'reshape', attributes: { shape: [1, 30 * channels] } },
    [deep],
    tensorType('float32', [1, 30 * channels]),
  );
  const dense = add(
    { type: 'fully-connected', attributes: product },
    [flat, constant([units, 30 * channels]), constant([units])],
    tensorType('float32', [1, units]),
  );
  const matmul = { transposeA: false, transposeB: false, clamp: noClamp } as const;
  const y = add({ type: 'matmul', attributes: matmul }, [dense, constant([units, 9])], tensorType('float32', [1, 9]));
  b.output('y', y);
  return b.build('floats', 'test', 'exact');
}

const nets = [
  [1, 8, 16],
  [2, 5, 13],
  [3, 19, 7],
] as const;

describe.each(['float16', 'int8'] as const)('weights kept as %s', (kind) => {
  test.each(nets)('expand to what the graph says: net %i with %i channels', (seed, channels, units) => {
    const graph = narrowWeights(floatNet(seed, channels, units), kind);
    const [small, large] = [graph, widenWeights(graph)].map((one) => {
      const { program, plan } = planProgram(one, wasmKernelNeeds);
      return { ...emitWasmModule(program, plan), plan, shipped: emitWasmVariants(program, plan).constants };
    });
    if (small === undefined || large === undefined) throw new Error('no modules');
    expect(large.layout.weightAddress).toBe(0);
    expect(small.layout.constantBytes).toBe(large.layout.constantBytes);
    const constants = (one: typeof small) => instantiate(one).memory.slice(0, one.layout.constantBytes);
    expect(Buffer.compare(constants(small), constants(large))).toBe(0);
    expect(small.shipped.length).toBeLessThan((kind === 'float16' ? 0.56 : 0.42) * large.shipped.length);
    const input = randomTensor(tensorType('float32', [1, 6, 5, 3]), random(seed));
    const [expected] = evaluateGraph(graph, [input]);
    const [found] = runModule(small, [input]);
    if (expected === undefined || found === undefined) throw new Error('no outputs');
    expect(compareTensors(expected, found, 1e-5).difference).toBeNull();
  });

  test('the text of the graph tells of it', () => {
    const b = new GraphBuilder();
    const x = b.input('x', tensorType('float32', [1, 16]));
    const w = b.constant('w', randomTensor(tensorType('float32', [4, 16]), random(4)));
    const bias = b.constant('b', randomTensor(tensorType('float32', [4]), random(5)));
    const op = { type: 'fully-connected', attributes: product } as const;
    b.output('y', b.node('dense', op, [x, w, bias], tensorType('float32', [1, 4]), 'y'));
    const text = printGraph(narrowWeights(b.build('dense', 'test', 'exact'), kind));
    expect(text).toContain(`stored %1 ${kind}`);
    expect(printGraph(parseGraph(text))).toBe(text);
  });
});
