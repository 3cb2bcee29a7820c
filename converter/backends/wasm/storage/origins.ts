import type { ConstantOperand, Operand, Step } from '../../../plan/program.ts';
import { placeOf, type WeightStorage } from '../../../tensor/weight-storage.ts';

/** A step whose weights say where they come from, and the scales that they name. */
export interface TaggedStep {
  readonly step: Step;
  readonly scales: Float32Array;
}

/** How the stored constants of a step are kept: the weights of a step are all of one kind. */
export function storageOf(step: Step): WeightStorage['kind'] | null {
  for (const input of step.inputs) {
    if (input.kind === 'constant' && input.storage !== null) return input.storage.kind;
  }
  return null;
}

/**
 * The step with each int8 weight replaced by 1 + the index of its scale, and all other float32 constants by zeros. Kernels move weights
 * and do not compute with them, so that what they write tells which scale each word has; what they write otherwise is found out
 * by expanding it.
 */
export function taggedStep(step: Step): TaggedStep {
  const scales: number[] = [];
  const inputs = step.inputs.map((input): Operand => {
    if (input.kind !== 'constant' || input.type.dtype !== 'float32') return input;
    const first = scales.length + 1;
    if (input.storage?.kind === 'int8') scales.push(...input.storage.scales);
    return { ...input, data: tags(input, first) };
  });
  return { step: { ...step, inputs }, scales: Float32Array.from(scales) };
}

function tags({ data, type, storage }: ConstantOperand, first: number): Float32Array {
  const tagged = new Float32Array(data.length);
  if (storage?.kind !== 'int8') return tagged;
  return tagged.map((_, i) => first + placeOf(i, type.shape, storage.axis));
}
