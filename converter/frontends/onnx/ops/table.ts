import type { TranslateOperator } from '../context.ts';
import type { OnnxNode } from '../format/model.ts';
import { trainingOperators } from '../quantized/custom.ts';
import { integerSums } from '../quantized/integer-sums.ts';
import { dequantizeLinear, quantizeLinear } from '../quantized/linear.ts';
import { attentions } from './attention/attention.ts';
import { contribAttentions } from './attention/contrib-attention.ts';
import { embeddings } from './attention/embedding.ts';
import { rotations } from './attention/rotary.ts';
import { controlFlow } from './control/control-flow.ts';
import { sequences } from './control/sequence.ts';
import { bitCast } from './elementwise/bit-cast.ts';
import { bits } from './elementwise/bits.ts';
import { casts } from './elementwise/cast.ts';
import { elementwise } from './elementwise/elementwise.ts';
import { fusedOperators } from './elementwise/gelu.ts';
import { logic } from './elementwise/logic.ts';
import { affineGrid } from './image/affine-grid.ts';
import { oldImageOperators } from './image/old-image.ts';
import { chosen } from './indexing/chosen.ts';
import { features } from './indexing/features.ts';
import { gathers } from './indexing/gather.ts';
import { masks } from './indexing/masks.ts';
import { nGrams } from './indexing/n-grams.ts';
import { placeSearches } from './indexing/places.ts';
import { scatters } from './indexing/scatter.ts';
import { constants } from './movement/constant.ts';
import { movement } from './movement/movement.ts';
import { pieces } from './movement/pieces.ts';
import { losses } from './norms/loss.ts';
import { normalizations } from './norms/normalization.ts';
import { reductions } from './norms/reduce.ts';
import { responses } from './norms/response.ts';
import { logSoftmax, softmax } from './norms/softmax.ts';
import { conv3d } from './products/conv-3d.ts';
import { batchNormalization, conv } from './products/convolution.ts';
import { determinants } from './products/determinant.ts';
import { einsums } from './products/einsum.ts';
import { gemm, matMul } from './products/product.ts';
import { recurrentLayers } from './recurrent.ts';
import { folds } from './windows/fold.ts';
import { averagePool, globalPool, maxPool } from './windows/pool.ts';
import { spatial } from './windows/spatial.ts';

/**
 * Every operator that can be translated: those of ONNX itself by their names, those of another domain as `domain:name`
 * (`com.microsoft:FusedConv`, `ai.onnx.ml:Scaler`).
 */
export const translations: ReadonlyMap<string, TranslateOperator> = new Map([
  ['Conv', (context) => (context.input(0).type.shape.length === 5 ? conv3d(context) : conv(context))],
  ['BatchNormalization', batchNormalization],
  ['MaxPool', maxPool],
  ['AveragePool', averagePool],
  ['GlobalAveragePool', globalPool('mean')],
  ['GlobalMaxPool', globalPool('max')],
  ['Gemm', gemm],
  ['MatMul', matMul],
  ['Softmax', softmax],
  ['LogSoftmax', logSoftmax],
  ...elementwise,
  ...reductions,
  ...normalizations,
  ...fusedOperators,
  ...attentions,
  ...contribAttentions,
  ...embeddings,
  ...determinants,
  ...responses,
  ...rotations,
  ...einsums,
  ...movement,
  ...pieces,
  ...gathers,
  ...scatters,
  ...placeSearches,
  ...masks,
  ...chosen,
  ...losses,
  ...nGrams,
  ...features,
  ...oldImageOperators,
  ...folds,
  ['AffineGrid', affineGrid],
  ['BitCast', bitCast],
  ...constants,
  ['QuantizeLinear', quantizeLinear],
  ['DequantizeLinear', dequantizeLinear],
  ['thimble:IntegerSums', integerSums],
  ...trainingOperators,
  ...controlFlow,
  ...sequences,
  ...recurrentLayers,
  ...casts,
  ...logic,
  ...bits,
  ...spatial,
]);

const quantizedNames = /^(QLinear|QGemm|QAttention|QMoE|MatMulNBits|GatherBlockQuantized)/;

/** What the user can do about an operator that is not in the table. */
export function adviceFor({ opType, outputs }: OnnxNode): string {
  if (quantizedNames.test(opType))
    return 'leave the operator unquantized (op_types_to_quantize), or quantize in the QDQ format';
  return `replace it in the model, or cut the model before "${outputs[0] ?? ''}"`;
}
