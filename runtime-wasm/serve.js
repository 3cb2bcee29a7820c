// @ts-check
/*
 * The side of a worker that has a model in it: answers the messages of `client.js` one after the other. Works in workers of a page and of
 * Node.js.
 */

/** @typedef {{ readonly id: number, readonly call: string, readonly values: readonly any[] }} Call */

/**
 * Answers calls for one model that `load` gives.
 * @param {(options: object) => Promise<any>} load
 */
export function serve(load) {
  /** @type {{ process?: { getBuiltinModule?: (name: string) => any } }} */
  const host = globalThis;
  const parent = host.process?.getBuiltinModule?.('node:worker_threads')?.parentPort;
  /** @type {any} */
  let model;
  /** Calls that have been heard, neither begun nor cancelled. @type {Set<number>} */
  const waiting = new Set();
  /** @type {{ readonly [call: string]: (...values: any[]) => any }} */
  const calls = {
    load: async (options) => {
      model = await load(options);
      const { variant, threads } = model;
      return { variant, threads: { count: threads.count, why: threads.why } };
    },
    run: (inputs, options) => model.run(inputs, options),
    classify: (source, options) => {
      try {
        return model.classify(source, options);
      } finally {
        release(source);
      }
    },
    reset: () => model.reset(),
    dispose: () => model?.dispose(),
  };
  /** @param {Call} call */
  const answer = async ({ id, call, values }) => {
    // Messages that cancel this one may be behind it in the queue.
    if (call !== 'load') await new Promise((resolve) => setTimeout(resolve));
    if (!waiting.delete(id)) {
      if (call === 'classify') release(values[0]);
      return;
    }
    try {
      const result = await calls[call]?.(...values);
      const transfer = call === 'run' ? Object.values(result).map(({ buffer }) => buffer) : [];
      (parent ?? globalThis).postMessage({ id, result }, transfer);
    } catch (error) {
      const { name, message } = error instanceof Error ? error : new Error(String(error));
      (parent ?? globalThis).postMessage({ id, error: { name, message } });
    }
  };
  /** Calls wait for the one before them. @type {Promise<unknown>} */
  let last = Promise.resolve();
  /** @param {Call} call */
  const hear = (call) => {
    if (call.call === 'cancel') return void waiting.delete(call.values[0]);
    waiting.add(call.id);
    last = last.then(() => answer(call));
  };
  if (parent) parent.on('message', hear);
  else addEventListener('message', (/** @type {MessageEvent<Call>} */ { data }) => hear(data));
}

/** What a message brings is this side's own: frames of a camera would run out if they waited to be collected. @param {any} source */
function release(source) {
  source?.close?.();
}
