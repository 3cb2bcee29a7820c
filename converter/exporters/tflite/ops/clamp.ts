import { type Clamp, noClamp } from '../../../ops/definition.ts';
import { integerClamp } from '../../../ops/quantized.ts';
import { filled, type TensorType } from '../../../tensor/tensor.ts';
import type { OperatorWriter } from '../operator-writer.ts';

/** A fused activation with what it leaves for operators of their own. */
export interface FusedClamp {
  readonly activation: 'NONE' | 'RELU' | 'RELU6' | 'RELU_N1_TO_1';
  readonly isFused: boolean;
}

/** The activation of TFLite with these bounds, if there is one. */
export function fusedClamp({ min, max }: Clamp): FusedClamp {
  if (min === noClamp.min && max === noClamp.max) return { activation: 'NONE', isFused: true };
  if (min === 0 && max === noClamp.max) return { activation: 'RELU', isFused: true };
  if (min === 0 && max === 6) return { activation: 'RELU6', isFused: true };
  if (min === -1 && max === 1) return { activation: 'RELU_N1_TO_1', isFused: true };
  return { activation: 'NONE', isFused: false };
}

/**
 * Writes an operator with its clamp: fused where TFLite has such an activation, else MAXIMUM and MINIMUM behind it, which are exact on
 * stored integers of one scale.
 *
 * @param hasActivation whether the operator has a fused activation at all
 */
export function withClamp(
  writer: OperatorWriter,
  clamp: Clamp,
  write: (output: number, activation: FusedClamp['activation']) => void,
  hasActivation = true,
): void {
  const { activation, isFused } = fusedClamp(clamp);
  if (activation === 'NONE' ? isFused : hasActivation) {
    write(writer.output(), activation);
    return;
  }
  const type = writer.outputType();
  let current = writer.between('unclamped', type);
  write(current, 'NONE');
  const bounds = boundsIn(clamp, type);
  const sides = [
    ['MAXIMUM', bounds.min],
    ['MINIMUM', bounds.max],
  ] as const;
  const needed = sides.filter(([, bound]) => bound !== null);
  needed.forEach(([code, bound], i) => {
    const limit = writer.constant(code.toLowerCase(), filled({ ...type, shape: [1] }, bound ?? 0));
    const next = i === needed.length - 1 ? writer.output() : writer.between(`${code.toLowerCase()}ed`, type);
    writer.operator(code, [current, limit], [next], { type: 'MaximumMinimumOptions', value: {} });
    current = next;
  });
}

/** The bounds as elements of the type; null on the sides that are open. */
function boundsIn({ min, max }: Clamp, type: TensorType): { readonly min: number | null; readonly max: number | null } {
  if (type.quantization.kind === 'none') {
    return { min: Number.isFinite(min) ? min : null, max: Number.isFinite(max) ? max : null };
  }
  const stored = integerClamp({ min, max }, type);
  return { min: Number.isFinite(min) ? stored.min : null, max: Number.isFinite(max) ? stored.max : null };
}
