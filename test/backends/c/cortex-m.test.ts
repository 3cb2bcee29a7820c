import { describe, expect, it } from 'vitest';
import { evaluateGraph } from '../../../converter/ir/evaluate.ts';
import { noClamp } from '../../../converter/ops/definition.ts';
import type { Op } from '../../../converter/ops/op.ts';
import { toBytes } from '../../../converter/tensor/dtype.ts';
import { perTensor } from '../../../converter/tensor/quantization.ts';
import type { Rounding } from '../../../converter/tensor/requantize.ts';
import type { Shape } from '../../../converter/tensor/shape.ts';
import { byteSize, tensorType } from '../../../converter/tensor/tensor.ts';
import { type QemuOptions, runInQemu } from '../../../targets/qemu/run.ts';
import { findExecutable } from '../../../targets/tools.ts';
import { type Case, packageOf, plainOptions } from './batch.ts';
import { type ConvolutionCase, convolution, fullyConnected, joined, oneOp } from './models.ts';
import { Random } from './random.ts';
import { tinyModel } from './tiny.ts';

const tools = ['arm-none-eabi-gcc', 'qemu-system-arm'].every((tool) => findExecutable(tool) !== undefined);

const pointwise = { kernel: [1, 1], padding: [0, 0, 0, 0] } as const;

/** One below, at and one above the edges of the tiles: pixels, output channels, groups of four inputs, and the rest. */
const tiles: readonly Partial<ConvolutionCase>[] = [
  ...[1, 2, 3, 4, 5, 6, 7, 8, 9].map((width) => ({ ...pointwise, height: 1, width, channels: 8, outputs: 8 })),
  ...[1, 2, 3, 4, 5, 6, 7, 9].map((outputs) => ({ ...pointwise, channels: 12, outputs })),
  ...[4, 8, 12, 16, 20].map((channels) => ({ ...pointwise, height: 1, width: 3, channels, outputs: 9 })),
  { ...pointwise, height: 1, width: 3, channels: 24, outputs: 8, perChannel: false },
  ...[3, 4, 5, 7, 8, 9, 12, 13].map((channels) => ({ ...pointwise, channels, outputs: 5 })),
  ...[79, 80, 81, 84, 159, 160, 161, 164].map((channels) => ({ ...pointwise, width: 1, channels, outputs: 7 })),
  ...[1, 3, 4, 17, 18, 32].map((channels) => ({ channels, outputs: 6 })),
  { channels: 3, outputs: 5, kernel: [5, 2], strides: [2, 1], padding: [2, 0, 2, 1], batch: 2 },
  { channels: 4, outputs: 4, strides: [2, 2], padding: [0, 0, 1, 1], perChannel: false },
  { channels: 20, outputs: 5, dilations: [1, 2], padding: [1, 2, 1, 2] },
  ...[31, 32, 33, 36].map((channels) => ({ channels, outputs: 23, height: 2, width: 2 })),
  { channels: 32, outputs: 4, dilations: [2, 1], padding: [2, 1, 2, 1], batch: 2 },
];

/** Around four channels and an even number of positions. */
const fours: readonly Partial<ConvolutionCase>[] = [
  ...[3, 4, 5, 6, 7, 8, 9].map((channels) => ({ channels })),
  ...[1, 2, 3, 5].map((width) => ({ channels: 5, kernel: [1, width] as const, padding: [0, 1, 0, 0] as const })),
  { channels: 8, kernel: [2, 2], padding: [0, 0, 0, 0] },
  { channels: 6, strides: [2, 2], padding: [0, 0, 1, 1], batch: 2 },
  { channels: 4, kernel: [7, 6], height: 5, width: 4, padding: [3, 3, 3, 3] },
  { channels: 4, kernel: [5, 6], padding: [2, 3, 2, 2], perChannel: false },
  { channels: 128, height: 17, width: 16, strides: [3, 3], padding: [0, 0, 0, 0] },
  { channels: 8, weightZero: 9, perChannel: false },
  { channels: 9, height: 1, width: 1, padding: [1, 1, 1, 1], perChannel: false },
  { channels: 10, height: 2, width: 9, strides: [1, 2], padding: [1, 0, 1, 0], batch: 2 },
  { channels: 11, height: 9, width: 2, strides: [2, 1], padding: [2, 2, 2, 2] },
];

/** Bands of two rows: even and odd heights and widths, borders of none to two, channels left over, columns not on the stack. */
const bands: readonly Partial<ConvolutionCase>[] = [
  ...[4, 5, 6, 7, 8].map((channels) => ({ channels, height: 4 + (channels % 3), width: 5 + (channels % 2) })),
  { channels: 8, height: 7, width: 8, padding: [0, 0, 0, 0] },
  { channels: 8, height: 6, width: 9, padding: [2, 2, 2, 2], batch: 2 },
  { channels: 9, height: 8, width: 7, padding: [2, 0, 1, 1], perChannel: false },
  { channels: 4, height: 3, width: 10, padding: [0, 1, 0, 2] },
  { channels: 5, height: 5, width: 31 },
  { channels: 12, height: 2, width: 6, padding: [1, 0, 1, 0] },
  { channels: 10, height: 6, width: 6, weightZero: 9, perChannel: false },
];

/** Every way to round, in one model each. */
function tilesOf(rounding: Rounding, outputZero: number | null, seed: number): Case {
  const all = { rounding, outputZero };
  return joined(`tiles, ${rounding}, zero point ${outputZero}`, [
    ...tiles.map((shape, i) => convolution({ ...shape, ...all }, seed + i)),
    ...fours.map((shape, i) => convolution({ outputs: 1, ...shape, ...all, depthwise: true }, seed + 100 + i)),
    ...bands.map((shape, i) => convolution({ outputs: 1, ...shape, ...all, depthwise: true }, seed + 130 + i)),
    ...[3, 4, 5, 79, 80, 83, 640, 643].map((depth) =>
      fullyConnected({ rows: 1, depth, units: 343, ...all }, seed + depth),
    ),
    ...[1, 4, 5, 8, 11].map((units) => fullyConnected({ rows: 1, depth: 4 * units + 4, units, ...all }, seed + units)),
  ]);
}

/** Averages of four channels at a time, around the most whose sum fits in 16 bits. */
function averages(): Case {
  const random = new Random(77);
  const type = (shape: Shape) => tensorType('int8', shape, perTensor(0.05, 3));
  const shapes = [
    [3, 5, 4],
    [15, 17, 4],
    [16, 16, 4],
    [4, 6, 12],
    [4, 6, 6],
  ] as const;
  return joined(
    'averages',
    shapes.flatMap(([height, width, channels], i) =>
      (['away', 'up'] as const).map((ties) => {
        const [top, strides] = i === 3 ? [1, [2, 3] as const] : [0, [1, 1] as const];
        const kernel: readonly [number, number] = i === 3 ? [3, 2] : [height, width];
        const padding = { top, left: 0, bottom: 0, right: 0 };
        const attributes = {
          kind: 'average',
          kernel,
          strides,
          dilations: [1, 1],
          padding,
          clamp: noClamp,
          ties,
        } as const;
        const op: Op = { type: 'pool-2d', attributes };
        return oneOp(op, [type([1, height, width, channels])], type, 'exact', random, `${ties} ${height}x${width}`);
      }),
    ),
  );
}

const { graph, input } = tinyModel('exact');
const cases: readonly Case[] = [
  { name: 'tiny', graph, inputs: [input] },
  convolution({ channels: 9, outputs: 11 }, 301),
  convolution({ channels: 33, outputs: 6, rounding: 'single', clamp: { min: 0, max: 6 } }, 302),
  convolution({ channels: 7, outputs: 1, depthwise: true, strides: [2, 1] }, 303),
  fullyConnected({ rows: 2, depth: 15, units: 9, perChannel: false }, 304),
  averages(),
  tilesOf('exact', null, 400),
  tilesOf('exact', -128, 600),
  tilesOf('single', null, 800),
  tilesOf('float', null, 1000),
];

const builds: readonly Pick<QemuOptions, 'defines' | 'optimize'>[] = [
  { defines: [], optimize: '-O2' },
  { defines: [], optimize: '-Os' },
  { defines: ['M_PORTABLE=1'], optimize: '-O2' },
];

/** Runs a case in each build, and expects what the reference evaluator gives. */
async function agrees({ graph, inputs }: Case, builds: readonly Partial<QemuOptions>[]): Promise<void> {
  const expected = evaluateGraph(graph, inputs).map(({ data }) => toBytes(data));
  const sizes = graph.outputs.map(({ value }) => {
    const type = graph.values.get(value)?.type;
    return type === undefined ? 0 : byteSize(type);
  });
  const model = { prefix: 'm', files: packageOf(graph, plainOptions('m')) };
  const sample = { inputs: inputs.map(({ data }) => toBytes(data)) };
  for (const build of builds) {
    const { runs } = await runInQemu(model, [sample], sizes, { ...build, counter: 'icount' });
    expect(runs.map(({ outputs }) => outputs)).toEqual([expected]);
  }
}

/** The instructions of Armv7E-M against the portable C, on the same processor. */
describe.skipIf(!tools)('on an emulated Cortex-M4, with and without its own instructions', () => {
  it.each(cases.map((one) => [one.name, one] as const))('%s', (_, one) => agrees(one, builds));
});

/** Armv6-M has loops and a requantization of its own, and faults on unaligned accesses. */
describe.skipIf(!tools)('on an emulated Cortex-M0+', () => {
  it.each(cases.map((one) => [one.name, one] as const))('%s', (_, one) => agrees(one, [{ cpu: 'cortex-m0plus' }]));
});

/** Around the 16 inputs and channels of a vector of Helium, the two pixels of its tiles, and the weights of which it adds two products. */
function vectors(rounding: Rounding, outputZero: number | null, seed: number): Case {
  const all = { rounding, outputZero };
  return joined(`vectors, ${rounding}, zero point ${outputZero}`, [
    ...Array.from({ length: 33 }, (_, i) =>
      convolution({ ...pointwise, height: 1, width: 3, channels: i + 1, outputs: 5, ...all }, seed + i),
    ),
    ...[47, 48, 49, 63, 64, 65].map((channels) =>
      convolution(
        { ...pointwise, height: 1, width: 2, channels, outputs: 9, perChannel: false, ...all },
        seed + channels,
      ),
    ),
    ...[15, 16, 17, 20, 31, 32, 33, 48].map((channels, i) =>
      convolution({ channels, outputs: 1, depthwise: true, perChannel: i % 2 === 0, ...all }, seed + 100 + i),
    ),
    ...[1, 2, 31, 32, 33].map((height) =>
      convolution(
        { channels: 18, outputs: 1, depthwise: true, height: 35, width: 1, kernel: [height, 1], ...all },
        seed + 120 + height,
      ),
    ),
    ...[1, 2, 3].map((groups) =>
      convolution({ channels: 6 * groups, outputs: 5 * groups, groups, strides: [2, 1], ...all }, seed + 160 + groups),
    ),
    ...[636, 640, 641].flatMap((depth) =>
      [true, false].map((perChannel) => fullyConnected({ rows: 1, depth, units: 9, perChannel, ...all }, seed + depth)),
    ),
    convolution({ channels: 18, outputs: 1, depthwise: true, weightZero: 9, perChannel: false, ...all }, seed + 170),
  ]);
}

/** Residual sums around four numbers, of like and unlike scales, with and without limits of their own. */
function sums(): Case {
  const random = new Random(91);
  return joined(
    'sums',
    [1, 3, 4, 5, 8, 33, 257].flatMap((count) =>
      [0.05, 0.0513, 0.4].flatMap((scale) =>
        [noClamp, { min: 0, max: 6 }].map((clamp) => {
          const type = (scale: number, zero: number) => tensorType('int8', [1, count], perTensor(scale, zero));
          const op: Op = { type: 'zip', attributes: { fn: 'add', clamp } };
          const inputs = [type(0.05, 3), type(scale, -128)];
          return oneOp(
            op,
            inputs,
            () => type(0.07, clamp === noClamp ? -5 : -128),
            'exact',
            random,
            `${count} ${scale}`,
          );
        }),
      ),
    ),
  );
}

/** Helium has loops of its own; the assembly is the same at every level of optimization. */
describe.skipIf(!tools)('on an emulated Cortex-M55', () => {
  const all = [
    ...cases,
    vectors('exact', null, 2000),
    vectors('exact', -128, 3000),
    vectors('single', null, 4000),
    vectors('float', null, 5000),
    sums(),
  ];
  it.each(all.map((one) => [one.name, one] as const))('%s', (_, one) => agrees(one, [{ cpu: 'cortex-m55' }]));
});
