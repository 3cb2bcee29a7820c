import { type DType, isQuantizedDType } from '../tensor/dtype.ts';
import { quantizationsEqual } from '../tensor/quantization.ts';
import type { TensorType } from '../tensor/tensor.ts';

/** Sentences about types that an operator does not take; empty when all is well. The pieces of `violations`. */
type Sentences = string[];

/** All types have the dtype of the first one, which is one of `allowed`. */
export function sameDtype(types: readonly TensorType[], allowed: readonly DType[]): Sentences {
  const first = types[0]?.dtype;
  if (first === undefined) return ['the operator has no input'];
  if (!allowed.includes(first)) return [`dtype ${first} is not supported; use ${allowed.join(', ')}`];
  const other = types.find((type) => type.dtype !== first);
  return other === undefined ? [] : [`dtypes ${first} and ${other.dtype} do not go together`];
}

/** Tensors of 8 or 16 bits carry one scale and zero point. */
export function quantizedPerTensor(types: readonly TensorType[]): Sentences {
  const bare = types.find(
    (type) => isQuantizedDType(type.dtype) && type.dtype !== 'int32' && type.quantization.kind !== 'per-tensor',
  );
  return bare === undefined ? [] : [`${bare.dtype} tensors need one scale and zero point`];
}

/** All types have the quantization of the first one. */
export function sameQuantization(types: readonly TensorType[]): Sentences {
  const first = types[0];
  const differs = first !== undefined && types.some((t) => !quantizationsEqual(t.quantization, first.quantization));
  return differs ? ['inputs and outputs must have equal scales and zero points; requantize first'] : [];
}

/**
 * A factor between scales is below 2^30, where fixed-point multipliers end (`quantizeMultiplier`): beyond it integers would be
 * shifted out of their 32 bits. Only damaged files have such scales. Some kernels set a lower bound, `below`.
 */
export function factorFits(factor: number, meaning: string, below = 2 ** 30): Sentences {
  return factor < below ? [] : [`${meaning} is ${factor.toPrecision(4)}, which no 32-bit multiplier can hold`];
}

/** The factor from the scale of the first type to that of the second fits, where both have one scale. */
export function scaleRatioFits(input: TensorType, output: TensorType): Sentences {
  const [from, to] = [input.quantization, output.quantization];
  if (from.kind !== 'per-tensor' || to.kind !== 'per-tensor') return [];
  return factorFits(from.scale / to.scale, 'input scale / output scale');
}

/** The number of inputs and outputs is as it should be. */
export function arity(
  inputs: readonly TensorType[],
  inputCount: number,
  outputs: readonly TensorType[],
  outputCount = 1,
): Sentences {
  const wrong: Sentences = [];
  if (inputs.length !== inputCount) wrong.push(`expected ${inputCount} inputs, found ${inputs.length}`);
  if (outputs.length !== outputCount) wrong.push(`expected ${outputCount} outputs, found ${outputs.length}`);
  return wrong;
}

/** The first list that is not empty: later checks may rely on earlier ones. */
export function firstOf(...checks: readonly (() => Sentences)[]): Sentences {
  for (const check of checks) {
    const wrong = check();
    if (wrong.length > 0) return wrong;
  }
  return [];
}

/** Dtypes that operators which only move elements take: all of them. */
export const everyDtype: readonly DType[] = [
  'float32',
  'float16',
  'float64',
  'int8',
  'uint8',
  'int16',
  'uint16',
  'int32',
  'uint32',
  'int64',
  'uint64',
  'bool',
];

/** A mover: one input and one output of equal dtype and quantization. */
export function moverViolations(inputs: readonly TensorType[], outputs: readonly TensorType[]): Sentences {
  return firstOf(
    () => arity(inputs, 1, outputs),
    () => sameDtype([...inputs, ...outputs], everyDtype),
    () => sameQuantization([...inputs, ...outputs]),
  );
}
