import type { TranslateOperator } from '../context.ts';
import type { OnnxNode } from '../format/model.ts';
import { trainingOperators } from '../quantized/custom.ts';
import { integerSums } from '../quantized/integer-sums.ts';
import { dequantizeLinear, quantizeLinear } from '../quantized/linear.ts';
import { affineGrid } from './affine-grid.ts';
import { attentions } from './attention.ts';
import { bitCast } from './bit-cast.ts';
import { bits } from './bits.ts';
import { casts } from './cast.ts';
import { chosen } from './chosen.ts';
import { constants } from './constant.ts';
import { contribAttentions } from './contrib-attention.ts';
import { controlFlow } from './control-flow.ts';
import { conv3d } from './conv-3d.ts';
import { batchNormalization, conv } from './convolution.ts';
import { determinants } from './determinant.ts';
import { einsums } from './einsum.ts';
import { elementwise } from './elementwise.ts';
import { embeddings } from './embedding.ts';
import { features } from './features.ts';
import { folds } from './fold.ts';
import { gathers } from './gather.ts';
import { fusedOperators } from './gelu.ts';
import { logic } from './logic.ts';
import { losses } from './loss.ts';
import { masks } from './masks.ts';
import { movement } from './movement.ts';
import { nGrams } from './n-grams.ts';
import { normalizations } from './normalization.ts';
import { oldImageOperators } from './old-image.ts';
import { pieces } from './pieces.ts';
import { placeSearches } from './places.ts';
import { averagePool, globalPool, maxPool } from './pool.ts';
import { gemm, matMul } from './product.ts';
import { recurrentLayers } from './recurrent.ts';
import { reductions } from './reduce.ts';
import { responses } from './response.ts';
import { rotations } from './rotary.ts';
import { scatters } from './scatter.ts';
import { sequences } from './sequence.ts';
import { logSoftmax, softmax } from './softmax.ts';
import { spatial } from './spatial.ts';

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
