// @ts-check
/*
 * Values of inputs and outputs: real numbers to stored elements and back, random ones, and those that travel as base64.
 */

import { dequantizeValues, quantizeValues } from '../../../runtime-wasm/tensors.js';

/** @import { TensorArray, TensorInfo } from '../../../runtime-wasm/tensors.js' */

/** @type {{ readonly [dtype: string]: any }} */
const arrays = {
  float32: Float32Array,
  float16: Uint16Array,
  float64: Float64Array,
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
  bool: Uint8Array,
};

/** @param {readonly number[]} shape */
export const countOf = (shape) => shape.reduce((product, size) => product * size, 1);

/** `int8 1x8x8x1`. @param {TensorInfo} info */
export const showType = ({ dtype, shape }) => `${dtype} ${shape.join('x')}`;

/** Whether elements are integers that mean real numbers. @param {TensorInfo} info */
export const isQuantized = ({ scale }) => scale !== undefined;

/**
 * Elements in little-endian bytes as an array of the tensor.
 * @param {TensorInfo} info
 * @param {Uint8Array} bytes
 * @returns {TensorArray}
 */
export function fromBytes({ dtype, shape }, bytes) {
  const array = arrays[dtype];
  const expected = countOf(shape) * array.BYTES_PER_ELEMENT;
  if (bytes.length !== expected) throw new RangeError(`it has ${bytes.length} bytes, the input takes ${expected}`);
  return new array(bytes.slice().buffer);
}

/** @param {string} text @returns {Uint8Array} */
export function fromBase64(text) {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

/**
 * Real numbers as stored elements. Throws RangeError for a wrong count, and for what an integer cannot hold.
 * @param {string} name
 * @param {TensorInfo} info
 * @param {ArrayLike<number>} values
 * @returns {TensorArray}
 */
export function storedOf(name, info, values) {
  const { dtype, shape } = info;
  const count = countOf(shape);
  if (values.length !== count) {
    throw new RangeError(`there are ${values.length} numbers, and input "${name}" takes ${count}`);
  }
  if (dtype === 'float32' || isQuantized(info)) return quantizeValues(name, info, values);
  return wholeOf(name, info, values);
}

/**
 * Integers as they are stored. Throws RangeError for any other number.
 * @param {string} name
 * @param {TensorInfo} info
 * @param {ArrayLike<number>} values
 * @returns {TensorArray}
 */
export function wholeOf(name, { dtype, shape }, values) {
  const count = countOf(shape);
  if (values.length !== count) {
    throw new RangeError(`there are ${values.length} numbers, and input "${name}" takes ${count}`);
  }
  if (dtype === 'float16') {
    const half = /** @type {any} */ (globalThis).Float16Array;
    if (half === undefined) throw new TypeError('this browser has no Float16Array, which the input needs');
    return new Uint16Array(half.from(values).buffer);
  }
  const stored = new arrays[dtype](count);
  const isBig = dtype === 'int64' || /** @type {string} */ (dtype) === 'uint64';
  for (let i = 0; i < count; i++) {
    const value = values[i] ?? 0;
    if (isBig && Number.isInteger(value)) stored[i] = BigInt(value);
    else if (!isBig) stored[i] = value;
    if (Number(stored[i]) !== value) throw new RangeError(`number ${i} is ${value}, which ${dtype} cannot hold`);
  }
  return stored;
}

/**
 * The real numbers of stored elements; integers without a scale are themselves.
 * @param {string} name
 * @param {TensorInfo} info
 * @param {TensorArray} stored
 * @returns {ArrayLike<number>}
 */
export function realsOf(name, info, stored) {
  if (info.dtype === 'float32' || isQuantized(info)) return dequantizeValues(name, info, stored);
  if (info.dtype === 'float16') {
    const half = /** @type {any} */ (globalThis).Float16Array;
    return half === undefined ? Float64Array.from(stored, Number) : new half(stored.buffer);
  }
  return Float64Array.from(/** @type {ArrayLike<number | bigint>} */ (stored), Number);
}

/**
 * Random elements, the same for the same seed: quantized integers over their whole range, floats in [-1, 1), all others 0 or 1, which are indices that
 * every table has.
 * @param {TensorInfo} info
 * @param {number} seed
 * @returns {TensorArray}
 */
export function randomOf(info, seed) {
  const { dtype, shape } = info;
  const next = words(seed);
  const stored = new arrays[dtype](countOf(shape));
  for (let i = 0; i < stored.length; i++) {
    const word = next();
    if (dtype === 'float32') stored[i] = word / 2 ** 31 - 1;
    else if (dtype === 'float16') stored[i] = 0x3800 | (word & 0x83ff);
    else if (dtype === 'int64') stored[i] = BigInt(word & 1);
    else stored[i] = isQuantized(info) ? word >>> (dtype.endsWith('16') ? 16 : 24) : word & 1;
  }
  return stored;
}

/** SplitMix32: 32 bits at a time. @param {number} seed */
function words(seed) {
  let state = Math.imul(seed, 0x9e3779b9);
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let word = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    word = Math.imul(word ^ (word >>> 15), 0x735a2d97);
    return (word ^ (word >>> 15)) >>> 0;
  };
}
