// @ts-check
/*
 * A model of several widths: one memory, a module for each width, made of that of the whole model and what differs.
 */

import { checkAbi, chosenVariant, modelOf, putWeights } from './loader.js';
import { compileSource, open } from './sources.js';
import { isTagged } from './tensors.js';
import { dotProduct, variantOf } from './variants.js';

/** @import { LoadOptions, Model, ModelLayout, Sources } from './loader.js' */
/** @import { Source } from './sources.js' */
/** @import { ModelInfo, TensorArrays } from './tensors.js' */
/** @import { Variant } from './variants.js' */

/**
 * A width other than the whole model: bytes of its weights and tables and of its code in each variant, addresses of its tensors.
 * @typedef {{ readonly share: number, readonly constantBytes: number, readonly codeBytes: { readonly [V in Variant]?: number }, readonly inputs: { readonly [name: string]: number }, readonly outputs: { readonly [name: string]: number } }} WidthLayout
 */

/**
 * `constantBytes` of the whole model lie at 0, then those of each width, from the widest to the narrowest. The differences of constants and of each
 * variant's code are ranges of what `sources.widths` gives.
 * @typedef {ModelLayout & { readonly constantBytes: number, readonly widths: readonly WidthLayout[], readonly differences: { readonly constants: readonly [number, number], readonly code: { readonly [V in Variant]?: readonly [number, number] } } }} NestedLayout
 */

/** @typedef {Sources & { readonly widths: () => Source }} NestedSources */

/**
 * @typedef {object} WidthOption
 * @property {number} [width] The share of the width to run; 1, which is the whole model, without it.
 */

/**
 * @typedef {Omit<Model, 'run' | 'execute' | 'reset'> & { readonly run: (inputs: Readonly<TensorArrays>, options?: WidthOption) => TensorArrays, readonly execute: (options?: WidthOption) => void, readonly widths: readonly number[], readonly width: (share: number) => Pick<Model, 'inputs' | 'outputs' | 'run' | 'execute'> }} NestedModel
 */

/**
 * Loads the whole model and all its widths, in the quickest variant that this engine runs exactly or the one that `options` names.
 * @param {ModelInfo} info
 * @param {NestedLayout} layout
 * @param {NestedSources} sources
 * @param {LoadOptions} [options]
 * @returns {Promise<NestedModel>}
 */
export async function loadWidths(info, layout, sources, options = {}) {
  if (typeof options.threads === 'number' && options.threads > 1)
    console.warn(`model "${info.name}" runs in one thread: a model of several widths has no others`);
  const given = await (options.module ?? sources.modules[chosenVariant(info, sources, options.variant)]?.());
  if (given === undefined || isTagged(given, 'WebAssembly.Module')) {
    const what = 'the code of its widths is made of the bytes of "module", and a compiled module does not have them';
    throw new TypeError(`model "${info.name}": ${what}; give the bytes, a URL or a Response`);
  }
  const [code, weights, differences] = await Promise.all(
    [given, await (options.weights ?? sources.weights()), sources.widths()].map((source) =>
      bytesOf(source, options.signal),
    ),
  );
  options.signal?.throwIfAborted();
  if (code === undefined || weights === undefined || differences === undefined) throw new TypeError('nothing to load');
  const whole = await compileSource(code);
  checkAbi(info, layout, whole);
  const variant = variantOf(whole);
  const pages = layout.memoryBytes / 65536;
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
  const bytes = new Uint8Array(memory.buffer);
  await putWeights(info, layout, memory.buffer, weights);
  const first = await instantiateIn(memory, whole, info);
  if (typeof first.expand === 'function') first.expand();
  restore(bytes, layout.constantBytes, differences.subarray(...layout.differences.constants));
  const others = codesOf(layout, variant, code, differences).map(async (own) => {
    return instantiateIn(memory, await WebAssembly.compile(own), info);
  });
  const exported = [first, ...(await Promise.all(others))];
  const isSigned = dotProduct() === 'signed';
  const why = 'a model of several widths has no threads';
  const models = [layout, ...layout.widths].map((places, i) => {
    const { run, signed } = exported[i] ?? first;
    if (isSigned && typeof signed === 'function') signed(1);
    const threads = { count: 1, why, ready: Promise.resolve() };
    const team = { execute: () => /** @type {() => void} */ (run)(), dispose: () => {}, threads };
    return modelOf(info, { ...layout, inputs: places.inputs, outputs: places.outputs }, memory.buffer, variant, team);
  });
  return nestedModel(info, [1, ...layout.widths.map(({ share }) => share)], models);
}

/**
 * @param {ModelInfo} info
 * @param {readonly number[]} shares
 * @param {readonly Model[]} models
 * @returns {NestedModel}
 */
function nestedModel(info, shares, models) {
  /** @param {number} [share] */
  const width = (share = 1) => {
    const model = models[shares.indexOf(share)];
    if (model === undefined)
      throw new RangeError(`model "${info.name}" has no width ${share}; its widths are ${widths.join(', ')}`);
    return model;
  };
  const widths = [...shares].reverse();
  return {
    ...width(),
    widths,
    width,
    run: (inputs, options) => width(options?.width).run(inputs),
    execute: (options) => width(options?.width).execute(),
    dispose() {
      for (const model of models) model.dispose();
    },
  };
}

/**
 * @param {WebAssembly.Memory} memory
 * @param {WebAssembly.Module} module
 * @param {ModelInfo} info
 * @returns {Promise<WebAssembly.Exports>}
 */
async function instantiateIn(memory, module, info) {
  const { exports } = await WebAssembly.instantiate(module, { thimble: { memory } });
  if (typeof exports.run !== 'function' || exports.memory !== memory)
    throw new TypeError(`the module is not the one of model "${info.name}": it exports no run, or has its own memory`);
  return exports;
}

/**
 * The code of each width.
 * @param {NestedLayout} layout
 * @param {Variant} variant
 * @param {Uint8Array} code of the whole model
 * @param {Uint8Array} differences
 * @returns {readonly Uint8Array<ArrayBuffer>[]}
 */
function codesOf({ widths, differences: ranges }, variant, code, differences) {
  const sizes = widths.map(({ codeBytes }) => codeBytes[variant] ?? 0);
  const all = new Uint8Array(sizes.reduce((sum, size) => sum + size, code.length));
  all.set(code);
  restore(all, code.length, differences.subarray(...(ranges.code[variant] ?? [0, 0])));
  let end = code.length;
  return sizes.map((size) => {
    end += size;
    return all.slice(end - size, end);
  });
}

/**
 * Writes what a difference tells behind the first `end` bytes, out of these and what it has written: the way back from `difference` of
 * converter/backends/wasm/nested.
 * @param {Uint8Array} bytes
 * @param {number} end
 * @param {Uint8Array} difference
 */
export function restore(bytes, end, difference) {
  let place = 0;
  let from = 0;
  const byte = () => difference[place++] ?? 0;
  const number = () => {
    let value = 0;
    for (let scale = 1, last = 128; last >= 128; scale *= 128) {
      last = byte();
      value += (last % 128) * scale;
    }
    return value;
  };
  while (place < difference.length) {
    const head = byte();
    let count = (head >> 4) & 7;
    if (count === 7) count += number();
    bytes.set(difference.subarray(place, place + count), end);
    place += count;
    end += count;
    from += count;
    let length = head & 15;
    if (length === 15) length += number();
    if (head >= 128) {
      const distance = number();
      from += distance % 2 === 0 ? distance / 2 : -(distance + 1) / 2;
    }
    // A copy may read what it writes.
    for (; length > 0; length--) bytes[end++] = bytes[from++] ?? 0;
  }
}

/**
 * @param {Source} source
 * @param {AbortSignal} [signal]
 * @returns {Promise<Uint8Array<ArrayBuffer>>}
 */
async function bytesOf(source, signal) {
  const opened = await open(source, signal);
  return opened instanceof Uint8Array ? opened : new Uint8Array(await opened.arrayBuffer());
}
