import type { Artifact } from '../../../converter/backends/artifact.ts';
import { wasmBundle } from '../../../converter/backends/wasm/emit.ts';
import { emitWasmVariants } from '../../../converter/backends/wasm/emit-module.ts';
import { wasmKernelNeeds } from '../../../converter/backends/wasm/needs.ts';
import { dividedNeeds, noThreadLimits } from '../../../converter/backends/wasm/threads/parts.ts';
import { variants } from '../../../converter/backends/wasm/variant.ts';
import { GraphBuilder } from '../../../converter/ir/builder.ts';
import type { Graph } from '../../../converter/ir/graph.ts';
import { noClamp } from '../../../converter/ops/definition.ts';
import { planProgram } from '../../../converter/pipeline.ts';
import { perTensor } from '../../../converter/tensor/quantization.ts';
import { tensorType } from '../../../converter/tensor/tensor.ts';
import { bundleOptions } from './bundle.ts';
import { random, randomTensor } from './run-graph.ts';

const product = { clamp: noClamp, hybrid: 'none' } as const;

/** A residual block of int8 layers and a dense one; with `state` the block's input is added to what the run before left. */
export function blockModel(state = false): Graph {
  const next = random(11);
  const b = new GraphBuilder();
  const q = perTensor(0.05, 2);
  const image = tensorType('int8', [1, 24, 16, 8], q);
  const weights = (shape: readonly number[], axis: number) => {
    const scales = Array.from({ length: shape[axis] ?? 1 }, () => Math.fround(0.002 + 0.002 * next()));
    const quantization = { kind: 'per-channel', axis, scales, zeroPoints: scales.map(() => 0) } as const;
    const channels = tensorType('int32', [shape[axis] ?? 1]);
    return [
      b.constant('w', randomTensor(tensorType('int8', shape, quantization), next)),
      b.constant('b', randomTensor(channels, next)),
    ];
  };
  const window = { strides: [1, 1], dilations: [1, 1], padding: { top: 1, left: 1, bottom: 1, right: 1 } } as const;
  const add = { type: 'zip', attributes: { fn: 'add', clamp: noClamp } } as const;
  const x = b.input('x', image);
  const held = state ? b.state('held', image, null) : null;
  const first = held === null ? x : b.node('ADD #0', add, [x, held], image, 'first');
  const conv = { type: 'conv-2d', attributes: { ...window, ...product, groups: 1 } } as const;
  const wide = b.node('CONV_2D #1', conv, [first, ...weights([8, 3, 3, 8], 0)], image, 'wide');
  const depthwise = { type: 'depthwise-conv-2d', attributes: { ...window, ...product } } as const;
  const deep = b.node('DEPTHWISE_CONV_2D #2', depthwise, [wide, ...weights([1, 3, 3, 8], 3)], image, 'deep');
  const sum = b.node('ADD #3', add, [deep, first], image, 'sum');
  if (held !== null) b.assign(held, sum);
  const flat = b.node(
    'RESHAPE #4',
    { type: 'reshape', attributes: { shape: [1, 3072] } },
    [sum],
    tensorType('int8', [1, 3072], q),
    'flat',
  );
  const dense = { type: 'fully-connected', attributes: product } as const;
  const y = b.node(
    'DENSE #5',
    dense,
    [flat, ...weights([40, 3072], 0)],
    tensorType('int8', [1, 40], perTensor(0.4, 0)),
    'y',
  );
  b.output('y', y);
  b.output('sum', sum);
  return b.build('block', 'test', 'exact');
}

/** The bundle of a graph whose every step is divided, however small. */
export function threadedBundle(graph: Graph): Artifact[] {
  const { program, plan } = planProgram(graph, dividedNeeds(wasmKernelNeeds, noThreadLimits));
  return wasmBundle(emitWasmVariants(program, plan, variants, noThreadLimits), program, plan, bundleOptions);
}
