import type { OpType } from '../../../ops/op.ts';
import type { ConstantOperand, Operand, Step } from '../../../plan/program.ts';
import { placeOf, type WeightStorage } from '../../../tensor/weight-storage.ts';
import { int4Runs } from './nibbles.ts';
import { type Run, storedRuns } from './runs.ts';

/** A step whose weights say where they come from, and the scales that they name. */
interface TaggedStep<T extends OpType> {
  readonly step: Step<T>;
  readonly scales: Float32Array;
}

/**
 * How the blobs of a step can be kept: of blob number `blob`, in the order in which its kernel places them, the runs, or null
 * for as it is.
 *
 * @param constantsOf what the kernel places for a step of the same shape
 */
export function storedRunsOf<T extends OpType>(
  step: Step<T>,
  constantsOf: (tagged: Step<T>) => readonly Uint8Array[],
): (blob: number, bytes: Uint8Array) => readonly Run[] | null {
  const kind = storageOf(step);
  if (kind === null) return () => null;
  if (kind === 'int4') return (_, bytes) => int4Runs(bytes);
  if (kind === 'float16') return (_, bytes) => storedRuns(bytes, null, new Float32Array());
  let known: { readonly blobs: readonly Uint8Array[]; readonly scales: Float32Array } | null = null;
  return (blob, bytes) => {
    if (known === null) {
      const { step: tagged, scales } = taggedStep(step);
      known = { blobs: constantsOf(tagged), scales };
    }
    const tags = known.blobs[blob];
    if (tags === undefined || tags.length !== bytes.length || tags.length % 4 !== 0) return null;
    return storedRuns(bytes, Uint32Array.from(new Float32Array(tags.slice().buffer)), known.scales);
  };
}

/** How the stored constants of a step are kept: the weights of a step are all of one kind. */
function storageOf(step: Step): WeightStorage['kind'] | null {
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
function taggedStep<T extends OpType>(step: Step<T>): TaggedStep<T> {
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
