// What a page and Node.js do alike: run a bundle in each of its variants.

/**
 * @typedef {{ readonly name: string, readonly dtype: keyof typeof arrays, readonly at: number, readonly bytes: number }} Input
 * @typedef {{ readonly runs: readonly (readonly Input[])[], readonly outputs: readonly string[], readonly hasThreads: boolean }} Case
 * @typedef {{ readonly variant: string, readonly threads: number, readonly outputs: string[][] } | { readonly variant: string, readonly threads: number, readonly error: string }} Result
 *   `outputs`: the bytes of each output of each run, in base64
 */

const arrays = {
  float32: Float32Array,
  float16: Uint16Array,
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  int32: Int32Array,
  int64: BigInt64Array,
  bool: Uint8Array,
};

/**
 * Loads the model in each variant that it has, by one thread and, where it has them, by two, and does all runs.
 * @param {{ info: any, load: (options: object) => Promise<any> }} bundle
 * @param {Case} work
 * @param {ArrayBuffer} inputs
 * @returns {Promise<Result[]>}
 */
export async function runBundle({ info, load }, { runs, outputs, hasThreads }, inputs) {
  const results = [];
  for (const variant of Object.keys(info.variants)) {
    for (const threads of hasThreads ? [1, 2] : [1]) {
      try {
        const model = await load({ variant, threads });
        await model.threads.ready;
        if (model.variant !== variant) throw new Error(`it is ${model.variant}`);
        if (model.threads.count !== threads) throw new Error(`${model.threads.count} threads: ${model.threads.why}`);
        const found = runs.map((run) => {
          const named = run.map(({ name, dtype, at, bytes }) => {
            const array = arrays[dtype];
            return [name, new array(inputs, at, bytes / array.BYTES_PER_ELEMENT)];
          });
          const values = model.run(Object.fromEntries(named));
          return outputs.map((name) => base64(values[name]));
        });
        model.dispose();
        results.push({ variant, threads, outputs: found });
      } catch (error) {
        results.push({ variant, threads, error: error instanceof Error ? error.message : String(error) });
      }
    }
  }
  return results;
}

/** @param {ArrayBufferView} array */
function base64({ buffer, byteOffset, byteLength }) {
  let text = '';
  for (let at = 0; at < byteLength; at += 4096) {
    text += String.fromCharCode(...new Uint8Array(buffer, byteOffset + at, Math.min(4096, byteLength - at)));
  }
  return btoa(text);
}
