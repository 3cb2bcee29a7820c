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

/** @typedef {{ fetchMs: number, firstRunMs: number, secondRunMs: number, laterRunMs: number }} ColdFloor */

/**
 * What no loader can undercut: the files of a bundle from the cache, and nothing else; then the first runs of its code.
 * @param {string} bundle @param {string[]} files
 * @returns {Promise<ColdFloor>}
 */
async function coldFloor(bundle, files) {
  const start = performance.now();
  await Promise.all(files.map((file) => host.bytes(file)));
  const fetchMs = performance.now() - start;
  const open = engines.thimble;
  if (open === undefined) throw new Error('there is no engine');
  const session = await open(host, bundle);
  const runs = [];
  for (let i = 0; i < 10; i++) {
    const before = performance.now();
    await session.run();
    runs.push(performance.now() - before);
  }
  const [firstRunMs = 0, secondRunMs = 0] = runs;
  return { fetchMs, firstRunMs, secondRunMs, laterRunMs: runs.sort((a, b) => a - b)[2] ?? 0 };
}

Object.assign(globalThis, { coldStart, coldFloor });
