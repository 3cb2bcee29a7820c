// @ts-check
/*
 * What stands between a WebAssembly module written by thimble and its user: compiling, checking, copying. No
 * dependencies, no eval, nothing kept between models. Ships verbatim beside the module.
 */

import { copyIn, dequantizeValues, isTagged, quantizeValues, tensorInfo, viewsOf } from './tensors.js';

/** @import { ModelInfo, TensorArray, TensorArrays } from './tensors.js' */
/** @import { ThreadChoice, Threads } from './threads.js' */
/** @import * as ThreadStarter from './threads.js' */

/**
 * Addresses in the memory of the module, in bytes. `sharedFlags`: the byte of a module that is 3 where its memory is shared. Weights are put to `weightAddress`, from where the module may expand them to 0 and on.
 * @typedef {{ readonly memoryBytes: number, readonly weightBytes?: number, readonly weightAddress?: number, readonly control?: number, readonly sharedFlags?: { readonly [V in Variant]?: number }, readonly inputs: { readonly [name: string]: number }, readonly outputs: { readonly [name: string]: number } }} ModelLayout
 */
/** @typedef {WebAssembly.Module | BufferSource | Response | URL | string} Source */

/**
 * Which instructions a module uses, the quickest first: relaxed SIMD with an exact dot product of int8, relaxed SIMD without it, SIMD.
 * @typedef {'dot' | 'madd' | 'simd128'} Variant
 */

/**
 * Where the code of each variant is, the weights that they share, and what starts threads, where the model is long enough for them.
 * @typedef {{ readonly modules: { readonly [V in Variant]?: () => Source }, readonly weights: () => Source, readonly threads?: Pick<typeof ThreadStarter, 'chooseThreads' | 'startThreads'> }} Sources
 */

/** @typedef {{ readonly variant?: Variant, readonly module?: Source | Promise<Response>, readonly weights?: Source | Promise<Response>, readonly threads?: number | 'auto' }} LoadOptions */

/**
 * @typedef {object} Model
 * @property {Readonly<TensorArrays>} inputs Views of the input tensors in memory; `execute` may overwrite them.
 * @property {Readonly<TensorArrays>} outputs Views of the output tensors; valid until the next run.
 * @property {(inputs: Readonly<TensorArrays>) => TensorArrays} run Copies the inputs in, computes, copies the outputs out.
 * @property {Variant} variant The variant of the code that runs.
 * @property {Threads} threads How many threads run the model, and why they are not more.
 * @property {() => void} dispose Stops the threads; the model cannot run afterwards. Optional: memory goes with the model.
 * @property {() => void} execute Computes `outputs` from what is in `inputs`, without a copy.
 * @property {() => void} [reset] Forgets what the runs so far have left; there only for models that keep state.
 * @property {(name: string, values: ArrayLike<number>) => TensorArray} quantize Real numbers as stored integers of a tensor.
 * @property {(name: string, stored?: TensorArray) => Float32Array} dequantize Stored integers of a tensor, or what is in memory, as real numbers.
 */

/**
 * Loads a module that has its weights in it. Each call gives a model with a memory of its own.
 * @param {ModelInfo} info
 * @param {ModelLayout} layout
 * @param {Source | Promise<Response>} source
 * @returns {Promise<Model>}
 */
export async function loadModel(info, layout, source) {
  const module = await compileSource(await source);
  return start({ info, layout, module, weights: null, choice: tooSmall, threads: undefined });
}

/** @type {ThreadChoice} */
const tooSmall = { count: 1, why: 'the model is too small for threads, or is computed row by row to save memory' };

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
  const { threads } = sources;
  const choice = threads?.chooseThreads(options.threads) ?? tooSmall;
  // The weights take longest, so they are asked for first.
  const weights = Promise.resolve(options.weights ?? sources.weights()).then(open);
  weights.catch(() => {});
  const module = await compileVariant(info, layout, sources, { ...options, threads: choice.count });
  const model = await start({ info, layout, module, weights, choice, threads });
  const { count, why } = model.threads;
  if (typeof options.threads === 'number' && options.threads > count) {
    console.warn(`model "${info.name}" runs in ${count === 1 ? 'one thread' : `${count} threads`}: ${why}`);
  }
  return model;
}

/**
 * The code of a variant, compiled: of several models of one kind, in workers, too. With `threads` for a memory that is shared.
 * @param {ModelInfo} info
 * @param {ModelLayout} layout
 * @param {Sources} sources
 * @param {LoadOptions} [options]
 * @returns {Promise<WebAssembly.Module>}
 */
export async function compileVariant(info, layout, sources, { module, variant, threads = 1 } = {}) {
  const chosen = module === undefined ? chooseVariant(info, sources, variant) : variant;
  const source = await (module ?? (chosen && sources.modules[chosen]?.()));
  const flag = chosen && layout.sharedFlags?.[chosen];
  const isShared = (sources.threads?.chooseThreads(threads).count ?? 1) > 1;
  if (!isShared || flag === undefined || isTagged(source, 'WebAssembly.Module'))
    return compileSource(/** @type {Source} */ (source));
  const opened = await open(/** @type {Source} */ (source));
  const bytes = opened instanceof Uint8Array ? opened.slice() : new Uint8Array(await opened.arrayBuffer());
  bytes[flag] = 3;
  return compileSource(bytes);
}

/**
 * @param {ModelInfo} info
 * @param {Sources} sources
 * @param {Variant} [wanted]
 * @returns {Variant}
 */
export function chooseVariant(info, sources, wanted) {
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

/** @typedef {{ readonly info: ModelInfo, readonly layout: ModelLayout, readonly module: WebAssembly.Module, readonly weights: Promise<Uint8Array<ArrayBuffer> | Response> | null, readonly choice: ThreadChoice, readonly threads: Sources['threads'] | undefined }} Parts */

/**
 * Puts the weights into the memory of a new instance, and makes a model of it.
 * @param {Parts} parts weights: null for a module that has them
 * @returns {Promise<Model>}
 */
async function start({ info, layout, module, weights, choice, threads }) {
  const instance = await instantiate(module, layout, choice.count > 1);
  const { memory: exported, run, reset, signed, expand, lead } = instance.exports;
  if (!isTagged(exported, 'WebAssembly.Memory') || typeof run !== 'function') {
    throw new TypeError(`the module is not the one of model "${info.name}": it exports no memory or no run`);
  }
  const memory = /** @type {WebAssembly.Memory} */ (exported);
  const { buffer } = memory;
  if (buffer.byteLength !== layout.memoryBytes) {
    const sizes = `its memory has ${buffer.byteLength} bytes instead of ${layout.memoryBytes}`;
    throw new TypeError(`the module is not the one of model "${info.name}": ${sizes}`);
  }
  if (weights !== null) {
    const { weightAddress, weightBytes } = layout;
    const target = new Uint8Array(buffer, weightAddress, weightBytes);
    // A system gives memory page by page as it is first written: better now than when the weights are there.
    target.fill(0);
    const found = await fill(target, await weights);
    if (found !== weightBytes) {
      const sizes = `${found} bytes instead of ${weightBytes}`;
      throw new TypeError(`the weights are not those of model "${info.name}": ${sizes}`);
    }
    if (typeof expand === 'function') expand();
  }
  const isSigned = typeof signed === 'function' && dotProduct() === 'signed';
  if (isSigned) signed(1);
  if (typeof reset === 'function') reset();
  const alone = { execute: () => run(), dispose: () => {}, threads: { ...choice, ready: Promise.resolve() } };
  let team = alone;
  if (choice.count > 1 && threads !== undefined && typeof lead === 'function' && layout.control !== undefined) {
    if (isTagged(buffer, 'SharedArrayBuffer')) {
      team = threads.startThreads(
        choice.count,
        { module, memory, control: layout.control, signed: isSigned },
        (mayWait) => lead(mayWait),
      );
    } else {
      team.threads = { ...team.threads, count: 1, why: 'the given module is not compiled for threads' };
    }
  }
  const model = modelOf(info, layout, buffer, variantOf(module), team);
  return typeof reset === 'function' ? { ...model, reset: () => reset() } : model;
}

/**
 * An instance with a memory of its own; shared if that is wished and the module is compiled for it.
 * @param {WebAssembly.Module} module
 * @param {ModelLayout} layout
 * @param {boolean} shared
 * @returns {Promise<WebAssembly.Instance>}
 */
async function instantiate(module, layout, shared) {
  const [wanted] = WebAssembly.Module.imports(module);
  if (wanted === undefined) return WebAssembly.instantiate(module, {});
  const pages = layout.memoryBytes / 65536;
  /** @param {boolean} isShared */
  const attempt = (isShared) => {
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: isShared });
    return WebAssembly.instantiate(module, { thimble: { memory } });
  };
  try {
    return await attempt(shared);
  } catch (error) {
    // A module says whether its memory is shared, but not to JavaScript.
    if (error instanceof WebAssembly.LinkError) return attempt(!shared);
    throw error;
  }
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
async function compileSource(source) {
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
 * The bytes of a source, or the answer that they will come in.
 * @param {Source} source
 * @returns {Promise<Uint8Array<ArrayBuffer> | Response>}
 */
export async function open(source) {
  if (typeof source === 'string' || isTagged(source, 'URL')) {
    const url = new URL(/** @type {URL} */ (source), globalThis.location?.href);
    const files = url.protocol === 'file:' ? nodeFiles() : undefined;
    if (files !== undefined) return files.readFileSync(url);
    return typeof XMLHttpRequest === 'undefined' ? open(await fetch(url)) : request(url);
  }
  if (isTagged(source, 'Response')) {
    const response = /** @type {Response} */ (source);
    if (!response.ok) throw new Error(`${response.url || 'the weights'}: HTTP status ${response.status}`);
    return response;
  }
  const view = /** @type {ArrayBufferView<ArrayBuffer> | ArrayBuffer} */ (source);
  return ArrayBuffer.isView(view)
    ? new Uint8Array(view.buffer, view.byteOffset, view.byteLength)
    : new Uint8Array(view);
}

/**
 * The bytes behind an address, the quick way of pages and workers: Chromium takes half as long as with `fetch` for megabytes from its cache.
 * @param {URL} url
 * @returns {Promise<Uint8Array<ArrayBuffer>>}
 */
function request(url) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('GET', url);
    request.responseType = 'arraybuffer';
    request.onload = () => {
      const { status } = request;
      if (status >= 200 && status < 300) resolve(new Uint8Array(request.response));
      else reject(new Error(`${url}: HTTP status ${status}`));
    };
    request.onerror = () => reject(new TypeError(`${url} cannot be loaded`));
    request.send();
  });
}

/**
 * Writes what comes to the start of `target`, piece by piece, so that nothing is copied twice.
 * @param {Uint8Array} target
 * @param {Uint8Array<ArrayBuffer> | Response} source
 * @returns {Promise<number>} how many bytes there are; more than fit are not written
 */
export async function fill(target, source) {
  let end = 0;
  /** @param {Uint8Array} piece */
  const add = (piece) => {
    if (end + piece.length <= target.length) target.set(piece, end);
    end += piece.length;
  };
  if (source instanceof Uint8Array) add(source);
  else if (source.body === null) add(new Uint8Array(await source.arrayBuffer()));
  else {
    const reader = source.body.getReader();
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) add(piece.value);
  }
  return end;
}

/** @typedef {{ readonly execute: () => void, readonly dispose: () => void, readonly threads: Threads }} Team */

/**
 * @param {ModelInfo} info
 * @param {ModelLayout} layout
 * @param {ArrayBufferLike} buffer
 * @param {Variant} variant
 * @param {Team} team
 * @returns {Model}
 */
export function modelOf(info, layout, buffer, variant, team) {
  const inputs = viewsOf(info.inputs, layout.inputs, buffer);
  const outputs = viewsOf(info.outputs, layout.outputs, buffer);
  let isDisposed = false;
  const execute = () => {
    if (isDisposed) throw new Error(`model "${info.name}" is disposed`);
    team.execute();
  };
  return {
    inputs,
    outputs,
    variant,
    threads: team.threads,
    execute,
    dispose() {
      if (!isDisposed) team.dispose();
      isDisposed = true;
    },
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
