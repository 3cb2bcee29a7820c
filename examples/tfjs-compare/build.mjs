// @ts-check
// Builds the site that serve.mjs serves: converts the models with thimble, and lays the files of tfjs-tflite beside them.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import process from 'node:process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

const usage = `node build.mjs [options] [MODEL.tflite ...]
  MODEL.tflite     one picture in, scores of classes out; the two digits models by default
  --range R        what a pixel of 0..255 becomes: 0..1 (default), -1..1 or 0..255
  --labels FILE    names of the classes, one a line
  --only SIDE      thimble: without tfjs-tflite
  --out DIR        where the site goes (default: site)
  --peers DIR      a node_modules with @tensorflow (default: the one here)
  --bundles DIR    bundles that are already converted, each in a folder named like its model`;

/** A fault that is told in a sentence. */
class BuildError extends Error {}

/** @typedef {{ dtype: string, shape: readonly number[], scale?: number, zeroPoint?: number }} Port */

const here = fileURLToPath(new URL('.', import.meta.url));
const digits = join(here, '../digits');

/** What the pages load of tfjs-tflite, beside the WASM files of each kind of engine. */
const peerFiles = [
  'tfjs-core/dist/tf-core.es2017.min.js',
  'tfjs-backend-cpu/dist/tf-backend-cpu.es2017.min.js',
  'tfjs-tflite/dist/tf-tflite.es2017.min.js',
];

/** Converts a model as a user would. @param {string} file @param {string} out */
function convert(file, out) {
  const cli = join(here, '../../dist/cli/main.js');
  if (!existsSync(cli)) throw new BuildError('thimble is not built: run "npm install" in the folder of the repository');
  const run = spawnSync(process.execPath, [cli, 'convert', file, '--to', 'wasm', '--out', out], { encoding: 'utf8' });
  if (run.status !== 0) throw new BuildError(`thimble cannot convert ${file}:\n${run.stderr || run.stdout}`);
}

/** The one port of a table. @param {Readonly<Record<string, Port>>} ports @param {string} what */
function onlyPort(ports, what) {
  const [[name, port] = [], second] = Object.entries(ports);
  if (name === undefined || port === undefined || second !== undefined) {
    throw new BuildError(`the model has ${Object.keys(ports).length} ${what}s; this page is for models with one`);
  }
  const { dtype, shape, scale, zeroPoint } = port;
  if (!['float32', 'int8', 'uint8'].includes(dtype))
    throw new BuildError(`the ${what} is ${dtype}, not float32, int8 or uint8`);
  return { name, dtype, shape, scale, zeroPoint };
}

/** A module that tells the pages what they must know of the model. @param {string} name @param {string} folder @param {string} range @param {readonly string[] | null} labels */
async function describe(name, folder, range, labels) {
  const { info } = await import(pathToFileURL(join(folder, 'bundle/index.js')).href);
  const input = onlyPort(info.inputs, 'input');
  const output = onlyPort(info.outputs, 'output');
  const [batch, , , channels] = input.shape;
  if (input.shape.length !== 4 || batch !== 1 || (channels !== 1 && channels !== 3)) {
    throw new BuildError(
      `${name}: the input has the shape ${input.shape.join(' x ')}; a picture is 1 x height x width x 1 or 3`,
    );
  }
  const text = JSON.stringify({ name, range, input, output, labels }, null, 2);
  writeFileSync(join(folder, 'model.js'), `export const model = ${text};\n`);
}

/** Copies what is needed of tfjs-tflite; returns its version. @param {string} modules @param {string} out */
function layPeer(modules, out) {
  const scope = join(modules, '@tensorflow');
  const missing = [...peerFiles, 'tfjs-tflite/wasm'].filter((file) => !existsSync(join(scope, file)));
  if (missing.length > 0) {
    const advice = 'run "npm install" in examples/tfjs-compare, or build our half alone by --only thimble';
    throw new BuildError(`tfjs-tflite is not installed (no ${missing[0]} in ${scope}): ${advice}`);
  }
  cpSync(join(scope, 'tfjs-tflite/wasm'), out, { recursive: true });
  for (const file of peerFiles) cpSync(join(scope, file), join(out, basename(file)));
  // The script of the model runner is CommonJS at its end, and otherwise classic.
  writeFileSync(join(out, 'globals.js'), 'var exports = {};\n');
  return JSON.parse(readFileSync(join(scope, 'tfjs-tflite/package.json'), 'utf8')).version;
}

/** @param {readonly string[]} argv */
function options(argv) {
  const text = /** @type {const} */ ({ type: 'string' });
  const flags = { range: text, labels: text, only: text, out: text, peers: text, bundles: text };
  try {
    return parseArgs({ args: [...argv], options: flags, allowPositionals: true });
  } catch (error) {
    throw new BuildError(`${error instanceof Error ? error.message : error}\n${usage}`);
  }
}

/** The lines of a file of labels. @param {string} file */
function readLabels(file) {
  return readFileSync(file, 'utf8').trimEnd().split(/\r?\n/);
}

/** @param {readonly string[]} argv */
async function main(argv) {
  const { values, positionals } = options(argv);
  const range = values.range ?? '0..1';
  if (!['0..1', '-1..1', '0..255'].includes(range)) throw new BuildError(`--range ${range}\n${usage}`);
  if (values.only !== undefined && values.only !== 'thimble') throw new BuildError(`--only ${values.only}\n${usage}`);
  const isDefault = positionals.length === 0;
  const files = isDefault ? ['digits_int8', 'digits_float'].map((name) => join(digits, `${name}.tflite`)) : positionals;
  const absent = [...files, ...(values.labels === undefined ? [] : [values.labels])].find((file) => !existsSync(file));
  if (absent !== undefined) throw new BuildError(`there is no file ${absent}`);
  const labels = values.labels !== undefined ? readLabels(values.labels) : isDefault ? [...'0123456789'] : null;
  const out = resolve(values.out ?? join(here, 'site'));
  if (existsSync(out) && !existsSync(join(out, 'site.json')))
    throw new BuildError(`${out} is there and is not a site of ours; choose another --out`);
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  writeFileSync(join(out, 'site.json'), '{}');
  const peer =
    values.only === 'thimble' ? null : layPeer(resolve(values.peers ?? join(here, 'node_modules')), join(out, 'peer'));
  /** @type {string[]} */
  const models = [];
  for (const file of files) {
    const name = basename(file).replace(/\.tflite$/, '');
    if (!/^[\w.-]+$/.test(name) || models.includes(name))
      throw new BuildError(`"${name}" is no name for a folder, or is there twice; rename the file`);
    models.push(name);
    const folder = join(out, name);
    cpSync(join(here, 'pages/model'), folder, { recursive: true });
    cpSync(file, join(folder, 'model.tflite'));
    const bundle = values.bundles === undefined ? undefined : join(values.bundles, name);
    if (bundle === undefined) convert(file, join(folder, 'bundle'));
    else cpSync(bundle, join(folder, 'bundle'), { recursive: true });
    await describe(name, folder, range, labels);
  }
  cpSync(join(here, 'pages'), out, { recursive: true, filter: (path) => basename(path) !== 'model' });
  cpSync(join(digits, 'digits_strip.png'), join(out, 'digits.png'));
  // Addresses of one build are kept by the browser for good: the next build has others.
  writeFileSync(join(out, 'site.json'), JSON.stringify({ build: Date.now().toString(36), peer, models }));
  console.log(`${out}: ${models.join(', ')}${peer === null ? '' : ` beside tfjs-tflite ${peer}`}\nnode serve.mjs`);
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof BuildError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
