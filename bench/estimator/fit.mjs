// Fits the estimator of microcontrollers: `node bench/estimator/fit.mjs [--measure]`. See docs/estimator.md.
// First the costs of classes by core, then with these, built anew, flash and engines on the published results.
import { spawnSync } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Runs a script of Node; its standard output belongs to the report, that of the build does not.
 * @param {readonly string[]} args
 * @param {number} output
 */
function run(args, output) {
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: ['ignore', output, 2] });
  if (status !== 0) process.exit(status ?? 1);
}

for (const stage of ['fit-cores', 'fit-engines']) {
  run(['scripts/build.mjs'], 2);
  const call = `import('./dist/bench/estimator/${stage}.js').then(({ main }) => main(process.argv.slice(1)))`;
  run(['-e', call, '--', ...process.argv.slice(2)], 1);
}
