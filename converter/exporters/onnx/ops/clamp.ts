import { type Clamp, noClamp } from '../../../ops/definition.ts';
import type { Ref } from '../file-writer.ts';
import type { OperatorWriter } from '../operator-writer.ts';

/** The numbers within the bounds, by Relu or Clip; as they are where both sides are open. */
export function clamped(writer: OperatorWriter, ref: Ref, { min, max }: Clamp): Ref {
  if (min === noClamp.min && max === noClamp.max) return ref;
  const type = writer.typeOf(ref);
  if (min === 0 && max === noClamp.max && type.dtype === 'float32') return writer.operator('Relu', [ref], type);
  const bound = (name: string, value: number) =>
    Number.isFinite(value) ? writer.number(name, type.dtype, value) : null;
  const operands = [ref, bound('min', min), bound('max', max)];
  return writer.operator('Clip', operands[2] === null ? operands.slice(0, 2) : operands, type);
}
