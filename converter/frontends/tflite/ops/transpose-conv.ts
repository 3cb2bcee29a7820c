import type { ValueId } from '../../../ir/graph.ts';
import { dimension } from '../../../tensor/shape.ts';
import type { OperatorContext, TranslateOperator } from '../context.ts';
import { fusedClamp } from './activation.ts';
import { biasOrZeros, convolutionWeights, padAxis } from './convolution.ts';

/** One axis of a transposed convolution as a plain one: padding before and after an input of `length` spread-out elements. */
interface SpreadAxis {
  readonly before: number;
  readonly after: number;
  /** Elements of the spread input, with `stride - 1` zeros behind each, that are used. */
  readonly length: number;
}

/**
 * TRANSPOSE_CONV: input row i adds to the output rows i * stride - pad + k. That is a convolution of stride 1, with the filter
 * backwards, of the input with `stride - 1` zeros behind each row and `kernel - 1 - pad` before the first. The zeros are real ones,
 * the zero point of int8, so sums of int8 products are the same integers as those of TFLite `reference/transpose_conv.h`.
 */
export const transposeConv: TranslateOperator = (context) => {
  const options = context.options('TransposeConvOptions');
  const clamp = fusedClamp(context, options.fused_activation_function);
  const [batch, height = 0, width = 0, channels] = outputShape(context);
  const weights = convolutionWeights(context, 1, 0);
  const input = context.input(2);
  const [from, filter] = [context.type(input).shape, context.type(weights).shape];
  if (context.type(input).dtype === 'float32' && context.type(weights).dtype === 'int8') {
    throw context.unsupported('int8 weights on float32 data are not supported here', 'use float32 weights');
  }
  const strides = [options.stride_h, options.stride_w];
  if (from.length !== 4 || filter.length !== 4 || strides.some((stride) => stride < 1)) {
    throw context.invalid(
      `input ${from.join('x')}, filter ${filter.join('x')} and strides ${strides.join('x')} do not fit`,
    );
  }
  if (batch !== from[0] || channels !== filter[0] || from[3] !== filter[3] || height < 1 || width < 1) {
    throw context.invalid(`input ${from.join('x')} and filter ${filter.join('x')} do not give ${height}x${width}`);
  }
  const rows = spreadAxis(context, options.padding, 1, height, options.stride_h, from, filter);
  const columns = spreadAxis(context, options.padding, 2, width, options.stride_w, from, filter);
  const spread = spreadOut(context, input, options.stride_h, options.stride_w, rows.length, columns.length);
  const padding = { top: rows.before, bottom: rows.after, left: columns.before, right: columns.after };
  const bias = biasOrZeros(context, 3, dimension(filter, 0), input, weights);
  const window = { strides: [1, 1], dilations: [1, 1], padding } as const;
  context.output(0, { type: 'conv-2d', attributes: { ...window, groups: 1, clamp, hybrid: 'none' } }, [
    spread,
    backwards(context, weights),
    bias,
  ]);
};

/**
 * The output shape; where it is computed, that which the file gives the output, as TFLite Micro does. A file with open dimensions
 * there is refused.
 */
function outputShape(context: OperatorContext): readonly number[] {
  const { shape, shapeSignature } = context.outputTensor(0);
  const isOpen = shape.length !== 4 || (shapeSignature?.includes(-1) ?? false);
  const isConstant = context.builder.constantOf(context.input(0)) !== null;
  return isConstant || isOpen ? context.integers(0, 'the output shape') : shape;
}

function spreadAxis(
  context: OperatorContext,
  padding: string,
  axis: 1 | 2,
  output: number,
  stride: number,
  from: readonly number[],
  filter: readonly number[],
): SpreadAxis {
  const kernel = dimension(filter, axis);
  const [pad] = padAxis(padding, { input: output, kernel, stride, dilation: 1 });
  const before = kernel - 1 - pad;
  const needed = output + kernel - 1 - before;
  if (before < 0 || needed < 1) throw context.invalid(`a filter of ${kernel} does not give ${output} rows or columns`);
  const length = Math.min(needed, dimension(from, axis) * stride);
  return { before, after: needed - length, length };
}

/** The filter backwards along both spatial axes. */
function backwards(context: OperatorContext, weights: ValueId): ValueId {
  const type = context.type(weights);
  const begin = type.shape.map((size, axis) => (axis === 1 || axis === 2 ? size - 1 : 0));
  const strides = type.shape.map((_, axis) => (axis === 1 || axis === 2 ? -1 : 1));
  const attributes = { begin, size: type.shape, strides };
  return context.node({ type: 'slice', attributes }, [weights], type, `${context.name(weights)}/backwards`);
}

/** The input with zeros behind each row and column, cut to `height` x `width`. */
function spreadOut(
  context: OperatorContext,
  input: ValueId,
  strideH: number,
  strideW: number,
  height: number,
  width: number,
): ValueId {
  const type = context.type(input);
  const [n = 1, h = 1, w = 1, c = 1] = type.shape;
  const name = `${context.name(input)}/spread`;
  const pad = { before: [0, 0, 0, 0, 0, 0], after: [0, 0, strideH - 1, 0, strideW - 1, 0], value: 0 };
  const view = context.reshape(input, [n, h, 1, w, 1, c]);
  const spread = context.node({ type: 'pad', attributes: pad }, [view], type, name);
  const whole = context.reshape(spread, [n, h * strideH, w * strideW, c]);
  const attributes = { begin: [0, 0, 0, 0], size: [n, height, width, c], strides: [1, 1, 1, 1] };
  return context.node({ type: 'slice', attributes }, [whole], type, `${name}/cut`);
}
