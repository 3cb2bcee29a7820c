import { dimension, elementCount, formatShape } from '../../../tensor/shape.ts';
import type { TranslateOperator } from '../context.ts';
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
  const { shape } = context.constant(1, 'the weights').type;
  const weights = context.input(1);
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
  const asymmetric = options.asymmetric_quantize_inputs ? 'asymmetric' : 'symmetric';
  const hybrid = isHybrid(context) ? asymmetric : 'none';
  const bias = biasOrZeros(context, 2, units, input, weights);
  const rowsView = context.reshape(input, [rows, depth]);
  const outputShape = options.keep_num_dims ? [...inputShape.slice(0, -1), units] : [rows, units];
  outputReshaped(
    context,
    { type: 'fully-connected', attributes: { clamp, hybrid } },
    [rowsView, weights, bias],
    outputShape,
  );
};
