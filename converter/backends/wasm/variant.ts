/**
 * Which instructions a module may use, the quickest first:
 * - `dot`: relaxed SIMD, with a dot product of int8 that is exact for 8-bit numbers on both sides (the loader tests its values),
 * - `madd`: relaxed SIMD, but for that dot product; multiplication and addition of floats may round once,
 * - `simd128`: the fixed SIMD of WebAssembly 2.0, which every engine has.
 *
 * int8 results are equal to the bit in all of them, float results within the tolerance of the operators.
 */
export const variants = ['dot', 'madd', 'simd128'] as const;

export type Variant = (typeof variants)[number];

/** Whether relaxed instructions on floats may be used. */
export function isRelaxed(variant: Variant): boolean {
  return variant !== 'simd128';
}

/** Name of the custom section that holds the name of the variant of a module. */
export const variantSection = 'thimble.variant';
