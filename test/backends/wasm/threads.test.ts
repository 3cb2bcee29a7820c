import { describe, expect, test } from 'vitest';
import { emitWasmModule } from '../../../converter/backends/wasm/emit-module.ts';
import { wasmKernelNeeds } from '../../../converter/backends/wasm/needs.ts';
import { dividedNeeds, noThreadLimits, partsOf } from '../../../converter/backends/wasm/threads/parts.ts';
import { compareTensors } from '../../../converter/compare.ts';
import { GraphBuilder } from '../../../converter/ir/builder.ts';
import { evaluateGraph } from '../../../converter/ir/evaluate.ts';
import { type Graph, valueById } from '../../../converter/ir/graph.ts';
import { noClamp } from '../../../converter/ops/definition.ts';
import type { Op } from '../../../converter/ops/op.ts';
import { lowerGraph } from '../../../converter/plan/lower.ts';
import { planMemory } from '../../../converter/plan/plan.ts';
import { perTensor, type Quantization } from '../../../converter/tensor/quantization.ts';
import { type TensorType, tensorType } from '../../../converter/tensor/tensor.ts';
import { guardedSolver, random, randomTensor, runModule } from './run-graph.ts';

type Kind = 'float32' | 'int8';

/** One layer with weights, or without where `weights` is empty, on a random input. */
function layer(
  kind: Kind,
  op: Op,
  input: readonly number[],
  weights: readonly number[],
  output: readonly number[],
): Graph {
  const next = random(input.length + output.reduce((a, b) => a + b));
  const b = new GraphBuilder();
  const of = (shape: readonly number[], quantization: Quantization): TensorType =>
    kind === 'int8' ? tensorType('int8', shape, quantization) : tensorType('float32', shape);
  const x = b.input('x', of(input, perTensor(0.05, 3)));
  const operands = [x];
  if (weights.length > 0) {
    const axis = op.type === 'depthwise-conv-2d' ? 3 : 0;
    const channels = weights[axis] ?? 1;
    const scales = Array.from({ length: channels }, () => Math.fround(0.001 + 0.004 * next()));
    const perChannel = { kind: 'per-channel', axis, scales, zeroPoints: scales.map(() => 0) } as const;
    operands.push(b.constant('w', randomTensor(of(weights, perChannel), next)));
    const bias = tensorType(kind === 'int8' ? 'int32' : 'float32', [channels]);
    operands.push(b.constant('b', randomTensor(bias, next)));
  } else if (op.type === 'zip') {
    operands.push(b.input('x2', of(input, perTensor(0.04, -1))));
  }
  const scale = op.type === 'pool-2d' ? perTensor(0.05, 3) : perTensor(0.1, -5);
  b.output('y', b.node('layer', op, operands, of(output, scale), 'y'));
  return b.build('layer', 'test', 'exact');
}

const product = { clamp: noClamp, hybrid: 'none' } as const;
const same = { top: 1, left: 1, bottom: 1, right: 1 };
const none = { top: 0, left: 0, bottom: 0, right: 0 };
const window = (stride: number, padding: typeof same, dilation = 1) => {
  return { strides: [stride, stride], dilations: [dilation, dilation], padding } as const;
};
const conv = (stride: number, padding: typeof same, dilation = 1, groups = 1): Op => {
  return { type: 'conv-2d', attributes: { ...window(stride, padding, dilation), ...product, groups } };
};
const depthwise = (stride: number, padding: typeof same): Op => {
  return { type: 'depthwise-conv-2d', attributes: { ...window(stride, padding), ...product } };
};
const dense: Op = { type: 'fully-connected', attributes: product };
const add: Op = { type: 'zip', attributes: { fn: 'add', clamp: noClamp } };
const pool: Op = {
  type: 'pool-2d',
  attributes: { ...window(2, none), kind: 'max', kernel: [2, 2], clamp: noClamp, ties: 'away' },
};

type Case = readonly [name: string, op: Op, input: number[], weights: number[], output: number[]];

const cases: readonly Case[] = [
  ['3x3', conv(1, same), [1, 17, 6, 5], [9, 3, 3, 5], [1, 17, 6, 9]],
  [
    '3x3 stride 2, padded below only',
    conv(2, { ...none, bottom: 1, right: 1 }),
    [1, 16, 8, 3],
    [8, 3, 3, 3],
    [1, 8, 4, 8],
  ],
  ['5x5 dilated', conv(1, { top: 4, left: 4, bottom: 4, right: 4 }, 2), [1, 9, 9, 2], [4, 5, 5, 2], [1, 9, 9, 4]],
  ['grouped', conv(1, same, 1, 2), [1, 12, 5, 6], [8, 3, 3, 3], [1, 12, 5, 8]],
  ['pointwise', conv(1, none), [1, 7, 7, 12], [20, 1, 1, 12], [1, 7, 7, 20]],
  ['depthwise', depthwise(1, same), [1, 11, 7, 10], [1, 3, 3, 10], [1, 11, 7, 10]],
  ['depthwise stride 2', depthwise(2, same), [1, 11, 7, 10], [1, 3, 3, 10], [1, 6, 4, 10]],
  ['dense, one row', dense, [1, 33], [70, 33], [1, 70]],
  ['dense, many rows', dense, [50, 16], [9, 16], [50, 9]],
  ['add', add, [1, 10, 3, 5], [], [1, 10, 3, 5]],
  ['pool', pool, [1, 14, 6, 5], [], [1, 7, 3, 5]],
];

describe.each(['float32', 'int8'] as const)('parts of %s layers make the whole', (kind) => {
  test.each(cases)('%s', (_, op, input, weights, output) => {
    const graph = layer(kind, op, input, weights, output);
    const program = lowerGraph(graph, dividedNeeds(wasmKernelNeeds, noThreadLimits));
    const plan = planMemory(program, guardedSolver);
    const [step] = program.steps;
    expect(step === undefined ? 0 : partsOf(step, plan, wasmKernelNeeds, noThreadLimits).length).toBeGreaterThan(1);
    const emitted = { ...emitWasmModule(program, plan, 'simd128', noThreadLimits), plan };
    const next = random(1);
    const inputs = graph.inputs.map(({ value }) => randomTensor(valueById(graph, value).type, next));
    const [expected] = evaluateGraph(graph, inputs);
    const [found] = runModule(emitted, inputs);
    if (expected === undefined || found === undefined) throw new Error('no outputs');
    expect(compareTensors(expected, found, 1e-5).difference).toBeNull();
  });
});

test('an output that may overlap what other parts read is not divided', () => {
  const [, op = conv(1, same), input = [], weights = [], output = []] = cases[0] ?? [];
  const program = lowerGraph(layer('int8', op, input, weights, output), wasmKernelNeeds);
  const plan = planMemory(program);
  const [step] = program.steps;
  expect(step === undefined ? 0 : partsOf(step, plan, wasmKernelNeeds, noThreadLimits).length).toBe(1);
});
