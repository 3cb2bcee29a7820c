// One process: a model in one variant, its layers and the roofline in turns. Prints one JSON value.
// Arguments: a JSON value { module, steps, inputs, rooflines: [{ file, macs }], loads: { file, bytes }, rounds }; files are paths.
import { readFileSync } from 'node:fs';
import process from 'node:process';

/**
 * @typedef {{ readonly file: string, readonly macs: number }} Roofline
 * @typedef {{ readonly module: string, readonly steps: number, readonly inputs: readonly { readonly address: number, readonly bytes: number, readonly isFloat: boolean }[], readonly rooflines: readonly Roofline[], readonly loads: { readonly file: string, readonly bytes: number }, readonly rounds: number }} Job
 */

/** @type {Job} */
const job = JSON.parse(process.argv[2] ?? '{}');

/** Samples last about this long, in ms. */
const sampleMs = 0.2;
const warmUpMs = 400;

/** @param {string} file */
function open(file) {
  const instance = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(file)), {});
  return /** @type {any} */ (instance.exports);
}

/** Mean time of a call, in ms. @param {() => void} call @param {number} count */
function time(call, count) {
  const start = performance.now();
  for (let i = 0; i < count; i++) call();
  return (performance.now() - start) / count;
}

/** @param {() => void} call */
function repeats(call) {
  return Math.max(1, Math.ceil(sampleMs / Math.max(1e-5, time(call, 3))));
}

const model = open(job.module);
/** Layers may overwrite the input: it is written anew before each of them is measured. */
function writeInputs() {
  for (const { address, bytes, isFloat } of job.inputs) {
    const view = isFloat
      ? new Float32Array(model.memory.buffer, address, bytes / 4)
      : new Int8Array(model.memory.buffer, address, bytes);
    for (let i = 0; i < view.length; i++) view[i] = isFloat ? Math.sin(i) : (i * 37) % 256;
  }
}

const run = () => model.run();
const start = performance.now();
while (performance.now() - start < warmUpMs) run();
const steps = Array.from({ length: job.steps }, (_, index) => () => model.step(index));
const stepRepeats = steps.map(repeats);
const runRepeats = repeats(run);
const passes = 20_000;
const rooflines = job.rooflines.map(({ file, macs }) => {
  const { run: loop } = open(file);
  const call = () => loop(passes);
  time(call, 50);
  return { call, macs: macs * passes };
});
const loadPasses = Math.max(1, Math.ceil(2e7 / job.loads.bytes));
const { run: loadLoop } = open(job.loads.file);
time(() => loadLoop(loadPasses), 20);

/** @type {{ runMs: number[], stepMs: number[][], macsPerNs: number[][], bytesPerNs: number[] }} */
const samples = { runMs: [], stepMs: steps.map(() => []), macsPerNs: rooflines.map(() => []), bytesPerNs: [] };
for (let round = 0; round < job.rounds; round++) {
  rooflines.forEach(({ call, macs }, i) => {
    samples.macsPerNs[i]?.push(macs / (time(call, 2) * 1e6));
  });
  samples.bytesPerNs.push((loadPasses * job.loads.bytes) / (time(() => loadLoop(loadPasses), 1) * 1e6));
  writeInputs();
  samples.runMs.push(time(run, runRepeats));
  steps.forEach((step, i) => {
    writeInputs();
    run();
    samples.stepMs[i]?.push(time(step, stepRepeats[i] ?? 1));
  });
}
process.stdout.write(JSON.stringify(samples));
