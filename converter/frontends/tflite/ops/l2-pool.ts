import { noClamp } from '../../../ops/definition.ts';
import { binary, constant, type ScalarExpression, theVariable, unary } from '../../../ops/scalar-expression.ts';
import type { TranslateOperator } from '../context.ts';
import { fusedClamp } from './activation.ts';
import { windowOf } from './convolution.ts';

/** L2_POOL_2D of float32: the root of the mean of squares, the padding not counted. TFLite `reference/pooling.h`, `L2Pool`. */
export const l2Pool2d: TranslateOperator = (context) => {
  const options = context.options('Pool2DOptions');
  const input = context.input(0);
  const type = context.type(input);
  if (type.dtype !== 'float32')
    throw context.unsupported(`the dtype ${type.dtype} is not supported here`, 'use float32');
  const kernel = [options.filter_height, options.filter_width] as const;
  const window = windowOf(context, input, options, kernel, [1, 1]);
  const { min, max } = fusedClamp(context, options.fused_activation_function);
  const { name } = context.outputTensor(0);
  const square = { type: 'map', attributes: { expression: unary('square', theVariable) } } as const;
  const squares = context.node(square, [input], type, `${name}/squares`);
  const attributes = { kind: 'average', kernel, ...window, clamp: noClamp, ties: 'away' } as const;
  const mean = context.node({ type: 'pool-2d', attributes }, [squares], type, `${name}/mean`);
  const root: ScalarExpression = unary('sqrt', theVariable);
  const above = Number.isFinite(min) ? binary('max', root, constant(min)) : root;
  const expression = Number.isFinite(max) ? binary('min', above, constant(max)) : above;
  context.output(0, { type: 'map', attributes: { expression } }, [mean]);
};
