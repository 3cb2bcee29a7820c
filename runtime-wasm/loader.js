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
 * Addresses in the memory of the module, in bytes. Weights begin at 0.
 * @typedef {{ readonly memoryBytes: number, readonly weightBytes?: number, readonly inputs: { readonly [name: string]: number }, readonly outputs: { readonly [name: string]: number } }} ModelLayout
 */
/** @typedef {WebAssembly.Module | BufferSource | Response | URL | string} Source */

/**
 * Which instructions a module uses, the quickest first: relaxed SIMD with an exact dot product of int8, relaxed SIMD without it, SIMD.
 * @typedef {'dot' | 'madd' | 'simd128'} Variant
 */

/**
 * Where the code of each variant is, and the weights that they share.
 * @typedef {{ readonly modules: { readonly [V in Variant]?: () => Source }, readonly weights: () => Source }} Sources
 */

/** @typedef {{ readonly variant?: Variant, readonly module?: Source | Promise<Response>, readonly weights?: Source | Promise<Response> }} LoadOptions */
/** @typedef {{ [name: string]: TensorArray }} TensorArrays */

/**
 * @typedef {object} Model
 * @property {Readonly<TensorArrays>} inputs Views of the input tensors in memory; `execute` may overwrite them.
 * @property {Readonly<TensorArrays>} outputs Views of the output tensors; valid until the next run.
 * @property {(inputs: Readonly<TensorArrays>) => TensorArrays} run Copies the inputs in, computes, copies the outputs out.
 * @property {Variant} variant The variant of the code that runs.
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
 * Loads a module that has its weights in it. Each call gives a model with a memory of its own.
 * @param {ModelInfo} info
 * @param {ModelLayout} layout
 * @param {Source | Promise<Response>} source
 * @returns {Promise<Model>}
 */
export async function loadModel(info, layout, source) {
  return start(info, layout, await compile(await source), null);
}

/**
 * Loads the quickest variant that this engine runs exactly, or the one that `options` names, and the weights. Each call gives a model
 * with a memory of its own.
 * @param {ModelInfo} info
 * @param {ModelLayout} layout
 * @param {Sources} sources
 * @param {LoadOptions} [options]
 * @returns {Promise<Model>}
 */
export async function loadVariant(info, layout, sources, options = {}) {
  const chosen = options.module === undefined ? chooseVariant(info, sources, options.variant) : options.variant;
  const source = options.module ?? (chosen && sources.modules[chosen]?.());
  const [module, weights] = await Promise.all([
    Promise.resolve(source).then((given) => compile(/** @type {Source} */ (given))),
    Promise.resolve(options.weights ?? sources.weights()).then(bytesOf),
  ]);
  return start(info, layout, module, weights);
}

/**
 * @param {ModelInfo} info
 * @param {Sources} sources
 * @param {Variant} [wanted]
 * @returns {Variant}
 */
function chooseVariant(info, sources, wanted) {
  const there = order.filter((variant) => sources.modules[variant] !== undefined);
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
 * Puts the weights into the memory of a new instance, and makes a model of it.
 * @param {ModelInfo} info
 * @param {ModelLayout} layout
 * @param {WebAssembly.Module} module
 * @param {Uint8Array | null} weights null for a module that has them
 * @returns {Promise<Model>}
 */
async function start(info, layout, module, weights) {
  const instance = await WebAssembly.instantiate(module, {});
  const { memory, run, reset, signed } = instance.exports;
  if (!isTagged(memory, 'WebAssembly.Memory') || typeof run !== 'function') {
    throw new TypeError(`the module is not the one of model "${info.name}": it exports no memory or no run`);
  }
  const { buffer } = /** @type {WebAssembly.Memory} */ (memory);
  if (buffer.byteLength !== layout.memoryBytes) {
    const sizes = `its memory has ${buffer.byteLength} bytes instead of ${layout.memoryBytes}`;
    throw new TypeError(`the module is not the one of model "${info.name}": ${sizes}`);
  }
  if (weights !== null) {
    if (weights.length !== layout.weightBytes) {
      const sizes = `${weights.length} bytes instead of ${layout.weightBytes}`;
      throw new TypeError(`the weights are not those of model "${info.name}": ${sizes}`);
    }
    new Uint8Array(buffer).set(weights);
  }
  if (typeof signed === 'function' && dotProduct() === 'signed') signed();
  const model = modelOf(info, layout, buffer, variantOf(module), () => run());
  if (typeof reset !== 'function') return model;
  reset();
  return { ...model, reset: () => reset() };
}

/**
 * The variant that a module says it is.
 * @param {WebAssembly.Module} module
 * @returns {Variant}
 */
function variantOf(module) {
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
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

/** A module with one function that uses a vector: valid where there is SIMD. */
const simdProbe = Uint8Array.of(
  ...[0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11],
);

/** A module with a function `test` that gives a bit for each lane of a dot product that is right: unsigned, then signed. */
export const dotProbe = decodeBase64(
  'AGFzbQEAAAABBQFgAAF/AwIBAAcIAQR0ZXN0AAAKdwF1AQF7/Qx/f39/gICAgH9/f3+Af/9k/Qx/f39///////////+A/wEA/QwBAAAA' +
    '+////wAAAED5/////ZMCIQAgAP0MBfwAAPsB/v8E+gFAeT4AAP03/aQBIAD9DAX8AAD7AQAABP7/P3k/AAD9N/2kAUEEdHIL',
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
 * @param {Source} source
 * @returns {Promise<Uint8Array<ArrayBuffer>>}
 */
async function bytesOf(source) {
  if (typeof source === 'string' || isTagged(source, 'URL')) {
    const url = new URL(/** @type {URL} */ (source), globalThis.location?.href);
    const files = url.protocol === 'file:' ? nodeFiles() : undefined;
    return files === undefined ? bytesOf(await fetch(url)) : files.readFileSync(url);
  }
  if (isTagged(source, 'Response')) {
    const response = /** @type {Response} */ (source);
    if (!response.ok) throw new Error(`${response.url || 'the weights'}: HTTP status ${response.status}`);
    return new Uint8Array(await response.arrayBuffer());
  }
  const view = /** @type {ArrayBufferView<ArrayBuffer> | ArrayBuffer} */ (source);
  return ArrayBuffer.isView(view)
    ? new Uint8Array(view.buffer, view.byteOffset, view.byteLength)
    : new Uint8Array(view);
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
 * @param {Variant} variant
 * @param {() => void} execute
 * @returns {Model}
 */
function modelOf(info, layout, buffer, variant, execute) {
  const inputs = viewsOf(info.inputs, layout.inputs, buffer);
  const outputs = viewsOf(info.outputs, layout.outputs, buffer);
  return {
    inputs,
    outputs,
    variant,
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
