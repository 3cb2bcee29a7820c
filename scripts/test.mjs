// `npm test`: tools, build, tests. Arguments go to Vitest. The last line is `N passed, N failed, N skipped`.
//
// THIMBLE_REQUIRE_TOOLS=1 makes a suite fail that would be skipped for a missing tool; THIMBLE_NO_INSTALL=1 installs nothing.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const compiled = ['cli', 'converter', 'runtime-wasm', 'targets', 'tsconfig.json', 'package.json', 'scripts/build.mjs'];

/** The latest change below a path, in ms; 0 when it is not there. @param {string} path @returns {number} */
function newest(path) {
  if (!existsSync(path)) return 0;
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  return readdirSync(path).reduce((latest, name) => Math.max(latest, newest(join(path, name))), 0);
}

/** Runs a script of Node with our terminal; returns its exit code. @param {string[]} args @param {NodeJS.ProcessEnv} env */
function node(args, env = process.env) {
  const { status } = spawnSync(process.execPath, args, { cwd: root, env, stdio: ['ignore', 'inherit', 'inherit'] });
  return status ?? 1;
}

/** @typedef {{ passed: number, failed: number, skipped: number }} Counts */

/** Prints the closing line and ends. @param {Counts} counts @param {boolean} good */
function close({ passed, failed, skipped }, good) {
  console.log(`\n${passed} passed, ${failed} failed, ${skipped} skipped`);
  process.exitCode = good && failed === 0 && passed > 0 ? 0 : 1;
}

/**
 * What Vitest's JSON reporter says of one file.
 * @typedef {{ name: string, status: string, message?: string, assertionResults: { status: string, fullName: string }[] }} FileReport
 */

/** @param {string} path @returns {FileReport[]} */
function readReport(path) {
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).testResults : [];
}

/** A file that fails without any test in it, by failing to load, counts as one failed. @param {FileReport[]} files @returns {Counts} */
function count(files) {
  const tests = files.flatMap((file) => file.assertionResults);
  const passed = tests.filter(({ status }) => status === 'passed').length;
  const broken = files.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((t) => t.status === 'failed'),
  );
  const failed = tests.filter(({ status }) => status === 'failed').length + broken.length;
  return { passed, failed, skipped: tests.filter(({ status }) => status !== 'passed' && status !== 'failed').length };
}

/** Which files skipped how much, and the reasons that the suites gave. @param {FileReport[]} files @param {string} log */
function printSkips(files, log) {
  const rows = files.flatMap((file) => {
    const skipped = file.assertionResults.filter(({ status }) => status !== 'passed' && status !== 'failed').length;
    return skipped === 0 ? [] : [`  ${relative(root, file.name)}: ${skipped} of ${file.assertionResults.length}`];
  });
  if (rows.length === 0) return;
  const reasons = existsSync(log)
    ? new Set(
        readFileSync(log, 'utf8')
          .split('\n')
          .filter((line) => line !== ''),
      )
    : [];
  console.log(`\nSkipped tests\n${rows.join('\n')}`);
  for (const reason of reasons) console.log(`  because ${reason}`);
}

node(['scripts/install-tools.mjs']);
const isStale = Math.max(...compiled.map((path) => newest(join(root, path)))) > newest(join(root, 'dist'));
if (isStale && node(['scripts/build.mjs']) !== 0) {
  console.log('The build failed.');
  close({ passed: 0, failed: 1, skipped: 0 }, false);
} else {
  const folder = mkdtempSync(join(tmpdir(), 'thimble-test-'));
  try {
    const report = join(folder, 'report.json');
    const log = join(folder, 'skipped');
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
    const args = ['node_modules/vitest/vitest.mjs', 'run', ...reporters, ...process.argv.slice(2)];
    const status = node(args, { ...process.env, THIMBLE_SKIP_LOG: log });
    const files = readReport(report);
    printSkips(files, log);
    const counts = count(files);
    const unnamed = status !== 0 && counts.failed === 0 ? 1 : 0;
    close({ ...counts, failed: counts.failed + unnamed }, status === 0);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
