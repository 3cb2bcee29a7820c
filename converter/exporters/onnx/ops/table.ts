import type { Op, OpType } from '../../../ops/op.ts';
import type { OperatorWriter } from '../operator-writer.ts';
import { cast, dequantize, quantize, requantize } from './conversions.ts';
import { gather, scatter } from './indexing.ts';
import { map } from './map.ts';
import { concat, pad, reshape, resizeBilinear, select, slice, transpose } from './movement.ts';
import { fullyConnected, matmul } from './products.ts';
import { recurrent } from './recurrent.ts';
import { argReduce, cumulative, logSoftmax, reduce, softmax, topK } from './reductions.ts';
import { conv2d, depthwiseConv2d, pool2d } from './windows.ts';
import { compare, zip } from './zip.ts';

/** Writes a node as one or more operators of ONNX, or throws ProblemError where there are none. */
type WriteNode<T extends OpType> = (writer: OperatorWriter, op: Op<T>) => void;

function refused(what: string) {
  return (writer: OperatorWriter) => writer.refuse(what);
}

/** How every operator is written. */
export const operatorWriters: { readonly [T in OpType]: WriteNode<T> } = {
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
  'integer-lstm': refused('a recurrent layer on integers has no operator in ONNX'),
  quantize,
  dequantize,
  requantize,
};
