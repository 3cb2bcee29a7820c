// How each engine runs a model, the same in a page and in Node. The files lie below one base, see bench/wasm/stage.ts.

/**
 * What differs between a page and Node.
 * @typedef {object} Host
 * @property {'browser' | 'node'} kind
 * @property {(path: string) => string} url
 * @property {(path: string) => Promise<Uint8Array>} bytes
 * @property {(path: string) => Promise<void>} script runs a classic script in the global scope
 * @typedef {{ id: string, engines: Readonly<Record<string, string>> }} PageModel
 *   `engines`: the model's file for each engine that is to run it
 * @typedef {import('./rounds.js').Session} Session
 * @typedef {(host: Host, path: string) => Promise<Omit<Session, 'name'>>} Open
 */

/**
 * The pseudo-random input that all engines get, cut to `count` elements.
 * @param {Host} host @param {string} dtype @param {number} count
 */
async function inputOf(host, dtype, count) {
  const isFloat = dtype === 'float32';
  const bytes = await host.bytes(isFloat ? 'inputs/float32.bin' : 'inputs/int8.bin');
  const part = bytes.slice(0, isFloat ? 4 * count : count);
  if (isFloat) return new Float32Array(part.buffer, 0, count);
  return dtype === 'uint8' ? part : new Int8Array(part.buffer, 0, count);
}

/** A size that the file leaves open (-1, or a name) is a batch: one. @param {unknown} size */
const fixedSize = (size) => (typeof size === 'number' && size > 0 ? size : 1);

/** @param {readonly number[]} shape */
const product = (shape) => shape.reduce((all, size) => all * size, 1);

const browserOnly = 'it is measured in browsers only';

/** @type {Open} */
async function openThimble(host, path) {
  const { info, load } = await import(host.url(`${path}/index.js`));
  const model = await load();
  const [[name, port] = []] = Object.entries(info.inputs);
  const [output] = Object.keys(info.outputs);
  if (name === undefined || output === undefined) throw new Error('the bundle has no input or no output');
  const input = await inputOf(host, port.dtype, product(port.shape));
  return { run: () => model.run({ [name]: input })[output], close: () => {} };
}

/** @type {Open} */
async function openOnnxRuntime(host, path) {
  const folder = 'peers/onnxruntime-web/node_modules/onnxruntime-web/dist/';
  const ort = await import(host.url(folder + (host.kind === 'browser' ? 'ort.wasm.min.mjs' : 'ort.node.min.mjs')));
  ort.env.wasm.numThreads = 1;
  ort.env.logLevel = 'error';
  if (host.kind === 'browser') ort.env.wasm.wasmPaths = host.url(folder);
  const session = await ort.InferenceSession.create(await host.bytes(path), { executionProviders: ['wasm'] });
  const [meta] = session.inputMetadata;
  const shape = meta.shape.map(fixedSize);
  const input = await inputOf(host, meta.type, product(shape));
  const run = async () => {
    const results = await session.run({ [meta.name]: new ort.Tensor(meta.type, input, shape) });
    return results[session.outputNames[0]].data;
  };
  return { run, close: () => session.release() };
}

/** @type {Open} */
async function openLiteRt(host, path) {
  const folder = 'peers/litertjs/node_modules/@litertjs/core/';
  const litert = await import(host.url('peers/litertjs/patched/index.js'));
  await litert.loadLiteRt(host.url(`${folder}wasm/`));
  const model = await litert.loadAndCompile(await host.bytes(path), {
    accelerator: 'wasm',
    cpuOptions: { numThreads: 1 },
  });
  const [details] = model.getInputDetails();
  const shape = Array.from(details.shape, fixedSize);
  const input = await inputOf(host, details.dtype, product(shape));
  const run = async () => {
    const tensor = new litert.Tensor(input, shape);
    const [result] = await model.run(tensor);
    const data = await result.data();
    tensor.delete();
    result.delete();
    return data;
  };
  return { run, close: () => model.delete() };
}

/** The API below @tensorflow/tfjs-tflite's tensors: a copy in, infer, a copy out. @type {Open} */
async function openTfjsTflite(host, path) {
  if (host.kind === 'node') throw new Error(browserOnly);
  const folder = 'peers/tfjs-tflite/node_modules/@tensorflow/tfjs-tflite/wasm/';
  await host.script(`${folder}tflite_web_api_client.js`);
  const { tfweb } = /** @type {any} */ (globalThis);
  tfweb.tflite_web_api.setWasmPath(host.url(folder));
  const bytes = await host.bytes(path);
  const runner = await tfweb.TFLiteWebModelRunner.create(bytes.buffer, { numThreads: 1 });
  const [port] = runner.getInputs();
  const input = await inputOf(
    host,
    port.dataType,
    product(port.shape.split(',').map((/** @type {string} */ size) => fixedSize(Number(size)))),
  );
  // The place of an output is known after the first run only, where the file computes a shape at run time.
  runner.infer();
  const [result] = runner.getOutputs();
  const run = () => {
    port.data().set(input);
    if (!runner.infer()) throw new Error('infer failed');
    return result.data().slice();
  };
  return { run, close: () => runner.cleanUp() };
}

/** The network as calls of tf.* with the model's own weights. @type {Open} */
async function openTfjsWasm(host, path) {
  if (host.kind === 'node') throw new Error(browserOnly);
  const scope = 'peers/tfjs-wasm/node_modules/@tensorflow/';
  await host.script(`${scope}tfjs-core/dist/tf-core.es2017.min.js`);
  await host.script(`${scope}tfjs-backend-wasm/dist/tf-backend-wasm.es2017.min.js`);
  const { tf } = /** @type {any} */ (globalThis);
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  tf.wasm.setWasmPaths(host.url(`${scope}tfjs-backend-wasm/dist/`));
  await tf.setBackend('wasm');
  await tf.ready();
  const { buildNetwork } = await import(host.url('page/tfjs-network.js'));
  const description = JSON.parse(new TextDecoder().decode(await host.bytes(`${path}.json`)));
  const weights = await host.bytes(`${path}.bin`);
  const network = buildNetwork(tf, description, weights);
  const input = await inputOf(host, 'float32', product(description.inputShape));
  const run = () => tf.tidy(() => network(tf.tensor(input, description.inputShape)).dataSync());
  return { run, close: () => tf.disposeVariables() };
}

/** By the names of bench/wasm/peers.ts. @type {Readonly<Record<string, Open>>} */
export const engines = {
  thimble: openThimble,
  'onnxruntime-web': openOnnxRuntime,
  litertjs: openLiteRt,
  'tfjs-tflite': openTfjsTflite,
  'tfjs-wasm': openTfjsWasm,
};
