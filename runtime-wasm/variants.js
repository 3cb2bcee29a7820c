// @ts-check
/*
 * Which variant of a model's code this engine runs exactly.
 */

/** @import { ModelInfo } from './tensors.js' */

/**
 * Which instructions a module uses, the quickest first: relaxed SIMD with an exact dot product of int8, relaxed SIMD without it, SIMD.
 * @typedef {'dot' | 'madd' | 'simd128'} Variant
 */

/**
 * @param {ModelInfo} info
 * @param {{ readonly [V in Variant]?: unknown }} modules
 * @param {Variant} [wanted]
 * @returns {Variant}
 */
export function chooseVariant(info, modules, wanted) {
  const there = order.filter((variant) => modules[variant] !== undefined);
  if (wanted !== undefined && !there.includes(wanted)) {
    const names = there.map((variant) => `"${variant}"`).join(', ');
    throw new TypeError(`model "${info.name}" has no variant "${wanted}"; there is ${names}`);
  }
  /** @type {string[]} */
  const reasons = [];
  for (const variant of wanted === undefined ? there : [wanted]) {
    const reason = obstacle(variant);
    if (reason === null) return variant;
    reasons.push(`variant "${variant}" cannot run here: ${reason}`);
  }
  throw new Error(`model "${info.name}": ${reasons.join('; ')}`);
}

/** @type {readonly Variant[]} */
const order = ['dot', 'madd', 'simd128'];

/**
 * Why this engine cannot run a variant, or null.
 * @param {Variant} variant
 * @returns {string | null}
 */
export function obstacle(variant) {
  if (!WebAssembly.validate(simdProbe)) return 'this engine has no WebAssembly SIMD';
  if (variant === 'simd128') return null;
  if (!WebAssembly.validate(dotProbe)) return 'this engine has no relaxed SIMD';
  if (variant === 'madd' || dotProduct() !== 'none') return null;
  return 'the relaxed dot product of this engine is not exact for all int8 (it is on processors with VNNI or Arm dot products)';
}

/**
 * What the relaxed dot product makes of a second operand whose top bit is set: it takes it as unsigned or as signed, both without
 * rounding and saturation, or neither of them.
 * @returns {'unsigned' | 'signed' | 'none'}
 */
export function dotProduct() {
  if (!WebAssembly.validate(dotProbe)) return 'none';
  const { test } = new WebAssembly.Instance(new WebAssembly.Module(dotProbe), {}).exports;
  const lanes = typeof test === 'function' ? test() : 0;
  if ((lanes & 15) === 15) return 'unsigned';
  return lanes >> 4 === 15 ? 'signed' : 'none';
}

/**
 * The variant that a module says it is.
 * @param {WebAssembly.Module} module
 * @returns {Variant}
 */
export function variantOf(module) {
  const [section] = WebAssembly.Module.customSections(module, 'thimble.variant');
  const name = section === undefined ? 'simd128' : new TextDecoder().decode(section);
  return order.find((variant) => variant === name) ?? 'simd128';
}

/**
 * The bytes of a base64 text.
 * @param {string} text
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function decodeBase64(text) {
  /** @type {{ fromBase64?: (text: string) => Uint8Array<ArrayBuffer> }} */
  const quick = /** @type {any} */ (Uint8Array);
  if (quick.fromBase64 !== undefined) return quick.fromBase64(text);
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

/** A module with one function that uses a vector: valid where there is SIMD. */
export const simdProbe = Uint8Array.of(
  ...[0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11],
);

/** A module with a function `test` that gives a bit for each lane of a dot product that is right: unsigned, then signed. */
export const dotProbe = decodeBase64(
  'AGFzbQEAAAABBQFgAAF/AwIBAAcIAQR0ZXN0AAAKdwF1AQF7/Qx/f39/gICAgH9/f3+Af/9k/Qx/f39///////////+A/wEA/QwBAAAA' +
    '+////wAAAED5/////ZMCIQAgAP0MBfwAAPsB/v8E+gFAeT4AAP03/aQBIAD9DAX8AAD7AQAABP7/P3k/AAD9N/2kAUEEdHIL',
);
