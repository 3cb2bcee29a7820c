import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { node24 as node24Package, onnxruntime } from '../../scripts/npm-tools.mjs';
import { runProcess } from '../../targets/process.ts';
import { findExecutable } from '../../targets/tools.ts';
import { scratch } from '../places.ts';

/** An engine to measure against, with the exact packages that are installed for it. */
interface Peer {
  readonly packages: Readonly<Record<string, string>>;
  /** npm refuses the package beside what it names as its peer. */
  readonly ignoresPeers: boolean;
}

const peer = (packages: Peer['packages'], ignoresPeers = false): Peer => ({ packages, ignoresPeers });

/** They are not in package.json, so that installing thimble stays light. */
export const peers = {
  'onnxruntime-web': peer({ [onnxruntime.name]: onnxruntime.version }),
  litertjs: peer({ '@litertjs/core': '2.5.3' }),
  'tfjs-tflite': peer({ '@tensorflow/tfjs-tflite': '0.0.1-alpha.10' }, true),
  'tfjs-wasm': peer({ '@tensorflow/tfjs-backend-wasm': '4.22.0', '@tensorflow/tfjs-core': '4.22.0' }),
} as const satisfies Readonly<Record<string, Peer>>;

export type PeerName = keyof typeof peers;

export const peerNames: readonly PeerName[] = ['onnxruntime-web', 'litertjs', 'tfjs-tflite', 'tfjs-wasm'];

/** Node 24 as a package of npm: the program alone. */
const node24: Peer = peer({ [node24Package.name]: node24Package.version });

/** What came of an installation. */
export type Installed = { readonly ready: true } | { readonly ready: false; readonly reason: string };

/** The folder that a peer is installed into. */
function folderOf(name: string): string {
  return join(scratch, 'peers', name);
}

/** Installs a peer below `out/`, unless these very versions are there already. */
export async function installPeer(name: PeerName): Promise<Installed> {
  const installed = await install(name, peers[name]);
  if (installed.ready && name === 'litertjs') patchLiteRt();
  return installed;
}

/** The path of a Node 24; installs it where the running Node is another. */
export async function installNode24(): Promise<{ readonly path: string } | { readonly reason: string }> {
  if (process.versions.node.startsWith('24.')) return { path: process.execPath };
  const installed = await install('node24', node24);
  if (!installed.ready) return { reason: installed.reason };
  return { path: join(folderOf('node24'), 'node_modules', node24Package.name, 'bin/node') };
}

async function install(name: string, { packages, ignoresPeers }: Peer): Promise<Installed> {
  const folder = folderOf(name);
  if (Object.entries(packages).every(([id, version]) => versionIn(folder, id) === version)) return { ready: true };
  const npm = findExecutable('npm');
  if (npm === undefined) return { ready: false, reason: 'npm is not on the PATH' };
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock', '--save-exact'];
  const wanted = Object.entries(packages).map(([id, version]) => `${id}@${version}`);
  const args = ['install', '--prefix', folder, ...flags, ...(ignoresPeers ? ['--legacy-peer-deps'] : []), ...wanted];
  const ended = await runProcess(npm, args, { cwd: folder, timeoutMs: 300_000 });
  if (ended.exitCode === 0) return { ready: true };
  return { ready: false, reason: `npm cannot install ${wanted.join(' ')}: ${lastLine(ended.stderr)}` };
}

function versionIn(folder: string, id: string): string | undefined {
  const file = join(folder, 'node_modules', id, 'package.json');
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).version : undefined;
}

function lastLine(text: string): string {
  return (
    text
      .trim()
      .split('\n')
      .findLast((line) => line.includes('npm error')) ?? text.trim()
  );
}

/**
 * LiteRT.js refuses int8 inputs and outputs, though its engine runs them: a copy of its module with one more row in its
 * table of dtypes, and with an address in place of a package name that only bundlers resolve.
 */
function patchLiteRt(): void {
  const modules = join(folderOf('litertjs'), 'node_modules/@litertjs');
  const source = readFileSync(join(modules, 'core/dist/index.js'), 'utf8');
  const row = '  { dtype: "int8", typedArrayConstructor: Int8Array, elementType: ElementType.INT8 },\n';
  const patched = source
    .replace('var DATATYPES = Object.freeze([\n', (start) => start + row)
    .replace('from "@litertjs/wasm-utils"', 'from "../node_modules/@litertjs/wasm-utils/dist/index.js"')
    .replace(/\n\/\/# sourceMappingURL=.*/, '');
  const folder = join(folderOf('litertjs'), 'patched');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }\n');
  writeFileSync(join(folder, 'index.js'), patched);
}
