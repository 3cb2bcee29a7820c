import type { OperatorContext, TranslateOperator } from '../../context.ts';
import { internalDtype } from '../../dtype.ts';
import { onnxDtype } from '../../format/model.ts';

/** Attributes for 8-bit floats, which are refused by name. */
function ignoreNarrow(context: OperatorContext): void {
  context.ignore('saturate', 'round_mode');
}

/** Cast to the dtype of an attribute. */
const cast: TranslateOperator = (context) => {
  ignoreNarrow(context);
  const file = onnxDtype(context.int('to', 0));
  const to = file === null ? null : internalDtype(file);
  if (to === null)
    throw context.problem('onnx-dtype', `a cast to ${file ?? 'an unknown dtype'} is not supported`, 'use float32');
  context.bind(context.cast(context.input(0), to));
};

/** CastLike: to the dtype of the second input, whose elements do not matter. */
const castLike: TranslateOperator = (context) => {
  ignoreNarrow(context);
  context.bind(context.cast(context.input(0), context.input(1).type.dtype));
};

export const casts: readonly (readonly [string, TranslateOperator])[] = [
  ['Cast', cast],
  ['CastLike', castLike],
];
