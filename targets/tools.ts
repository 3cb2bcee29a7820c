import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { ProblemError } from '../converter/problem.ts';

/** An optional tool that is on this computer. */
export interface FoundTool {
  readonly found: true;
  readonly name: string;
  /** Where it lies. */
  readonly path: string;
  /** The first version number that it prints, `12.2.1`; empty when it prints none. */
  readonly version: string;
  /** What thimble can do with it. */
  readonly enables: string;
  /** The Debian package that holds it. */
  readonly debianPackage: string;
}

/** An optional tool that is not on this computer. */
export interface MissingTool {
  readonly found: false;
  readonly name: string;
  readonly enables: string;
  readonly debianPackage: string;
  /** What was looked for, and how to get it. */
  readonly reason: string;
}

export type Tool = FoundTool | MissingTool;

/** What {@link findTools} saw: every tool that thimble knows, in the order of `tools.json`. */
export interface ToolReport {
  readonly tools: readonly Tool[];
}

/** A row of `tools.json`: a program on the PATH, or a library that a compiler brings. */
type ToolEntry = { readonly name: string; readonly enables: string; readonly package: string } & (
  | { readonly executables: readonly string[] }
  | { readonly compiler: string; readonly file: string }
);

const table: readonly ToolEntry[] = JSON.parse(readFileSync(new URL('./tools.json', import.meta.url), 'utf8'));

/** The first of `names` that is an executable file in a folder of the PATH, or undefined. Starts nothing. */
export function findExecutable(...names: readonly string[]): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** Everything a program prints, or undefined when it does not start or does not end within 20 s. */
function output(path: string, args: readonly string[]): string | undefined {
  const run = spawnSync(path, args, { encoding: 'utf8', timeout: 20_000, stdio: ['ignore', 'pipe', 'pipe'] });
  return run.error === undefined ? `${run.stdout}\n${run.stderr}` : undefined;
}

/** `x.y` or `x.y.z`, preferring a number that stands alone over one inside a package name. */
function versionOf(text: string): string {
  const clean = text.replace(/\([^)]*\)/g, '');
  return (/\bv?(\d+\.\d+(?:\.\d+)*)/.exec(clean) ?? /(\d+\.\d+(?:\.\d+)*)/.exec(text))?.[1] ?? '';
}

/** The version that a program prints with `--version`; empty when it prints none. */
export function versionOfTool(path: string): string {
  return versionOf(output(path, ['--version']) ?? '');
}

/** Where the compiler keeps a file: GCC prints the bare name back when it has none. */
function fileOfCompiler(compiler: string, file: string): string | undefined {
  const path = output(compiler, [`-print-file-name=${file}`])
    ?.split('\n')[0]
    ?.trim();
  return path !== undefined && path !== file && existsSync(path) ? path : undefined;
}

function missing(entry: ToolEntry, lookedFor: string): MissingTool {
  const { name, enables, package: debianPackage } = entry;
  const reason = `${lookedFor}; on Debian and Ubuntu: apt-get install ${debianPackage}`;
  return { found: false, name, enables, debianPackage, reason };
}

function find(entry: ToolEntry): Tool {
  const { name, enables, package: debianPackage } = entry;
  if ('executables' in entry) {
    if (name === 'node') {
      return { found: true, name, path: process.execPath, version: process.versions.node, enables, debianPackage };
    }
    const path = findExecutable(...entry.executables);
    if (path === undefined) return missing(entry, `${entry.executables.join(' or ')} is not on the PATH`);
    return { found: true, name, path, version: versionOf(output(path, ['--version']) ?? ''), enables, debianPackage };
  }
  const compiler = findExecutable(entry.compiler);
  if (compiler === undefined) return missing(entry, `${entry.compiler} is not on the PATH`);
  const path = fileOfCompiler(compiler, entry.file);
  if (path === undefined) return missing(entry, `${entry.compiler} has no ${entry.file}`);
  return { found: true, name, path, version: '', enables, debianPackage };
}

/** One tool by its name in `tools.json`; undefined when thimble knows no tool of that name. */
export function findTool(name: string): Tool | undefined {
  const entry = table.find((row) => row.name === name);
  return entry === undefined ? undefined : find(entry);
}

/** Looks for every optional tool. Starts each one found once, to read its version. */
export function findTools(): ToolReport {
  return { tools: table.map(find) };
}

/** The path of a program of `tools.json`; throws `tool-missing` with the way to get it. Starts nothing. */
export function requireTool(name: string): string {
  const entry = table.find((row) => row.name === name);
  const names = entry !== undefined && 'executables' in entry ? entry.executables : [name];
  const path = findExecutable(...names);
  if (path !== undefined) return path;
  throw new ProblemError({
    code: 'tool-missing',
    where: name,
    what: 'is not on the PATH',
    advice: `install it; on Debian and Ubuntu: apt-get install ${entry?.package ?? name}`,
  });
}
