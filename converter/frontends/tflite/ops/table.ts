import type { TranslateOperator } from '../context.ts';
import { argMax, argMin } from './arg-reduce.ts';
import { batchMatmul } from './batch-matmul.ts';
import { batchToSpace, depthToSpace, spaceToBatch, spaceToDepth } from './blocks.ts';
import { broadcastArgs, broadcastTo, tile } from './broadcast.ts';
import { cast } from './cast.ts';
import * as compare from './compare.ts';
import { l2Normalization, oneHot, reduceAll, reduceAny } from './composed.ts';
import { concatenation, pack } from './concat.ts';
import { fill, range, rank, zerosLike } from './constants.ts';
import { conv2d } from './conv-2d.ts';
import { depthwiseConv2d } from './depthwise-conv-2d.ts';
import { fullyConnected } from './fully-connected.ts';
import { embeddingLookup, gather, gatherNd, reverseSequence } from './gather.ts';
import { lstm, unidirectionalSequenceLstm } from './lstm.ts';
import * as map from './map.ts';
import { mirrorPad, reverse } from './mirror-pad.ts';
import { pad, padV2 } from './pad.ts';
import { cumsum, topK, unique, where } from './places.ts';
import { averagePool2d, maxPool2d } from './pool-2d.ts';
import { dequantize, quantize } from './quantize.ts';
import * as reduce from './reduce.ts';
import { expandDims, reshape, shape, squeeze } from './reshape.ts';
import { resizeBilinear, resizeNearest } from './resize.ts';
import { rnn, unidirectionalSequenceRnn } from './rnn.ts';
import * as scatter from './scatter.ts';
import { slice, stridedSlice } from './slice.ts';
import { logSoftmax, softmax } from './softmax.ts';
import { split, splitV, unpack } from './split.ts';
import { svdf } from './svdf.ts';
import { transpose } from './transpose.ts';
import { transposeConv } from './transpose-conv.ts';
import { assignVariable, callOnce, readVariable, varHandle } from './variable.ts';
import * as zip from './zip.ts';

/** The TFLite builtin operators that we translate, by their name in the schema. Any other is refused by name. */
export const translations: ReadonlyMap<string, TranslateOperator> = new Map([
  ['ABS', map.abs],
  ['ADD', zip.add],
  ['ADD_N', zip.addN],
  ['ARG_MAX', argMax],
  ['ARG_MIN', argMin],
  ['ASSIGN_VARIABLE', assignVariable],
  ['ATAN2', zip.atan2],
  ['AVERAGE_POOL_2D', averagePool2d],
  ['BATCH_MATMUL', batchMatmul],
  ['BATCH_TO_SPACE_ND', batchToSpace],
  ['BITWISE_XOR', zip.bitwiseXor],
  ['BROADCAST_ARGS', broadcastArgs],
  ['BROADCAST_TO', broadcastTo],
  ['CALL_ONCE', callOnce],
  ['CAST', cast],
  ['CEIL', map.ceil],
  ['CONCATENATION', concatenation],
  ['CONV_2D', conv2d],
  ['COS', map.cos],
  ['CUMSUM', cumsum],
  ['DEPTHWISE_CONV_2D', depthwiseConv2d],
  ['DEPTH_TO_SPACE', depthToSpace],
  ['DEQUANTIZE', dequantize],
  ['DIV', zip.div],
  ['DYNAMIC_UPDATE_SLICE', scatter.dynamicUpdateSlice],
  ['ELU', map.elu],
  ['EMBEDDING_LOOKUP', embeddingLookup],
  ['EQUAL', compare.equal],
  ['EXP', map.exp],
  ['EXPAND_DIMS', expandDims],
  ['FILL', fill],
  ['FLOOR', map.floor],
  ['FLOOR_DIV', zip.floorDiv],
  ['FLOOR_MOD', zip.floorMod],
  ['FULLY_CONNECTED', fullyConnected],
  ['GATHER', gather],
  ['GATHER_ND', gatherNd],
  ['GREATER', compare.greater],
  ['GREATER_EQUAL', compare.greaterEqual],
  ['HARD_SWISH', map.hardSwish],
  ['L2_NORMALIZATION', l2Normalization],
  ['LEAKY_RELU', map.leakyRelu],
  ['LESS', compare.less],
  ['LESS_EQUAL', compare.lessEqual],
  ['LOG', map.log],
  ['LOGICAL_AND', compare.logicalAnd],
  ['LOGICAL_NOT', compare.logicalNot],
  ['LOGICAL_OR', compare.logicalOr],
  ['LOGISTIC', map.logistic],
  ['LOG_SOFTMAX', logSoftmax],
  ['LSTM', lstm],
  ['MAXIMUM', zip.maximum],
  ['MAX_POOL_2D', maxPool2d],
  ['MEAN', reduce.mean],
  ['MINIMUM', zip.minimum],
  ['MIRROR_PAD', mirrorPad],
  ['MUL', zip.mul],
  ['NEG', map.neg],
  ['NOT_EQUAL', compare.notEqual],
  ['ONE_HOT', oneHot],
  ['PACK', pack],
  ['PAD', pad],
  ['PADV2', padV2],
  ['POW', zip.pow],
  ['PRELU', zip.prelu],
  ['QUANTIZE', quantize],
  ['RANGE', range],
  ['RANK', rank],
  ['READ_VARIABLE', readVariable],
  ['REDUCE_ALL', reduceAll],
  ['REDUCE_ANY', reduceAny],
  ['REDUCE_MAX', reduce.reduceMax],
  ['REDUCE_MIN', reduce.reduceMin],
  ['REDUCE_PROD', reduce.reduceProd],
  ['RELU', map.relu],
  ['RELU6', map.relu6],
  ['RELU_0_TO_1', map.relu0To1],
  ['RELU_N1_TO_1', map.reluN1To1],
  ['RESHAPE', reshape],
  ['RESIZE_BILINEAR', resizeBilinear],
  ['RESIZE_NEAREST_NEIGHBOR', resizeNearest],
  ['REVERSE_SEQUENCE', reverseSequence],
  ['REVERSE_V2', reverse],
  ['RIGHT_SHIFT', zip.rightShift],
  ['RNN', rnn],
  ['ROUND', map.round],
  ['RSQRT', map.rsqrt],
  ['SCATTER_ND', scatter.scatterNd],
  ['SEGMENT_SUM', scatter.segmentSum],
  ['SELECT', compare.select],
  ['SELECT_V2', compare.selectV2],
  ['SHAPE', shape],
  ['SIGN', map.sign],
  ['SIN', map.sin],
  ['SLICE', slice],
  ['SOFTMAX', softmax],
  ['SPACE_TO_BATCH_ND', spaceToBatch],
  ['SPACE_TO_DEPTH', spaceToDepth],
  ['SPARSE_TO_DENSE', scatter.sparseToDense],
  ['SPLIT', split],
  ['SPLIT_V', splitV],
  ['SQRT', map.sqrt],
  ['SQUARE', map.square],
  ['SQUARED_DIFFERENCE', zip.squaredDifference],
  ['SQUEEZE', squeeze],
  ['STRIDED_SLICE', stridedSlice],
  ['SUB', zip.sub],
  ['SUM', reduce.sum],
  ['SVDF', svdf],
  ['TANH', map.tanh],
  ['TILE', tile],
  ['TOPK_V2', topK],
  ['TRANSPOSE', transpose],
  ['TRANSPOSE_CONV', transposeConv],
  ['UNIDIRECTIONAL_SEQUENCE_LSTM', unidirectionalSequenceLstm],
  ['UNIDIRECTIONAL_SEQUENCE_RNN', unidirectionalSequenceRnn],
  ['UNIQUE', unique],
  ['UNPACK', unpack],
  ['UNSORTED_SEGMENT_MAX', scatter.unsortedSegmentMax],
  ['UNSORTED_SEGMENT_MIN', scatter.unsortedSegmentMin],
  ['UNSORTED_SEGMENT_PROD', scatter.unsortedSegmentProd],
  ['UNSORTED_SEGMENT_SUM', scatter.unsortedSegmentSum],
  ['VAR_HANDLE', varHandle],
  ['WHERE', where],
  ['ZEROS_LIKE', zerosLike],
]);
