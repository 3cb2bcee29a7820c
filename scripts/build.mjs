// Compiles TypeScript into dist/ and copies the files that ship verbatim (C support code, linker scripts, the WASM loader, pages).
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
process.chdir(root);
rmSync('dist', { recursive: true, force: true });
const tsc = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.json'], {
  stdio: 'inherit',
});
if (tsc.status !== 0) process.exit(tsc.status ?? 1);

const verbatim = /\.(c|h|S|ld|json|js|cpp|txt|html|css)$/;
for (const folder of ['cli', 'converter', 'runtime-wasm', 'targets']) {
  if (!existsSync(folder)) continue;
  cpSync(folder, `dist/${folder}`, {
    recursive: true,
    filter: (source) => verbatim.test(source) || !/\.[^/]+$/.test(source),
  });
}
if (existsSync('dist/cli/main.js')) chmodSync('dist/cli/main.js', 0o755);
