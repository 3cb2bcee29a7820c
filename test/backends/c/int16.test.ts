import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { usualChoice } from '../../../converter/backends/c/choice.ts';
import { filledRuns, panelInputs } from '../../../converter/backends/c/integer/int16-runs.ts';
import { int16Sums } from '../../../converter/backends/c/integer/int16-tiles.ts';
import { cKernelNeeds, layerOf } from '../../../converter/backends/c/kernels.ts';
import { evaluateGraph } from '../../../converter/ir/evaluate.ts';
import { noClamp } from '../../../converter/ops/definition.ts';
import { lowerGraph } from '../../../converter/plan/lower.ts';
import { toBytes } from '../../../converter/tensor/dtype.ts';
import { requantizeWide } from '../../../converter/tensor/requantize.ts';
import { byteSize } from '../../../converter/tensor/tensor.ts';
import { type QemuOptions, runInQemu } from '../../../targets/qemu/run.ts';
import { findExecutable } from '../../../targets/tools.ts';
import { type Case, expectSameAsReference, OTHER_COMPILERS, packageOf, plainOptions, SANITIZED } from './batch.ts';
import { type ConvolutionCase, convolution, fullyConnected, joined } from './models.ts';

/** Convolutions of int16 data, around the pixels, channels and inputs of the tiles of all processors. */

const pointwise = { kernel: [1, 1], padding: [0, 0, 0, 0] } as const;

const relu = { min: 0, max: Number.POSITIVE_INFINITY };

const shapes: readonly Partial<ConvolutionCase>[] = [
  ...[1, 2, 3, 4, 5, 6, 7, 9].map((width) => ({ ...pointwise, height: 1, width, channels: 8, outputs: 6 })),
  ...[1, 2, 3, 4, 5, 7, 8].map((outputs) => ({ ...pointwise, channels: 16, outputs, clamp: relu })),
  ...[1, 2, 7, 8, 9, 15, 24].map((channels) => ({ ...pointwise, height: 1, width: 7, channels, outputs: 5 })),
  ...[1, 2, 3, 5].map((channels) => ({ channels, outputs: 4, clamp: { min: -1, max: 1 } })),
  { channels: 3, outputs: 5, kernel: [5, 2], strides: [2, 1], padding: [2, 0, 2, 1], batch: 2 },
  { channels: 1, outputs: 3, kernel: [5, 5], height: 4, width: 3, padding: [4, 4, 4, 4] },
  { channels: 3, outputs: 4, kernel: [1, 3], width: 1, height: 2, padding: [0, 3, 0, 3] },
  { channels: 3, outputs: 2, dilations: [2, 1], padding: [2, 1, 2, 1] },
  { channels: 5, outputs: 3, dilations: [1, 2], padding: [1, 2, 1, 2] },
  { ...pointwise, channels: 8, outputs: 4, strides: [2, 2], height: 5, width: 7, batch: 2 },
  { ...pointwise, height: 1, width: 5, channels: 160, outputs: 3 },
  { ...pointwise, height: 1, width: 5, channels: 161, outputs: 3 },
  { channels: 8, outputs: 12, groups: 4 },
  { channels: 4, outputs: 5, perChannel: false },
];

const depthwise: readonly Partial<ConvolutionCase>[] = [
  ...[1, 2, 3, 4, 5, 7, 8, 9, 12, 17].map((channels) => ({ channels, clamp: channels % 2 === 0 ? relu : noClamp })),
  { channels: 8, kernel: [2, 2], padding: [0, 0, 0, 0], clamp: { min: -1, max: 1 } },
  { channels: 4, kernel: [1, 1], padding: [0, 0, 0, 0] },
  { channels: 8, strides: [2, 2], padding: [0, 0, 1, 1], batch: 2 },
  { channels: 4, strides: [1, 3], height: 4, width: 11, padding: [1, 1, 1, 1] },
  { channels: 6, kernel: [4, 8], height: 5, width: 4, padding: [3, 4, 3, 4] },
  { channels: 4, kernel: [4, 9], height: 5, width: 4, padding: [3, 4, 3, 4] },
  { channels: 8, dilations: [2, 2], padding: [2, 2, 2, 2] },
  { channels: 3, outputs: 2 },
];

/** Sums that 32 bits do not hold, and factors beyond those of 32 bits. */
const long: readonly Partial<ConvolutionCase>[] = [
  { ...pointwise, height: 1, width: 3, channels: 1200, outputs: 5 },
  { ...pointwise, channels: 8, outputs: 4, outputScale: 1e-4 },
  { ...pointwise, channels: 8, outputs: 7, outputScale: 2e6 },
  { channels: 141, outputs: 3, height: 2, width: 3 },
  { channels: 64, outputs: 1, depthwise: true, bias: 2 ** 31 - 1, kernel: [2, 3] },
];

const all: readonly Case[] = [
  ...shapes.map((shape, i) => convolution({ arithmetic: 'int16', ...shape }, 100 + i)),
  ...depthwise.map((shape, i) => convolution({ arithmetic: 'int16', outputs: 1, ...shape, depthwise: true }, 200 + i)),
  ...long.map((shape, i) => convolution({ arithmetic: 'int16', ...shape }, 300 + i)),
  ...[8, 10, 640, 1600].map((depth) =>
    fullyConnected({ arithmetic: 'int16', rows: depth === 10 ? 3 : 1, depth, units: 7 }, 400 + depth),
  ),
];

const together = joined('int16', all);

describe.skipIf(findExecutable('gcc') === undefined)('convolutions of int16 data on the host', () => {
  it('equal the reference under sanitizers', () => expectSameAsReference([together], SANITIZED), 120_000);
  it.each(OTHER_COMPILERS.filter(({ compiler }) => findExecutable(compiler) !== undefined))(
    'equal the reference with %o',
    (options) => expectSameAsReference([together], options),
    120_000,
  );
});

const builds: readonly Partial<QemuOptions>[] = [
  { cpu: 'cortex-m4' },
  { cpu: 'cortex-m4', optimize: '-Os' },
  { cpu: 'cortex-m4', defines: ['M_PORTABLE=1'] },
  { cpu: 'cortex-m0plus' },
  { cpu: 'cortex-m55' },
  { cpu: 'rv32imc' },
];

const tools = ['arm-none-eabi-gcc', 'qemu-system-arm'].every((tool) => findExecutable(tool) !== undefined);
const forRiscV = ['riscv64-unknown-elf-gcc', 'qemu-system-riscv32'].every((tool) => findExecutable(tool) !== undefined);

describe.skipIf(!tools)('convolutions of int16 data on an emulated', () => {
  const { graph, inputs } = together;
  const expected = evaluateGraph(graph, inputs).map(({ data }) => toBytes(data));
  const sizes = graph.outputs.map(({ value }) => {
    const type = graph.values.get(value)?.type;
    return type === undefined ? 0 : byteSize(type);
  });
  const model = { prefix: 'm', files: packageOf(graph, plainOptions('m')) };
  const sample = { inputs: inputs.map(({ data }) => toBytes(data)) };
  it.each(builds.filter(({ cpu }) => cpu !== 'rv32imc' || forRiscV))(
    '%o',
    async (build) => {
      const { runs } = await runInQemu(model, [sample], sizes, { ...build, counter: 'icount' });
      expect(runs.map(({ outputs }) => outputs)).toEqual([expected]);
    },
    120_000,
  );
});

describe('the choice of sums', () => {
  const headerOf = ({ graph }: Case) => {
    const [step] = lowerGraph(graph, cKernelNeeds).steps;
    if (step === undefined) throw new Error('no step');
    return layerOf(step, { rounding: 'exact', spareBytes: 4096, choice: usualChoice }).headers;
  };

  it('takes 64 bits where a bias or a factor asks for them, and 32 else', () => {
    const plain = { ...pointwise, arithmetic: 'int16', channels: 8, outputs: 4 } as const;
    expect(headerOf(convolution(plain, 1))).toEqual(['int16_panel.h']);
    for (const shape of long.slice(0, 3))
      expect(headerOf(convolution({ ...plain, ...shape }, 1))).toEqual(['int16_long.h']);
    expect(headerOf(convolution({ ...plain, outputs: 1, depthwise: true }, 1))).toEqual(['int16_depthwise.h']);
    expect(headerOf(fullyConnected({ arithmetic: 'int16', rows: 1, depth: 1600, units: 7 }, 2000))).toEqual([
      'int16_long.h',
    ]);
  });

  it('gives factors that round as the definition does', () => {
    const { graph } = convolution({ ...pointwise, arithmetic: 'int16', channels: 8, outputs: 64 }, 5);
    const [step] = lowerGraph(graph, cKernelNeeds).steps;
    if (step === undefined) throw new Error('no step');
    const geometry = { outputChannels: 64 };
    const convolutionOf = { geometry, clamp: noClamp } as Parameters<typeof int16Sums>[1];
    const { rows, factors } = int16Sums(step, convolutionOf, () => 1000);
    fc.assert(
      fc.property(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), fc.nat(63), (sum, channel) => {
        const { multiplier = 0, shift = 0 } = rows[channel] ?? {};
        const fast = (BigInt(sum) * BigInt(factors?.[channel] ?? 0) + 2n ** 31n) >> 32n;
        const exact = (BigInt(sum) * BigInt(multiplier) + (1n << BigInt(shift - 1))) >> BigInt(shift);
        expect(fast).toBe(exact);
      }),
    );
    expect(requantizeWide(2 ** 20, { multiplier: 2 ** 30, shift: -8 })).toBe(2 ** 11);
  });
});

describe('panels of int16 data', () => {
  it('are filled up by runs', () => {
    expect(filledRuns({ kernelHeight: 2, kernelWidth: 1, channels: 3, dilationX: 1 })).toEqual([
      0,
      1,
      2,
      null,
      3,
      4,
      5,
      null,
    ]);
    expect(filledRuns({ kernelHeight: 1, kernelWidth: 2, channels: 1, dilationX: 1 })).toEqual([0, 1]);
    expect(filledRuns({ kernelHeight: 1, kernelWidth: 2, channels: 1, dilationX: 2 })).toEqual([0, null, 1, null]);
  });

  it('hold all runs in whole vectors', () => {
    const size = fc.integer({ min: 1, max: 5 });
    fc.assert(
      fc.property(
        size,
        size,
        size,
        fc.integer({ min: 1, max: 2 }),
        (kernelHeight, kernelWidth, channels, dilationX) => {
          const taps = { kernelHeight, kernelWidth, channels, dilationX };
          const inputs = panelInputs(taps);
          expect(inputs % 8).toBe(0);
          expect(inputs - filledRuns(taps).length).toBeGreaterThanOrEqual(0);
          expect(inputs - filledRuns(taps).length).toBeLessThan(8);
        },
      ),
    );
  });
});
