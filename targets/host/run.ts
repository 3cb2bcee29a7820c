import { fileURLToPath } from 'node:url';
import { harnessFor, sampleFiles } from '../harness/files.ts';
import { outputFile, parseHarnessLines } from '../harness/harness.ts';
import { type CPackage, includeFolders, isPackageSource, type Sample } from '../harness/package.ts';
import {
  build,
  compileAll,
  readBytes,
  runFailed,
  STRICT_WARNINGS,
  type Workspace,
  withWorkspace,
  writeFiles,
} from '../harness/workspace.ts';
import { runProcess } from '../process.ts';
import { requireTool } from '../tools.ts';

/** How to compile and run on this computer. */
export interface HostOptions {
  readonly compiler: 'gcc' | 'clang' | 'g++' | 'clang++';
  readonly optimize: '-O0' | '-O1' | '-O2' | '-O3' | '-Os';
  /** Stop at the first address or undefined-behaviour fault. For clang Debian has the runtime in libclang-rt-dev. */
  readonly sanitize: boolean;
  /** Preprocessor definitions, `NAME` or `NAME=value`. */
  readonly defines: readonly string[];
  /** For the whole run over all samples. */
  readonly timeoutMs: number;
}

/** gcc -O2 without sanitizers; 60 s. */
export const DEFAULT_HOST_OPTIONS: HostOptions = {
  compiler: 'gcc',
  optimize: '-O2',
  sanitize: false,
  defines: [],
  timeoutMs: 60_000,
};

/** One inference. */
export interface HostRunResult {
  /** What `<m>_run` returned. */
  readonly status: number;
  readonly outputs: readonly Uint8Array[];
}

/** All inferences of one program. */
export interface HostResult {
  readonly runs: readonly HostRunResult[];
  /** What the program printed, without the lines of the harness. */
  readonly stdout: string;
}

/** `path` of a file that ships with targets/. */
const supportFolder = fileURLToPath(new URL('./support/', import.meta.url));
const harnessFolder = fileURLToPath(new URL('../harness/', import.meta.url));

/**
 * Compiles a package with the strict warnings as errors, runs it once per sample and returns the outputs.
 * `outputBytes` are the sizes that the package's outputs must have; the inputs must have the sizes of the first sample.
 * Throws `tool-missing`, `c-build-failed`, or `run-failed` when the program does not end by itself with exit code 0.
 */
export function runOnHost(
  model: CPackage,
  samples: readonly Sample[],
  outputBytes: readonly number[],
  options: Partial<HostOptions> = {},
): Promise<HostResult> {
  const full = { ...DEFAULT_HOST_OPTIONS, ...options };
  const tool = requireTool(full.compiler);
  return withWorkspace(async (workspace) => {
    writeFiles(workspace, model.files);
    writeFiles(workspace, [{ path: 'harness_main.c', contents: harnessFor(model.prefix, samples, outputBytes) }]);
    writeFiles(workspace, sampleFiles(samples));
    await compileHost(workspace, tool, model, full);
    const ended = await runProcess(`${workspace.folder}/program`, [], {
      cwd: workspace.folder,
      timeoutMs: full.timeoutMs,
      env: { ASAN_OPTIONS: 'detect_leaks=0:abort_on_error=0' },
    });
    if (ended.exitCode !== 0) throw runFailed(model.prefix, ended);
    const { lines, rest } = parseHarnessLines(ended.stdout);
    const runs = lines.map(({ status, run }) => {
      return { status, outputs: outputBytes.map((_, output) => readBytes(workspace, outputFile(run, output))) };
    });
    return { runs, stdout: rest };
  });
}

async function compileHost(workspace: Workspace, tool: string, model: CPackage, options: HostOptions): Promise<void> {
  const plusPlus = options.compiler.endsWith('++');
  const sanitizers = options.sanitize ? ['-g', '-fsanitize=address,undefined', '-fno-sanitize-recover=all'] : [];
  const common = [options.optimize, ...sanitizers, ...options.defines.map((define) => `-D${define}`)];
  const folders = [...includeFolders(model.files).map((folder) => `-I${folder}`), `-I${harnessFolder}`];
  const strict = [plusPlus ? '-std=c++17' : '-std=c99', ...STRICT_WARNINGS, ...common, ...folders];
  const language = plusPlus ? ['-x', 'c++'] : [];
  const sources = model.files.map(({ path }) => path).filter(isPackageSource);
  const jobs = [...sources, 'harness_main.c', `${supportFolder}port.c`].map((source, index) => {
    return { source, object: `object_${index}.o`, flags: [...language, ...strict] };
  });
  await compileAll(workspace, tool, jobs);
  const link = [...common, ...jobs.map(({ object }) => object), '-lm', '-o', 'program'];
  await build(workspace, { tool, args: link, where: `linking ${model.prefix}` });
}
