// `npm run demo`: from a model file to code that runs, with nothing but Node. Writes to out/demo.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const model = 'examples/digits/digits_int8.tflite';
/** Which picture of the test set. */
const sample = 7;
process.chdir(root);

if (!existsSync('dist/cli/main.js')) runNode(['scripts/build.mjs']);

thimble('inspect', model);
thimble('convert', model, '--to', 'c', '--name', 'digits', '--out', 'out/demo/digits-c');
thimble('convert', model, '--to', 'wasm', '--name', 'digits', '--out', 'out/demo/digits-wasm');

const pixels = npyBytes('examples/digits/digits_test_images_u8.npy').subarray(64 * sample, 64 * (sample + 1));
const label = npyBytes('examples/digits/digits_test_labels.npy')[8 * sample];
console.log(`\nPicture ${sample} of the test set, run by out/demo/digits-wasm:\n`);
console.log(textArt(pixels));
const scores = await classify('out/demo/digits-wasm/index.js', pixels);
const digit = scores.indexOf(Math.max(...scores));
console.log(`\nThe bundle says ${digit} with a score of ${scores[digit]?.toFixed(3)}, the label says ${label}.`);
if (digit !== label) process.exitCode = 1;
summary();

/** Runs a script of Node with our terminal, and ends the demo where it fails. @param {string[]} args */
function runNode(args) {
  const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

/** Shows a command line and runs it. @param {string[]} args */
function thimble(...args) {
  console.log(`\n$ thimble ${args.join(' ')}\n`);
  runNode(['dist/cli/main.js', ...args]);
}

/** The bytes of the elements in an npy file of version 1. @param {string} path @returns {Uint8Array} */
function npyBytes(path) {
  const file = readFileSync(path);
  return file.subarray(10 + file.readUInt16LE(8));
}

/** 8x8 pixels as text. @param {Uint8Array} image @returns {string} */
function textArt(image) {
  const ink = ' .:-=+*#%@';
  const row = (/** @type {number} */ y) => Array.from(image.subarray(8 * y, 8 * (y + 1)), (v) => ink[(v * 10) >> 8]);
  return Array.from(
    { length: 8 },
    (_, y) =>
      `    ${row(y)
        .map((dot) => `${dot}${dot}`)
        .join('')}`,
  ).join('\n');
}

/**
 * What a user of the bundle writes: load, quantize, run, dequantize.
 * @param {string} path @param {Uint8Array} image @returns {Promise<number[]>}
 */
async function classify(path, image) {
  const { info, load } = await import(pathToFileURL(path).href);
  const net = await load();
  const [input = ''] = Object.keys(info.inputs);
  const [output = ''] = Object.keys(info.outputs);
  const reals = Array.from(image, (value) => value / 255);
  const outputs = net.run({ [input]: net.quantize(input, reals) });
  return Array.from(net.dequantize(output, outputs[output]));
}

/** What the two packages cost, from the commands' own JSON. */
function summary() {
  for (const to of ['c', 'wasm']) {
    const args = ['dist/cli/main.js', 'convert', model, '--to', to, '--name', 'digits', '--dry-run', '--json'];
    const { macs, plan, sizes, files } = JSON.parse(spawnSync(process.execPath, args, { encoding: 'utf8' }).stdout);
    const parts = sizes.map((/** @type {{ name: string, bytes: number }} */ size) => `${size.name} ${size.bytes} B`);
    const all = files.reduce((/** @type {number} */ sum, /** @type {{ bytes: number }} */ file) => sum + file.bytes, 0);
    console.log(
      `${to}: ${macs} MACs, arena ${plan.arenaBytes} B, ${parts.join(', ')}, ${all} B in ${files.length} files`,
    );
  }
}
