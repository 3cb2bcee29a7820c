/** WebAssembly value types that the assembler knows. */
export type ValueType = 'i32' | 'i64' | 'f32' | 'f64' | 'v128';

/** Binary encoding of each value type (WebAssembly 2.0, section 5.3.1). */
export const valueTypeCode: { readonly [T in ValueType]: number } = {
  i32: 0x7f,
  i64: 0x7e,
  f32: 0x7d,
  f64: 0x7c,
  v128: 0x7b,
};

/** All value types, in the order of their encodings. */
export const valueTypes: readonly ValueType[] = ['i32', 'i64', 'f32', 'f64', 'v128'];

/** Narrows a word to a value type. */
export function isValueType(word: string): word is ValueType {
  return Object.hasOwn(valueTypeCode, word);
}

/** Operand and result types of a function, a block or an instruction. */
export interface FunctionType {
  readonly operands: readonly ValueType[];
  readonly results: readonly ValueType[];
}

/** `[i32 v128]`, the notation of the specification for a row of types. */
export function formatTypes(types: readonly string[]): string {
  return `[${types.join(' ')}]`;
}
