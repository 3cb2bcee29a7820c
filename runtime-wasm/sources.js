// @ts-check
/*
 * Where the code and the weights of a model come from, and what to say when they do not come.
 */

import { isTagged } from './tensors.js';
import { simdProbe } from './variants.js';

/** @typedef {WebAssembly.Module | BufferSource | Response | URL | string} Source */

/** Modules up to this size compile in about a millisecond, less than the way to the threads of the compiler and back takes a busy page. */
const atOnceBytes = 65536;

/**
 * @param {Source} source
 * @param {AbortSignal} [signal]
 * @returns {Promise<WebAssembly.Module>}
 */
export async function compileSource(source, signal) {
  try {
    if (isTagged(source, 'WebAssembly.Module')) return /** @type {WebAssembly.Module} */ (source);
    if (typeof source === 'string' || isTagged(source, 'URL')) {
      return await compileUrl(/** @type {URL} */ (source), signal);
    }
    if (isTagged(source, 'Response')) return await compileResponse(/** @type {Response} */ (source));
    return await compileBytes(/** @type {BufferSource} */ (source));
  } catch (error) {
    throw compileFailure(error, nameOf(source));
  }
}

/**
 * What a failure to compile means, and what helps.
 * @param {any} error
 * @param {string} where
 * @returns {Error}
 */
export function compileFailure(error, where) {
  if (!(error instanceof WebAssembly.CompileError)) return error;
  /** @param {string} what */
  const failure = (what) => new Error(`${where}: ${what}`, { cause: error });
  if (/content security|\bCSP\b|unsafe-eval|disallowed by embedder/i.test(error.message)) {
    const policy = "script-src 'self' 'wasm-unsafe-eval'";
    return failure(`the Content-Security-Policy of the page forbids WebAssembly; write ${policy} into it`);
  }
  if (!WebAssembly.validate(simdProbe)) return failure('this engine has no WebAssembly SIMD, which the model needs');
  const [found] = /3c 21 |3c 68 |3c 48 /i.exec(error.message) ?? [];
  if (found !== undefined) {
    return failure(
      'this is a page in HTML, which servers send for files that are not there; deploy the file beside its script',
    );
  }
  return failure(`the code is damaged or cut short (${error.message}); deploy the files of the package once more`);
}

/**
 * @param {unknown} source
 * @returns {string}
 */
function nameOf(source) {
  if (typeof source === 'string' || isTagged(source, 'URL')) return String(source);
  const url = isTagged(source, 'Response') ? /** @type {Response} */ (source).url : '';
  return url || 'the module';
}

/**
 * @param {string} where
 * @param {number} status
 * @returns {Error}
 */
function missing(where, status) {
  const advice = 'deploy the file beside its script, or say where it is with load({ module, weights })';
  return new Error(`${where}: HTTP status ${status}; ${advice}`);
}

/**
 * @param {unknown} where
 * @param {unknown} [cause]
 * @returns {Error}
 */
function unreachable(where, cause) {
  const reasons = 'there is no connection, or connect-src of the Content-Security-Policy or CORS forbids it';
  return new TypeError(`${where} cannot be loaded: ${reasons}`, { cause });
}

/**
 * @param {URL} url
 * @param {AbortSignal} [signal]
 * @returns {Promise<Response>}
 */
async function fetched(url, signal) {
  try {
    return await fetch(url, { signal: signal ?? null });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw unreachable(url, error);
  }
}

/**
 * Older Chromium refuses more than 4 KiB at once on the main thread, by a RangeError.
 * @param {BufferSource} bytes
 */
async function compileBytes(bytes) {
  if (bytes.byteLength > atOnceBytes) return WebAssembly.compile(bytes);
  try {
    return new WebAssembly.Module(bytes);
  } catch (error) {
    if (error instanceof RangeError) return WebAssembly.compile(bytes);
    throw error;
  }
}

/**
 * @param {URL | string} source
 * @param {AbortSignal} [signal]
 * @returns {Promise<WebAssembly.Module>}
 */
async function compileUrl(source, signal) {
  const url = new URL(source, globalThis.location?.href);
  if (url.protocol === 'file:') {
    const files = nodeFiles();
    if (files !== undefined) return WebAssembly.compile(files.readFileSync(url));
  }
  return compileResponse(await fetched(url, signal));
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
  if (!response.ok) throw missing(response.url || 'the module', response.status);
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
 * @param {AbortSignal} [signal]
 * @returns {Promise<Uint8Array<ArrayBuffer> | Response>}
 */
export async function open(source, signal) {
  if (typeof source === 'string' || isTagged(source, 'URL')) {
    const url = new URL(/** @type {URL} */ (source), globalThis.location?.href);
    const files = url.protocol === 'file:' ? nodeFiles() : undefined;
    if (files !== undefined) return files.readFileSync(url);
    return typeof XMLHttpRequest === 'undefined' ? open(await fetched(url, signal)) : request(url, signal);
  }
  if (isTagged(source, 'Response')) {
    const response = /** @type {Response} */ (source);
    if (!response.ok) throw missing(response.url || 'the weights', response.status);
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
 * @param {AbortSignal} [signal]
 * @returns {Promise<Uint8Array<ArrayBuffer>>}
 */
function request(url, signal) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('GET', url);
    request.responseType = 'arraybuffer';
    request.onload = () => {
      const { status } = request;
      if (status >= 200 && status < 300) resolve(new Uint8Array(request.response));
      else reject(missing(String(url), status));
    };
    request.onerror = () => reject(unreachable(url));
    request.onabort = () => reject(signal?.reason);
    signal?.addEventListener('abort', () => request.abort(), { once: true });
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

/** How many bytes of the weights are looked at. */
const sampled = 4096;

/**
 * A number that tells weights of one size apart: FNV-1a, 32 bit, over bytes that are spread evenly.
 * @param {Uint8Array} bytes
 * @returns {number}
 */
export function fingerprint(bytes) {
  const count = Math.min(sampled, bytes.length);
  let hash = 0x811c9dc5;
  for (let i = 0; i < count; i++) {
    hash = Math.imul(hash ^ (bytes[Math.floor((i * bytes.length) / count)] ?? 0), 0x01000193);
  }
  return hash >>> 0;
}
