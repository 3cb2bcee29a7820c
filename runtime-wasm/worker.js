// @ts-check
/*
 * A thread of a model: a worker that shares its memory and does parts of its runs until it is told to stop. Works as a worker of a page
 * and of Node.js.
 */

/**
 * @typedef {object} Start
 * @property {WebAssembly.Module} module
 * @property {WebAssembly.Memory} memory Shared.
 * @property {number} control Address of the words by which threads share a run.
 * @property {boolean} signed Whether the dot product takes both operands as signed.
 */

/** @type {{ process?: { getBuiltinModule?: (name: string) => any } }} */
const host = globalThis;
const parent = host.process?.getBuiltinModule?.('node:worker_threads')?.parentPort;
/** @type {(message: { ready: true } | { error: string }) => void} */
const tell = (message) => (parent ?? globalThis).postMessage(message);

/** @param {Start} start */
function follow({ module, memory, control, signed }) {
  try {
    const instance = new WebAssembly.Instance(module, { thimble: { memory } });
    const { follow, signed: setSigned } = instance.exports;
    if (typeof follow !== 'function') throw new TypeError('the module has no threads');
    if (signed && typeof setSigned === 'function') setSigned(0);
    tell({ ready: true });
    follow();
  } catch (error) {
    // Whoever waits for a part of this thread must not wait for ever.
    const words = new Int32Array(memory.buffer, control);
    Atomics.store(words, 2, 1);
    Atomics.notify(words, 0);
    tell({ error: error instanceof Error ? error.message : String(error) });
  }
  if (parent === undefined || parent === null) globalThis.close();
  else parent.close();
}

if (parent === undefined || parent === null) {
  addEventListener('message', (/** @type {MessageEvent<Start>} */ { data }) => follow(data), { once: true });
} else {
  parent.once('message', follow);
}
