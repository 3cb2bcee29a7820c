// The side of Node.js: runs the bundles that the file of the first argument names, one in a line, and prints the results, one in a line.
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { runBundle } from './run-bundle.js';

for (const id of readFileSync(process.argv[2] ?? '', 'utf8')
  .split('\n')
  .filter((line) => line !== '')) {
  const file = (/** @type {string} */ name) => new URL(`./${id}/${name}`, import.meta.url);
  const bundle = await import(file('index.js').href);
  const inputs = Uint8Array.from(readFileSync(file('inputs.bin'))).buffer;
  const results = await runBundle(bundle, JSON.parse(readFileSync(file('case.json'), 'utf8')), inputs);
  process.stdout.write(`${JSON.stringify({ id, results })}\n`);
}
