import { describe, expect, it } from 'vitest';
import { evaluateGraph } from '../../../converter/ir/evaluate.ts';
import { fromBytes, toBytes } from '../../../converter/tensor/dtype.ts';
import { byteSize } from '../../../converter/tensor/tensor.ts';
import { type QemuOptions, runInQemu } from '../../../targets/qemu/run.ts';
import { findExecutable } from '../../../targets/tools.ts';
import { packageOf, plainOptions } from './batch.ts';
import { type ConvolutionCase, convolution, fullyConnected, joined } from './models.ts';
import { dsp, host, layersOf, wrongLayers } from './overlap-runs.ts';

const tools = ['arm-none-eabi-gcc', 'qemu-system-arm'].every((tool) => findExecutable(tool) !== undefined);

const pointwise = { kernel: [1, 1], padding: [0, 0, 0, 0] } as const;

/** Around the blocks of 8, 4 and 1 channels, runs of four inputs, and the edges of the image. */
const shapes: readonly Partial<ConvolutionCase>[] = [
  ...[1, 4, 5, 8, 9, 13, 17].map((outputs) => ({ ...pointwise, channels: 6, outputs })),
  ...[1, 3, 4, 7, 8].map((channels) => ({ channels, outputs: 13, batch: 2 })),
  { channels: 3, outputs: 8, strides: [2, 2], padding: [0, 0, 1, 1], height: 8, width: 8 },
  { channels: 1, outputs: 9, kernel: [10, 4], strides: [2, 2], padding: [4, 1, 5, 1], height: 20, width: 10 },
  { channels: 4, outputs: 9, dilations: [2, 2], padding: [2, 2, 2, 2] },
  { channels: 3, outputs: 9, dilations: [2, 1], padding: [2, 1, 2, 1], clamp: { min: 0, max: 6 } },
  { channels: 4, outputs: 26, groups: 2 },
  { channels: 2, outputs: 9, kernel: [5, 5], height: 3, width: 2, padding: [2, 2, 2, 3] },
  // Windows without any input.
  { channels: 2, outputs: 9, kernel: [1, 1], padding: [1, 0, 0, 2] },
  { channels: 2, outputs: 9, kernel: [2, 2], height: 3, width: 3, padding: [3, 3, 3, 3] },
];

const depthwise: readonly Partial<ConvolutionCase>[] = [
  ...[1, 2, 4, 5, 8, 13].map((channels) => ({ channels, outputs: 1, batch: 2 })),
  { channels: 13, outputs: 1, strides: [2, 2], padding: [0, 0, 1, 1], height: 8, width: 8 },
  { channels: 13, outputs: 1, dilations: [2, 3], padding: [2, 3, 2, 3], height: 7, width: 9 },
  { channels: 9, outputs: 1, kernel: [7, 6], height: 5, width: 4, padding: [3, 3, 3, 3], clamp: { min: 0, max: 6 } },
  { channels: 3, outputs: 3 },
  { channels: 1, outputs: 9 },
];

const float = { arithmetic: 'float32' } as const;

const layers = [
  ...shapes.map((shape, i) => convolution({ ...shape, ...float }, 1 + i)),
  ...depthwise.map((shape, i) => convolution({ ...shape, ...float, depthwise: true }, 101 + i)),
  ...[1, 3].flatMap((rows) =>
    [7, 12].map((depth) => fullyConnected({ rows, depth, units: 13, ...float }, rows + depth)),
  ),
];

const builds: readonly (readonly [string, Partial<QemuOptions>])[] = [
  ['with bursts', { optimize: '-O2' }],
  ['with bursts, small', { optimize: '-Os' }],
  ['without', { optimize: '-O2', defines: ['M_PORTABLE=1'] }],
];

describe.skipIf(!tools)('float32 convolutions in blocks of channels on an emulated Cortex-M4', () => {
  const { graph, inputs } = joined('floats', layers);
  const expected = evaluateGraph(graph, inputs);

  it.each(builds)('equal the reference %s', async (_, build) => {
    const model = { prefix: 'm', files: packageOf(graph, plainOptions('m')) };
    const sample = { inputs: inputs.map(({ data }) => toBytes(data)) };
    const sizes = expected.map(({ type }) => byteSize(type));
    const { runs } = await runInQemu(model, [sample], sizes, { ...build, counter: 'icount' });
    const far = expected.flatMap(({ data }, i) => {
      const actual = fromBytes('float32', runs[0]?.outputs[i] ?? new Uint8Array());
      const isNear = Array.from(data, Number).every((value, at) => {
        return Math.abs(Number(actual[at]) - value) <= 1e-5 * (1 + Math.abs(value));
      });
      return isNear ? [] : [layers[i]?.name];
    });
    expect(far).toEqual([]);
  });
});

describe.skipIf(!tools)('float32 convolutions whose output overwrites their input', () => {
  const overlapped = layersOf(layers.map((layer) => ({ layer, input: 0 })));

  it.each([
    ['on this computer', host],
    ['on an emulated Cortex-M4', dsp],
  ] as const)('are right from the stated distance %s', async (_, where) => {
    const wrong = await wrongLayers(overlapped, where);
    expect([...wrong.stated, ...wrong.behind]).toEqual([]);
    expect(wrong.closer.length).toBeGreaterThan(0);
  });
});
