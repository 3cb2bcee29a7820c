// @ts-check
import { breath, quantile } from './statistics.js';

/** @typedef {import('./thimble.js').Session} Session */
/** @typedef {import('./pictures.js').Values} Values */
/** Times of one run in ms; `batch`: how many runs a sample is the mean of. @typedef {{ samples: number[], batch: number }} Latency */

/** Clocks of pages tick every 0.1 ms: shorter runs are timed in batches of about this length. */
const sampleMs = 2;
const warmUp = { ms: 400, runs: 20 };
const rounds = 40;
const samplesPerRound = 4;

/** One run, in ms, as the mean of a batch. @param {Session} session @param {Values} input @param {number} batch */
function timeBatch({ run }, input, batch) {
  const start = performance.now();
  for (let i = 0; i < batch; i++) run(input);
  return (performance.now() - start) / batch;
}

/** Runs until compilers have settled; how many runs a sample takes. @param {Session} session @param {Values} input */
async function warm(session, input) {
  const start = performance.now();
  let runs = 0;
  for (; runs < warmUp.runs || performance.now() - start < warmUp.ms; runs++) session.run(input);
  await breath();
  // The least of several: another program may have held up the others.
  const probes = [1, 2, 3, 4, 5].map(() => timeBatch(session, input, Math.min(runs, 64)));
  const probe = Math.min(...probes);
  return Math.max(1, Math.min(4096, Math.ceil(sampleMs / Math.max(probe, 1e-3))));
}

/**
 * Engines take turns, the first one of a round changing, so that whatever else the computer does hits both alike.
 * @param {readonly Session[]} sessions @param {Values} input @param {(done: number) => void} progress from 0 to 1
 * @returns {Promise<Latency[]>}
 */
export async function measureLatency(sessions, input, progress) {
  /** @type {{ session: Session, batch: number, samples: number[] }[]} */
  const turns = [];
  for (const session of sessions) turns.push({ session, batch: await warm(session, input), samples: [] });
  for (let round = 0; round < rounds; round++) {
    for (const turn of round % 2 === 0 ? turns : turns.toReversed()) {
      for (let i = 0; i < samplesPerRound; i++) turn.samples.push(timeBatch(turn.session, input, turn.batch));
    }
    progress((round + 1) / rounds);
    await breath();
  }
  return turns.map(({ samples, batch }) => ({ samples, batch }));
}

/** How many samples fall into each of `count` equal parts of 0 to `end`; those above count in the last. @param {readonly number[]} samples @param {number} end @param {number} count */
export function histogram(samples, end, count) {
  const bins = Array.from({ length: count }, () => 0);
  for (const sample of samples) {
    const index = Math.min(count - 1, Math.floor((sample / end) * count));
    bins[index] = (bins[index] ?? 0) + 1;
  }
  return bins;
}

/** The end of an axis from 0 that shows all but the outliers: a round number above the highest p95. @param {readonly Latency[]} latencies */
export function endOfAxis(latencies) {
  const high = Math.max(...latencies.map(({ samples }) => quantile(samples, 0.95)));
  const power = 10 ** Math.floor(Math.log10(high));
  return power * ([1, 1.2, 1.6, 2, 2.4, 3.2, 4, 6, 8].find((step) => step * power >= high) ?? 10);
}
