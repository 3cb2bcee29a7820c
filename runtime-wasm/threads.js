// @ts-check
/*
 * Threads of a model: workers that share its memory. The module itself divides the work and waits (`lead`, `follow`); here they
 * are started and stopped. A run needs no worker to be there: those that are late, or fail to start, are missed and no more.
 */

/**
 * How many threads run a model, and why they are not more.
 * @typedef {object} Threads
 * @property {number} count Threads that may take part in a run, the caller's included.
 * @property {string} why One line: why there is one thread, or fewer than were asked for; empty otherwise.
 * @property {Promise<void>} ready When all workers have started or failed. Runs need not wait for it.
 */

/** @typedef {{ readonly count: number, readonly why: string }} ThreadChoice */
/** @typedef {{ readonly module: WebAssembly.Module, readonly memory: WebAssembly.Memory, readonly control: number, readonly signed: boolean }} Start */

/** A worker of a page or of Node.js. @typedef {{ terminate(): void, unref?: () => void, postMessage(message: unknown): void }} AnyWorker */

/** More threads are of no use to models of this size. */
const mostThreads = 8;

/** With `auto`: computers with more processors have other work for them, or slower ones among them. */
const mostAutomatic = 4;

/** Words of the control block (`converter/backends/wasm/threads/define-threads.ts`). */
const words = { runs: 0, stop: 2 };

/**
 * How many threads there will be where `wanted` are asked for.
 * @param {number | 'auto' | undefined} wanted
 * @returns {ThreadChoice}
 */
export function chooseThreads(wanted) {
  if (wanted === undefined) return { count: 1, why: "load({ threads: 'auto' }) asks for more" };
  if (wanted !== 'auto' && (!Number.isInteger(wanted) || wanted < 1)) {
    throw new RangeError(`threads: ${wanted} is neither a whole number nor 'auto'`);
  }
  if (wanted === 1) return { count: 1, why: 'one was asked for' };
  if (globalThis.crossOriginIsolated === false) {
    return {
      count: 1,
      why: 'the page is not cross-origin isolated (headers COOP and COEP), so no memory can be shared',
    };
  }
  if (typeof SharedArrayBuffer === 'undefined') return { count: 1, why: 'this engine has no shared memory' };
  if (workerClass() === undefined) return { count: 1, why: 'no workers can be started here' };
  if (wanted !== 'auto') return { count: Math.min(wanted, mostThreads), why: '' };
  const processors = processorCount();
  if (processors === 1) return { count: 1, why: 'there is one processor' };
  return { count: Math.min(processors, mostAutomatic), why: '' };
}

/**
 * A module of Node.js; undefined elsewhere.
 * @param {string} name
 * @returns {any}
 */
function nodeModule(name) {
  /** @type {{ process?: { getBuiltinModule?: (name: string) => any } }} */
  const host = globalThis;
  return host.process?.getBuiltinModule?.(name);
}

/** @returns {(new (url: URL, options: object) => AnyWorker) | undefined} */
function workerClass() {
  return globalThis.Worker ?? nodeModule('node:worker_threads')?.Worker;
}

/** @returns {number} */
function processorCount() {
  return globalThis.navigator?.hardwareConcurrency ?? nodeModule('node:os')?.availableParallelism() ?? 1;
}

/** @returns {AnyWorker} */
function newWorker() {
  // Written out, so that bundlers see that there is a file to take along.
  if (globalThis.Worker !== undefined) return new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
  const { Worker: NodeWorker } = nodeModule('node:worker_threads');
  return new NodeWorker(new URL('./worker.js', import.meta.url));
}

/**
 * Starts the workers.
 * @param {number} count
 * @param {Start} start
 * @param {(mayWait: number) => number} lead Of the caller's instance.
 * @returns {{ readonly threads: Threads, readonly execute: () => void, readonly dispose: () => void }}
 */
export function startThreads(count, start, lead) {
  const control = new Int32Array(start.memory.buffer, start.control);
  const mayWait = mayBlock(control) ? 1 : 0;
  const workers = Array.from({ length: count - 1 }, newWorker);
  /** @type {Threads} */
  const threads = { count, why: '', ready: Promise.resolve() };
  const started = workers.map((worker) => {
    return starting(worker, start).catch((error) => {
      threads.count--;
      threads.why = `a worker failed: ${error instanceof Error ? error.message : error}`;
    });
  });
  threads.ready = Promise.all(started).then(() => {});
  return {
    threads,
    execute() {
      if (lead(mayWait) !== 0) throw new Error('a thread of the model has stopped within a run; load the model anew');
    },
    dispose() {
      Atomics.store(control, words.stop, 1);
      Atomics.add(control, words.runs, 1);
      Atomics.notify(control, words.runs);
      // A worker that has not yet begun hears nothing.
      void threads.ready.then(() => {
        setTimeout(() => {
          for (const worker of workers) worker.terminate();
        }, 100);
      });
    },
  };
}

/**
 * Resolves when the worker is ready, rejects when it fails to be.
 * @param {any} worker
 * @param {Start} start
 * @returns {Promise<void>}
 */
function starting(worker, start) {
  return new Promise((resolve, reject) => {
    /** @param {{ readonly ready?: true, readonly error?: string }} message */
    const hear = ({ error }) => {
      // Threads alone keep no process alive once they have started.
      worker.unref?.();
      if (error === undefined) resolve();
      else reject(new Error(error));
    };
    if (typeof worker.on === 'function') {
      worker
        .on('message', hear)
        .on('error', reject)
        .on('exit', () => reject(new Error('it has ended')));
    } else {
      worker.addEventListener('message', (/** @type {MessageEvent} */ { data }) => hear(data));
      worker.addEventListener('error', (/** @type {ErrorEvent} */ event) => {
        reject(new Error(event.message || 'its script cannot be loaded'));
      });
    }
    worker.postMessage(start);
  });
}

/**
 * Whether this thread may sleep: that of a page may not.
 * @param {Int32Array} control
 */
function mayBlock(control) {
  try {
    return Atomics.wait(control, words.runs, -1, 0) !== undefined;
  } catch {
    return false;
  }
}
