import type { OpType } from '../../../ops/op.ts';
import type { Unsupported } from '../../kernel.ts';
import type { WasmKernel } from '../kernel.ts';
import { argReduce } from './arg-reduce.ts';
import { cast } from './cast.ts';
import { compare } from './compare.ts';
import { concat } from './concat.ts';
import { conv2d } from './conv-2d.ts';
import { cumulative } from './cumulative.ts';
import { depthwiseConv2d } from './depthwise-conv-2d.ts';
import { dequantize } from './dequantize.ts';
import { fullyConnected } from './fully-connected.ts';
import { gather } from './gather.ts';
import { integerLstm } from './integer-lstm.ts';
import { logSoftmax } from './log-softmax.ts';
import { map } from './map.ts';
import { matmul } from './matmul.ts';
import { pad } from './pad.ts';
import { pool2d } from './pool-2d.ts';
import { quantize } from './quantize.ts';
import { recurrent } from './recurrent.ts';
import { reduce } from './reduce.ts';
import { requantize } from './requantize.ts';
import { reshape } from './reshape.ts';
import { resizeBilinear } from './resize-bilinear.ts';
import { scatter } from './scatter.ts';
import { select } from './select.ts';
import { slice } from './slice.ts';
import { softmax } from './softmax.ts';
import { topK } from './top-k.ts';
import { transpose } from './transpose.ts';
import { zip } from './zip.ts';

/** How each operator is computed, or why not. */
export const wasmKernels: { readonly [T in OpType]: WasmKernel<T> | Unsupported } = {
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

/** The kernel of an operator type, or why there is none. */
export function kernelOf<T extends OpType>(type: T): WasmKernel<T> | Unsupported {
  return wasmKernels[type];
}
