// Fits the sizes of machine code: `node bench/flash/fit.mjs`. See docs/estimate.md.
import { spawnSync } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const build = spawnSync(process.execPath, ['scripts/build.mjs'], { cwd: root, stdio: ['ignore', 2, 2] });
if (build.status !== 0) process.exit(build.status ?? 1);
await import(new URL('../../dist/bench/flash/fit-main.js', import.meta.url).href);
