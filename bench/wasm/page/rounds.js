// One interleaved measurement, the same in a page and in Node.

/**
 * A model ready to run in one engine: `run` goes from the caller's typed array to a typed array that the caller owns.
 * @typedef {{ name: string, run: () => ArrayLike<number> | Promise<ArrayLike<number>>, close: () => void }} Session
 * @typedef {{ rounds: number, warmUpMs: number, warmUpRuns: number, samplesPerRound: number, batchMs: number }} Method
 */

/** One run, in ms, as the mean of a batch. @param {Session} session @param {number} batch */
async function timeBatch(session, batch) {
  const start = performance.now();
  for (let i = 0; i < batch; i++) await session.run();
  return (performance.now() - start) / batch;
}

/**
 * Runs until the engine's compiler has settled; returns how many runs last about `batchMs`.
 * @param {Session} session @param {Method} method
 */
async function warmUp(session, { warmUpMs, warmUpRuns, batchMs }) {
  const start = performance.now();
  let runs = 0;
  while (runs < warmUpRuns || performance.now() - start < warmUpMs) {
    await session.run();
    runs++;
  }
  const probe = await timeBatch(session, Math.min(runs, 16));
  return Math.max(1, Math.min(4096, Math.ceil(batchMs / Math.max(probe, 1e-6))));
}

/**
 * Every engine takes its turn in every round, the first one of a round changing from round to round, so that whatever
 * else the machine does hits all alike. Samples in ms by engine.
 * @param {readonly Session[]} sessions @param {Method} method @returns {Promise<Record<string, number[]>>}
 */
export async function measureRounds(sessions, method) {
  /** @type {Record<string, number[]>} */
  const samples = {};
  /** @type {Map<Session, number>} */
  const batches = new Map();
  for (const session of sessions) {
    samples[session.name] = [];
    batches.set(session, await warmUp(session, method));
  }
  for (let round = 0; round < method.rounds; round++) {
    const first = round % Math.max(1, sessions.length);
    for (const session of [...sessions.slice(first), ...sessions.slice(0, first)]) {
      for (let i = 0; i < method.samplesPerRound; i++) {
        samples[session.name]?.push(await timeBatch(session, batches.get(session) ?? 1));
      }
    }
  }
  return samples;
}
