import type { OpType } from '../../../ops/op.ts';
import { mapBackward, softmaxBackward, zipBackward } from './elementwise.ts';
import {
  concatBackward,
  padBackward,
  pool2dBackward,
  reduceBackward,
  reshapeBackward,
  sliceBackward,
  transposeBackward,
} from './movement.ts';
import { conv2dBackward, depthwiseBackward, fullyConnectedBackward } from './products.ts';
import type { BackwardRule } from './rule.ts';

/** How a gradient passes each operator; null where it does not, which is told to the user. */
export const backwardRules: { readonly [T in OpType]: BackwardRule<T> | null } = {
  'conv-2d': conv2dBackward,
  'depthwise-conv-2d': depthwiseBackward,
  'fully-connected': fullyConnectedBackward,
  matmul: null,
  'pool-2d': pool2dBackward,
  reduce: reduceBackward,
  softmax: softmaxBackward,
  'log-softmax': null,
  zip: zipBackward,
  map: mapBackward,
  pad: padBackward,
  concat: concatBackward,
  reshape: reshapeBackward,
  transpose: transposeBackward,
  slice: sliceBackward,
  gather: null,
  scatter: null,
  'arg-reduce': null,
  'top-k': null,
  cumulative: null,
  cast: null,
  'resize-bilinear': null,
  compare: null,
  select: null,
  recurrent: null,
  'integer-lstm': null,
  quantize: null,
  dequantize: null,
  requantize: null,
};
