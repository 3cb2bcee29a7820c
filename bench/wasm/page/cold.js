// From nothing to a first result, in a page that has loaded no engine yet.
import { host } from './browser.js';
import { engines } from './engines.js';

/** @typedef {{ ms: number, output: number[] }} ColdStart */

/**
 * @param {string} engine @param {string} file
 * @returns {Promise<ColdStart>}
 */
async function coldStart(engine, file) {
  const open = engines[engine];
  if (open === undefined) throw new Error(`no engine ${engine}`);
  // The input is the user's, not the engine's.
  const inputs = new Map();
  for (const path of ['inputs/int8.bin', 'inputs/float32.bin']) inputs.set(path, await host.bytes(path));
  const bytes = async (/** @type {string} */ path) => inputs.get(path) ?? host.bytes(path);
  const start = performance.now();
  const session = await open({ ...host, bytes }, file);
  const output = await session.run();
  const ms = performance.now() - start;
  return { ms, output: Array.from(output).slice(0, 16) };
}

Object.assign(globalThis, { coldStart });
