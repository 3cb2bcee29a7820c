import type { ValueId } from '../../../ir/graph.ts';
import { noClamp } from '../../../ops/definition.ts';
import { type MatmulAttributes, type MatmulGeometry, matmulGeometry } from '../../../ops/matmul.ts';
import { elementCount, type Shape } from '../../../tensor/shape.ts';
import type { OperatorContext, TranslateOperator } from '../context.ts';
import { outputReshaped } from './activation.ts';
import { biasOrZeros, isHybrid } from './convolution.ts';

/**
 * BATCH_MATMUL. One constant matrix on the right is weights, with the same integer arithmetic and the same hybrid one; stacks and
 * computed matrices are a `matmul`.
 */
export const batchMatmul: TranslateOperator = (context) => {
  const options = context.options('BatchMatMulOptions');
  if (context.inputCount > 2) throw context.invalid(`it has ${context.inputCount} inputs, expected 2`);
  const [a, b] = [context.input(0), context.input(1)];
  const attributes = { transposeA: options.adj_x, transposeB: options.adj_y };
  const [aShape, bShape] = [context.type(a).shape, context.type(b).shape];
  const geometry = geometryOf(context, attributes, aShape, bShape);
  const { dtype } = context.type(a);
  if (dtype !== 'float32' && dtype !== 'int8')
    throw context.unsupported(`a product of ${dtype} matrices is not supported`, 'use float32 or int8');
  const isMatrix = bShape.slice(0, -2).every((size) => size === 1) && bShape.length <= aShape.length;
  if (context.builder.constantOf(b) !== null && isMatrix && !attributes.transposeA) {
    const mode = options.asymmetric_quantize_inputs ? 'asymmetric' : 'symmetric';
    const hybrid = isHybrid(context) ? mode : 'none';
    const rows = context.reshape(a, [elementCount(aShape) / geometry.depth, geometry.depth]);
    const weights = weightsOf(context, b, attributes.transposeB);
    const bias = biasOrZeros(context, 2, geometry.columns, a, weights);
    const op = { type: 'fully-connected', attributes: { clamp: noClamp, hybrid } } as const;
    outputReshaped(context, op, [rows, weights, bias], [...geometry.batch, geometry.rows, geometry.columns]);
    return;
  }
  if (isHybrid(context))
    throw context.unsupported(
      'a product of float32 with a stack of int8 matrices',
      'export the model without quantization',
    );
  context.output(0, { type: 'matmul', attributes }, [a, b]);
};

function geometryOf(context: OperatorContext, attributes: MatmulAttributes, a: Shape, b: Shape): MatmulGeometry {
  try {
    return matmulGeometry(attributes, a, b);
  } catch (error) {
    if (error instanceof RangeError) throw context.invalid(error.message);
    throw error;
  }
}

/** The matrix as weights [columns, depth]. */
function weightsOf(context: OperatorContext, id: ValueId, transposed: boolean): ValueId {
  const { shape } = context.type(id);
  const matrix = context.reshape(id, shape.slice(-2));
  if (transposed) return matrix;
  const op = { type: 'transpose', attributes: { permutation: [1, 0] } } as const;
  return context.node(op, [matrix], context.type(id), `${context.name(id)}/transposed`);
}
