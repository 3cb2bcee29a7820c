import { describe, expect, it } from 'vitest';
import type { KernelChoice } from '../../../converter/backends/c/choice.ts';
import { evaluateGraph } from '../../../converter/ir/evaluate.ts';
import type { Graph } from '../../../converter/ir/graph.ts';
import { toBytes } from '../../../converter/tensor/dtype.ts';
import type { Rounding } from '../../../converter/tensor/requantize.ts';
import { byteSize } from '../../../converter/tensor/tensor.ts';
import { type QemuOptions, runInQemu } from '../../../targets/qemu/run.ts';
import { findExecutable } from '../../../targets/tools.ts';
import { type Case, packageOf, plainOptions } from './batch.ts';
import { type ConvolutionCase, convolution, fullyConnected, joined } from './models.ts';

const tools = ['arm-none-eabi-gcc', 'qemu-system-arm'].every((tool) => findExecutable(tool) !== undefined);

const pointwise = { kernel: [1, 1], padding: [0, 0, 0, 0] } as const;

/** Around the pixels of a tile, the channels of a block, and the groups that a loop takes at a time. */
const shapes: readonly Partial<ConvolutionCase>[] = [
  ...[1, 2, 3, 4, 5, 6, 7, 8].map((width) => ({ ...pointwise, height: 1, width, channels: 8, outputs: 8 })),
  ...[1, 2, 3, 4, 5].map((outputs) => ({ ...pointwise, channels: 12, outputs })),
  ...[4, 8, 12, 16, 20, 24].map((channels) => ({ ...pointwise, height: 1, width: 3, channels, outputs: 9 })),
  ...[3, 5, 7].map((channels) => ({ ...pointwise, channels, outputs: 5, perChannel: false })),
  ...[1, 4, 18].map((channels) => ({ channels, outputs: 6 })),
  { channels: 3, outputs: 5, kernel: [5, 2], strides: [2, 1], padding: [2, 0, 2, 1], batch: 2 },
  { channels: 20, outputs: 5, dilations: [1, 2], padding: [1, 2, 1, 2] },
  { channels: 4, outputs: 6, clamp: { min: -0.5, max: 0.7 } },
  { channels: 8, outputs: 6, groups: 2 },
  { channels: 8, outputs: 6, weightZero: 5, perChannel: false },
];

/** As many positions and channels as kernels of depthwise convolutions tell apart. */
const depthwise: readonly Partial<ConvolutionCase>[] = [
  ...[3, 4, 9].map((channels) => ({ channels })),
  { channels: 6, strides: [2, 2], padding: [0, 0, 1, 1], batch: 2 },
  { channels: 5, kernel: [5, 6], padding: [2, 3, 2, 2], perChannel: false, width: 9, dilations: [1, 2] },
  { channels: 4, outputs: 2 },
];

function everyShape(rounding: Rounding, outputZero: number | null, seed: number): Case {
  const all = { rounding, outputZero };
  return joined(`${rounding}, zero point ${outputZero}`, [
    ...shapes.map((shape, i) => convolution({ ...shape, ...all }, seed + i)),
    ...depthwise.map((shape, i) => convolution({ outputs: 1, ...shape, ...all, depthwise: true }, seed + 100 + i)),
    ...[3, 4, 8, 80, 83].map((depth) => fullyConnected({ rows: 1, depth, units: 343, ...all }, seed + depth)),
    ...[1, 2, 3, 5].map((units) => fullyConnected({ rows: 1, depth: 1028, units, ...all }, seed + units)),
  ]);
}

const cases = [
  everyShape('exact', null, 400),
  everyShape('exact', -128, 600),
  everyShape('single', 5, 800),
  everyShape('float', 5, 900),
];

/** The package with one choice for all layers, on a processor, gives what the reference gives. */
async function agrees({ graph, inputs }: Case, choice: KernelChoice, options: Partial<QemuOptions>): Promise<void> {
  const expected = evaluateGraph(graph, inputs).map(({ data }) => toBytes(data));
  const model = { prefix: 'm', files: packageOf(graph, { ...plainOptions('m'), choices: everywhere(graph, choice) }) };
  const sizes = graph.outputs.map(({ value }) => {
    const type = graph.values.get(value)?.type;
    return type === undefined ? 0 : byteSize(type);
  });
  const sample = { inputs: inputs.map(({ data }) => toBytes(data)) };
  const { runs } = await runInQemu(model, [sample], sizes, { ...options, counter: 'icount' });
  expect(runs.map(({ outputs }) => outputs)).toEqual([expected]);
}

const everywhere = (graph: Graph, choice: KernelChoice) =>
  new Map(Array.from({ length: 2 * graph.nodes.length }, (_, index) => [index, choice] as const));

const words = [4, 2, 1].map(
  (pixels): KernelChoice => ({ form: 'words', pixels: pixels === 4 ? null : pixels === 2 ? 2 : 1 }),
);

describe.skipIf(!tools)('weights of 16 bits', () => {
  const [first] = words;
  it.each(cases.map((one) => [one.name, one] as const))('%s', async (_, one) => {
    for (const choice of words) await agrees(one, choice, { cpu: 'cortex-m4' });
  });

  it.each(['cortex-m33', 'cortex-m55', 'cortex-m0plus'] as const)('are for Armv7E-M alone: %s', async (cpu) => {
    const [one] = cases;
    if (one !== undefined && first !== undefined) await agrees(one, first, { cpu });
  });
});
