import { GraphBuilder } from '../../converter/ir/builder.ts';
import { type Graph, typeOf, type ValueId } from '../../converter/ir/graph.ts';
import type { Case } from '../../test/backends/c/batch.ts';
import { type ConvolutionCase, convolution } from '../../test/backends/c/models.ts';
import { Random } from '../../test/backends/c/random.ts';

/** Small networks, whose plans have streams of rows and moves, which single layers have not. Always the same ones. */
export function chainGraphs(): readonly { readonly name: string; readonly graph: Graph }[] {
  const random = new Random(77);
  return Array.from({ length: 9 }, (_, i) => {
    const name = `chain ${i}`;
    return { name, graph: sequence(name, layersOf(random, i % 3 === 2 ? 'float32' : 'int8', i)) };
  });
}

/** A first convolution, then pairs of a depthwise and a pointwise one. */
function layersOf(random: Random, arithmetic: 'int8' | 'float32', seed: number): readonly Case[] {
  const layers: Case[] = [];
  let [height, width, channels] = [random.whole(12, 44), random.whole(6, 44), random.pick(1, 3, 4)];
  const style = { arithmetic, clamp: { min: 0, max: Number.POSITIVE_INFINITY }, outputZero: -128 } as const;
  const add = (options: Partial<ConvolutionCase>, outputs: number) => {
    const [y, x] = options.strides ?? [1, 1];
    layers.push(convolution({ ...style, ...options, height, width, channels, outputs }, 1000 * seed + layers.length));
    [height, width] = [Math.ceil(height / y), Math.ceil(width / x)];
    if (options.depthwise !== true) channels = outputs;
  };
  const around = (stride: number): Partial<ConvolutionCase> => {
    const pad = (size: number) => Math.max(0, (Math.ceil(size / stride) - 1) * stride + 3 - size);
    const [py, px] = [pad(height), pad(width)];
    const padding = [py >> 1, px >> 1, py - (py >> 1), px - (px >> 1)] as const;
    return { kernel: [3, 3], strides: [stride, stride], padding };
  };
  add(around(random.pick(1, 2)), random.pick(8, 16, 24));
  for (let block = random.whole(1, 4); block > 0; block--) {
    add({ ...around(random.pick(1, 1, 2)), depthwise: true }, 1);
    add({ kernel: [1, 1], padding: [0, 0, 0, 0] }, channels * random.pick(1, 1, 2));
    if (height * width * channels * channels > 700_000) break;
  }
  return layers;
}

/** Layers of one input each, one after the other. */
function sequence(name: string, cases: readonly Case[]): Graph {
  const builder = new GraphBuilder();
  let last: ValueId | undefined;
  cases.forEach(({ graph }, k) => {
    const ids = new Map<ValueId, ValueId>();
    const [port] = graph.inputs;
    const [node] = graph.nodes;
    if (port === undefined || node === undefined) throw new Error('a layer without input');
    ids.set(port.value, last ?? builder.input('x', typeOf(graph, port.value)));
    for (const { id, type, data } of graph.values.values()) {
      if (data !== null) ids.set(id, builder.constant(`c${k}_${id}`, { type, data }));
    }
    const inputs = node.inputs.flatMap((id) => ids.get(id) ?? []);
    const [output] = node.outputs;
    if (output === undefined) throw new Error('a layer without output');
    last = builder.node(`${node.op.type} #${k}`, node.op, inputs, typeOf(graph, output), `y${k}`);
  });
  if (last !== undefined) builder.output('y', last);
  return builder.build(name, 'a test', cases[0]?.graph.rounding ?? 'exact');
}
