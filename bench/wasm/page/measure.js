// One model in all its engines: what a page and Node both do.
import { engines } from './engines.js';
import { measureRounds } from './rounds.js';

/**
 * @typedef {{ samplesMs: Record<string, number[]>, failures: Record<string, string>, outputs: Record<string, number[]> }} ModelResult
 *   `outputs`: the first output of each engine
 */

/**
 * Opens the model in every engine, measures those that opened, and closes them.
 * @param {import('./engines.js').Host} host @param {import('./engines.js').PageModel} model
 * @param {import('./rounds.js').Method} method @returns {Promise<ModelResult>}
 */
export async function measureModel(host, model, method) {
  /** @type {import('./rounds.js').Session[]} */
  const sessions = [];
  /** @type {Record<string, string>} */
  const failures = {};
  /** @type {Record<string, number[]>} */
  const outputs = {};
  for (const [name, path] of Object.entries(model.engines)) {
    try {
      const open = engines[name];
      if (open === undefined) throw new Error(`there is no engine ${name}`);
      const session = { name, ...(await open(host, path)) };
      outputs[name] = Array.from(await session.run());
      sessions.push(session);
    } catch (error) {
      failures[name] = error instanceof Error ? error.message : String(error);
    }
  }
  const samplesMs = await measureRounds(sessions, method);
  for (const session of sessions) session.close();
  return { samplesMs, failures, outputs };
}
