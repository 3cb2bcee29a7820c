import { numericData } from '../../../tensor/tensor.ts';
import type { OperatorContext, TranslateOperator } from '../context.ts';

function padding(context: OperatorContext, value: number): void {
  const input = context.input(0);
  const rank = context.type(input).shape.length;
  const pairs = context.integers(1, 'the paddings');
  if (pairs.length !== rank * 2) throw context.invalid(`${pairs.length} paddings for ${rank} dimensions`);
  if (pairs.some((n) => n < 0)) throw context.invalid(`paddings [${pairs.join(', ')}] must not be negative`);
  const before = pairs.filter((_, i) => i % 2 === 0);
  const after = pairs.filter((_, i) => i % 2 === 1);
  context.output(0, { type: 'pad', attributes: { before, after, value } }, [input]);
}

export const pad: TranslateOperator = (context) => padding(context, 0);

/** PADV2: the padding value is a constant of the input's type. */
export const padV2: TranslateOperator = (context) => {
  const constant = context.constant(2, 'the padding value');
  const stored = numericData(constant)[0] ?? 0;
  const q = constant.type.quantization;
  padding(context, q.kind === 'per-tensor' ? q.scale * (stored - q.zeroPoint) : stored);
};
