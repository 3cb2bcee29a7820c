// @ts-check
/*
 * What stands between a WebAssembly module written by thimble and its user: compiling, checking, copying. No
 * dependencies, no eval, nothing kept between models. Ships verbatim beside the module.
 */

/** @typedef {'float32' | 'float16' | 'int8' | 'uint8' | 'int16' | 'int32' | 'int64' | 'bool'} DType */
/** @typedef {Float32Array | Uint16Array | Int8Array | Uint8Array | Int16Array | Int32Array | BigInt64Array} TensorArray */

/**
 * A tensor as the outside sees it. real = scale * (stored - zeroPoint) where there is a scale.
 * @typedef {{ readonly dtype: DType, readonly shape: readonly number[], readonly scale?: number, readonly zeroPoint?: number }} TensorInfo
 */
/** @typedef {{ readonly [name: string]: TensorInfo }} TensorInfos */
/** @typedef {{ readonly name: string, readonly inputs: TensorInfos, readonly outputs: TensorInfos }} ModelInfo */

/**
 * Addresses in the memory of the module, in bytes.
 * @typedef {{ readonly memoryBytes: number, readonly inputs: { readonly [name: string]: number }, readonly outputs: { readonly [name: string]: number } }} ModelLayout
 */
/** @typedef {WebAssembly.Module | BufferSource | Response | URL | string} Source */
/** @typedef {{ [name: string]: TensorArray }} TensorArrays */

/**
 * @typedef {object} Model
 * @property {Readonly<TensorArrays>} inputs Views of the input tensors in memory; `execute` may overwrite them.
 * @property {Readonly<TensorArrays>} outputs Views of the output tensors; valid until the next run.
 * @property {(inputs: Readonly<TensorArrays>) => TensorArrays} run Copies the inputs in, computes, copies the outputs out.
 * @property {() => void} execute Computes `outputs` from what is in `inputs`, without a copy.
 * @property {() => void} [reset] Forgets what the runs so far have left; there only for models that keep state.
 * @property {(name: string, values: ArrayLike<number>) => TensorArray} quantize Real numbers as stored integers of a tensor.
 * @property {(name: string, stored?: TensorArray) => Float32Array} dequantize Stored integers of a tensor, or what is in memory, as real numbers.
 */

/** @type {{ readonly [D in DType]: new (buffer: ArrayBuffer, byteOffset: number, length: number) => TensorArray }} */
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
 * Compiles and instantiates a module. Each call gives a model with a memory of its own.
 * @param {ModelInfo} info
 * @param {ModelLayout} layout
 * @param {Source | Promise<Response>} source
 * @returns {Promise<Model>}
 */
export async function loadModel(info, layout, source) {
  const module = await compile(await source);
  const instance = await WebAssembly.instantiate(module, {});
  const { memory, run, reset } = instance.exports;
  if (!isTagged(memory, 'WebAssembly.Memory') || typeof run !== 'function') {
    throw new TypeError(`the module is not the one of model "${info.name}": it exports no memory or no run`);
  }
  const { buffer } = /** @type {WebAssembly.Memory} */ (memory);
  if (buffer.byteLength !== layout.memoryBytes) {
    const sizes = `its memory has ${buffer.byteLength} bytes instead of ${layout.memoryBytes}`;
    throw new TypeError(`the module is not the one of model "${info.name}": ${sizes}`);
  }
  const model = modelOf(info, layout, buffer, () => run());
  if (typeof reset !== 'function') return model;
  reset();
  return { ...model, reset: () => reset() };
}

/**
 * The bytes of a base64 text.
 * @param {string} text
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function decodeBase64(text) {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

/** A module with one function that uses a vector: valid where there is SIMD. */
const simdProbe = Uint8Array.of(
  ...[0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11],
);

/**
 * @param {Source} source
 * @returns {Promise<WebAssembly.Module>}
 */
async function compile(source) {
  try {
    if (isTagged(source, 'WebAssembly.Module')) return /** @type {WebAssembly.Module} */ (source);
    if (typeof source === 'string' || isTagged(source, 'URL')) return await compileUrl(/** @type {URL} */ (source));
    if (isTagged(source, 'Response')) return await compileResponse(/** @type {Response} */ (source));
    return await WebAssembly.compile(/** @type {BufferSource} */ (source));
  } catch (error) {
    if (error instanceof WebAssembly.CompileError && !WebAssembly.validate(simdProbe)) {
      throw new Error('this engine has no WebAssembly SIMD, which the model needs', { cause: error });
    }
    throw error;
  }
}

/**
 * @param {URL | string} source
 * @returns {Promise<WebAssembly.Module>}
 */
async function compileUrl(source) {
  const url = new URL(source, globalThis.location?.href);
  if (url.protocol === 'file:') {
    const files = nodeFiles();
    if (files !== undefined) return WebAssembly.compile(files.readFileSync(url));
  }
  return compileResponse(await fetch(url));
}

/**
 * The files of Node.js, Deno or Bun; undefined elsewhere. Not an import, so that bundlers for browsers have nothing to
 * resolve.
 * @returns {{ readFileSync(url: URL): Uint8Array<ArrayBuffer> } | undefined}
 */
function nodeFiles() {
  /** @type {{ process?: { getBuiltinModule?: (name: string) => any } }} */
  const host = globalThis;
  return host.process?.getBuiltinModule?.('node:fs');
}

/**
 * @param {Response} response
 * @returns {Promise<WebAssembly.Module>}
 */
async function compileResponse(response) {
  if (!response.ok) throw new Error(`${response.url || 'the module'}: HTTP status ${response.status}`);
  const type = response.headers.get('content-type') ?? '';
  if (type.startsWith('application/wasm') && WebAssembly.compileStreaming)
    return WebAssembly.compileStreaming(response);
  const found = type === '' ? 'no content type' : `content type "${type}"`;
  console.warn(`${response.url || 'the module'}: ${found}; serve it as application/wasm to compile while it loads`);
  return WebAssembly.compile(await response.arrayBuffer());
}

/**
 * Whether `value` is an object of a built-in class, of any realm.
 * @param {unknown} value
 * @param {string} tag
 */
function isTagged(value, tag) {
  return Object.prototype.toString.call(value) === `[object ${tag}]`;
}

/**
 * @param {ModelInfo} info
 * @param {ModelLayout} layout
 * @param {ArrayBuffer} buffer
 * @param {() => void} execute
 * @returns {Model}
 */
function modelOf(info, layout, buffer, execute) {
  const inputs = viewsOf(info.inputs, layout.inputs, buffer);
  const outputs = viewsOf(info.outputs, layout.outputs, buffer);
  return {
    inputs,
    outputs,
    execute,
    run(values) {
      copyIn(info, inputs, values);
      execute();
      return Object.fromEntries(Object.entries(outputs).map(([name, view]) => [name, view.slice()]));
    },
    quantize(name, values) {
      return quantizeValues(name, tensorInfo(info, name), values);
    },
    dequantize(name, stored = inputs[name] ?? outputs[name]) {
      return dequantizeValues(name, tensorInfo(info, name), stored);
    },
  };
}

/**
 * @param {TensorInfos} infos
 * @param {{ readonly [name: string]: number }} addresses
 * @param {ArrayBuffer} buffer
 * @returns {Readonly<TensorArrays>}
 */
function viewsOf(infos, addresses, buffer) {
  const views = Object.entries(infos).map(([name, { dtype, shape }]) => {
    return [name, new arrays[dtype](buffer, addresses[name] ?? 0, elementCount(shape))];
  });
  return Object.freeze(Object.fromEntries(views));
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
 * @param {Readonly<TensorArrays>} views
 * @param {Readonly<TensorArrays>} values
 */
function copyIn(info, views, values) {
  const names = Object.keys(info.inputs);
  const known = names.map((name) => `"${name}"`).join(', ');
  if (typeof values !== 'object' || values === null) throw new TypeError(`run expects an object with ${known}`);
  for (const name of Object.keys(values)) {
    if (!Object.hasOwn(info.inputs, name)) throw new TypeError(`there is no input "${name}"; expected ${known}`);
  }
  for (const name of names) {
    const view = views[name];
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
    if (value !== undefined && views[name] !== value) setAll(views[name], value);
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
function tensorInfo(info, name) {
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
function quantizeValues(name, { dtype, shape, scale, zeroPoint = 0 }, values) {
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
function dequantizeValues(name, { dtype, scale, zeroPoint = 0 }, stored) {
  if (stored === undefined) throw new TypeError(`tensor "${name}" has no values`);
  if (dtype === 'float32') return Float32Array.from(/** @type {Float32Array} */ (stored));
  if (scale === undefined) throw new TypeError(`tensor "${name}" (${dtype}) has no scale`);
  const numbers = /** @type {ArrayLike<number | bigint>} */ (stored);
  return Float32Array.from(numbers, (value) => scale * (Number(value) - zeroPoint));
}
