import { describe, expect, it } from 'vitest';
import { emitC } from '../../../converter/backends/c/emit.ts';
import { cKernelNeeds } from '../../../converter/backends/c/kernels.ts';
import { GraphBuilder } from '../../../converter/ir/builder.ts';
import { evaluateGraph } from '../../../converter/ir/evaluate.ts';
import { type Graph, typeOf } from '../../../converter/ir/graph.ts';
import { noClamp } from '../../../converter/ops/definition.ts';
import type { Op } from '../../../converter/ops/op.ts';
import { outputShapes } from '../../../converter/ops/registry.ts';
import { lowerGraph } from '../../../converter/plan/lower.ts';
import { planMemory } from '../../../converter/plan/plan.ts';
import { withStreams } from '../../../converter/plan/stream/stream.ts';
import { invariant } from '../../../converter/problem.ts';
import { toBytes } from '../../../converter/tensor/dtype.ts';
import { perTensor } from '../../../converter/tensor/quantization.ts';
import { byteSize, type Tensor, type TensorType, tensorType } from '../../../converter/tensor/tensor.ts';
import { runOnHost } from '../../../targets/host/run.ts';
import { runInQemu } from '../../../targets/qemu/run.ts';
import { needTool } from '../../support/tools.ts';
import { plainOptions } from './batch.ts';
import { Random } from './random.ts';

/** Rows of few pixels: a convolution and a pool over all of the image, row by row, against the reference. */

const random = new Random(91);
const HEIGHT = 6;
const WIDTHS = [1, 2, 3, 4, 5, 6, 7, 11];

/** A convolution whose every row has so many pixels, then an average or a maximum of the image; as one chain per width. */
function chains(): { readonly graph: Graph; readonly inputs: readonly Tensor[] } {
  const builder = new GraphBuilder();
  const inputs: Tensor[] = [];
  WIDTHS.forEach((width, i) => {
    const kind = i % 3 === 2 ? 'max' : 'average';
    const [channels, outputs] = [4 + 4 * (i % 3), i % 2 === 0 ? 8 : 7];
    const type = (shape: readonly number[], scale: number, zero: number): TensorType =>
      tensorType('int8', shape, perTensor(Math.fround(scale), zero));
    const data = random.tensor(type([1, HEIGHT, width, channels], 0.05, 3));
    const weights = random.tensor(type([outputs, 3, 3, channels], 0.01, 0));
    const bias = random.tensor(tensorType('int32', [outputs]), 4000);
    inputs.push(data);
    const same = { top: 1, left: 1, bottom: 1, right: 1 };
    const window = { strides: [1, 1], dilations: [1, 1], padding: same, clamp: noClamp, hybrid: 'none' } as const;
    const convolution: Op = { type: 'conv-2d', attributes: { ...window, groups: 1 } };
    const none = { top: 0, left: 0, bottom: 0, right: 0 };
    const pool: Op = {
      type: 'pool-2d',
      attributes: {
        ...{ kind, kernel: [HEIGHT, width], strides: [1, 1], dilations: [1, 1], padding: none },
        ...{ clamp: noClamp, ties: 'away' },
      },
    };
    const [shape = []] = outputShapes(convolution, [data.type, weights.type, bias.type]);
    const rows = type(shape, 0.04, i % 2 === 0 ? -128 : 5);
    const [pooled = []] = outputShapes(pool, [rows]);
    const ids = [
      builder.input(`x${i}`, data.type),
      builder.constant(`w${i}`, weights),
      builder.constant(`b${i}`, bias),
    ];
    const hidden = builder.node(`conv #${2 * i}`, convolution, ids, rows, `h${i}`);
    builder.output(`y${i}`, builder.node(`pool #${2 * i + 1}`, pool, [hidden], { ...rows, shape: pooled }, `y${i}`));
  });
  return { graph: builder.build('rows', 'a test', 'exact'), inputs };
}

describe.skipIf(!needTool('arm-none-eabi-gcc', 'qemu-system-arm', 'gcc').available)('rows of few pixels', () => {
  const { graph, inputs } = chains();
  const expected = evaluateGraph(graph, inputs).map(({ data }) => toBytes(data));
  const sample = { inputs: inputs.map(({ data }) => toBytes(data)) };
  const sizes = graph.outputs.map(({ value }) => byteSize(typeOf(graph, value)));

  it.each([1, 1 / 2, 1 / 4])('are exact with %s of the memory that their kernels want', async (spareShare) => {
    const ranges = WIDTHS.map((_, i) => ({ first: 2 * i, end: 2 * i + 2 }));
    const options = { fedInput: null, spareShare };
    const program = withStreams(lowerGraph(graph, cKernelNeeds), ranges, cKernelNeeds, options);
    invariant(program?.streams.length === WIDTHS.length, 'a chain that is no stream');
    const artifacts = emitC(program, planMemory(program), plainOptions('m'));
    const model = { prefix: 'm', files: artifacts.map(({ path, bytes }) => ({ path, contents: bytes })) };
    const host = await runOnHost(model, [sample], sizes, { compiler: 'gcc' });
    expect(host.runs.map(({ outputs }) => outputs)).toEqual([expected]);
    for (const optimize of ['-O2', '-Os'] as const) {
      const { runs } = await runInQemu(model, [sample], sizes, { optimize, counter: 'icount' });
      expect(runs.map(({ outputs }) => outputs)).toEqual([expected]);
    }
  });
});
