// @ts-check
/*
 * What stands between a WebAssembly module written by thimble and its user: compiling, checking, copying. No
 * dependencies, no eval, nothing kept between models. Ships verbatim beside the module.
 */

import { compileFailure, compileSource, fill, fingerprint, open } from './sources.js';
import { copyIn, dequantizeValues, isTagged, quantizeValues, tensorInfo, tensorsOf } from './tensors.js';
import { chooseVariant, dotProduct, variantOf } from './variants.js';

/** @import { Source } from './sources.js' */
/** @import { ModelInfo, TensorArray, TensorArrays, Tensors } from './tensors.js' */
/** @import { ThreadChoice, Threads } from './threads.js' */
/** @import { Variant } from './variants.js' */
/** @import * as ThreadStarter from './threads.js' */

/**
 * Addresses in the memory of the module, in bytes. `sharedFlags`: the byte of a module that is 3 where its memory is shared. Weights are put to `weightAddress`, from where the module may expand them to 0 and on.
 * `abi` names the places and weights that a module is made for, and `weightPrint` the weights.
 * @typedef {{ readonly abi?: string, readonly weightPrint?: number, readonly memoryBytes: number, readonly weightBytes?: number, readonly weightAddress?: number, readonly control?: number, readonly sharedFlags?: { readonly [V in Variant]?: number }, readonly inputs: { readonly [name: string]: number }, readonly outputs: { readonly [name: string]: number } }} ModelLayout
 */

/**
 * Where the code of each variant is, the weights that they share, and what starts threads, where the model is long enough for them.
 * @typedef {{ readonly modules: { readonly [V in Variant]?: () => Source }, readonly weights: () => Source, readonly threads?: Pick<typeof ThreadStarter, 'chooseThreads' | 'startThreads'> }} Sources
 */

/** @typedef {{ readonly variant?: Variant, readonly module?: Source | Promise<Response>, readonly weights?: Source | Promise<Response>, readonly threads?: number | 'auto', readonly signal?: AbortSignal }} LoadOptions */

/**
 * @typedef {object} Model
 * @property {Readonly<Tensors>} inputs The input tensors: `view` is their place in memory, which `execute` may overwrite.
 * @property {Readonly<Tensors>} outputs The output tensors: `view` is valid until the next run.
 * @property {(inputs: Readonly<TensorArrays>) => TensorArrays} run Copies the inputs in, computes, copies the outputs out.
 * @property {Variant} variant The variant of the code that runs.
 * @property {Threads} threads How many threads run the model, and why they are not more.
 * @property {() => void} dispose Stops the threads; the model cannot run afterwards. Optional: memory goes with the model.
 * @property {() => void} execute Computes the views of `outputs` from those of `inputs`, without a copy.
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
  const { signal } = options;
  signal?.throwIfAborted();
  const choice = threads?.chooseThreads(options.threads) ?? tooSmall;
  // The weights take longest, so they are asked for first.
  const weights = Promise.resolve(options.weights ?? sources.weights()).then((source) => open(source, signal));
  weights.catch(() => {});
  const module = await compileVariant(info, layout, sources, { ...options, threads: choice.count });
  signal?.throwIfAborted();
  const model = await start({ info, layout, module, weights, choice, threads });
  signal?.throwIfAborted();
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
export async function compileVariant(info, layout, sources, { module, variant, threads = 1, signal } = {}) {
  const chosen = module === undefined ? chosenVariant(info, sources, variant) : variant;
  const source = await (module ?? (chosen && sources.modules[chosen]?.()));
  const flag = chosen && layout.sharedFlags?.[chosen];
  const isShared = (sources.threads?.chooseThreads(threads).count ?? 1) > 1;
  if (!isShared || flag === undefined || isTagged(source, 'WebAssembly.Module'))
    return compileSource(/** @type {Source} */ (source), signal);
  const opened = await open(/** @type {Source} */ (source), signal);
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
export function chosenVariant(info, { modules }, wanted) {
  try {
    return chooseVariant(info, modules, wanted);
  } catch (error) {
    // Whether a dot product is exact is seen by running one, which a policy may forbid.
    throw compileFailure(error, `model "${info.name}"`);
  }
}

/** @typedef {{ readonly info: ModelInfo, readonly layout: ModelLayout, readonly module: WebAssembly.Module, readonly weights: Promise<Uint8Array<ArrayBuffer> | Response> | null, readonly choice: ThreadChoice, readonly threads: Sources['threads'] | undefined }} Parts */

/**
 * Puts the weights into the memory of a new instance, and makes a model of it.
 * @param {Parts} parts weights: null for a module that has them
 * @returns {Promise<Model>}
 */
async function start({ info, layout, module, weights, choice, threads }) {
  checkAbi(info, layout, module);
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
    await putWeights(info, layout, buffer, weights);
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
 * Puts the weights where the module finds them, and sees that they are those of the model.
 * @param {ModelInfo} info
 * @param {ModelLayout} layout
 * @param {ArrayBufferLike} buffer
 * @param {Promise<Uint8Array<ArrayBuffer> | Response> | Uint8Array<ArrayBuffer>} weights
 */
export async function putWeights({ name }, { weightAddress, weightBytes, weightPrint }, buffer, weights) {
  const target = new Uint8Array(buffer, weightAddress, weightBytes);
  // A system gives memory page by page as it is first written: better now than when the weights are there.
  target.fill(0);
  const found = await fill(target, await weights);
  /** @param {string} why */
  const foreign = (why) => new TypeError(`the weights are not those of model "${name}": ${why}; ${together}`);
  if (found !== weightBytes) throw foreign(`${found} bytes instead of ${weightBytes}`);
  if (weightPrint !== undefined && fingerprint(target) !== weightPrint) throw foreign('they hold other numbers');
}

/** What helps where files of several packages are mixed. */
const together = 'deploy the files of one package together, and let no cache mix them';

/**
 * Code, weights and script of a package fit together, or not at all.
 * @param {ModelInfo} info
 * @param {ModelLayout} layout
 * @param {WebAssembly.Module} module
 */
export function checkAbi({ name }, { abi }, module) {
  if (abi === undefined) return;
  const [section] = WebAssembly.Module.customSections(module, 'thimble.abi');
  const found = section === undefined ? 'none' : new TextDecoder().decode(section);
  if (found === abi) return;
  throw new TypeError(`the module is not the one of model "${name}": its ABI is ${found}, not ${abi}; ${together}`);
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
  const inputs = tensorsOf(info.inputs, layout.inputs, buffer);
  const outputs = tensorsOf(info.outputs, layout.outputs, buffer);
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
      return Object.fromEntries(Object.entries(outputs).map(([name, { view }]) => [name, view.slice()]));
    },
    quantize(name, values) {
      return quantizeValues(name, tensorInfo(info, name), values);
    },
    dequantize(name, stored = (inputs[name] ?? outputs[name])?.view) {
      return dequantizeValues(name, tensorInfo(info, name), stored);
    },
  };
}
