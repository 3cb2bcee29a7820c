// Installs what the tests can use and the computer lacks, on Debian as root. Never fails: each tool gets one line.
// The tools and their packages are those of targets/tools.json, and packages of npm. THIMBLE_NO_INSTALL=1 only tells what is there.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { findNode24, findNpmTool, installNpmTool, node24, onnxruntime, webTools } from './npm-tools.mjs';

/** @typedef {{ name: string, enables: string, package: string, executables?: string[], compiler?: string, file?: string }} Tool */

/** @type {Tool[]} */
const table = JSON.parse(readFileSync(new URL('../targets/tools.json', import.meta.url), 'utf8'));

/** @param {string} name */
function onPath(name) {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => folder !== '' && existsSync(join(folder, name)));
}

/** @param {Tool} tool */
function isPresent({ name, executables, compiler, file }) {
  if (name === 'node') return true;
  if (executables !== undefined) return executables.some(onPath);
  if (compiler === undefined || file === undefined || !onPath(compiler)) return false;
  const answer = spawnSync(compiler, [`-print-file-name=${file}`], { encoding: 'utf8' });
  return answer.status === 0 && answer.stdout.trim() !== file && existsSync(answer.stdout.trim());
}

/** Why nothing can be installed here; empty when it can. */
function obstacle() {
  if (process.env.THIMBLE_NO_INSTALL === '1') return 'THIMBLE_NO_INSTALL=1';
  if (process.platform !== 'linux' || !onPath('apt-get')) return 'apt-get is not here';
  if (process.getuid?.() !== 0) return 'not root';
  return '';
}

/** Runs apt-get without questions; returns why it failed, or nothing. @param {string[]} args */
function apt(...args) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const options = [
    '-y',
    '-q',
    '-o',
    'DPkg::Lock::Timeout=120',
    '-o',
    'Acquire::Retries=2',
    '-o',
    'Acquire::http::Timeout=20',
  ];
  const run = spawnSync('apt-get', [...options, ...args], {
    env,
    encoding: 'utf8',
    timeout: 600_000,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  if (run.status === 0) return undefined;
  const lines = `${run.stdout ?? ''}\n${run.stderr ?? ''}`.split('\n').filter((line) => /^E: /.test(line));
  return lines[0] ?? run.error?.message ?? `apt-get ended with ${run.status}`;
}

/** Tries all packages at once, then one by one so that a missing one does not hold up the rest. @param {string[]} packages */
function install(packages) {
  const update = apt('update');
  const args = ['install', '--no-install-recommends'];
  /** @type {Map<string, string>} */
  const failures = new Map();
  if (apt(...args, ...packages) !== undefined) {
    for (const name of packages) {
      const why = apt(...args, name);
      if (why !== undefined) failures.set(name, update ?? why);
    }
  }
  return failures;
}

function main() {
  const absent = table.filter((tool) => !isPresent(tool));
  const reason = obstacle();
  const failures =
    absent.length > 0 && reason === '' ? install([...new Set(absent.map((tool) => tool.package))]) : new Map();
  for (const tool of table) {
    if (!absent.includes(tool)) console.log(`${tool.name}: found`);
    else if (isPresent(tool)) console.log(`${tool.name}: installed (${tool.package})`);
    else {
      const why = reason || failures.get(tool.package) || `${tool.package} does not hold it`;
      console.log(`${tool.name}: not available, ${why}; without it: no ${tool.enables}`);
    }
  }
}

/** What npm has, below out/. */
function packages() {
  const root = fileURLToPath(new URL('..', import.meta.url));
  for (const tool of [node24, onnxruntime, ...Object.values(webTools)]) {
    const found = tool === node24 ? findNode24(root) : findNpmTool(tool, root);
    const why = process.env.THIMBLE_NO_INSTALL === '1' ? 'THIMBLE_NO_INSTALL=1' : '';
    const failure = 'path' in found ? undefined : why || installNpmTool(tool, root);
    if ('path' in found) console.log(`${tool.folder}: found`);
    else if (failure === undefined) console.log(`${tool.folder}: installed (${tool.name}@${tool.version} of npm)`);
    else console.log(`${tool.folder}: not available, ${failure}; without it: no ${tool.enables}`);
  }
}

try {
  main();
  packages();
} catch (error) {
  console.log(`tools: ${error instanceof Error ? error.message : error}`);
}
