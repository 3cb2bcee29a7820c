import { emitC } from '../../../converter/backends/c/emit.ts';
import { cKernelNeeds } from '../../../converter/backends/c/kernels.ts';
import type { COptions } from '../../../converter/backends/c/options.ts';
import { GraphBuilder } from '../../../converter/ir/builder.ts';
import type { Graph } from '../../../converter/ir/graph.ts';
import { noClamp } from '../../../converter/ops/definition.ts';
import { latencyPlan, type PlanOptions } from '../../../converter/plan/options.ts';
import { planProgram } from '../../../converter/plan/plan-program.ts';
import { perTensor } from '../../../converter/tensor/quantization.ts';
import { tensorType } from '../../../converter/tensor/tensor.ts';
import type { PackageFile } from '../../../targets/harness/package.ts';
import { Random } from './random.ts';

/** The smallest arena with an input that comes row by row. */
export const fedPlan: PlanOptions = { ...latencyPlan, optimize: 'sram', feedRows: true };

/** The package of a graph whose input comes row by row. */
export function fedPackageOf(graph: Graph, options: COptions): PackageFile[] {
  const { program, plan } = planProgram(graph, cKernelNeeds, fedPlan);
  return emitC(program, plan, options).map(({ path, bytes }) => ({ path, contents: bytes }));
}

/** A picture of `height` rows, a convolution and a pool of its rows and columns. */
export function pictureModel(
  height: number,
  { kernel, stride, top }: { readonly kernel: number; readonly stride: number; readonly top: number },
): Graph {
  const random = new Random(height + kernel);
  const builder = new GraphBuilder();
  const x = builder.input('picture', tensorType('int8', [1, height, 5, 3], perTensor(0.05, 3)));
  const rows = Math.floor((height + 2 * top - kernel) / stride) + 1;
  const columns = Math.floor((5 - kernel) / stride) + 1;
  const type = tensorType('int8', [1, rows, columns, 4], perTensor(0.1, -8));
  const maps = builder.node(
    'CONV_2D #0',
    {
      type: 'conv-2d',
      attributes: {
        ...{ groups: 1, clamp: noClamp, hybrid: 'none', strides: [stride, stride], dilations: [1, 1] },
        padding: { top, bottom: top, left: 0, right: 0 },
      },
    },
    [
      x,
      builder.constant('w0', random.tensor(tensorType('int8', [4, kernel, kernel, 3], perTensor(0.02, 0)))),
      builder.constant('b0', random.tensor(tensorType('int32', [4]), 500)),
    ],
    type,
    'maps',
  );
  builder.output(
    'maps',
    builder.node(
      'SOFTMAX #1',
      { type: 'softmax', attributes: { beta: 1 } },
      [maps],
      tensorType('int8', type.shape, perTensor(1 / 256, -128)),
      'y',
    ),
  );
  return builder.build('picture', 'a test', 'exact');
}
