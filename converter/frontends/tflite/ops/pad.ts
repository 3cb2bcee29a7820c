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

/** PADV2: the padding value is a constant, stored as an element of the input. */
export const padV2: TranslateOperator = (context) => {
  const { type, data } = context.constant(2, 'the padding value');
  const input = context.type(context.input(0));
  const [element] = data;
  if (element === undefined || data.length !== 1) throw context.invalid(`there are ${data.length} padding values`);
  if (type.dtype !== input.dtype)
    throw context.invalid(`the padding value has dtype ${type.dtype}, not ${input.dtype}`);
  const stored = Number(element);
  const q = input.quantization;
  padding(context, q.kind === 'per-tensor' ? q.scale * (stored - q.zeroPoint) : stored);
};
