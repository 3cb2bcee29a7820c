// @ts-check
/*
 * Results by their inputs.
 */

/** @import { TensorArrays } from '../tensors.js' */

/** The results that were asked for last. Inputs are found by a hash and compared in full, so that no result is that of other inputs. */
export class ResultCache {
  /** @type {Map<string, { readonly inputs: Readonly<TensorArrays>, readonly outputs: TensorArrays }>} */
  #entries = new Map();
  #limit;

  /** @param {number} limit of entries; 0 keeps none */
  constructor(limit) {
    this.#limit = limit;
  }

  /**
   * The result for inputs of a variant, as arrays of the caller's own.
   * @param {string} variant
   * @param {Readonly<TensorArrays>} inputs
   * @returns {TensorArrays | undefined}
   */
  get(variant, inputs) {
    if (this.#limit === 0) return undefined;
    const key = keyOf(variant, inputs);
    const entry = this.#entries.get(key);
    if (entry === undefined || !areEqual(entry.inputs, inputs)) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return copied(entry.outputs);
  }

  /**
   * @param {string} variant
   * @param {Readonly<TensorArrays>} inputs
   * @param {TensorArrays} outputs
   */
  set(variant, inputs, outputs) {
    if (this.#limit === 0) return;
    const key = keyOf(variant, inputs);
    this.#entries.delete(key);
    this.#entries.set(key, { inputs: copied(inputs), outputs: copied(outputs) });
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > this.#limit && oldest !== undefined) this.#entries.delete(oldest);
  }
}

/** @param {Readonly<TensorArrays>} arrays @returns {TensorArrays} */
function copied(arrays) {
  return Object.fromEntries(Object.entries(arrays).map(([name, array]) => [name, array.slice()]));
}

/** @param {ArrayBufferView} array */
const bytesOf = (array) => new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

/**
 * FNV-1a, 32 bit, over the bytes of each input.
 * @param {string} variant
 * @param {Readonly<TensorArrays>} inputs
 */
function keyOf(variant, inputs) {
  const parts = Object.entries(inputs).map(([name, array]) => {
    let hash = 0x811c9dc5;
    for (const byte of bytesOf(array)) hash = Math.imul(hash ^ byte, 0x01000193);
    return [name, array.length, hash >>> 0];
  });
  return JSON.stringify([variant, parts]);
}

/** @param {Readonly<TensorArrays>} a @param {Readonly<TensorArrays>} b */
function areEqual(a, b) {
  const names = Object.keys(a);
  if (names.length !== Object.keys(b).length) return false;
  return names.every((name) => {
    const [one, other] = [a[name], b[name]];
    if (one === undefined || other === undefined || one.byteLength !== other.byteLength) return false;
    const [left, right] = [bytesOf(one), bytesOf(other)];
    return left.every((byte, i) => byte === right[i]);
  });
}
