// @ts-check
/*
 * The model that is loaded, and what the page knows of it.
 */

import { featureValues } from '../../../runtime-wasm/features.js';
import { prepared } from '../../../runtime-wasm/feed.js';
import { obstacle } from '../../../runtime-wasm/variants.js';

/** @import { Feed } from '../../../runtime-wasm/feed.js' */
/** @import { LoadOptions, Model } from '../../../runtime-wasm/loader.js' */
/** @import { ModelInfo, TensorArray, TensorArrays } from '../../../runtime-wasm/tensors.js' */
/** @import { Variant } from '../../../runtime-wasm/variants.js' */
/** @import { About } from '../about.ts' */

/**
 * What `index.js` of a bundle tells of the model.
 * @typedef {ModelInfo & { readonly labels: readonly string[] | null, readonly memoryBytes: number, readonly variants: { readonly [V in Variant]?: number }, readonly widths?: readonly number[], readonly estimate?: { readonly target: string, readonly variant: string, readonly core: string, readonly p50Ms: number, readonly p95Ms: number } | null }} BundleInfo
 */

/** @typedef {Omit<Model, 'run'> & { run(inputs: Readonly<TensorArrays>, options?: { readonly width?: number }): TensorArrays, prepare?: (source: unknown) => TensorArray }} AnyModel */
/** @typedef {{ readonly info: BundleInfo, readonly load: (options?: LoadOptions) => Promise<AnyModel> }} BundleModule */

/**
 * @typedef {object} Session
 * @property {AnyModel} model
 * @property {number} loadMs From the call of `load` until there is a model.
 */

/**
 * @param {BundleModule} bundle
 * @param {{ readonly variant: Variant | 'auto', readonly threads: number | 'auto' }} settings
 * @returns {Promise<Session>}
 */
export async function openSession({ load }, { variant, threads }) {
  const start = performance.now();
  const model = await load({ threads, ...(variant === 'auto' ? {} : { variant }) });
  const loadMs = performance.now() - start;
  await model.threads.ready;
  return { model, loadMs };
}

/** The variants of the bundle that run here, the quickest first. @param {BundleInfo} info @returns {readonly Variant[]} */
export function runnable(info) {
  return variantsOf(info).filter((variant) => obstacle(variant) === null);
}

/** @param {BundleInfo} info @returns {readonly Variant[]} */
export function variantsOf(info) {
  return /** @type {const} */ (['dot', 'madd', 'simd128']).filter((variant) => info.variants[variant] !== undefined);
}

/**
 * Why this variant runs: what is in the way of quicker ones.
 * @param {BundleInfo} info
 * @param {Variant} running
 * @param {boolean} isChosen
 */
export function whyVariant(info, running, isChosen) {
  const obstacles = variantsOf(info).flatMap((variant) => {
    const reason = obstacle(variant);
    return reason === null ? [] : [`${variant} cannot run here: ${reason}`];
  });
  const first = isChosen ? `${running} runs, as chosen` : `${running} runs: the quickest that is exact in this browser`;
  return `${[first, ...obstacles].join('. ')}.`;
}

/**
 * An input made of a picture or of sound: by the bundle itself where it knows how, else by the same code as the page is told.
 * @param {Session} session
 * @param {BundleInfo} info
 * @param {About} about
 * @param {Feed} feed
 * @param {unknown} source
 * @returns {TensorArray}
 */
export function prepareInput({ model }, info, about, feed, source) {
  const isOwn = about.inputs[feed.input]?.isInBundle === true && model.prepare !== undefined;
  return isOwn ? /** @type {any} */ (model).prepare(source) : prepared(info, feed, source, featureValues);
}
