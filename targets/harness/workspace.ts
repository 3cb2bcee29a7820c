import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ProblemError } from '../../converter/problem.ts';
import { type ProcessResult, runProcess } from '../process.ts';
import type { PackageFile } from './package.ts';

/** The warnings that a package must be free of, with both gcc and clang. */
export const STRICT_WARNINGS: readonly string[] = [
  '-Wall',
  '-Wextra',
  '-Wpedantic',
  '-Wconversion',
  '-Wshadow',
  '-Werror',
];

/** A build folder of one run. Removed by {@link withWorkspace}, whatever happens. */
export interface Workspace {
  readonly folder: string;
}

/** Calls `work` with a fresh temporary folder and removes the folder afterwards. */
export async function withWorkspace<T>(work: (workspace: Workspace) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'thimble-'));
  try {
    return await work({ folder });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Writes files into the workspace, making their folders. */
export function writeFiles({ folder }: Workspace, files: readonly PackageFile[]): void {
  for (const { path, contents } of files) {
    const full = join(folder, path);
    mkdirSync(dirname(full), { recursive: true });
    writeFileSync(full, contents);
  }
}

/** The bytes of a file of the workspace. */
export function readBytes({ folder }: Workspace, path: string): Uint8Array {
  return new Uint8Array(readFileSync(join(folder, path)));
}

/** A step of the build: which program with which arguments, and what it works on in the user's words. */
export interface BuildStep {
  readonly tool: string;
  readonly args: readonly string[];
  readonly where: string;
}

/** Runs a compiler or linker in the workspace; throws `c-build-failed` with everything it printed. */
export async function build({ folder }: Workspace, step: BuildStep): Promise<void> {
  const { exitCode, stdout, stderr, timedOut } = await runProcess(step.tool, step.args, {
    cwd: folder,
    timeoutMs: 300_000,
    env: { LC_ALL: 'C' },
  });
  if (exitCode === 0) return;
  throw new ProblemError({
    code: 'c-build-failed',
    where: step.where,
    what: timedOut ? 'the compiler did not end within 300 s' : `the compiler says\n${stderr}${stdout}`.trimEnd(),
    advice: 'correct the C source',
  });
}

/** Compiles each source to an object of the given name, all at the same time. Ends when all have, also where one fails. */
export async function compileAll(
  workspace: Workspace,
  tool: string,
  objects: readonly { readonly source: string; readonly object: string; readonly flags: readonly string[] }[],
): Promise<void> {
  const builds = await Promise.allSettled(
    objects.map(({ source, object, flags }) =>
      build(workspace, { tool, args: [...flags, '-c', source, '-o', object], where: source }),
    ),
  );
  for (const result of builds) if (result.status === 'rejected') throw result.reason;
}

/** The problem of a program that ended badly, with the last lines that it printed. */
export function runFailed(where: string, { exitCode, stdout, stderr, timedOut }: ProcessResult): ProblemError {
  const tail = `${stdout}\n${stderr}`.trim().split('\n').slice(-40).join('\n');
  const how = timedOut ? 'did not end in time' : `ended with exit code ${exitCode ?? 'none (a signal)'}`;
  return new ProblemError({
    code: 'run-failed',
    where,
    what: `the test program ${how}${tail === '' ? '' : `\n${tail}`}`,
    advice: timedOut ? 'allow more time or a smaller model' : 'run it in a debugger',
  });
}
