// Every step of a model by itself, beside a loop of bare multiplications: one process of Node.
// Argument: a JSON file with the model; prints one JSON value.
import { readFileSync } from 'node:fs';
import process from 'node:process';

/** @typedef {{ code: string, roof: string, input: { address: number, bytes: number }, steps: number, rounds: number }} Work */

/** @param {string} base64 */
const instanceOf = (base64) => new WebAssembly.Instance(new WebAssembly.Module(Buffer.from(base64, 'base64')), {});

/** The mean time of a batch of about 0.2 ms, in ms. @param {() => void} run */
function timed(run) {
  let start = performance.now();
  run();
  const count = Math.max(1, Math.min(4096, Math.ceil(0.2 / Math.max(performance.now() - start, 5e-5))));
  start = performance.now();
  for (let i = 0; i < count; i++) run();
  return (performance.now() - start) / count;
}

/** @type {Work} */
const work = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8'));
const model = /** @type {any} */ (instanceOf(work.code).exports);
const roof = /** @type {any} */ (instanceOf(work.roof).exports);
const roofPasses = 20000;
const input = new Uint8Array(model.memory.buffer, work.input.address, work.input.bytes);
let seed = 1;
const pixels = input.map(() => {
  seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
  return seed >> 16;
});
const begin = performance.now();
while (performance.now() - begin < 500) {
  input.set(pixels);
  model.run();
  roof.run(roofPasses);
}
/** @type {number[][]} */
const stepMs = Array.from({ length: work.steps }, () => []);
/** @type {number[]} */
const roofMs = [];
for (let round = 0; round < work.rounds; round++) {
  input.set(pixels);
  model.run();
  roofMs.push(timed(() => roof.run(roofPasses)) / roofPasses);
  for (let step = 0; step < work.steps; step++) stepMs[step]?.push(timed(() => model.step(step)));
}
process.stdout.write(JSON.stringify({ stepMs, roofMs }));
