import type { ValueId } from '../../../ir/graph.ts';
import { type Clamp, noClamp } from '../../../ops/definition.ts';
import { dimension, elementCount, formatShape, type Shape } from '../../../tensor/shape.ts';
import type { OperatorContext, TranslateOperator } from '../context.ts';
import { fusedClamp, outputReshaped } from './activation.ts';
import { biasOrZeros, isHybrid } from './convolution.ts';

/** FULLY_CONNECTED: the input is flattened to rows of the weights' length. */
export const fullyConnected: TranslateOperator = (context) => {
  const options = context.options('FullyConnectedOptions');
  if (options.weights_format !== 'DEFAULT') {
    throw context.unsupported(
      `weights_format ${options.weights_format} is not supported`,
      'export with default weights',
    );
  }
  const weights = context.input(1);
  const { shape } = context.type(weights);
  if (shape.length !== 2) throw context.invalid(`the weights have ${shape.length} dimensions, expected 2`);
  const [units, depth] = [dimension(shape, 0), dimension(shape, 1)];
  if (units * depth === 0) throw context.invalid(`the weights of ${formatShape(shape)} have no elements`);
  const input = context.input(0);
  const inputShape = context.type(input).shape;
  const rows = elementCount(inputShape) / depth;
  if (!Number.isInteger(rows)) {
    throw context.invalid(`${elementCount(inputShape)} input elements cannot be split into rows of ${depth}`);
  }
  const clamp = fusedClamp(context, options.fused_activation_function);
  const outputShape = options.keep_num_dims ? [...inputShape.slice(0, -1), units] : [rows, units];
  if (context.builder.constantOf(weights) === null) {
    const rowsView = context.reshape(input, [rows, depth]);
    computedWeights(context, rowsView, weights, { clamp, outputShape });
    return;
  }
  const asymmetric = options.asymmetric_quantize_inputs ? 'asymmetric' : 'symmetric';
  const hybrid = isHybrid(context) ? asymmetric : 'none';
  const bias = biasOrZeros(context, 2, units, input, weights);
  const rowsView = context.reshape(input, [rows, depth]);
  outputReshaped(
    context,
    { type: 'fully-connected', attributes: { clamp, hybrid } },
    [rowsView, weights, bias],
    outputShape,
  );
};

/** With weights that are computed: a matrix product, then bias and clamp, which int8 has only inside of its requantization. */
function computedWeights(
  context: OperatorContext,
  rows: ValueId,
  weights: ValueId,
  { clamp, outputShape }: { readonly clamp: Clamp; readonly outputShape: Shape },
): void {
  const op = { type: 'matmul', attributes: { transposeA: false, transposeB: true } } as const;
  const bias = context.optionalInput(2);
  const known = bias === null ? null : context.builder.constantOf(bias);
  const isPlain = bias === null || (known?.data.every((element: number | bigint) => Number(element) === 0) ?? false);
  const isFree = clamp.min === noClamp.min && clamp.max === noClamp.max;
  if (isPlain && isFree) {
    outputReshaped(context, op, [rows, weights], outputShape);
    return;
  }
  if (context.type(rows).dtype !== 'float32') {
    throw context.unsupported(
      'computed int8 weights with a bias or a fused activation',
      'make the weights constant, or take bias and activation out',
    );
  }
  const units = dimension(context.type(weights).shape, 0);
  const sum = context.node(op, [rows, weights], context.outputType(0), `${context.outputTensor(0).name}/product`);
  const added = bias ?? biasOrZeros(context, 2, units, rows, weights);
  outputReshaped(context, { type: 'zip', attributes: { fn: 'add', clamp } }, [sum, added], outputShape);
}
