import { describe, expect, it } from 'vitest';
import { evaluateGraph } from '../../../converter/ir/evaluate.ts';
import { toBytes } from '../../../converter/tensor/dtype.ts';
import { byteSize } from '../../../converter/tensor/tensor.ts';
import { runInQemu } from '../../../targets/qemu/run.ts';
import { findExecutable } from '../../../targets/tools.ts';
import { type Case, packageOf, plainOptions } from './batch.ts';
import { convolution, fullyConnected } from './models.ts';
import { tinyModel } from './tiny.ts';

const tools = ['arm-none-eabi-gcc', 'qemu-system-arm'].every((tool) => findExecutable(tool) !== undefined);

const { graph, input } = tinyModel('exact');
const cases: readonly Case[] = [
  { name: 'tiny', graph, inputs: [input] },
  convolution({ channels: 9, outputs: 11 }, 301),
  convolution({ channels: 33, outputs: 6, rounding: 'single', clamp: { min: 0, max: 6 } }, 302),
  convolution({ channels: 7, outputs: 1, depthwise: true, strides: [2, 1] }, 303),
  fullyConnected({ rows: 2, depth: 15, units: 9, perChannel: false }, 304),
];

/** The instructions of Armv7E-M against the portable C, on the same processor. */
describe.skipIf(!tools)('on an emulated Cortex-M4, with and without its own instructions', () => {
  it.each(cases.map((one) => [one.name, one] as const))('%s', async (_, { graph, inputs }) => {
    const expected = evaluateGraph(graph, inputs).map(({ data }) => toBytes(data));
    const sizes = graph.outputs.map(({ value }) => {
      const type = graph.values.get(value)?.type;
      return type === undefined ? 0 : byteSize(type);
    });
    const model = { prefix: 'm', files: packageOf(graph, plainOptions('m')) };
    const sample = { inputs: inputs.map(({ data }) => toBytes(data)) };
    for (const defines of [[], ['M_PORTABLE=1']]) {
      const { runs } = await runInQemu(model, [sample], sizes, { cpu: 'cortex-m4', defines, counter: 'icount' });
      expect(runs.map(({ outputs }) => outputs)).toEqual([expected]);
    }
  });
});
