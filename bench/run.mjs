// `npm run bench`: builds, then measures. See docs/benchmarks.md; arguments go to bench/main.ts.
import { spawnSync } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
// Standard output belongs to the report: what the build says goes to standard error.
const build = spawnSync(process.execPath, ['scripts/build.mjs'], { cwd: root, stdio: ['ignore', 2, 2] });
if (build.status !== 0) process.exit(build.status ?? 1);
const entry = new URL('../dist/bench/main.js', import.meta.url);
await import(entry.href);
