// @ts-check
/*
 * A model in a worker: the calls of a model, as promises. The other side is `serve.js`.
 */

import { dequantizeValues, isTagged, quantizeValues, tensorInfo } from './tensors.js';

/** @import { ModelInfo, TensorArray, TensorArrays } from './tensors.js' */

/** @typedef {{ readonly signal?: AbortSignal, readonly transfer?: boolean, readonly width?: number }} RunOptions */
/** @typedef {{ terminate(): unknown, unref?: () => void, ref?: () => void, postMessage(message: unknown, transfer?: any): void }} AnyWorker */
/** @typedef {{ readonly resolve: (value: any) => void, readonly reject: (reason: unknown) => void }} Waiting */

/**
 * Loads the model in a worker. Without a worker of the caller's one is started, which ends with `dispose`.
 * @param {ModelInfo} info
 * @param {() => AnyWorker} start
 * @param {{ readonly worker?: AnyWorker, readonly signal?: AbortSignal, readonly module?: unknown, readonly weights?: unknown }} [options]
 */
export async function loadInWorker(info, start, { worker: given, signal, module, weights, ...options } = {}) {
  signal?.throwIfAborted();
  const [code, numbers] = await Promise.all([portable(module), portable(weights)]);
  const worker = given ?? start();
  const port = portOf(worker, info.name);
  const sources = {
    ...(code === undefined ? {} : { module: code }),
    ...(numbers === undefined ? {} : { weights: numbers }),
  };
  const end = () => {
    port.close(new Error(`model "${info.name}" is disposed`));
    if (given === undefined) worker.terminate();
  };
  try {
    const { variant, threads } = await port.call('load', [{ ...options, ...sources }], { signal });
    return {
      variant,
      threads: { ...threads, ready: Promise.resolve() },
      /**
       * @param {Readonly<TensorArrays>} inputs
       * @param {RunOptions} [runOptions]
       * @returns {Promise<TensorArrays>}
       */
      run(inputs, { signal, transfer = false, ...rest } = {}) {
        const buffers = transfer ? Object.values(inputs).map(({ buffer }) => buffer) : [];
        return port.call('run', [inputs, rest], { signal, buffers });
      },
      /**
       * @param {unknown} source
       * @param {{ readonly top?: number, readonly signal?: AbortSignal }} [classifyOptions]
       */
      async classify(source, { signal, ...rest } = {}) {
        const [plain, buffers] = await plainSource(source);
        return port.call('classify', [plain, rest], { signal, buffers });
      },
      reset: () => port.call('reset', []),
      /** @param {string} name @param {ArrayLike<number>} values @returns {TensorArray} */
      quantize: (name, values) => quantizeValues(name, tensorInfo(info, name), values),
      /** @param {string} name @param {TensorArray} stored @returns {Float32Array} */
      dequantize: (name, stored) => dequantizeValues(name, tensorInfo(info, name), stored),
      dispose() {
        if (given !== undefined) void port.call('dispose', []).catch(() => {});
        end();
      },
    };
  } catch (error) {
    end();
    throw error;
  }
}

/**
 * The messages to and from a worker.
 * @param {AnyWorker} worker
 * @param {string} name of the model
 */
function portOf(worker, name) {
  /** @type {any} */
  const target = worker;
  /** @type {Map<number, Waiting>} */
  const waiting = new Map();
  /** @type {unknown} */
  let ended;
  let calls = 0;
  /** @param {unknown} reason */
  const close = (reason) => {
    ended ??= reason;
    for (const { reject } of waiting.values()) reject(reason);
    waiting.clear();
  };
  /** @param {{ readonly id?: number, readonly result?: unknown, readonly error?: { readonly name: string, readonly message: string } }} message */
  const hear = ({ id = -1, result, error }) => {
    const call = waiting.get(id);
    waiting.delete(id);
    if (waiting.size === 0) worker.unref?.();
    if (error === undefined) call?.resolve(result);
    else call?.reject(Object.assign(new Error(error.message), { name: error.name }));
  };
  const advice =
    'its script cannot be loaded or has failed; deploy model-worker.js beside the other files of the package';
  /** @param {{ readonly message?: string }} event */
  const fail = ({ message }) => close(new Error(`the worker of model "${name}" does not run: ${message || advice}`));
  if (typeof target.on === 'function') target.on('message', hear).on('error', fail);
  else {
    target.addEventListener('message', (/** @type {MessageEvent} */ { data }) => hear(data));
    target.addEventListener('error', fail);
    target.start?.();
  }
  return {
    close,
    /**
     * @param {string} call
     * @param {readonly unknown[]} values
     * @param {{ readonly signal?: AbortSignal | undefined, readonly buffers?: readonly unknown[] }} [options]
     * @returns {Promise<any>}
     */
    call(call, values, { signal, buffers = [] } = {}) {
      return new Promise((resolve, reject) => {
        if (ended !== undefined) throw ended;
        signal?.throwIfAborted();
        const id = calls++;
        waiting.set(id, { resolve, reject });
        worker.ref?.();
        worker.postMessage({ id, call, values }, buffers);
        const abort = () => {
          if (!waiting.delete(id)) return;
          worker.postMessage({ id: -1, call: 'cancel', values: [id] });
          reject(signal?.reason);
        };
        signal?.addEventListener('abort', abort, { once: true });
      });
    },
  };
}

/**
 * A source that can be sent to a worker: addresses as the caller means them, and what came of a request.
 * @param {any} source
 * @returns {Promise<unknown>}
 */
async function portable(source) {
  const value = await source;
  if (typeof value === 'string' || isTagged(value, 'URL')) return String(new URL(value, globalThis.location?.href));
  if (!isTagged(value, 'Response')) return value;
  if (!value.ok) throw new Error(`${value.url || 'the answer'}: HTTP status ${value.status}`);
  return value.arrayBuffer();
}

/**
 * What can be sent to a worker of something to classify, and what to transfer: pictures as bitmaps, sound as its channels.
 * @param {any} source
 * @returns {Promise<[unknown, unknown[]]>}
 */
async function plainSource(source) {
  if (isTagged(source, 'AudioBuffer')) {
    const { sampleRate, numberOfChannels } = source;
    const channels = Array.from({ length: numberOfChannels }, (_, i) => source.getChannelData(i).slice());
    return [{ sampleRate, channels }, channels.map(({ buffer }) => buffer)];
  }
  const isElement = /Element\]$/.test(Object.prototype.toString.call(source)) || isTagged(source, 'OffscreenCanvas');
  if (!isElement) return [source, []];
  const bitmap = await createImageBitmap(source);
  return [bitmap, [bitmap]];
}
