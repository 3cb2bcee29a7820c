// @ts-check
/** @typedef {import('./thimble.js').Session} Session */
/** @typedef {import('./pictures.js').Model} Model */

/**
 * The two ways into tfjs-tflite, with the classic scripts that they want, in order. `runner` goes below its tensors: less to
 * load, fewer copies, its quickest way; its script wants a global named `exports`. `tensors` is the one that its README shows.
 */
export const ways = {
  runner: ['globals.js', 'tflite_web_api_client.js'],
  tensors: ['tf-core.es2017.min.js', 'tf-backend-cpu.es2017.min.js', 'tf-tflite.es2017.min.js'],
};

/** Files and globals are there when this is called. @param {keyof typeof ways} way @param {string} folder of its WASM files @param {string} address of the model @param {Model} model @returns {Promise<Session>} */
export function openTfjs(way, folder, address, model) {
  return way === 'runner' ? openRunner(folder, address) : openTensors(folder, address, model);
}

/** It looks for SIMD, and for shared memory, which is not there without cross-origin isolation. */
const note = 'SIMD build, 1 thread';

/** @param {string} folder @param {string} address @returns {Promise<Session>} */
async function openRunner(folder, address) {
  const { tfweb } = /** @type {any} */ (globalThis);
  tfweb.tflite_web_api.setWasmPath(folder);
  const bytes = await (await fetch(address)).arrayBuffer();
  const runner = await tfweb.TFLiteWebModelRunner.create(bytes, { numThreads: 1 });
  const [input] = runner.getInputs();
  /** Where the output lies is known after a run, when the file computes a shape. @type {any} */
  let output;
  /** @param {import('./pictures.js').Values} values */
  const run = (values) => {
    input.data().set(values);
    if (!runner.infer()) throw new Error('tfjs-tflite: infer failed');
    output ??= runner.getOutputs()[0];
    return output.data().slice();
  };
  return { run, note };
}

/** @param {string} folder @param {string} address @param {Model} model @returns {Promise<Session>} */
async function openTensors(folder, address, { input }) {
  const { tf, tflite } = /** @type {any} */ (globalThis);
  tflite.setWasmPath(folder);
  const loaded = await tflite.loadTFLiteModel(address, { numThreads: 1 });
  const dtype = input.dtype === 'float32' ? 'float32' : 'int32';
  /** @param {import('./pictures.js').Values} values */
  const run = (values) =>
    tf.tidy(() => {
      // Its tensors have no bytes: the caller widens them, and predict narrows them again.
      const widened = dtype === 'float32' ? values : Int32Array.from(values);
      return loaded.predict(tf.tensor(widened, input.shape, dtype)).dataSync();
    });
  return { run, note };
}
