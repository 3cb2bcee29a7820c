// @ts-check
/*
 * Times the layers of a profile job in this JavaScript engine: in pages, and in Node.js. No dependencies; knows nothing of how it is shown.
 */

/** @import { Job, JobModel, JobThreads, Span } from '../../../converter/estimate/web/job.ts' */

/**
 * @typedef {object} Host What differs between a page and Node.js.
 * @property {(variant: 'dot' | 'madd' | 'simd128') => string | null} obstacle Why this engine cannot run a variant; see runtime-wasm/variants.js.
 * @property {() => 'unsigned' | 'signed' | 'none'} dotProduct
 * @property {Record<string, string | number | boolean>} device What the result says of the device.
 * @property {Pick<typeof import('../../../runtime-wasm/threads.js'), 'chooseThreads' | 'startThreads'>} [threads] Of runtime-wasm/threads.js, where workers can be started.
 * @property {() => number} [cpuMs] Processor time of this thread in ms, where that can be had.
 */

/**
 * @typedef {object} Method
 * @property {number} seconds The whole time, about.
 * @property {(done: number, what: string) => void} tell Hears how much is done, from 0 to 1.
 * @property {() => boolean} isStopped Asked between samples.
 */

/** @typedef {{ readonly ms: number, readonly cpuMs: number | null }} Sample */
/** @typedef {{ ns: number, low: number, high: number, kept: number, samples: number }} Timed */

/** The format that `thimble profile` reads. */
const resultFormat = 'thimble-profile-result';

/** Rounds are at least so many, whatever the time. */
const fewestRounds = 3;
const mostRounds = 40;

/** Runs of one sample at most. */
const mostRepeats = 1e6;

/** The part of the time that warming up may take: engines compile hot code anew in the background. */
const warmUpShare = 0.3;

/** Samples that take longer than the lowest quartile by this factor were disturbed. */
const disturbedFrom = 1.25;

/** From so many ms on the clock of the processor says how long a disturbed sample really ran: it moves in steps of a few ms. */
const cpuClockFrom = 20;

/**
 * @param {Job} job
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @param {Host} host
 * @param {Method} method
 */
export async function measure(job, bytes, host, { seconds, tell, isStopped }) {
  const begin = performance.now();
  const resolutionMs = clockResolution();
  // A sample must be long beside a tick of the clock.
  const sampleMs = Math.max(0.25, 10 * resolutionMs);
  const clock = host.cpuMs;
  const sampler = clock === undefined ? {} : { clock };
  const layers = job.layers.filter(({ variant }) => host.obstacle(variant) === null);
  const models = job.models.filter(({ variant }) => host.obstacle(variant) === null);
  const pause = pauses();
  const items = [];
  const memory = sharedMemory([...layers, ...models]);
  const all = [...layers, ...models];
  const warmMs = (1000 * seconds * warmUpShare) / Math.max(1, all.length);
  for (const [i, layer] of all.entries()) {
    const { prepare, run } = openLayer(layer, bytes, memory, host);
    prepare();
    const repeats = warmUp(run, Math.min(40, warmMs), sampleMs);
    items.push({ prepare, run, repeats, samples: /** @type {Sample[]} */ ([]) });
    tell((warmUpShare * i) / all.length, 'warming up');
    await pause();
    if (isStopped()) return null;
  }
  const probes = openProbes(job, bytes, sampleMs);
  const entry = openEntry(layers, bytes, memory, host, sampleMs);
  const measured = [...items, ...probes, entry];
  const started = performance.now();
  const left = Math.max(0, 1000 * seconds - (started - begin));
  let rounds = 0;
  for (; rounds < mostRounds; rounds++) {
    const spent = performance.now() - started;
    if (rounds >= fewestRounds && spent + spent / rounds > left) break;
    for (const [i, item] of measured.entries()) {
      item.prepare();
      // What other layers have put out of the caches comes back.
      for (let warm = 0; warm <= item.repeats >> 3; warm++) item.run();
      const taken = sample(item.run, item.repeats, sampler);
      const took = taken.ms * item.repeats;
      // Too short beside the clock: warming up was disturbed, or the code has become quicker.
      if (took < sampleMs / 2)
        item.repeats = Math.min(mostRepeats, Math.ceil((item.repeats * sampleMs) / Math.max(took, sampleMs / 16)));
      if (took >= sampleMs / 4) item.samples.push(taken);
      if (i % 16 === 0) {
        const part = Math.max(
          (rounds + i / measured.length) / mostRounds,
          (performance.now() - started) / Math.max(1, left),
        );
        tell(warmUpShare + (1 - warmUpShare) * Math.min(1, part), `round ${rounds + 1}`);
        await pause();
        if (isStopped()) return null;
      }
    }
  }
  const threads = await timeThreads(job, bytes, host, isStopped);
  tell(1, 'done');
  const timed = measured.map(({ samples }) => summary(samples));
  const [chain, ...loads] = timed.slice(items.length, -1);
  return {
    format: resultFormat,
    version: 1,
    device: { ...host.device, clockResolutionMs: resolutionMs },
    variants: /** @type {const} */ (['dot', 'madd', 'simd128']).filter((variant) => host.obstacle(variant) === null),
    rounds,
    seconds: Math.round((performance.now() - begin) / 100) / 10,
    entryNs: digits(timed.at(-1)?.ns ?? 0),
    clockGHz: digits(job.chain.amount / (chain?.ns ?? 1)),
    loads: job.loads.map(({ amount }, i) => ({ bytes: amount, bytesPerNs: digits(amount / (loads[i]?.ns ?? 1)) })),
    layers: layers.flatMap((layer, i) => {
      if ((timed[i]?.ns ?? 0) === 0) return [];
      const { kind, arithmetic, serves, counts, macs, constantBytes, activationBytes } = layer;
      return [{ kind, arithmetic, serves, counts, macs, constantBytes, activationBytes, ...rounded(timed[i]) }];
    }),
    threads,
    ...(models.length === 0
      ? {}
      : {
          models: models.flatMap(({ id, variant }, i) => {
            const one = rounded(timed[layers.length + i]);
            return one.ns === 0 ? [] : [{ id, variant, ...one }];
          }),
        }),
  };
}

/** @param {Timed | undefined} timed */
function rounded(timed) {
  const { ns, low, high, kept, samples } = timed ?? { ns: 0, low: 0, high: 0, kept: 0, samples: 0 };
  return { ns: digits(ns), low: digits(low), high: digits(high), kept, samples };
}

/** Five digits. @param {number} value */
function digits(value) {
  return Number(value.toPrecision(5));
}

/** Numbers of threads that are tried. */
const threadCounts = [2, 4];

const threadRuns = 60;

/**
 * Times a run by one thread and by several, in turns; empty where threads cannot share memory.
 * @param {Job} job
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @param {Host} host
 * @param {() => boolean} isStopped
 * @returns {Promise<{ count: number, ns: number }[]>}
 */
async function timeThreads(job, bytes, host, isStopped) {
  const code = job.threads.find(({ variant }) => host.obstacle(variant) === null);
  const { chooseThreads, startThreads } = host.threads ?? {};
  if (code === undefined || chooseThreads === undefined || startThreads === undefined) return [];
  const most = chooseThreads('auto').count;
  const timed = [];
  for (const count of threadCounts.filter((one) => one <= most && !isStopped())) {
    const { module, memory, run, lead, control, signed } = openShared(code, bytes, host);
    const team = startThreads(count, { module, memory, control, signed }, lead);
    await team.threads.ready;
    /** @type {Sample[][]} */
    const samples = [[], []];
    for (let i = 0; i < threadRuns; i++) {
      samples[0]?.push(sample(run, 1, {}));
      samples[1]?.push(sample(team.execute, 1, {}));
    }
    team.dispose();
    const [alone, shared] = samples.map((list) => digits(summary(list.slice(threadRuns >> 2)).ns));
    if (timed.length === 0) timed.push({ count: 1, ns: alone ?? 0 });
    if (team.threads.count === count) timed.push({ count, ns: shared ?? 0 });
  }
  return timed;
}

/** @param {JobThreads} code @param {Uint8Array<ArrayBuffer>} bytes @param {Host} host */
function openShared(code, bytes, host) {
  const own = part(bytes, code.module).slice();
  own[code.sharedFlagAt] = 3;
  const module = new WebAssembly.Module(own);
  const memory = new WebAssembly.Memory({ initial: code.pages, maximum: code.pages, shared: true });
  const { exports } = new WebAssembly.Instance(module, { thimble: { memory } });
  const { run, lead, expand, signed } = /** @type {any} */ (exports);
  new Uint8Array(memory.buffer).set(part(bytes, code.constants), code.weightAddress);
  if (typeof expand === 'function') expand();
  const isSigned = typeof signed === 'function' && host.dotProduct() === 'signed';
  if (isSigned) signed(1);
  return { module, memory, run, lead, control: code.control, signed: isSigned };
}

/** The least difference between two readings of the clock, in ms. */
function clockResolution() {
  let least = 1000;
  for (let i = 0; i < 8; i++) {
    const start = performance.now();
    let now = start;
    while (now === start) now = performance.now();
    least = Math.min(least, now - start);
  }
  return least;
}

/** Lets the page draw and the engine finish compiling, every so many ms. */
function pauses() {
  let last = performance.now();
  return async () => {
    if (performance.now() - last < 30) return;
    await new Promise((resolve) => {
      setTimeout(resolve, 0);
    });
    last = performance.now();
  };
}

/**
 * The memory that all layers have in turns.
 * @param {readonly { readonly pages: number }[]} layers
 */
function sharedMemory(layers) {
  return new WebAssembly.Memory({ initial: layers.reduce((most, { pages }) => Math.max(most, pages), 1) });
}

/**
 * A layer in a module of its own: `prepare` puts its weights and inputs into the memory, `run` computes it.
 * @param {Omit<JobModel, 'id'>} layer
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @param {WebAssembly.Memory} memory
 * @param {Host} host
 * @returns {{ readonly prepare: () => void, readonly run: () => void, readonly step: (index: number) => void }}
 */
function openLayer({ module, constants, weightAddress, inputs }, bytes, memory, host) {
  const instance = new WebAssembly.Instance(new WebAssembly.Module(part(bytes, module)), { thimble: { memory } });
  const { run, step, reset, expand, signed } = /** @type {any} */ (instance.exports);
  const all = new Uint8Array(memory.buffer);
  const weights = part(bytes, constants);
  const isSigned = typeof signed === 'function' && host.dotProduct() === 'signed';
  const prepare = () => {
    all.set(weights, weightAddress);
    if (typeof expand === 'function') expand();
    if (isSigned) signed(1);
    if (typeof reset === 'function') reset();
    for (const { address, bytes: length, isFloat } of inputs) fillInput(memory, address, length, isFloat);
  };
  return { prepare, run, step };
}

/** Numbers of about unit size, or of all sizes. @param {WebAssembly.Memory} memory @param {number} address @param {number} length @param {boolean} isFloat */
function fillInput({ buffer }, address, length, isFloat) {
  const view = isFloat ? new Float32Array(buffer, address, length / 4) : new Int8Array(buffer, address, length);
  const pattern = isFloat ? waves : steps;
  for (let at = 0; at < view.length; at += pattern.length) {
    view.set(view.length - at < pattern.length ? pattern.subarray(0, view.length - at) : pattern, at);
  }
}

const waves = Float32Array.from({ length: 4099 }, (_, i) => Math.sin(i));
const steps = Int8Array.from({ length: 4099 }, (_, i) => (i * 37) % 256);

/** @param {Uint8Array<ArrayBuffer>} bytes @param {Span} span */
function part(bytes, [offset, length]) {
  return bytes.subarray(offset, offset + length);
}

/** @param {Job} job @param {Uint8Array<ArrayBuffer>} bytes @param {number} sampleMs */
function openProbes(job, bytes, sampleMs) {
  return [job.chain, ...job.loads].map(({ module }) => {
    const { run: loop, memory } = /** @type {any} */ (
      new WebAssembly.Instance(new WebAssembly.Module(part(bytes, module)), {}).exports
    );
    // Memory that was never written is one page of zeros over and over.
    if (memory !== undefined) new Uint8Array(memory.buffer).fill(1);
    const run = () => loop(1);
    return { prepare: () => {}, run, repeats: warmUp(run, 10, sampleMs), samples: /** @type {Sample[]} */ ([]) };
  });
}

/**
 * A call into a module that has nothing to do: a step that is not there.
 * @param {readonly JobModel[] | Job['layers']} layers
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @param {WebAssembly.Memory} memory
 * @param {Host} host
 * @param {number} sampleMs
 */
function openEntry(layers, bytes, memory, host, sampleMs) {
  const [layer] = layers;
  const step = layer === undefined ? () => {} : openLayer(layer, bytes, memory, host).step;
  const run = () => step(1000);
  return { prepare: () => {}, run, repeats: warmUp(run, 10, sampleMs), samples: /** @type {Sample[]} */ ([]) };
}

/** Runs for so many ms, and says how many runs make a sample. @param {() => void} run @param {number} warmMs @param {number} sampleMs */
function warmUp(run, warmMs, sampleMs) {
  const start = performance.now();
  let runs = 0;
  do {
    run();
    runs++;
    // The clock is slow beside the quickest layers.
    if (runs > 64) for (let i = 0; i < runs >> 2; i++, runs++) run();
  } while (performance.now() - start < warmMs || runs < 2);
  const ms = (performance.now() - start) / runs;
  return Math.max(1, Math.min(mostRepeats, Math.ceil(sampleMs / Math.max(1e-6, ms))));
}

/**
 * The mean time of some runs.
 * @param {() => void} run
 * @param {number} repeats
 * @param {{ readonly clock?: Host['cpuMs'] }} sampler
 * @returns {Sample}
 */
function sample(run, repeats, { clock }) {
  const cpu = clock?.() ?? 0;
  const start = performance.now();
  for (let i = 0; i < repeats; i++) run();
  const ms = performance.now() - start;
  const worked = clock === undefined ? 0 : clock() - cpu;
  const cpuMs = worked < cpuClockFrom ? null : worked / repeats;
  return { ms: ms / repeats, cpuMs };
}

/**
 * The median of the samples that nothing disturbed. Long ones that were interrupted count with what the processor says.
 * @param {readonly Sample[]} samples
 * @returns {Timed}
 */
export function summary(samples) {
  // Without a sample that the clock could tell there is nothing to say: readers leave such layers out.
  const sorted = samples.map(({ ms, cpuMs }) => (cpuMs === null ? ms : Math.min(ms, cpuMs))).sort((a, b) => a - b);
  const quartile = at(sorted, 0.25);
  const kept = sorted.filter((ms) => ms <= disturbedFrom * quartile);
  return {
    ns: 1e6 * at(kept, 0.5),
    low: 1e6 * at(kept, 0.1),
    high: 1e6 * at(kept, 0.9),
    kept: kept.length,
    samples: sorted.length,
  };
}

/** The sample below which a part of the sorted ones lie. @param {readonly number[]} sorted @param {number} part */
function at(sorted, part) {
  return sorted[Math.round(part * (sorted.length - 1))] ?? 0;
}
