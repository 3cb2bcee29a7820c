import type { ArgReduceAttributes } from './arg-reduce.ts';
import type { CastAttributes } from './cast.ts';
import type { CompareAttributes } from './compare.ts';
import type { ConcatAttributes } from './concat.ts';
import type { Conv2dAttributes } from './conv-2d.ts';
import type { CumulativeAttributes } from './cumulative.ts';
import type { DepthwiseConv2dAttributes } from './depthwise-conv-2d.ts';
import type { DequantizeAttributes } from './dequantize.ts';
import type { FullyConnectedAttributes } from './fully-connected.ts';
import type { GatherAttributes } from './gather.ts';
import type { IntegerLstmAttributes } from './integer-lstm.ts';
import type { LogSoftmaxAttributes } from './log-softmax.ts';
import type { MapAttributes } from './map.ts';
import type { MatmulAttributes } from './matmul.ts';
import type { PadAttributes } from './pad.ts';
import type { Pool2dAttributes } from './pool-2d.ts';
import type { QuantizeAttributes } from './quantize.ts';
import type { RecurrentAttributes } from './recurrent.ts';
import type { ReduceAttributes } from './reduce.ts';
import type { RequantizeAttributes } from './requantize.ts';
import type { ReshapeAttributes } from './reshape.ts';
import type { ResizeBilinearAttributes } from './resize-bilinear.ts';
import type { ScatterAttributes } from './scatter.ts';
import type { SelectAttributes } from './select.ts';
import type { SliceAttributes } from './slice.ts';
import type { SoftmaxAttributes } from './softmax.ts';
import type { TopKAttributes } from './top-k.ts';
import type { TransposeAttributes } from './transpose.ts';
import type { ZipAttributes } from './zip.ts';

/** Every canonical operator with its attributes. Adding a line here makes the compiler list all that is to do. */
export interface OpAttributes {
  'conv-2d': Conv2dAttributes;
  'depthwise-conv-2d': DepthwiseConv2dAttributes;
  'fully-connected': FullyConnectedAttributes;
  matmul: MatmulAttributes;
  'pool-2d': Pool2dAttributes;
  reduce: ReduceAttributes;
  softmax: SoftmaxAttributes;
  'log-softmax': LogSoftmaxAttributes;
  zip: ZipAttributes;
  map: MapAttributes;
  pad: PadAttributes;
  concat: ConcatAttributes;
  reshape: ReshapeAttributes;
  transpose: TransposeAttributes;
  slice: SliceAttributes;
  gather: GatherAttributes;
  scatter: ScatterAttributes;
  'arg-reduce': ArgReduceAttributes;
  'top-k': TopKAttributes;
  cumulative: CumulativeAttributes;
  cast: CastAttributes;
  'resize-bilinear': ResizeBilinearAttributes;
  compare: CompareAttributes;
  select: SelectAttributes;
  recurrent: RecurrentAttributes;
  'integer-lstm': IntegerLstmAttributes;
  quantize: QuantizeAttributes;
  dequantize: DequantizeAttributes;
  requantize: RequantizeAttributes;
}

export type OpType = keyof OpAttributes;

/** One operator with its attributes; `Op<'softmax'>` is the softmax, `Op` any of them. */
export type Op<T extends OpType = OpType> = {
  [K in T]: { readonly type: K; readonly attributes: OpAttributes[K] };
}[T];
