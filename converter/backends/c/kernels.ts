import type { Op, OpType } from '../../ops/op.ts';
import type { KernelNeeds } from '../../plan/lower.ts';
import { disjoint } from '../../plan/overlap.ts';
import type { Program, Step } from '../../plan/program.ts';
import { InternalError, type Problem } from '../../problem.ts';
import { dtypeProblem } from '../dtypes.ts';
import type { Unsupported } from '../kernel.ts';
import { usualChoice } from './choice.ts';
import { bandBytes, bandOverlapUnit, bandSlowdown } from './integer/band-bytes.ts';
import { panelBytes, panelSlowdown } from './integer/panel-bytes.ts';
import type { CKernel, CLayer, KernelContext } from './kernel.ts';
import { argReduce } from './kernels/arg-reduce.ts';
import { cast } from './kernels/cast.ts';
import { compare } from './kernels/compare.ts';
import { concat } from './kernels/concat.ts';
import { conv2d } from './kernels/conv-2d.ts';
import { cumulative } from './kernels/cumulative.ts';
import { depthwiseConv2d } from './kernels/depthwise-conv-2d.ts';
import { dequantize } from './kernels/dequantize.ts';
import { fullyConnected } from './kernels/fully-connected.ts';
import { gather } from './kernels/gather.ts';
import { integerLstm } from './kernels/integer-lstm.ts';
import { logSoftmax } from './kernels/log-softmax.ts';
import { map } from './kernels/map.ts';
import { matmul } from './kernels/matmul.ts';
import { pad } from './kernels/pad.ts';
import { pool2d } from './kernels/pool-2d.ts';
import { quantize } from './kernels/quantize.ts';
import { recurrent } from './kernels/recurrent.ts';
import { reduce } from './kernels/reduce.ts';
import { requantize } from './kernels/requantize.ts';
import { reshape } from './kernels/reshape.ts';
import { resizeBilinear } from './kernels/resize-bilinear.ts';
import { scatter } from './kernels/scatter.ts';
import { select } from './kernels/select.ts';
import { slice } from './kernels/slice.ts';
import { softmax } from './kernels/softmax.ts';
import { topK } from './kernels/top-k.ts';
import { transpose } from './kernels/transpose.ts';
import { zip } from './kernels/zip.ts';

/** How C computes each operator. */
export const kernels: { readonly [T in OpType]: CKernel<T> | Unsupported } = {
  'conv-2d': conv2d,
  'depthwise-conv-2d': depthwiseConv2d,
  'fully-connected': fullyConnected,
  matmul,
  'pool-2d': pool2d,
  reduce,
  softmax,
  'log-softmax': logSoftmax,
  zip,
  map,
  pad,
  concat,
  reshape,
  transpose,
  slice,
  gather,
  scatter,
  'arg-reduce': argReduce,
  'top-k': topK,
  cumulative,
  cast,
  'resize-bilinear': resizeBilinear,
  compare,
  select,
  recurrent,
  'integer-lstm': integerLstm,
  quantize,
  dequantize,
  requantize,
};

/** What the C kernels ask of the memory plan. */
export const cKernelNeeds: KernelNeeds = {
  alignment: 4,
  scratchBytes: (op, inputs, outputs) => {
    const kernel = kernelOf(op);
    return 'unsupported' in kernel ? 0 : kernel.scratchBytes(op, inputs, outputs);
  },
  overlaps: (op, inputs, outputs) => {
    const kernel = kernelOf(op);
    return 'unsupported' in kernel ? disjoint(inputs) : kernel.overlaps(op, inputs, outputs);
  },
  overlapUnit: (op, inputs, outputs) => (op.type === 'depthwise-conv-2d' ? bandOverlapUnit(op, inputs, outputs) : 1),
  spareBytes: (op, inputs, outputs, share) =>
    op.type === 'depthwise-conv-2d' ? bandBytes(op, inputs, outputs, share) : panelBytes(op, inputs, outputs, share),
  slowdown: (op, inputs, outputs, spareBytes) =>
    op.type === 'depthwise-conv-2d'
      ? bandSlowdown(op, inputs, outputs, spareBytes)
      : panelSlowdown(op, inputs, outputs, spareBytes),
};

/** Everything that keeps the program from becoming a C package, all steps at once; empty when nothing does. */
export function cProblems(program: Program): Problem[] {
  const context = { rounding: program.rounding, spareBytes: 0, choice: usualChoice };
  return program.steps.flatMap((step) => {
    const kernel = kernelOf(step.op);
    const reason = 'unsupported' in kernel ? kernel : (dtypeProblem(step) ?? kernel.problem(step, context));
    if (reason === null) return [];
    return [{ code: 'c-unsupported', where: step.name, what: reason.unsupported, advice: reason.advice }];
  });
}

/** The C function of a step without problems, and its arguments. */
export function layerOf(step: Step, context: KernelContext): CLayer {
  const kernel = kernelOf(step.op);
  if ('unsupported' in kernel) throw new InternalError(`${step.name}: ${kernel.unsupported}`);
  return kernel.emit(step, context);
}

/** The kernel of an operator; `CKernel` takes a step of any operator by the rule of methods, and gets its own. */
function kernelOf(op: Op): CKernel<OpType> | Unsupported {
  return kernels[op.type];
}
