// @ts-check
/*
 * Tensors of a model in memory: views, checks and copies, stored integers and real numbers.
 */

/** @typedef {'float32' | 'float16' | 'int8' | 'uint8' | 'int16' | 'int32' | 'int64' | 'bool'} DType */
/** @typedef {Float32Array | Uint16Array | Int8Array | Uint8Array | Int16Array | Int32Array | BigInt64Array} TensorArray */

/**
 * A tensor as the outside sees it. real = scale * (stored - zeroPoint) where there is a scale.
 * @typedef {{ readonly dtype: DType, readonly shape: readonly number[], readonly scale?: number, readonly zeroPoint?: number }} TensorInfo
 */
/** @typedef {{ readonly [name: string]: TensorInfo }} TensorInfos */
/** @typedef {{ readonly name: string, readonly inputs: TensorInfos, readonly outputs: TensorInfos }} ModelInfo */
/** @typedef {{ [name: string]: TensorArray }} TensorArrays */
/** A tensor in the memory of a model. @typedef {TensorInfo & { readonly view: TensorArray }} Tensor */
/** @typedef {{ readonly [name: string]: Tensor }} Tensors */

/** @type {{ readonly [D in DType]: new (buffer: ArrayBufferLike, byteOffset: number, length: number) => TensorArray }} */
const arrays = {
  float32: Float32Array,
  float16: Uint16Array,
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  int32: Int32Array,
  int64: BigInt64Array,
  bool: Uint8Array,
};

/**
 * Classes and bounds of stored integers.
 * @type {{ readonly [dtype: string]: { readonly array: new (length: number) => TensorArray, readonly min: number, readonly max: number } }}
 */
const integers = {
  int8: { array: Int8Array, min: -128, max: 127 },
  uint8: { array: Uint8Array, min: 0, max: 255 },
  int16: { array: Int16Array, min: -32768, max: 32767 },
  int32: { array: Int32Array, min: -2147483648, max: 2147483647 },
};

/**
 * Whether `value` is an object of a built-in class, of any realm.
 * @param {unknown} value
 * @param {string} tag
 */
export function isTagged(value, tag) {
  return Object.prototype.toString.call(value) === `[object ${tag}]`;
}

/**
 * @param {TensorInfos} infos
 * @param {{ readonly [name: string]: number }} addresses
 * @param {ArrayBufferLike} buffer
 * @returns {Tensors}
 */
export function tensorsOf(infos, addresses, buffer) {
  const tensors = Object.entries(infos).map(([name, info]) => {
    const view = new arrays[info.dtype](buffer, addresses[name] ?? 0, elementCount(info.shape));
    return [name, Object.freeze({ ...info, view })];
  });
  return Object.freeze(Object.fromEntries(tensors));
}

/**
 * @param {readonly number[]} shape
 * @returns {number}
 */
function elementCount(shape) {
  return shape.reduce((product, size) => product * size, 1);
}

/**
 * Checks all inputs before any is copied.
 * @param {ModelInfo} info
 * @param {Tensors} tensors
 * @param {Readonly<TensorArrays>} values
 */
export function copyIn(info, tensors, values) {
  const names = Object.keys(info.inputs);
  const known = names.map((name) => `"${name}"`).join(', ');
  if (typeof values !== 'object' || values === null) throw new TypeError(`run expects an object with ${known}`);
  for (const name of Object.keys(values)) {
    if (!Object.hasOwn(info.inputs, name)) throw new TypeError(`there is no input "${name}"; expected ${known}`);
  }
  for (const name of names) {
    const view = tensors[name]?.view;
    const value = values[name];
    if (view === undefined) continue;
    const expected = `${view.constructor.name} of ${view.length} elements`;
    if (value === undefined) throw new TypeError(`input "${name}" is missing; expected ${expected}`);
    if (!isTagged(value, view.constructor.name)) {
      throw new TypeError(`input "${name}": expected ${expected}, got ${className(value)}`);
    }
    if (value.length !== view.length) {
      throw new RangeError(`input "${name}": expected ${expected}, got ${value.length} elements`);
    }
  }
  for (const name of names) {
    const value = values[name];
    const view = tensors[name]?.view;
    if (value !== undefined && view !== value) setAll(view, value);
  }
}

/**
 * Copies between arrays that are known to have the same class and length.
 * @param {any} target
 * @param {TensorArray} values
 */
function setAll(target, values) {
  target.set(values);
}

/**
 * @param {unknown} value
 * @returns {string}
 */
function className(value) {
  return Object.prototype.toString.call(value).slice('[object '.length, -1);
}

/**
 * @param {ModelInfo} info
 * @param {string} name
 * @returns {TensorInfo}
 */
export function tensorInfo(info, name) {
  if (Object.hasOwn(info.inputs, name)) return /** @type {TensorInfo} */ (info.inputs[name]);
  if (Object.hasOwn(info.outputs, name)) return /** @type {TensorInfo} */ (info.outputs[name]);
  const names = [...Object.keys(info.inputs), ...Object.keys(info.outputs)].map((known) => `"${known}"`).join(', ');
  throw new TypeError(`there is no tensor "${name}"; expected one of ${names}`);
}

/**
 * clamp(round(real / scale) + zeroPoint): float32 division, ties away from zero. A float32 tensor stays as it is.
 * @param {string} name
 * @param {TensorInfo} info
 * @param {ArrayLike<number>} values
 * @returns {TensorArray}
 */
export function quantizeValues(name, { dtype, shape, scale, zeroPoint = 0 }, values) {
  const count = elementCount(shape);
  if (values.length !== count) {
    throw new RangeError(`tensor "${name}": expected ${count} values, got ${values.length}`);
  }
  if (dtype === 'float32') return Float32Array.from(values);
  const integer = integers[dtype];
  if (scale === undefined || integer === undefined) throw new TypeError(`tensor "${name}" (${dtype}) has no scale`);
  const stored = new integer.array(count);
  for (let i = 0; i < count; i++) {
    const steps = Math.fround(Math.fround(values[i] ?? 0) / scale);
    const rounded = steps < 0 ? -Math.round(-steps) : Math.round(steps);
    stored[i] = Math.min(integer.max, Math.max(integer.min, (Number.isNaN(rounded) ? 0 : rounded) + zeroPoint));
  }
  return stored;
}

/**
 * @param {string} name
 * @param {TensorInfo} info
 * @param {TensorArray | undefined} stored
 * @returns {Float32Array}
 */
export function dequantizeValues(name, { dtype, scale, zeroPoint = 0 }, stored) {
  if (stored === undefined) throw new TypeError(`tensor "${name}" has no values`);
  if (dtype === 'float32') return Float32Array.from(/** @type {Float32Array} */ (stored));
  if (scale === undefined) throw new TypeError(`tensor "${name}" (${dtype}) has no scale`);
  const numbers = /** @type {ArrayLike<number | bigint>} */ (stored);
  return Float32Array.from(numbers, (value) => scale * (Number(value) - zeroPoint));
}
